//! What commands say while they run: to whoever follows them, to the client that is asked, and to functions of the host.
//! None of it is done twice, wherever the session has been meanwhile.

use serde_json::{Value, json};

use crate::contract::dialect::{Guest, answered, ordinary};
use crate::harness::{Server, Session};

pub fn output_is_there_before_its_command_ends(guest: &Guest) {
    let server = guest.setup().start();
    let alice = guest.session(&server, "alice");
    let (Some(print), Some(then)) = (guest.dialect.print, guest.dialect.then) else { return };
    let Some(spin) = guest.dialect.spin else { return };
    let mut events = alice.follow(&then(&[print("hello"), spin.to_owned()]), json!({}));
    let turn = events.turn();
    assert_eq!(events.next_of("stdout")["text"], "hello\n");
    alice.request("POST", "/interrupt", Some(&json!({ "turn": turn }).to_string()));
    assert_eq!(events.read_out().1["problem"]["code"], "interrupted");
}

pub fn a_result_in_other_forms_is_in_the_reply_in_the_stream_and_in_the_history(guest: &Guest) {
    let mut server = guest.setup().start();
    let alice = guest.session(&server, "alice");
    let Some(display) = guest.dialect.display else { return };
    let command = display("text/html", "<b>bold 😀</b>");
    let plain = ordinary(&alice, &command);
    let form = plain["results"][0].clone();
    assert_eq!(form["text/html"], "<b>bold 😀</b>", "{plain}");
    assert_eq!(plain["results"], json!([form]), "{plain}");
    let mut events = alice.follow(&command, json!({}));
    assert_eq!(events.next_of("result")["data"], form);
    assert_eq!(events.next_of("end")["reply"]["results"], json!([form]));
    server.kill();
    server.start();
    let alice = server.session("alice");
    ordinary(&alice, "");
    assert_eq!(alice.request("GET", "/events/1", None).json()["results"], json!([form]));
}

/// Executes a command, and answers what it asks first, which must be of a kind.
fn asking(session: &Session<'_>, command: &str, kind: &str, answer: Value) -> (Value, Value) {
    let mut events = session.follow(command, json!({ "functions": ["search"] }));
    let (turn, question) = (events.turn(), events.next_of(kind));
    assert_eq!(session.answer(&turn, &question["id"], answer).status, 200);
    (question, events.next_of("end")["reply"].take())
}

pub fn a_line_is_asked_for_and_is_missing_where_nobody_follows(guest: &Guest) {
    let server = guest.setup().start();
    let alice = guest.session(&server, "alice");
    let Some(line) = guest.dialect.line else { return };
    let (question, reply) = asking(&alice, &line("name? "), "input", json!({ "line": "Ada 😀" }));
    assert_eq!(question["prompt"].as_str().map(str::trim_end), Some("name?"));
    assert!(reply["result"].as_str().is_some_and(|line| line.contains("Ada 😀")), "{reply}");
    let alone = answered(&alice, &line("name? "));
    assert!(alone["error"].as_str().is_some_and(|error| error.contains("does not follow")), "{alone}");
}

/// A server on which sessions may use `kv`.
fn granting(guest: &Guest) -> Server {
    guest.setup().with("functions", "kv.*").with("max-live-sessions", 1).start()
}

pub fn functions_are_called_and_fail_as_the_language_fails(guest: &Guest) {
    let server = granting(guest);
    let alice = guest.session(&server, "alice");
    let Some(call) = guest.dialect.call else { return };
    ordinary(&alice, &call("kv.put", r#"{"key": "k", "value": 41}"#));
    assert_eq!(ordinary(&alice, &call("kv.get", r#"{"key": "k"}"#))["result"], "41");
    let offered = call("search", r#"{"for": "a"}"#);
    let (question, reply) = asking(&alice, &offered, "call", json!({ "result": 42 }));
    assert_eq!((&question["name"], &question["arguments"]), (&json!("search"), &json!({ "for": "a" })));
    assert_eq!(reply["result"], "42", "{reply}");
    let (_, reply) = asking(&alice, &offered, "call", json!({ "error": "the index is gone" }));
    assert!(reply["error"].as_str().is_some_and(|error| error.contains("the index is gone")), "{reply}");
    let denied = answered(&alice, &offered);
    let told = denied["error"].as_str().expect("it is not granted");
    assert!(told.contains("search is not granted") && told.contains("kv.*"), "{told}");
    let Some(kind) = guest.dialect.failure_kind else { return };
    let shown = |reply: &Value| reply["result"].as_str().unwrap_or_default().trim_matches(['"', '\'']).to_owned();
    assert_eq!(shown(&ordinary(&alice, &kind(&offered))), "denied");
    assert_eq!(shown(&ordinary(&alice, &kind(&call("kv.get", "[]")))), "invalid");
    assert_eq!(shown(&asking(&alice, &kind(&offered), "call", json!({ "error": "no" })).1), "failed");
}

pub fn what_was_asked_and_answered_is_never_asked_again(guest: &Guest) {
    let mut server = granting(guest);
    let alice = guest.session(&server, "alice");
    let (Some(call), Some(bind)) = (guest.dialect.call, guest.dialect.bind) else { return };
    let read = guest.dialect.read.expect("what has names reads them");
    let get = call("kv.get", r#"{"key": "k"}"#);
    ordinary(&alice, &call("kv.put", r#"{"key": "k", "value": 1}"#));
    ordinary(&alice, &bind("kept", &get));
    asking(&alice, &bind("found", &call("search", r#"{"for": "a"}"#)), "call", json!({ "result": 42 }));
    if let Some(line) = guest.dialect.line {
        asking(&alice, &bind("name", &line("? ")), "input", json!({ "line": "Ada" }));
    }
    // Whoever asked again would get another answer, or none.
    ordinary(&alice, &call("kv.put", r#"{"key": "k", "value": 2}"#));
    let look = |server: &Server, when: &str| {
        let alice = server.session("alice");
        for (name, value) in [("kept", "1"), ("found", "42")] {
            assert_eq!(ordinary(&alice, &read(name))["result"], value, "{when}");
        }
        assert_eq!(ordinary(&alice, &get)["result"], "2", "{when}");
        if guest.dialect.line.is_some() {
            let shown = ordinary(&alice, &read("name"));
            assert!(shown["result"].as_str().is_some_and(|name| name.contains("Ada")), "{when}: {shown}");
        }
    };
    server.kill();
    server.start();
    look(&server, "after a kill, by replay");
    guest.define(&guest.session(&server, "other"), "x", 1);
    look(&server, "after an eviction");
    server.restart();
    look(&server, "after a restart");
}
