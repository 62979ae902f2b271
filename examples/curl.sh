#!/usr/bin/env bash
# Walks through all routes of a running server. Exits with 1 at the first answer that is not as expected.
#
#   examples/curl.sh [http://HOST:PORT]          HOSTEL_KEY=… where tenants have keys
set -euo pipefail

url=${1:-http://127.0.0.1:3000}
session=walk-$$
headers=(-H 'content-type: application/json')
if [[ -n ${HOSTEL_KEY:-} ]]; then headers+=(-H "authorization: Bearer $HOSTEL_KEY"); fi

# ask STATUS WORDS METHOD PATH [BODY]: the answer must have that status, and those words in its body.
ask() {
  local status=$1 words=$2 method=$3 path=$4 body=${5:-} answer
  printf '\n%s %s %s\n' "$method" "$path" "$body"
  local send=()
  if [[ -n $body ]]; then send=(--data "$body"); fi
  answer=$(curl --silent --show-error --max-time 60 --request "$method" --write-out '\n%{http_code}' \
    "${headers[@]}" ${send[@]+"${send[@]}"} "$url$path") || { echo "no answer from $url" >&2; exit 1; }
  local text=${answer%$'\n'*} code=${answer##*$'\n'}
  if [[ $path == /metrics ]]; then grep '^hostel_live' <<<"$text" || true; else printf '%s %s\n' "$code" "$text"; fi
  if [[ $code != "$status" ]]; then echo "expected status $status, got $code" >&2; exit 1; fi
  if [[ $text != *"$words"* ]]; then echo "expected $words in the answer" >&2; exit 1; fi
}

# run WORDS COMMAND: takes a command, which has no quotes and backslashes, through the session.
run() { ask 200 "$1" POST "/api/sessions/$session/execute" "{\"command\":\"$2\"}"; }

echo "# The host"
ask 200 '"status":"ok"' GET /api/health
ask 200 '"name":"omega"' GET /api/guests

echo; echo "# A session with limits of its own"
create='{"guest":"omega","limits":{"memoryBytes":16777216,"commandTimeoutMs":1000}}'
ask 201 "\"name\":\"$session\"" PUT "/api/sessions/$session" "$create"
ask 200 "\"name\":\"$session\"" PUT "/api/sessions/$session" "$create"
ask 409 session-conflict PUT "/api/sessions/$session" '{"limits":{"memoryBytes":1048576}}'

echo; echo "# Commands"
run '"event":1' '(define (counter n) (lambda () (set! n (+ n 1)) n)) (define tick (counter 40))'
run '"output":"41"' '(tick)'
run '"error":' '(car 5)'
ask 422 time-exceeded POST "/api/sessions/$session/execute" '{"command":"(set! tick #f) (let loop () (loop))"}'
run '"output":"42"' '(tick)'
ask 200 '"interrupted":false' POST "/api/sessions/$session/interrupt"
ask 400 invalid-json POST "/api/sessions/$session/execute" '{"cmd":"(tick)"}'

echo; echo "# What is known of it"
ask 200 '"eventCount":4' GET "/api/sessions/$session"
ask 200 '"event":4' POST "/api/sessions/$session/save"
ask 200 '"sizeDetail":{' GET "/api/sessions/$session?size=detail"
ask 200 "\"name\":\"$session\"" GET "/api/sessions?prefix=$session&limit=10"

echo; echo "# The end of it"
ask 204 '' DELETE "/api/sessions/$session"
ask 404 session-not-found GET "/api/sessions/$session"
ask 200 hostel_turns_total GET /metrics

echo; echo "all as expected"
