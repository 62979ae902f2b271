use super::harness::{request, serve};
use crate::config::TenantConfig;
use crate::name::TenantName;
use crate::tenant::KeyHash;

#[test]
fn bad_requests_are_told_what_is_wrong_with_them() {
    let served = serve(|config| {
        config.limits.command_bytes_max = 100;
        config.limits.transfer_bytes_max = 1 << 20;
    });
    let many = serde_json::json!({ "names": (0..1_001).map(|n| format!("s{n}")).collect::<Vec<_>>() }).to_string();
    let too_large = "x".repeat((1 << 20) + 1);
    let (run, list) = ("/api/sessions/bad/execute", "/api/sessions");
    let long = format!("{{\"command\": \"{}\"}}", "x".repeat(2000));
    for (method, path, header, body, status, code, words) in [
        ("POST", run, "", "{\"command\": 1}", 400, "invalid-json", "expected a string at line 1 column 13"),
        ("POST", run, "", "", 400, "invalid-json", "line 1 column 0"),
        ("POST", run, "", "{}", 400, "invalid-json", "missing field `command`"),
        ("POST", run, "", "{\"command\": \"1\", \"x\": 1}", 400, "invalid-json", "unknown field `x`"),
        ("POST", run, "", "{\"command\": \"1\"} {}", 400, "invalid-json", "trailing characters"),
        ("POST", run, "", "{\"command\": \"\\ud800\"}", 400, "invalid-json", "line 1"),
        ("POST", run, "content-type: text/plain", "{}", 415, "not-json", "text/plain"),
        ("POST", run, "", &long, 413, "body-too-large", "1624 bytes"),
        ("POST", "/api/sessions/.x/execute", "", "{}", 400, "invalid-name", "'.' is not allowed at byte 0"),
        ("POST", "/api/sessions/a%2Fb/execute", "", "{}", 400, "invalid-name", "'/' is not allowed at byte 1"),
        ("POST", "/api/sessions/a%FF/execute", "", "{}", 400, "invalid-path", "UTF-8"),
        ("GET", &format!("/api/sessions/{}", "x".repeat(129)), "", "", 400, "invalid-name", "at most 128 bytes"),
        ("PUT", "/api/sessions/a", "", "{\"limits\": {\"x\": 1}}", 400, "invalid-json", "unknown field `x`"),
        ("PUT", "/api/sessions/a", "", "{\"guest\": \"no such\"}", 400, "invalid-json", "guest name"),
        ("PUT", "/api/sessions/a", "", "{\"guest\": \"cobol\"}", 422, "guest-unknown", "omega"),
        ("GET", &format!("{list}?limit=0"), "", "", 400, "invalid-query", "between 1 and 1000"),
        ("GET", &format!("{list}?limit=x"), "", "", 400, "invalid-query", "limit"),
        ("GET", &format!("{list}?page=2"), "", "", 400, "invalid-query", "unknown field `page`"),
        ("GET", "/api/sessions/a?size=all", "", "", 400, "invalid-query", "size"),
        ("PUT", "/api/sessions/a", "", "{\"durability\": \"disk\"}", 400, "invalid-json", "`process` or `power`"),
        ("POST", "/api/sessions/a/interrupt", "", "{\"turn\": 1}", 400, "invalid-json", "expected a string"),
        ("POST", "/api/sessions/a/interrupt", "", "{\"all\": true}", 400, "invalid-json", "unknown field `all`"),
        ("GET", "/api/sessions/a/events?limit=1001", "", "", 400, "invalid-query", "between 1 and 1000"),
        ("GET", "/api/sessions/a/events?order=up", "", "", 400, "invalid-query", "oldest"),
        ("GET", "/api/sessions/a/events/newest", "", "", 400, "invalid-path", "number of an event"),
        ("GET", "/api/sessions/.a/events/1", "", "", 400, "invalid-name", "'.' is not allowed"),
        ("PUT", "/api/sessions/a/checkpoints/b%20c", "", "", 400, "invalid-name", "checkpoint name"),
        ("PUT", "/api/sessions/a/checkpoints/b", "", "{\"event\": 1}", 400, "invalid-json", "unknown field `event`"),
        ("DELETE", "/api/sessions/a/checkpoints/-", "", "", 400, "invalid-name", "checkpoint name"),
        ("POST", "/api/sessions/a/jump", "", "", 400, "invalid-json", "expected `event`"),
        ("POST", "/api/sessions/a/jump", "", "{\"event\":1,\"checkpoint\":\"b\"}", 400, "invalid-json", "not both"),
        ("POST", "/api/sessions/a/undo", "", "{\"count\": 0}", 400, "invalid-json", "nonzero"),
        ("POST", "/api/sessions/a/redo", "", "{\"steps\": 1}", 400, "invalid-json", "unknown field `steps`"),
        ("POST", "/api/sessions/a/fork", "", "", 400, "invalid-json", "either `name` or `names`"),
        ("POST", "/api/sessions/a/fork", "", "{\"names\": []}", 422, "limit-out-of-range", "1 to 1000 sessions"),
        ("POST", "/api/sessions/a/fork", "", &many, 422, "limit-out-of-range", "these are 1001 names"),
        ("GET", "/api/sessions/a/diff", "", "", 400, "invalid-query", "missing field `with`"),
        ("GET", "/api/sessions/a/diff?with=b&limit=0", "", "", 400, "invalid-query", "between 1 and 1000"),
        (
            "POST",
            "/api/sessions/a/import",
            "content-type: application/json",
            "{}",
            415,
            "not-an-export",
            "octet-stream",
        ),
        (
            "POST",
            "/api/sessions/a/import",
            "",
            &too_large,
            413,
            "body-too-large",
            "1048576 bytes; the limit is set by transfer_bytes_max",
        ),
        ("GET", "/api/nothing", "", "", 404, "no-such-route", "/api/nothing"),
        ("POST", "/api/sessions//execute", "", "{}", 400, "invalid-name", "empty"),
        ("GET", run, "", "", 405, "method-not-allowed", "POST"),
        ("PATCH", "/api/sessions/a", "", "", 405, "method-not-allowed", "DELETE"),
    ] {
        let headers: &[&str] = if header.is_empty() { &[] } else { &[header] };
        let answer = served.request(method, path, headers, body);
        assert_eq!((answer.status, answer.code()), (status, code), "{method} {path} {body:.80}: {}", answer.text);
        let detail = answer.json["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(words), "{method} {path} {body:.80}: {detail}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.json["status"], status);
        assert_eq!(answer.json["type"], format!("urn:hostel:problem:{code}"));
        assert_eq!((&answer.json["effect"], &answer.json["rolledBack"]), (&"untouched".into(), &false.into()));
        assert_eq!(answer.header("x-request-id"), answer.json["requestId"].as_str());
    }
}

