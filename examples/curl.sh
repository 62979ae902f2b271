#!/usr/bin/env bash
# Walks through all routes of a running server. Exits with 1 at the first answer that is not as expected.
#
#   examples/curl.sh [http://HOST:PORT]          HOSTEL_KEY=… where tenants have keys
set -euo pipefail

url=${1:-http://127.0.0.1:3000}
session=walk-$$
at=/api/sessions/$session
file=$(mktemp)
trap 'rm -f "$file"' EXIT
key=()
if [[ -n ${HOSTEL_KEY:-} ]]; then key=(-H "authorization: Bearer $HOSTEL_KEY"); fi

# ask STATUS WORDS METHOD PATH [BODY [CURL OPTION…]]: the answer must have that status, and those words in its body.
# The body is @FILE for a file's content; it is JSON unless `type` says otherwise.
ask() {
  local status=$1 words=$2 method=$3 path=$4 body=${5:-} answer
  printf '\n%s %s %s\n' "$method" "$path" "$body"
  local send=(${key[@]+"${key[@]}"} -H "content-type: ${type:-application/json}" "${@:6}")
  if [[ -n $body ]]; then send+=(--data-binary "$body"); fi
  answer=$(curl --silent --show-error --max-time 60 --request "$method" --write-out '\n%{http_code}' \
    "${send[@]}" "$url$path") || { echo "no answer from $url" >&2; exit 1; }
  local text=${answer%$'\n'*} code=${answer##*$'\n'}
  if [[ $path == /metrics ]]; then grep '^hostel_live' <<<"$text" || true; else printf '%s %s\n' "$code" "$text"; fi
  if [[ $code != "$status" ]]; then echo "expected status $status, got $code" >&2; exit 1; fi
  if [[ $text != *"$words"* ]]; then echo "expected $words in the answer" >&2; exit 1; fi
}

# run WORDS COMMAND [SESSION]: takes a command, which has no quotes and backslashes, through the session.
run() { ask 200 "$1" POST "/api/sessions/${3:-$session}/execute" "{\"command\":\"$2\"}"; }

echo "# The host"
ask 200 '"status":"ok"' GET /api/health
ask 200 '"name":"omega"' GET /api/guests
ask 200 '"functions":[' GET /api/functions

echo; echo "# A session with limits of its own"
create='{"guest":"omega","limits":{"memoryBytes":16777216,"commandTimeoutMs":1000},"durability":"process"}'
ask 201 "\"name\":\"$session\"" PUT "$at" "$create"
ask 200 "\"name\":\"$session\"" PUT "$at" "$create"
ask 409 session-conflict PUT "$at" '{"limits":{"memoryBytes":1048576}}'

echo; echo "# Commands"
run '"event":1' '(define (counter n) (lambda () (set! n (+ n 1)) n)) (define tick (counter 40))'
run '"output":"41"' '(tick)'
run '"error":' '(car 5)'
ask 422 time-exceeded POST "$at/execute" '{"command":"(set! tick #f) (let loop () (loop))"}'
run '"output":"42"' '(tick)'
ask 200 '"interrupted":false' POST "$at/interrupt"
ask 200 '"queued":0' POST "$at/interrupt" '{"turn":"no-such-turn","queued":true}'
ask 400 invalid-json POST "$at/execute" '{"cmd":"(tick)"}'

echo; echo "# What is known of it"
ask 200 '"eventCount":4' GET "$at"
ask 200 '"event":4' POST "$at/save"
ask 200 '"sizeDetail":{' GET "$at?size=detail"
ask 200 "\"name\":\"$session\"" GET "/api/sessions?prefix=$session&limit=10"

echo; echo "# A command that is repeated, and one that comes too late"
ask 200 '"output":"43"' POST "$at/execute" '{"command":"(tick)"}' -H 'idempotency-key: step-5'
ask 200 'idempotent-replayed: true' POST "$at/execute" '{"command":"(tick)"}' -H 'idempotency-key: step-5' --include
ask 422 key-reused POST "$at/execute" '{"command":"(car 5)"}' -H 'idempotency-key: step-5'
ask 400 invalid-header POST "$at/execute" '{"command":"(tick)"}' -H 'idempotency-key: two words'
ask 409 session-moved-on POST "$at/execute" '{"command":"(tick)"}' -H 'if-event: 4'

echo; echo "# Its history"
ask 200 '"event":5' GET "$at/events?order=newest&limit=2"
ask 200 '"command":"(car 5)"' GET "$at/events?after=1&before=5&outcome=error&contains=car"
ask 200 '"output":"42"' GET "$at/events/4"
ask 404 event-not-found GET "$at/events/99"
ask 201 '"event":5' PUT "$at/checkpoints/noon"
ask 200 '"event":5' PUT "$at/checkpoints/noon"
ask 200 '"name":"noon"' GET "$at/checkpoints"

echo; echo "# Back and forth in it"
ask 200 '"event":4,"from":5,"redoable":1' POST "$at/undo"
ask 200 '"event":2,"from":4,"redoable":3' POST "$at/undo" '{"count":2}'
ask 200 '"event":3,"from":2,"redoable":2' POST "$at/redo"
run '"output":"42"' '(tick)'
ask 200 '"event":6,"follows":3' GET "$at/events/6"
ask 200 '"undone":true' GET "$at/events?undone=true"
ask 409 nothing-there POST "$at/redo"
ask 409 checkpoint-taken PUT "$at/checkpoints/noon"
ask 400 invalid-json POST "$at/jump" '{"event":5,"checkpoint":"noon"}'
ask 404 checkpoint-not-found POST "$at/jump" '{"checkpoint":"midnight"}'
ask 200 '"event":5,"from":6' POST "$at/jump" '{"checkpoint":"noon"}'
run '"output":"44"' '(tick)'

echo; echo "# Forks of it"
ask 201 "\"name\":\"$session-c\"" POST "$at/fork" "{\"names\":[\"$session-b\",\"$session-c\"],\"checkpoint\":\"noon\"}"
ask 409 name-taken POST "$at/fork" "{\"name\":\"$session-b\"}"
run '"output":"44"' '(tick)' "$session-b"
run '"output":"45"' '(tick)' "$session-b"
ask 200 '"common":5' GET "$at/diff?with=$session-b&limit=10"

echo; echo "# The session as a file"
curl --silent --show-error --fail --max-time 60 ${key[@]+"${key[@]}"} --output "$file" "$url$at/export"
type=application/vnd.hostel.session ask 201 "\"name\":\"$session-d\"" POST "$at-d/import" "@$file"
type=application/vnd.hostel.session ask 409 name-taken POST "$at-d/import" "@$file"
type=application/octet-stream ask 422 import-refused POST "$at-e/import" 'no session at all'
ask 415 not-an-export POST "$at-e/import" '{}'
run '"output":"45"' '(tick)' "$session-d"

echo; echo "# The end of it"
ask 204 '' DELETE "$at/checkpoints/noon"
for name in "$session" "$session-b" "$session-c" "$session-d"; do ask 204 '' DELETE "/api/sessions/$name"; done
ask 404 session-not-found GET "$at"
ask 200 hostel_turns_total GET /metrics

echo; echo "all as expected"
