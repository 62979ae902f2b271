//! Commands that talk while they run: output as it happens, questions to the client, and functions of the session's own.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{PATIENCE, Server, eventually, server, setup};

/// For each built-in guest a command that writes a word, whether or not its line ends, and then runs for ever.
const TALKS_FOR_EVER: [(&str, &str); 2] = [
    ("omega", "(begin (display \"hello\") (let loop () (loop)))"),
    ("javascript", "console.log('hello'); for (;;) {}"),
];

#[test]
fn output_is_there_while_the_command_runs_and_another_request_can_stop_it() {
    let server = server();
    for (guest, command) in TALKS_FOR_EVER {
        let session = server.session(guest);
        assert_eq!(session.create(json!({ "guest": guest })).status, 201);
        let mut events = session.follow(command, json!({}));
        let turn = events.turn();
        let said = events.next_of("stdout")["text"].as_str().expect("text").trim_end().to_owned();
        assert_eq!(said, "hello", "{guest}");
        let stopped = session.request("POST", "/interrupt", Some(&json!({ "turn": turn }).to_string()));
        assert_eq!(stopped.json()["interrupted"], true, "{guest}");
        let (_, last) = events.read_out();
        assert_eq!(last["problem"]["code"], "interrupted", "{guest}: {last}");
        assert_eq!(last["problem"]["rolledBack"], true);
    }
}

#[test]
fn a_stream_ends_with_what_the_plain_reply_holds() {
    let server = server();
    let (plain, followed) = (server.session("plain"), server.session("followed"));
    for session in [&plain, &followed] {
        session.output("(define x 1)");
    }
    for command in ["(begin (display \"a\") (set! x (+ x 1)) x)", "(car 1)", "(begin (display \"b\") (error \"no\" x))"]
    {
        let reply = plain.execute(command).json();
        let (text, mut last) = followed.follow(command, json!({})).read_out();
        assert_eq!(text, reply["stdout"].as_str().unwrap_or_default(), "{command}");
        assert_eq!(last["type"], "end", "{last}");
        last["reply"]["usage"] = reply["usage"].clone();
        assert_eq!(last["reply"], reply, "{command}");
    }
    let refused = followed.events("POST", "/execute", json!({ "command": "1", "onHangUp": "x" }).to_string());
    assert_eq!(refused.err().map(|answer| answer.code()), Some("invalid-json".to_owned()));
}

