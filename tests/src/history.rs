//! History: back, forth and aside; checkpoints, forks, keys, files; what fails leaves no trace, also after a long day.

use serde_json::{Value, json};

use crate::harness::{Answer, Server, Session, eventually, program, server, setup};

fn post(session: &Session<'_>, action: &str, body: Value) -> Answer {
    session.request("POST", &format!("/{action}"), Some(&body.to_string()))
}

fn ok(answer: &Answer) -> Value {
    assert!(answer.status < 300, "{}", answer.text);
    answer.json()
}

fn numbers(page: &Value) -> Vec<u64> {
    let events = page["events"].as_array().expect("events");
    events.iter().map(|event| event["event"].as_u64().expect("a number")).collect()
}

/// Executes with a header.
fn execute_with(server: &Server, name: &str, header: (&str, &str), command: &str) -> Answer {
    let body = json!({ "command": command }).to_string();
    let path = format!("/api/sessions/{name}/execute");
    server.try_request("POST", &path, &[header], Some(&body)).expect("it answers")
}

#[test]
fn what_was_undone_can_be_redone_and_stays_reachable_after_something_else_was_done() {
    let mut server = server();
    let alice = server.session("alice");
    for n in 1..=5 {
        alice.output(&format!("(define x {n})"));
    }
    assert_eq!(ok(&post(&alice, "undo", json!({ "count": 2 })))["event"], 3);
    assert_eq!(ok(&post(&alice, "redo", json!({})))["event"], 4);
    assert_eq!(ok(&post(&alice, "undo", json!({})))["redoable"], 2);
    server.restart();
    let alice = server.session("alice");
    assert_eq!(alice.metadata()["redoTo"], 5);
    assert_eq!(alice.output("x"), "3");
    assert_eq!(post(&alice, "redo", json!({})).code(), "nothing-there");

    let page = ok(&alice.request("GET", "/events", None));
    assert_eq!(numbers(&page), [1, 2, 3, 4, 5, 6]);
    let undone: Vec<_> = page["events"].as_array().unwrap().iter().map(|event| event["undone"] == true).collect();
    assert_eq!(undone, [false, false, false, true, true, false]);
    assert_eq!(page["events"][5]["follows"], 3);

    assert_eq!(ok(&post(&alice, "jump", json!({ "event": 5 })))["from"], 6);
    assert_eq!(alice.output("x"), "5");
    assert_eq!(ok(&post(&alice, "jump", json!({ "event": 0 })))["replayEvents"], 0);
    assert!(alice.output("x").contains("unbound"), "before the first event there is nothing");
    assert_eq!(post(&alice, "jump", json!({ "event": 99 })).code(), "event-not-found");
    assert_eq!(post(&alice, "undo", json!({ "count": 9 })).code(), "nothing-there");
}

#[test]
fn a_history_is_listed_in_pages_and_filtered_and_has_every_answer() {
    let server = server();
    let alice = server.session("alice");
    for n in 1..=7 {
        alice.output(&format!("(define y{n} {n})"));
    }
    alice.output("(display \"hello\") (car 5)");
    let list = |query: &str| numbers(&ok(&alice.request("GET", &format!("/events?{query}"), None)));
    assert_eq!(list("limit=3"), [1, 2, 3]);
    assert_eq!(list("limit=3&after=3"), [4, 5, 6]);
    assert_eq!(list("limit=3&order=newest"), [8, 7, 6]);
    assert_eq!(list("order=newest&before=3"), [2, 1]);
    assert_eq!(list("outcome=error"), [8]);
    assert_eq!(list("contains=y3"), [3]);
    let first = ok(&alice.request("GET", "/events?limit=3", None));
    assert_eq!(first["next"], 3);
    let event = ok(&alice.request("GET", "/events/8", None));
    assert!(
        event["output"].as_str().is_some_and(|output| output.starts_with("hello\ncar: expected a pair")),
        "{event}"
    );
    assert_eq!(
        (&event["outcome"], &event["stdout"], &event["replayable"]),
        (&json!("error"), &json!("hello"), &json!(true))
    );
    assert_eq!(alice.request("GET", "/events/9", None).code(), "event-not-found");
    assert_eq!(alice.request("GET", "/events?limit=0", None).code(), "invalid-query");
    assert_eq!(server.session("nobody").request("GET", "/events", None).code(), "session-not-found");
}

