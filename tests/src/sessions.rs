//! Sessions: made on first use or with options, listed, described, saved, deleted.

use serde_json::{Value, json};

use crate::harness::{server, setup};

#[test]
fn a_session_is_created_on_first_use_and_remembers() {
    let server = server();
    let alice = server.session("alice");
    let answer = alice.execute("(define x 40)");
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["event"], 1);
    let answer = alice.execute("(+ x 2)").json();
    assert_eq!(
        (&answer["output"], &answer["result"], &answer["shouldExit"]),
        (&json!("42"), &json!("42"), &json!(false))
    );
    assert_eq!(alice.execute(":quit").json()["shouldExit"], true);
    assert_eq!(alice.output("x"), "40");
}

#[test]
fn an_error_of_the_language_is_an_answer_and_what_came_before_it_stays() {
    let server = server();
    let alice = server.session("alice");
    let answer = alice.execute("(define y 7) (car 5)");
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    assert!(answer["error"].as_str().is_some_and(|error| error.contains("car")), "{answer}");
    assert_eq!(answer["output"], answer["error"]);
    assert_eq!(answer.get("result"), None);
    assert_eq!(alice.output("y"), "7");
}

#[test]
fn a_program_of_the_standard_runs_as_it_stands_and_a_picture_is_base64_once() {
    let server = server();
    let alice = server.session("alice");
    assert_eq!(alice.output("(import (scheme base) (scheme inexact)) (exp 1)"), "2.718281828459045");
    let picture = json!([{ "image/png": "iVBORw0KGgo=" }]);
    for data in ["\"iVBORw0KGgo=\"", "(bytevector 137 80 78 71 13 10 26 10)"] {
        assert_eq!(alice.execute(&format!("(display-as \"image/png\" {data})")).json()["results"], picture);
    }
}

#[test]
fn a_command_for_another_event_is_refused_and_not_run() {
    let server = server();
    server.session("alice").output("(define n 1)");
    let ask = |event: &str| {
        let body = r#"{"command":"(set! n (+ n 1)) n"}"#;
        let head = "POST /api/sessions/alice/execute HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
        server.raw(format!("{head}if-event: {event}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes())
    };
    let answer = ask("7");
    assert!(answer.starts_with("HTTP/1.1 409 ") && answer.contains("session-moved-on"), "{answer}");
    assert!(ask("one").starts_with("HTTP/1.1 400 "));
    assert!(ask("1").contains(r#""output":"2""#));
    assert!(ask("1").starts_with("HTTP/1.1 409 "));
    assert_eq!(server.session("alice").output("n"), "2");
}

#[test]
fn output_comes_in_order_and_each_stream_for_itself() {
    let server = server();
    let alice = server.session("alice").behave();
    let answer = alice.execute("write 5").json();
    assert_eq!(answer["stdout"].as_str().map(str::len), Some(5));
    assert_eq!(answer.get("stderr"), None);
    let answer = alice.execute("write-err warned").json();
    assert!(answer["stderr"].as_str().is_some_and(|text| text.contains("warned")), "{answer}");
    let answer = alice.execute("write-bytes 61ff62").json();
    assert_eq!(answer["stdout"], "a\u{fffd}b");
}

#[test]
fn creating_says_whether_it_was_there_and_refuses_other_options() {
    let server = server();
    let alice = server.session("alice");
    let made = alice.create(json!({"guest": "behave", "limits": {"memoryBytes": 10_000_000}}));
    assert_eq!((made.status, &made.json()["guest"]), (201, &json!("behave")));
    assert_eq!(alice.create(json!({"guest": "behave", "limits": {"memoryBytes": 10_000_000}})).status, 200);
    assert_eq!(alice.create(json!({})).status, 200);
    let other = alice.create(json!({"guest": "omega"}));
    assert_eq!((other.status, other.code().as_str()), (409, "session-conflict"));
    assert_eq!(alice.create(json!({"limits": {"memoryBytes": 20_000_000}})).status, 409);
}

#[test]
fn metadata_tell_what_a_session_is_and_holds() {
    let server = server();
    let alice = server.session("alice");
    alice.output("(define x 1)");
    let before = alice.metadata();
    assert_eq!(before["name"], "alice");
    assert_eq!(before["guest"], "omega");
    assert_eq!((&before["eventCount"], &before["checkpointCount"]), (&json!(1), &json!(0)));
    assert_eq!((&before["live"], &before["dirty"]), (&json!(true), &json!(true)));
    assert!(before["size"].as_u64().is_some_and(|size| size > 4096), "{before}");
    let detail = &before["sizeDetail"];
    assert!(detail["residentBytes"].as_u64() < detail["memoryBytes"].as_u64(), "{before}");
    assert!(detail["journalBytes"].as_u64() > Some(0), "{before}");

    let saved = alice.save().json();
    assert_eq!((&saved["written"], &saved["event"]), (&json!(true), &json!(1)));
    assert_eq!(alice.save().json()["written"], false);
    let after = alice.metadata();
    assert_eq!((&after["dirty"], &after["id"]), (&json!(false), &before["id"]));
    assert_eq!(after["sizeDetail"]["snapshotBytes"], saved["snapshotBytes"]);
}

#[test]
fn sessions_are_listed_by_page_live_and_stored_alike() {
    let server = setup().with("max-live-sessions", 2).start();
    for n in 0..7 {
        server.session(&format!("s{n}")).output("(define x 1)");
    }
    server.session("other").output("1");
    let mut seen = Vec::new();
    let mut path = "/api/sessions?prefix=s&limit=3".to_owned();
    loop {
        let page = server.get(&path).json();
        let sessions = page["sessions"].as_array().expect("a list").clone();
        assert!(sessions.len() <= 3);
        seen.extend(sessions);
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/sessions?prefix=s&limit=3&after={next}");
    }
    let names: Vec<_> = seen.iter().map(|session| session["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["s0", "s1", "s2", "s3", "s4", "s5", "s6"]);
    let count = |field: &str, value: bool| seen.iter().filter(|session| session[field] == value).count();
    assert!(count("live", true) <= 2);
    assert!(seen.iter().all(|session| session["eventCount"] == 1), "{seen:?}");
}

#[test]
fn a_deleted_session_is_gone_and_its_name_is_free() {
    let server = server();
    let alice = server.session("alice");
    alice.output("(define x 1)");
    let id = alice.metadata()["id"].clone();
    assert_eq!(alice.delete().status, 204);
    assert_eq!(alice.delete().code(), "session-not-found");
    assert_eq!(alice.request("GET", "", None).status, 404);
    assert!(alice.output("x").contains("unbound"));
    assert_ne!(alice.metadata()["id"], id);
}

#[test]
fn the_host_tells_of_its_guests_its_health_and_its_metrics() {
    let server = server();
    let guests = server.get("/api/guests").json();
    let guests: Vec<Value> = guests.as_array().or_else(|| guests["guests"].as_array()).expect("a list").clone();
    let omega = guests.iter().find(|guest| guest["name"] == "omega").expect("the default guest");
    assert_eq!((&omega["default"], omega["language"].as_str()), (&json!(true), Some("Omega Lisp")));
    assert_eq!(server.get("/api/health").status, 200);
    server.session("alice").output("1");
    server.session("alice").output("1");
    assert!((server.metric("hostel_turns_total") - 2.0).abs() < 0.5);
    assert!((server.metric("hostel_pool_hits_total") - 1.0).abs() < 0.5);
    assert!((server.metric("hostel_live_sessions") - 1.0).abs() < 0.5);
}