#[test]
fn server_sent_events_carry_the_same() {
    let server = server();
    let body = json!({ "command": "(display 42)" }).to_string();
    let request = format!(
        "POST /api/sessions/s/execute HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = server.raw(request.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.to_ascii_lowercase().contains("content-type: text/event-stream"), "{head}");
    for part in
        ["event: begin\ndata: {", "event: stdout\ndata: {\"text\":\"42\"}\n\n", "event: end\ndata: {\"reply\":{"]
    {
        assert!(body.contains(part), "{part}: {body}");
    }
}

#[test]
fn a_reader_that_hung_up_goes_on_where_it_was() {
    let server = server();
    let session = server.session("s").behave();
    let mut events = session.follow("line ready?", json!({}));
    let turn = events.turn();
    let question = events.next_of("input");
    assert_eq!(question["prompt"], "ready?");
    let at = question["at"].as_str().expect("a position").to_owned();
    drop(events);
    let path = format!("/turns/{turn}");
    let mut again = session.events("GET", &format!("{path}?after={at}"), String::new()).expect("it runs");
    let mut whole = session.events("GET", &path, String::new()).expect("it runs");
    assert_eq!(session.answer(&turn, &question["id"], json!({ "line": "yes" })).status, 200);
    assert_eq!(again.next().expect("the next")["type"], "closed", "what was read is not read again");
    assert_eq!(again.next_of("end")["reply"]["result"], "yes");
    assert_eq!(whole.turn(), turn);
    assert_eq!(whole.next_of("end")["reply"]["result"], "yes");
    let later = session.events("GET", &path, String::new()).expect("it ended just now").read_out();
    assert_eq!(later.1["reply"]["result"], "yes");
    for (path, code) in [("/turns/nobody", "turn-not-found"), (&format!("{path}?after=x"), "invalid-query")] {
        let refused = session.events("GET", path, String::new());
        assert_eq!(refused.err().map(|answer| answer.code()).as_deref(), Some(code));
    }
    let refused = server.session("other").events("GET", &path, String::new());
    assert_eq!(refused.err().map(|answer| answer.code()).as_deref(), Some("turn-not-found"));
}

#[test]
fn a_client_may_have_its_command_stopped_when_it_hangs_up() {
    let server = setup().with("command-timeout", "1h").start();
    let (stops, goes_on) = (server.session("stops"), server.session("goes-on").behave());
    let mut events = stops.follow(TALKS_FOR_EVER[0].1, json!({ "onHangUp": "interrupt" }));
    events.next_of("stdout");
    drop(events);
    let began = std::time::Instant::now();
    assert_eq!(stops.output("(+ 1 2)"), "3", "the turn that ran for ever is over");
    assert!(began.elapsed() < Duration::from_secs(10), "long before the next ping of others");
    let mut events = goes_on.follow("line go on?", json!({}));
    let (turn, question) = (events.turn(), events.next_of("input"));
    drop(events);
    assert_eq!(goes_on.answer(&turn, &question["id"], json!({ "line": "on" })).status, 200);
    eventually("the turn goes on", || goes_on.metadata()["event"] == 1);
}

#[test]
fn a_command_that_is_silent_is_stopped_soon_after_its_client_hung_up() {
    let server = setup().with("command-timeout", "1h").start();
    let session = server.session("s").behave();
    let mut events = session.follow("line x", json!({ "onHangUp": "interrupt" }));
    events.next_of("input");
    let began = std::time::Instant::now();
    drop(events);
    assert_eq!(session.output("count"), "1");
    assert!(began.elapsed() < PATIENCE / 6, "{:?}", began.elapsed());
}

#[test]
fn a_server_that_is_told_to_stop_waits_for_no_answer() {
    let mut server = setup().with("shutdown-grace", "1h").start();
    let session = server.session("s").behave();
    session.output("set k v");
    let mut events = session.follow("line ready?", json!({}));
    events.next_of("input");
    assert_eq!(server.stop(), Some(0));
    assert_eq!(events.read_out().1["problem"]["code"], "interrupted");
    server.start();
    let session = server.session("s");
    assert_eq!(session.output("get k"), "v");
    assert_eq!(session.request("GET", "/events/2", None).json()["stopped"], "interrupted");
}

#[test]
fn a_reader_that_takes_nothing_costs_no_more_than_the_output_and_stops_nobody() {
    const BYTES: usize = 10 << 20;
    let server = setup().with("output-bytes-max", "16MiB").start();
    let (slow, other) = (server.session("slow").behave(), server.session("other").behave());
    other.output("count");
    let before = server.resident_bytes();
    let mut events = slow.follow(&format!("write {BYTES}"), json!({}));
    events.turn();
    eventually("the turn ends", || slow.metadata()["event"] == 1);
    for n in 2..20 {
        assert_eq!(other.output("count"), n.to_string());
        assert_eq!(slow.output("echo next"), "next", "also the session itself goes on");
    }
    let more = server.resident_bytes().saturating_sub(before);
    assert!(more < 8 * BYTES as u64, "{more} bytes more");
    let (text, last) = events.read_out();
    assert_eq!((text.len(), &last["type"]), (BYTES, &json!("end")));
}

#[test]
fn answers_that_nobody_reads_take_no_more_memory_than_they_may() {
    const BYTES: usize = 4 << 20;
    const SESSIONS: usize = 4;
    let server = setup().with("output-bytes-max", "4MiB").with("unread-answers-max", "32MiB").start();
    let sessions: Vec<_> = (0..SESSIONS).map(|n| server.session(&n.to_string()).behave()).collect();
    sessions.iter().for_each(|session| drop(session.output(&format!("write {BYTES}"))));
    let before = server.resident_bytes();
    let body = json!({ "command": format!("write {BYTES}") }).to_string();
    let ask = |n: usize| {
        let mut stream = server.connect();
        let how = ["content-type: application/json", "accept: application/x-ndjson"][n / SESSIONS % 2];
        let (path, length) = (format!("/api/sessions/{}/execute", n % SESSIONS), body.len());
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{how}\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).expect("it is sent");
        stream
    };
    let mut unread: Vec<_> = (0..60).map(ask).collect();
    eventually("all have run", || sessions.iter().all(|session| session.metadata()["event"] == 16));
    // Sixty answers have 8 MiB each and more.
    let more = server.resident_bytes().saturating_sub(before);
    assert!(more < 500 << 20, "{more} bytes more");
    eventually("some are given up", || server.log().contains("was given up, for unread_answers_max"));
    let read = |stream: &mut std::net::TcpStream| {
        let mut answer = Vec::new();
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        let mut bytes = [0; 1 << 16];
        while let Ok(count @ 1..) = stream.read(&mut bytes)
            && !answer.ends_with(b"\n}")
        {
            answer.extend_from_slice(&bytes[..count]);
        }
        answer.len()
    };
    assert!(read(&mut unread[0]) < BYTES, "the oldest is broken off");
    assert_eq!(sessions[0].output("count"), "1", "and nobody else is the worse for it");
}