#[test]
fn a_checkpoint_keeps_its_state_although_the_history_around_it_goes() {
    let mut server = setup().with("history-events-max", 5).with("max-live-sessions", 1).start();
    let alice = server.session("alice");
    alice.output("(define x 42)");
    let made = alice.request("PUT", "/checkpoints/good", None);
    assert_eq!((made.status, made.json()["event"].clone()), (201, json!(1)));
    assert_eq!(alice.request("PUT", "/checkpoints/good", None).status, 200);
    for n in 0..40 {
        alice.output(&format!("(set! x {n})"));
        server.session("other").output("1");
    }
    assert_eq!(alice.request("PUT", "/checkpoints/good", None).code(), "checkpoint-taken");
    let metadata = alice.metadata();
    assert!(metadata["firstEvent"].as_u64().is_some_and(|first| first > 30), "{metadata}");
    assert_eq!(metadata["checkpointCount"], 1);
    assert_eq!(post(&alice, "jump", json!({ "event": 3 })).code(), "event-not-found");
    server.restart();
    let alice = server.session("alice");
    ok(&post(&alice, "jump", json!({ "checkpoint": "good" })));
    assert_eq!(alice.output("x"), "42");
    let list = ok(&alice.request("GET", "/checkpoints", None));
    assert_eq!(list["checkpoints"][0]["name"], "good");
    assert_eq!(alice.request("DELETE", "/checkpoints/good", None).status, 204);
    assert_eq!(alice.request("DELETE", "/checkpoints/good", None).code(), "checkpoint-not-found");
    assert_eq!(post(&alice, "jump", json!({ "checkpoint": "good" })).code(), "checkpoint-not-found");
}

#[test]
fn forks_have_the_state_and_go_their_own_ways_when_the_first_is_gone_too() {
    let mut server = setup().with("max-live-sessions", 2).start();
    let alice = server.session("alice");
    alice.output("(define (counter n) (lambda () (set! n (+ n 1)) n)) (define tick (counter 0))");
    for n in 1..=5 {
        assert_eq!(alice.output("(tick)"), n.to_string());
    }
    alice.save();
    alice.output("(tick)");
    let forked = ok(&post(&alice, "fork", json!({ "names": ["b", "c"] })));
    assert_eq!(forked["sessions"].as_array().map(Vec::len), Some(2));
    assert_eq!(forked["sessions"][0]["origin"]["name"], "alice");
    ok(&post(&alice, "fork", json!({ "name": "past", "event": 3 })));
    assert_eq!(post(&alice, "fork", json!({ "name": "c" })).code(), "name-taken");
    assert_eq!(post(&alice, "fork", json!({ "names": ["n", "n"] })).code(), "name-twice");
    assert_eq!(server.session("b").output("(tick)"), "7");
    let diff = ok(&alice.request("GET", "/diff?with=b", None));
    assert_eq!(diff["common"], 7);
    assert_eq!((&diff["left"]["events"], numbers(&diff["right"])), (&json!([]), vec![8]));

    assert_eq!(alice.delete().status, 204);
    server.restart();
    assert_eq!(server.session("b").output("(tick)"), "8");
    assert_eq!(server.session("c").output("(tick)"), "7");
    assert_eq!(server.session("past").output("(tick)"), "3");
    ok(&post(&server.session("b"), "fork", json!({ "name": "d" })));
    assert_eq!(server.session("b").delete().status, 204);
    assert_eq!(server.session("d").output("(tick)"), "9");
    ok(&post(&server.session("d"), "undo", json!({ "count": 2 })));
    assert_eq!(server.session("d").output("(tick)"), "8", "a fork can be undone into");
}

#[test]
fn a_repeated_key_gets_the_first_reply_also_after_a_kill() {
    let mut server = server();
    server.session("a").output("(define n 0)");
    let key = ("idempotency-key", "order-1");
    let first = execute_with(&server, "a", key, "(set! n (+ n 1)) n");
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, None));
    let again = execute_with(&server, "a", key, "(set! n (+ n 1)) n");
    assert_eq!((again.json(), again.header("idempotent-replayed")), (first.json(), Some("true")));
    server.kill();
    server.start();
    let again = execute_with(&server, "a", key, "(set! n (+ n 1)) n");
    assert_eq!((again.json(), again.header("idempotent-replayed")), (first.json(), Some("true")));
    assert_eq!(execute_with(&server, "a", key, "n").code(), "key-reused");
    assert_eq!(server.session("a").output("n"), "1");
    assert_eq!(execute_with(&server, "a", ("idempotency-key", &"k".repeat(256)), "n").code(), "invalid-header");
    // What was rolled back has not happened, so that it may be tried again.
    server.session("b").behave();
    assert_eq!(execute_with(&server, "b", key, "trap").code(), "trapped");
    assert_eq!(execute_with(&server, "b", key, "count").json()["output"], "1");
}

