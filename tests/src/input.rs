//! Bad input of every kind the routes take: the right 4xx, and a body that helps.

use std::io::{Read, Write};

use crate::harness::{Server, server, setup};

/// Method, path, body, the statuses that are right, and words that the answer has.
type Case<'a> = (&'a str, &'a str, Option<&'a str>, &'a [u16], &'a str);

#[test]
fn bad_requests_get_the_status_the_code_and_the_words_that_help() {
    let server = setup().with("command-bytes-max", "1KiB").start();
    server.session("alice").output("(define x 1)");
    let execute = "/api/sessions/alice/execute";
    let long_name = format!("/api/sessions/{}/execute", "x".repeat(129));
    let long = format!(r#"{{"command":"{}"}}"#, "x".repeat(2000));
    let huge = format!(r#"{{"command":"{}"}}"#, "x".repeat(100_000));
    let cases: &[Case<'_>] = &[
        ("POST", execute, Some(""), &[400], "JSON"),
        ("POST", execute, Some("{"), &[400], "line 1"),
        ("POST", execute, Some("[]"), &[400], "JSON"),
        ("POST", execute, Some("null"), &[400], ""),
        ("POST", execute, Some("{}"), &[400], "command"),
        ("POST", execute, Some(r#"{"command":5}"#), &[400], "string"),
        ("POST", execute, Some(r#"{"command":"1","extra":1}"#), &[400], "extra"),
        ("POST", execute, Some("{\"command\":\"\\ud800\"}"), &[400], ""),
        ("POST", execute, Some(&long), &[413], "1024"),
        ("POST", execute, Some(&huge), &[413], ""),
        ("GET", execute, None, &[405], ""),
        ("DELETE", execute, None, &[405], ""),
        ("POST", "/api/sessions/a%2Fb/execute", Some(r#"{"command":"1"}"#), &[400, 422], "'/'"),
        ("POST", "/api/sessions/..%2f..%2fetc/execute", Some(r#"{"command":"1"}"#), &[400, 422], "'.'"),
        ("POST", "/api/sessions/%ff/execute", Some(r#"{"command":"1"}"#), &[400, 422], ""),
        ("POST", "/api/sessions/-a/execute", Some(r#"{"command":"1"}"#), &[400, 422], "starts with"),
        ("POST", &long_name, Some(r#"{"command":"1"}"#), &[400, 422], "128"),
        ("GET", "/api/sessions/nobody", None, &[404], "nobody"),
        ("POST", "/api/sessions/nobody/save", None, &[404], "nobody"),
        ("DELETE", "/api/sessions/nobody", None, &[404], "nobody"),
        ("GET", "/api/sessions?limit=0", None, &[400], "limit"),
        ("GET", "/api/sessions?limit=x", None, &[400], "limit"),
        ("GET", "/api/sessions?limit=1001", None, &[400], "1000"),
        ("GET", "/api/sessions?colour=red", None, &[400], "colour"),
        ("GET", "/api/sessions?after=%20", None, &[400], ""),
        ("GET", "/api/sessions/alice?size=huge", None, &[400], "size"),
        ("PUT", "/api/sessions/bob", Some(r#"{"guest":"fortran"}"#), &[400, 404, 422], "omega"),
        ("PUT", "/api/sessions/bob", Some(r#"{"limits":{"memoryBytes":0}}"#), &[400, 422], "memoryBytes"),
        ("PUT", "/api/sessions/bob", Some(r#"{"limits":{"memoryBytes":-1}}"#), &[400, 422], ""),
        ("PUT", "/api/sessions/bob", Some(r#"{"limits":{"colour":1}}"#), &[400, 422], "colour"),
        ("PUT", "/api/sessions/bob", Some("nonsense"), &[400], ""),
        ("POST", "/api/sessions/bob", None, &[405], ""),
        ("PATCH", "/api/sessions", None, &[405], ""),
        ("GET", "/", None, &[404], ""),
        ("GET", "/api", None, &[404], ""),
        ("GET", "/api/sessions/", None, &[404], ""),
        ("GET", "/api/sessions/a/b/c", None, &[404], ""),
        ("POST", "/api/sessions//execute", Some(r#"{"command":"1"}"#), &[400, 404, 422], ""),
    ];
    for (method, path, body, statuses, words) in cases {
        let answer = server.request(method, path, None, *body);
        assert!(statuses.contains(&answer.status), "{method} {path:.80} {body:?}: {answer:.500?}");
        answer.code();
        assert!(answer.text.contains(words), "{method} {path:.80}: {} says nothing of {words}", answer.text);
        if answer.status == 405 {
            assert!(answer.header("allow").is_some(), "{method} {path}");
        }
    }
    assert_eq!(server.session("alice").output("x"), "1");
    assert_eq!(server.get("/api/sessions/bob").status, 404, "nothing was created on the way");
}

#[test]
fn a_body_that_is_not_said_to_be_json_is_refused() {
    let server = server();
    let body = r#"{"command":"1"}"#;
    let head = "POST /api/sessions/a/execute HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
    let send = |more: &str| server.raw(format!("{head}{more}content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
    assert!(send("content-type: text/xml\r\n").starts_with("HTTP/1.1 415 "));
    assert!(send("content-type: application/json; charset=utf-8\r\n").starts_with("HTTP/1.1 200 "));
    assert!(send("").starts_with("HTTP/1.1 200 "));
    // A page in a browser may send a body without a type to anywhere, and says where it comes from.
    assert!(send("origin: http://evil.example\r\n").starts_with("HTTP/1.1 421 "));
    assert!(send("origin: http://localhost:8080\r\n").starts_with("HTTP/1.1 415 "));
}

#[test]
fn an_open_host_answers_only_to_names_of_this_machine() {
    let server = server();
    let ask = |host: &str| {
        server.raw(format!("GET /api/sessions HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes())
    };
    for host in ["localhost:3000", "127.0.0.1", "[::1]:3000", "LOCALHOST"] {
        assert!(ask(host).starts_with("HTTP/1.1 200 "), "{host}");
    }
    // What a browser sends that was led here by a name whose owner changed its address.
    for host in ["evil.example", "localhost.evil.example:3000", ""] {
        assert!(ask(host).starts_with("HTTP/1.1 4"), "{host}");
    }
}

#[test]
fn what_is_no_http_ends_the_connection_and_nothing_else() {
    let server = server();
    for bytes in [&b"\0\0\0\0\r\n\r\n"[..], b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", &[0xff; 100_000]] {
        let answer = server.raw(bytes);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 431 "),
            "{answer:.80}"
        );
    }
    let header = format!("GET /api/health HTTP/1.1\r\nhost: localhost\r\nx-long: {}\r\n\r\n", "x".repeat(1 << 20));
    let answer = server.raw(header.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer:.80}");
    assert_eq!(server.get("/api/health").status, 200);
}

#[test]
fn a_request_that_is_sent_too_slowly_is_given_up() {
    let server = setup().with("header-timeout", "100ms").with("body-timeout", "100ms").start();
    let mut half_head = server.connect();
    half_head.write_all(b"POST /api/sessions/a/exe").expect("it is sent");
    assert_closed(half_head);
    let mut half_body = server.connect();
    let head = b"POST /api/sessions/a/execute HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{\"comm";
    half_body.write_all(head).expect("it is sent");
    half_body.set_read_timeout(Some(crate::harness::PATIENCE)).expect("a time-out");
    let mut answer = [0; 12];
    half_body.read_exact(&mut answer).expect("it is answered");
    assert_eq!(&answer, b"HTTP/1.1 408");
}

fn assert_closed(mut stream: std::net::TcpStream) {
    stream.set_read_timeout(Some(crate::harness::PATIENCE)).expect("a time-out");
    let mut rest = Vec::new();
    // Closed, with or without a word, or reset.
    if stream.read_to_end(&mut rest).is_ok() {
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&rest));
    }
}

#[test]
fn a_client_s_request_id_comes_back_and_a_bad_one_is_replaced() {
    let server = server();
    let ask = |id: &str| {
        server.raw(
            format!("GET /api/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-request-id: {id}\r\n\r\n")
                .as_bytes(),
        )
    };
    assert!(ask("my-id-7").contains("x-request-id: my-id-7\r\n"));
    let long = "x".repeat(5000);
    let answer = ask(&long);
    assert!(answer.contains("x-request-id: ") && !answer.contains(&long));
}

#[test]
fn a_thousand_at_once_are_all_answered() {
    let server: Server = setup().with("max-live-sessions", 20).with("admission-wait", "60s").start();
    std::thread::scope(|scope| {
        for client in 0..50 {
            let server = &server;
            scope.spawn(move || {
                for n in 0..20 {
                    let session = server.session(&format!("c{client}-{n}"));
                    assert_eq!(session.output("(define x 5) (* x 2)"), "10");
                }
            });
        }
    });
    assert!((server.metric("hostel_turns_total") - 1000.0).abs() < 0.5);
}