#[test]
fn a_line_that_was_asked_for_is_recorded_and_never_asked_for_again() {
    let mut server = server();
    let session = server.session("s").behave();
    assert!(session.output("line name?").contains("does not follow"), "nobody is there to ask");
    let mut events = session.follow("line name?", json!({}));
    let (turn, question) = (events.turn(), events.next_of("input"));
    assert_eq!(session.answer(&turn, &json!(7), json!({ "line": "x" })).code(), "question-not-found");
    let unfit = session.answer(&turn, &question["id"], json!({ "result": 5 }));
    assert!(unfit.status == 400 && unfit.text.contains("wants a `line`"), "{}", unfit.text);
    for (id, code) in [(json!(-1), "invalid-path"), (json!(0), "question-not-found")] {
        assert_eq!(session.answer(&turn, &id, json!({ "line": "x" })).code(), code);
    }
    assert_eq!(session.answer("other", &question["id"], json!({ "line": "x" })).code(), "turn-not-found");
    assert_eq!(session.answer(&turn, &question["id"], json!({})).code(), "invalid-json");
    assert_eq!(session.answer(&turn, &question["id"], json!({ "line": "Ada" })).status, 200);
    assert_eq!(session.answer(&turn, &question["id"], json!({ "line": "Eve" })).code(), "question-closed");
    assert_eq!(events.next_of("end")["reply"]["result"], "Ada");
    let event = session.request("GET", "/events/2", None).json();
    assert_eq!(event["calls"], json!([{ "asked": "name?", "answer": "Ada" }]));
    server.kill();
    server.start();
    assert_eq!(server.session("s").output("count"), "1", "the replay asked nobody");
}