#[test]
fn at_once_the_same_key_runs_once() {
    let server = server();
    server.session("a").output("(define n 0)");
    let replies: Vec<Value> = std::thread::scope(|scope| {
        let ask = || execute_with(&server, "a", ("idempotency-key", "k"), "(set! n (+ n 1)) n").json();
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|asking| asking.join().expect("it is answered")).collect()
    });
    assert!(replies.iter().all(|reply| reply["output"] == "1" && reply["event"] == 2), "{replies:?}");
    assert_eq!(server.session("a").output("n"), "1");
}

/// The transactional promise, on a session with a long history of which no snapshot was taken lately.
#[test]
fn every_kind_of_failure_leaves_no_trace_in_a_session_with_a_day_of_history() {
    let mut server = setup().with("command-timeout", "700ms").with("output-bytes-max", "64KiB").start();
    let busy = server.session("busy").behave();
    for n in 1..=1_500 {
        assert_eq!(busy.output("count"), n.to_string());
    }
    busy.output("set k before");
    let interrupted = |server: &Server| {
        std::thread::scope(|scope| {
            let spinning = scope.spawn(|| server.session("busy").execute("spin"));
            eventually("it runs", || ok(&post(&server.session("busy"), "interrupt", json!({})))["interrupted"] == true);
            spinning.join().expect("it is answered")
        })
    };
    let failures = [
        ("trap", "trapped"),
        ("panic on purpose", "trapped"),
        ("recurse", "trapped"),
        ("spin", "time-exceeded"),
        ("time-loop", "time-exceeded"),
        ("alloc 1000000000", "memory-exceeded"),
        ("flood", "output-exceeded"),
        ("interrupt", "interrupted"),
    ];
    for round in 0..2 {
        for (n, (command, code)) in (round * 8..).zip(failures) {
            let answer =
                if command == "interrupt" { interrupted(&server) } else { server.session("busy").execute(command) };
            assert_eq!(answer.code(), code, "{command}");
            let problem = answer.json();
            assert_eq!((&problem["rolledBack"], &problem["effect"]), (&json!(true), &json!("rolledBack")), "{problem}");
            let busy = server.session("busy");
            assert_eq!(busy.metadata()["event"], 1_501 + n, "{command}");
            assert_eq!(busy.output("get k"), "before", "{command}");
        }
        server.kill();
        server.start();
    }
    assert_eq!(server.session("busy").output("count"), "1501");
}

#[test]
fn a_failing_session_does_not_pay_for_its_replay_again_and_again() {
    let server = server();
    let busy = server.session("busy").behave();
    for _ in 0..800 {
        busy.output("count");
    }
    assert_eq!(busy.metadata()["dirty"], true);
    busy.execute("trap");
    busy.execute("trap");
    // What the first of them cost to bring back was kept for the second.
    assert_eq!(busy.metadata()["dirty"], false);
    assert_eq!(busy.output("count"), "801");
}

#[test]
fn a_turn_is_interrupted_by_its_id_and_so_are_those_that_wait() {
    let server = setup().with("command-timeout", "60s").start();
    server.session("a").behave();
    let spin = |id: &'static str| execute_with(&server, "a", ("x-request-id", id), "spin");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| spin("first"));
        eventually("it runs", || server.metric("hostel_leased_sessions") > 0.5);
        let second = scope.spawn(|| spin("second"));
        let third = scope.spawn(|| spin("third"));
        let interrupt = |body: Value| ok(&post(&server.session("a"), "interrupt", body));
        assert_eq!(interrupt(json!({ "turn": "nobody" })), json!({ "interrupted": false, "queued": 0 }));
        eventually("the second waits", || interrupt(json!({ "turn": "second" }))["queued"] == 1);
        let problem = second.join().expect("it is answered").json();
        assert_eq!((&problem["code"], &problem["effect"]), (&json!("interrupted"), &json!("untouched")));
        eventually("the third waits", || interrupt(json!({ "turn": "third" }))["queued"] == 1);
        assert_eq!(third.join().expect("it is answered").code(), "interrupted");
        assert_eq!(interrupt(json!({ "turn": "first" }))["interrupted"], true);
        assert_eq!(first.join().expect("it is answered").json()["effect"], "rolledBack");
        let again = scope.spawn(|| spin("again"));
        eventually("it runs", || server.metric("hostel_leased_sessions") > 0.5);
        let waiting = scope.spawn(|| spin("waiting"));
        let mut seen = 0;
        eventually("both are stopped", || {
            seen += interrupt(json!({ "queued": true }))["queued"].as_u64().expect("a number");
            seen == 1 || waiting.is_finished()
        });
        assert_eq!(again.join().expect("it is answered").code(), "interrupted");
        assert_eq!(waiting.join().expect("it is answered").code(), "interrupted");
    });
}

