//! Whether an input is a whole command.

use serde_json::json;

use crate::harness::{new_key, server, setup};

#[test]
fn an_input_is_complete_incomplete_or_invalid_as_its_guest_says() {
    let server = server();
    let created = server.session("js").request("PUT", "", Some(r#"{"guest":"javascript"}"#));
    assert_eq!(created.status, 201, "{}", created.text);
    server.session("alice").output("(define x 1)");
    for (session, input, status) in [
        ("alice", "(+ 1 2)", "complete"),
        ("alice", "(+ 1\\n", "incomplete"),
        ("alice", "(+ 1))", "invalid"),
        ("alice", ":help", "complete"),
        ("alice", "", "complete"),
        ("js", "1 + 2", "complete"),
        ("js", "function f() {", "incomplete"),
        ("nobody", "(f", "incomplete"),
    ] {
        let body = format!(r#"{{"input":"{input}"}}"#);
        let answer = server.session(session).request("POST", "/complete", Some(&body));
        assert_eq!(answer.status, 200, "{session} {input}: {}", answer.text);
        assert!(answer.text.contains(&format!("\"status\":\"{status}\"")), "{input}: {}", answer.text);
    }
}

#[test]
fn asking_leaves_the_session_as_it_is_and_makes_none() {
    let server = server();
    server.session("alice").output("(define x 1)");
    let before = server.session("alice").request("GET", "", None);
    for _ in 0..20 {
        server.session("alice").request("POST", "/complete", Some(r#"{"input":"(define x"}"#));
        server.session("nobody").request("POST", "/complete", Some(r#"{"input":"1"}"#));
    }
    let after = server.session("alice").request("GET", "", None);
    assert_eq!(before.text, after.text);
    assert_eq!(server.session("nobody").request("GET", "", None).status, 404);
    assert_eq!(server.session("alice").output("x"), "1");
}

#[test]
fn an_input_has_the_limits_of_a_command() {
    let server = setup().with("command-bytes-max", "1KiB").start();
    let body = |bytes: usize| format!(r#"{{"input":"{}"}}"#, "x".repeat(bytes));
    let ask = |body: &str| server.session("alice").request("POST", "/complete", Some(body)).status;
    assert_eq!((ask(&body(1_000)), ask(&body(2_000))), (200, 413));
    assert_eq!((ask("{}"), ask("{\"input\":1}"), ask(r#"{"input":"1","more":1}"#)), (400, 400, 400));
    // Deep nesting is the guest's to bear.
    let deep = format!(r#"{{"input":"{}"}}"#, "(".repeat(1_000));
    assert_eq!(ask(&deep), 200);
    let server = crate::harness::server();
    let long = format!(r#"{{"input":"{}"}}"#, "x ".repeat(400_000));
    assert_eq!(server.session("alice").request("POST", "/complete", Some(&long)).status, 200);
}

#[test]
fn a_tenant_that_asks_much_keeps_nobody_else_waiting() {
    let ((busy, busy_hash), (acme, acme_hash)) = (new_key(&["busy"]), new_key(&["acme"]));
    let tenant = |name: &str, hash: &str| format!("[[tenants]]\nname = \"{name}\"\nkeys = [\"{hash}\"]\n");
    let server = setup().config(&(tenant("busy", &busy_hash) + &tenant("acme", &acme_hash))).start();
    for key in [&busy, &acme] {
        assert_eq!(server.session_of(key, "js").create(json!({ "guest": "javascript" })).status, 201);
    }
    let ask = |key: &str, input: &str| {
        let body = json!({ "input": input }).to_string();
        server.session_of(key, "js").request("POST", "/complete", Some(&body)).status
    };
    // Its compiler takes the square of their number.
    let slow = format!("{{{}", (0..60_000).map(|n| format!("var a{n};")).collect::<String>());
    assert_eq!(ask(&busy, &slow), 422, "it is stopped");
    let body = json!({ "input": slow }).to_string();
    let stopped = server.session_of(&busy, "js").request("POST", "/complete", Some(&body));
    assert!(stopped.code() == "not-checked" && stopped.text.contains("limits of its own"), "{}", stopped.text);
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(|| ask(&busy, &slow))).collect();
        for _ in 0..3 {
            assert_eq!(ask(&acme, "1 +"), 200);
        }
        for one in asking {
            assert!([422, 503].contains(&one.join().expect("it is answered")));
        }
    });
}