#[test]
fn a_client_can_offer_functions_to_its_turn() {
    let server = server();
    let session = server.session("s").behave();
    let offer = json!({ "functions": ["search"] });
    let mut events = session.follow("call search {\"for\": [1, 2]}", offer.clone());
    let (turn, call) = (events.turn(), events.next_of("call"));
    assert_eq!((&call["name"], &call["arguments"]), (&json!("search"), &json!({ "for": [1, 2] })));
    assert_eq!(session.answer(&turn, &call["id"], json!({ "result": { "found": null } })).status, 200);
    assert_eq!(events.next_of("end")["reply"]["result"], "{\"found\":null}");
    let mut events = session.follow("call search {}", offer);
    let (turn, call) = (events.turn(), events.next_of("call"));
    assert_eq!(session.answer(&turn, &call["id"], json!({ "error": "the index is gone" })).status, 200);
    let error = events.next_of("end")["reply"]["error"].clone();
    assert_eq!(error, "FailureKind::Failed: the index is gone");
    assert!(session.output("call search {}").contains("not granted"), "an offer is for one turn");
    let plain = session.request("POST", "/execute", Some(r#"{"command": "count", "functions": ["search"]}"#));
    assert_eq!(plain.code(), "invalid-json");
}

#[test]
fn a_server_that_is_killed_while_somebody_is_asked_is_as_before_the_command() {
    let mut server = server();
    for (command, kind) in [("line ready?", "input"), ("call tool {}", "call")] {
        let session = server.session(kind).behave();
        session.output("set k before");
        let mut events = session.follow(command, json!({ "functions": ["tool"] }));
        events.next_of(kind);
        server.kill();
        assert_eq!(events.read_out().1, Value::Null, "the stream has no end");
        server.start();
        let session = server.session(kind);
        assert_eq!(session.metadata()["event"], 1);
        assert_eq!(session.output("get k"), "before");
    }
    let session = server.session("stream");
    session.output("(define kept 1)");
    let mut events = session.follow(&format!("(set! kept 2) {}", TALKS_FOR_EVER[0].1), json!({}));
    events.next_of("stdout");
    server.kill();
    server.start();
    assert_eq!(server.session("stream").output("kept"), "1");
}

#[test]
fn what_an_undone_command_had_asked_others_is_in_the_history() {
    let mut server = server();
    let session = server.session("s").behave();
    session.output("set k v");
    let mut events = session.follow("call mail {\"to\": \"bob\"}", json!({ "functions": ["mail"] }));
    let turn = events.turn();
    events.next_of("call");
    session.request("POST", "/interrupt", Some(&json!({ "turn": turn }).to_string()));
    assert_eq!(events.read_out().1["problem"]["code"], "interrupted");
    let metadata = session.metadata();
    assert_eq!((&metadata["event"], &metadata["eventCount"]), (&json!(1), &json!(2)));
    let event = session.request("GET", "/events/2", None).json();
    assert_eq!((&event["outcome"], &event["stopped"]), (&json!("stopped"), &json!("interrupted")));
    assert_eq!((&event["undone"], &event["calls"][0]["name"]), (&json!(true), &json!("mail")));
    assert!(event["calls"][0]["failure"].as_str().is_some_and(|failure| failure.contains("stopped")), "{event}");
    // It is beside the way of the session, before and after a restart.
    assert_eq!(session.output("get k"), "v");
    server.kill();
    server.start();
    let session = server.session("s");
    assert_eq!(session.output("get k"), "v");
    assert_eq!(session.request("POST", "/undo", Some("{\"count\": 2}")).json()["event"], 1);
    assert_eq!(session.request("POST", "/jump", Some("{\"event\": 2}")).json()["event"], 2);
    assert_eq!(session.output("get k"), "v", "a jump to it is one to what it began with");
}

fn granting() -> Server {
    setup().with("functions", "kv.*").with("kv-bytes-max", "1KiB").with("calls-per-turn-max", "100").start()
}

#[test]
fn what_a_session_keeps_goes_with_its_turns_and_stays_beside_its_history() {
    let mut server = granting();
    let session = server.session("s").behave();
    session.output("call kv.put {\"key\": \"a\", \"value\": {\"n\": 1}}");
    session.output("call kv.put {\"key\": \"b\", \"value\": 2}");
    assert_eq!(session.output("call kv.list"), "[\"a\",\"b\"]");
    server.kill();
    server.start();
    let session = server.session("s");
    assert_eq!(session.output("call kv.get {\"key\": \"a\"}"), "{\"n\":1}");
    assert_eq!(session.request("POST", "/fork", Some("{\"name\": \"fork\"}")).status, 201);
    session.output("call kv.delete {\"key\": \"a\"}");
    session.request("POST", "/jump", Some("{\"event\": 1}"));
    assert_eq!(session.output("call kv.get {\"key\": \"a\"}"), "null", "going back leaves it as it is");
    assert_eq!(server.session("fork").output("call kv.get {\"key\": \"a\"}"), "{\"n\":1}");
    let long = format!("call kv.put {{\"key\": \"c\", \"value\": \"{}\"}}", "x".repeat(1024));
    assert!(session.output(&long).contains("kv_bytes_max"), "its limit is told");
    let other = server.session("other");
    assert_eq!(other.create(json!({ "guest": "behave", "functions": ["kv.get"] })).status, 201);
    assert!(other.output("call kv.put {\"key\": \"a\", \"value\": 1}").contains("not granted"));
    assert_eq!(other.output("call kv.get {\"key\": \"a\"}"), "null", "another session has its own");
    let beyond = server.session("beyond").create(json!({ "functions": ["infer"] }));
    assert_eq!(beyond.code(), "functions-beyond");
}

#[test]
fn a_hostile_guest_meets_limits_in_its_calls() {
    let server = granting();
    let session = server.session("s").behave();
    let told = session.output("calls 1000 kv.get {\"key\": \"a\"}");
    assert!(told.starts_with("100 ") && told.contains("calls_per_turn_max"), "{told}");
    let long = format!("call kv.get {{\"key\": \"{}\"}}", "x".repeat(900_000));
    assert_eq!(session.output(&long), "null");
    for (call, words) in [
        ("call kv.\u{7}get {}".to_owned(), "is not allowed"),
        (format!("call {} {{}}", "x".repeat(200)), "at most 128 bytes"),
        ("call kv.get {".to_owned(), "are no JSON"),
        (format!("call kv.get {}{}", "[".repeat(5_000), "]".repeat(5_000)), "nested"),
        ("call kv.nothing {}".to_owned(), "no function kv.nothing"),
        ("show text/html\u{7} x".to_owned(), "no media type"),
        ("show-bytes text/html ff".to_owned(), "not UTF-8"),
        ("show-bytes application/json 7b".to_owned(), "not JSON"),
        (format!("show application/json {}{}", "[".repeat(101), "]".repeat(101)), "nested more than 100 deep"),
    ] {
        let told = session.output(&call);
        assert!(told.contains(words), "{words}: {}", &told[..told.len().min(500)]);
    }
    assert_eq!(session.output("count"), "1");
}

#[test]
fn thousands_of_recorded_calls_replay_to_the_same_state_without_a_call() {
    const TURNS: u64 = 20;
    let mut server = granting();
    let session = server.session("s").behave();
    session.output("call kv.put {\"key\": \"a\", \"value\": 1}");
    for _ in 0..TURNS {
        assert_eq!(session.output("calls 100 kv.get {\"key\": \"a\"}"), "100 ");
        session.output("count");
    }
    // A call that were made again would find another value, and the replay would end as another.
    session.output("call kv.put {\"key\": \"a\", \"value\": 2}");
    server.kill();
    server.start();
    let began = std::time::Instant::now();
    assert_eq!(server.session("s").output("count"), (TURNS + 1).to_string());
    assert!(began.elapsed() < PATIENCE);
}

#[test]
fn results_of_several_kinds_are_in_replies_streams_and_history() {
    let mut server = server();
    let session = server.session("s").behave();
    let reply = session.execute("show text/html <b>hi</b>").json();
    let expected = json!([{ "text/html": "<b>hi</b>", "text/plain": "as text" }]);
    assert_eq!(reply["results"], expected);
    let mut events = session.follow("show application/json {\"a\":[1]}", json!({}));
    assert_eq!(events.next_of("result")["data"], json!({ "application/json": { "a": [1] }, "text/plain": "as text" }));
    let picture = session.execute("show-bytes image/png 89504e47").json();
    assert_eq!(picture["results"], json!([{ "image/png": "iVBORw==" }]));
    server.kill();
    server.start();
    let session = server.session("s");
    assert_eq!(session.output("count"), "1", "the replay showed the same");
    assert_eq!(session.request("GET", "/events/1", None).json()["results"], expected);
}

#[test]
fn commands_of_a_tenant_that_only_wait_leave_places_for_others() {
    let key = |name: &str| format!("key-of-{name}");
    let tenant = |name: &str| {
        let hash = hostel::tenant::KeyHash::of(key(name).as_bytes());
        format!("[[tenants]]\nname = \"{name}\"\nkeys = [\"{hash}\"]\nlive_sessions_max = 4\n")
    };
    let server = setup().with("max-live-sessions", 5).config(&(tenant("a") + &tenant("b"))).start();
    let created = |tenant: &str, name: &str| {
        let session = server.session_of(&key(tenant), name);
        assert_eq!(session.create(json!({ "guest": "behave" })).status, 201);
        session
    };
    let waiting: Vec<_> = [("a", "one"), ("a", "two"), ("b", "one"), ("b", "two")]
        .map(|(tenant, name)| {
            let mut events = created(tenant, name).follow("line go?", json!({}));
            events.next_of("input");
            events
        })
        .into();
    let told = created("a", "three").follow("line go?", json!({})).read_out().1;
    assert!(told["reply"]["error"].as_str().is_some_and(|error| error.contains("live_sessions_max")), "{told}");
    assert_eq!(created("b", "three").output("count"), "1", "there is a place yet");
    drop(waiting);
}

#[test]
fn the_agent_among_the_examples_gets_what_it_expects() {
    let server = setup().start();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/agent.py");
    let Ok(ran) = Command::new("python3").arg(example).arg(server.url()).env_remove("HOSTEL_KEY").output() else {
        eprintln!("left out: there is no python3 here");
        return;
    };
    let (said, failed) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}{failed}");
    assert!(said.contains("  stdout: 3 found\n") && said.contains("the value: 6\n"), "{said}");
    assert!(said.contains("without the tool: Uncaught HostError: function search is not granted"), "{said}");
    assert_eq!(server.get("/api/sessions").json()["sessions"].as_array().map(Vec::len), Some(0), "it leaves nothing");
}
