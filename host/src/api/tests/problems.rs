use super::harness::{request, serve};
use crate::config::TenantConfig;
use crate::name::TenantName;
use crate::tenant::KeyHash;

#[test]
fn bad_requests_are_told_what_is_wrong_with_them() {
    let served = serve(|config| config.limits.command_bytes_max = 100);
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
        ("GET", "/api/nothing", "", "", 404, "no-such-route", "/api/nothing"),
        ("POST", "/api/sessions//execute", "", "{}", 400, "invalid-name", "empty"),
        ("GET", run, "", "", 405, "method-not-allowed", "POST"),
        ("PATCH", "/api/sessions/a", "", "", 405, "method-not-allowed", "DELETE"),
    ] {
        let headers: &[&str] = if header.is_empty() { &[] } else { &[header] };
        let answer = served.request(method, path, headers, body);
        assert_eq!((answer.status, answer.code()), (status, code), "{method} {path} {body}: {}", answer.text);
        let detail = answer.json["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(words), "{method} {path} {body}: {detail}");
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
        config.tenants = vec![TenantConfig { name, keys: vec![KeyHash::of(b"key")], limits }];
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