#[test]
fn problems_carry_the_headers_that_http_wants() {
    let served = serve(|config| {
        let name = TenantName::new("acme").unwrap();
        let limits = config.tenant_limits(&name);
        config.tenants = vec![TenantConfig { name, keys: vec![KeyHash::of(b"key")], limits, functions: None }];
    });
    let mut allow: Vec<_> = Vec::new();
    let answer = served.request("PATCH", "/api/sessions/a", &["authorization: Bearer key"], "");
    allow.extend(answer.header("allow").unwrap_or_default().split(',').map(str::trim));
    allow.sort_unstable();
    assert_eq!(allow, ["DELETE", "GET", "HEAD", "PUT"]);

    for header in ["x: y", "authorization: Bearer yek", "authorization: Basic key"] {
        for (method, path) in [("POST", "/api/sessions/a/execute"), ("GET", "/api/sessions"), ("GET", "/api/guests")] {
            let answer = served.request(method, path, &[header], "");
            assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{method} {path}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"hostel\""));
        }
    }
}

#[test]
fn a_clients_request_id_is_kept_in_every_answer() {
    let served = serve(|_| {});
    for path in ["/api/health", "/api/sessions", "/api/nothing"] {
        let answer = served.request("GET", path, &["x-request-id: step-7"], "");
        assert_eq!(answer.header("x-request-id"), Some("step-7"));
    }
}

#[test]
fn a_page_in_a_browser_has_to_say_what_it_sends() {
    let served = serve(|_| {});
    let origin = "origin: http://localhost:8080";
    for (path, body, code) in [
        ("/api/sessions/page/undo", "", "not-json"),
        ("/api/sessions/page/interrupt", "", "not-json"),
        ("/api/sessions/page/jump", "{\"event\":0}", "not-json"),
        ("/api/sessions/page/import", "x", "not-an-export"),
    ] {
        let answer = served.request("POST", path, &[origin], body);
        assert_eq!((answer.status, answer.code()), (415, code), "{path}");
        let answer = served.request("POST", path, &[origin, "content-type: text/plain"], body);
        assert_eq!((answer.status, answer.code()), (415, code), "{path}");
    }
    let json = [origin, "content-type: application/json"];
    assert_eq!(served.request("POST", "/api/sessions/page/undo", &json, "").code(), "session-not-found");
    assert_eq!(served.request("POST", "/api/sessions/page/undo", &[], "").code(), "session-not-found");
}

#[test]
fn a_key_that_makes_a_command_once_only_is_held_to_its_form() {
    let served = serve(|_| {});
    let run =
        |headers: &[&str]| served.request("POST", "/api/sessions/keyed/execute", headers, "{\"command\": \"(+ 1 2)\"}");
    let long = format!("idempotency-key: {}", "k".repeat(256));
    for headers in [&["idempotency-key: a b"][..], &[&long], &["idempotency-key: a", "idempotency-key: a"]] {
        let answer = run(headers);
        assert_eq!((answer.status, answer.code()), (400, "invalid-header"), "{headers:?}");
    }
    let first = run(&["idempotency-key: step-7"]);
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, None));
}

#[test]
fn bodies_without_a_length_are_held_to_their_limit_too() {
    let served = serve(|config| config.limits.command_bytes_max = 100);
    let head = "POST /api/sessions/chunked/execute HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut client = served.connect();
    client.send(&format!("{head}b\r\n{{\"command\":\r\n8\r\n\"(+ 1 2)\r\n2\r\n\"}}\r\n0\r\n\r\n"));
    assert_eq!(client.answer().status, 200);

    let mut client = served.connect();
    client.send(&format!("{head}800\r\n{}\r\n", "x".repeat(0x800)));
    let answer = client.answer();
    assert_eq!((answer.status, answer.code()), (413, "body-too-large"));
}

#[test]
fn what_is_no_http_is_refused() {
    let served = serve(|_| {});
    let mut client = served.connect();
    client.send("hello\r\n\r\n");
    assert_eq!(client.answer().status, 400);
    let mut client = served.connect();
    client.send(&request("GET", "/api/health", &[&format!("x: {}", "y".repeat(100_000))], ""));
    assert_eq!(client.answer().status, 431);
}