#[test]
fn a_session_may_have_its_own_durability_and_so_may_a_tenant() {
    let server = server();
    let careful = server.session("careful");
    assert_eq!(careful.create(json!({ "durability": "power" })).status, 201);
    assert_eq!(careful.create(json!({ "durability": "process" })).code(), "session-conflict");
    assert_eq!(careful.execute("1").json()["durable"], "power");
    assert_eq!(server.session("other").execute("1").json()["durable"], "process");
    ok(&post(&careful, "fork", json!({ "name": "child" })));
    assert_eq!(server.session("child").execute("1").json()["durable"], "power");
}

const ARCHIVE: &str = "application/vnd.hostel.session";

fn export(server: &Server, name: &str) -> Vec<u8> {
    let mut response =
        ureq::get(format!("{}/api/sessions/{name}/export", server.url())).call().expect("it is exported");
    assert_eq!(response.headers()["content-type"], ARCHIVE);
    response.body_mut().read_to_vec().expect("a body")
}

fn import(server: &Server, name: &str, bytes: &[u8]) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("{}/api/sessions/{name}/import", server.url())).content_type(ARCHIVE);
    let mut response = request.send(bytes).expect("it answers");
    let text = response.body_mut().read_to_string().expect("a body");
    (response.status().as_u16(), serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn a_session_moves_to_another_host_as_a_file_that_nobody_can_change() {
    const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let here = setup().with("archive-key", KEY).start();
    let alice = here.session("alice");
    alice.output("(define (counter n) (lambda () (set! n (+ n 1)) n)) (define tick (counter 0))");
    alice.output("(tick)");
    assert_eq!(alice.request("PUT", "/checkpoints/one", None).status, 201);
    alice.output("(tick)");
    ok(&post(&alice, "undo", json!({})));
    alice.output("(tick) (tick)");
    let file = export(&here, "alice");

    let there = setup().with("archive-key", KEY).start();
    assert_eq!(import(&there, "moved", &file).0, 201);
    assert_eq!(import(&there, "moved", &file).1["code"], "name-taken");
    let moved = there.session("moved");
    assert_eq!(moved.metadata()["origin"]["name"], "alice");
    assert_eq!(moved.output("(tick)"), "4");
    ok(&post(&moved, "jump", json!({ "event": 3 })));
    assert_eq!(moved.output("(tick)"), "3", "what was undone came along");
    ok(&post(&moved, "jump", json!({ "checkpoint": "one" })));
    assert_eq!(moved.output("(tick)"), "2");

    for at in (0..file.len()).step_by(file.len() / 40) {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert_eq!(import(&there, "changed", &changed).1["code"], "import-refused", "byte {at}");
    }
    assert_eq!(import(&there, "changed", &file[..file.len() / 2]).1["code"], "import-refused");
    let stranger = server();
    let (status, problem) = import(&stranger, "moved", &file);
    assert_eq!((status, &problem["code"]), (422, &json!("import-refused")));
    assert_eq!(stranger.session("moved").request("GET", "", None).status, 404);
}

#[test]
fn the_program_goes_through_a_history_with_a_server_and_without() {
    let mut server = server();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("alice.hostel");
    for n in 1..=4 {
        server.session("alice").output(&format!("(define x {n})"));
    }
    let data = server.data_directory();
    let run = |arguments: &[&str]| {
        let out =
            program().args(arguments).arg("--data").arg(&data).current_dir(folder.path()).output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(out.status.code(), Some(0), "{arguments:?}: {}", text(&out.stderr));
        text(&out.stdout)
    };
    let tour = |n: &str| {
        assert!(run(&["history", "alice"]).contains("(define x 4)"));
        assert!(run(&["history", "alice", "1"]).contains("(define x 1)"));
        run(&["undo", "alice", "2"]);
        assert_eq!(run(&["exec", "alice", "x"]).trim(), "2");
        run(&["jump", "alice", "4"]);
        run(&["undo", "alice"]);
        run(&["redo", "alice"]);
        run(&["checkpoint", "alice", &format!("point{n}")]);
        assert!(run(&["checkpoint", "alice"]).contains(&format!("point{n}")));
        run(&["jump", "alice", "0"]);
        run(&["jump", "alice", &format!("point{n}")]);
        run(&["fork", "alice", &format!("child{n}"), "--from", "3"]);
        assert_eq!(run(&["exec", &format!("child{n}"), "x"]).trim(), "3");
        assert!(run(&["diff", "alice", &format!("child{n}")]).contains('x'));
        run(&["export", "alice", &file.display().to_string(), "--force"]);
        run(&["import", &format!("copy{n}"), &file.display().to_string()]);
        assert_eq!(run(&["exec", &format!("copy{n}"), "x"]).trim(), "4");
    };
    tour("1");
    assert_eq!(server.stop(), Some(0));
    tour("2");
    server.start();
    assert_eq!(server.session("copy2").output("x"), "4");
}
