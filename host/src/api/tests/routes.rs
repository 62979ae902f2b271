use bytes::Bytes;
use serde_json::{Value, json};

use super::harness::{Answer, Served, serve, within};
use crate::config::{Config, TenantConfig};
use crate::metrics::HttpRoute;
use crate::name::TenantName;
use crate::tenant::KeyHash;

fn get(served: &Served, path: &str) -> Answer {
    served.request("GET", path, &[], "")
}

fn execute(served: &Served, name: &str, command: &str, headers: &[&str]) -> Answer {
    let body = json!({ "command": command }).to_string();
    served.request("POST", &format!("/api/sessions/{name}/execute"), headers, &body)
}

#[test]
fn a_session_is_used_listed_saved_and_deleted() {
    let served = serve(|_| {});
    assert_eq!(execute(&served, "life-1", "(define x 1)", &[]).status, 200);
    let reply = execute(&served, "life-1", "(+ 1 2)", &["content-type: application/json; charset=utf-8"]);
    assert_eq!((reply.status, &reply.json["output"], &reply.json["shouldExit"]), (200, &json!("3"), &json!(false)));
    assert_eq!(reply.header("content-type"), Some("application/json"));

    let listed = get(&served, "/api/sessions?prefix=life-");
    assert_eq!(listed.json["sessions"][0]["name"], "life-1");
    assert!(listed.json.get("next").is_none(), "{}", listed.text);
    let session = get(&served, "/api/sessions/life-1");
    assert_eq!((session.status, &session.json["name"]), (200, &json!("life-1")));
    assert!(session.json.get("sizeDetail").is_none());
    assert!(get(&served, "/api/sessions/life-1?size=detail").json["sizeDetail"]["memoryBytes"].is_u64());

    assert_eq!(served.request("POST", "/api/sessions/life-1/save", &[], "").status, 200);
    assert_eq!(served.request("DELETE", "/api/sessions/life-1", &[], "").status, 204);
    assert_eq!(get(&served, "/api/sessions/life-1").code(), "session-not-found");
}

#[test]
fn a_session_is_created_once_with_its_options() {
    let served = serve(|_| {});
    let create = |body: &str| served.request("PUT", "/api/sessions/made", &[], body);
    let limits = r#"{"guest": "omega", "limits": {"commandTimeoutMs": 100}, "durability": "power"}"#;
    assert_eq!(create(limits).status, 201);
    assert_eq!(create(limits).status, 200);
    let other = create(r#"{"limits": {"commandTimeoutMs": 101}}"#);
    assert_eq!((other.status, other.code()), (409, "session-conflict"));
    assert_eq!(served.request("PUT", "/api/sessions/made-bare", &[], "").status, 201);
}

#[test]
fn a_list_comes_in_pages() {
    let served = serve(|_| {});
    for name in ["page-a", "page-b", "page-c"] {
        assert_eq!(served.request("PUT", &format!("/api/sessions/{name}"), &[], "").status, 201);
    }
    let first = get(&served, "/api/sessions?prefix=page-&limit=2");
    assert_eq!(first.json["next"], "page-b");
    let second = get(&served, "/api/sessions?prefix=page-&limit=2&after=page-b");
    assert_eq!(second.json["sessions"][0]["name"], "page-c");
    assert!(second.json.get("next").is_none());
}

#[test]
fn a_percent_encoded_name_is_the_same_name() {
    let served = serve(|_| {});
    assert_eq!(execute(&served, "enc%40oded", "(define x 1)", &[]).status, 200);
    assert_eq!(get(&served, "/api/sessions/enc@oded").json["name"], "enc@oded");
}

#[test]
fn tenants_see_only_their_own_sessions() {
    let served = serve(|config| config.tenants = vec![tenant(config, "acme"), tenant(config, "bob")]);
    let [acme, bob] = ["authorization: Bearer key-of-acme", "authorization: Bearer key-of-bob"];
    assert_eq!(execute(&served, "shared-name", "(define x 1)", &[acme]).status, 200);

    let theirs = served.request("GET", "/api/sessions/shared-name", &[bob], "");
    let nobodys = served.request("GET", "/api/sessions/never-there", &[bob], "");
    assert_eq!((theirs.status, nobodys.status), (404, 404));
    let neutral = |answer: &Answer, name: &str| {
        let id = answer.json["requestId"].as_str().unwrap();
        answer.text.replace(name, "NAME").replace(id, "ID")
    };
    assert_eq!(neutral(&theirs, "shared-name"), neutral(&nobodys, "never-there"));
    assert_eq!(served.request("GET", "/api/sessions", &[bob], "").json, json!({ "sessions": [] }));
    assert_eq!(served.request("GET", "/api/sessions/shared-name", &[acme], "").status, 200);
}

fn tenant(config: &Config, name: &str) -> TenantConfig {
    let name = TenantName::new(name).unwrap();
    let limits = config.tenant_limits(&name);
    TenantConfig { keys: vec![KeyHash::of(format!("key-of-{name}").as_bytes())], name, limits, functions: None }
}

#[test]
fn every_route_of_the_document_is_there_and_has_a_name_of_its_own() {
    let served = serve(|_| {});
    let document = include_str!("../../api.rs").lines().take_while(|line| line.starts_with("//!"));
    let mut named = Vec::new();
    for line in document.filter(|line| line.contains("/api/") || line.contains("/metrics")) {
        let mut words = line.trim_start_matches("//!").split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let route = super::super::named(&method.parse().unwrap(), path);
        assert!(route != HttpRoute::Other && !named.contains(&route), "{method} {path}");
        named.push(route);
        let path = path.replace("{name}", "no-such-session").replace("{number}", "1").replace("{checkpoint}", "c");
        let path = path.replace("{turn}", "t").replace("{question}", "1");
        let answer = served.request(method, &path, &[], "");
        assert!(!["no-such-route", "method-not-allowed"].contains(&answer.code()), "{method} {path}: {}", answer.text);
    }
    assert_eq!(named.len(), 32, "the document has all routes");
}

#[test]
fn a_process_asks_itself_as_one_tenant_without_key_and_host() {
    within("somebody", async |api| {
        let ask = async |method: &str, path: &str, body: &'static str| {
            let request = hyper::Request::builder().method(method).uri(path).header("host", "elsewhere.example");
            let response = api.ask(request.body(Bytes::from_static(body.as_bytes())).unwrap()).await;
            (response.status().as_u16(), serde_json::from_slice::<Value>(response.body()).unwrap_or_default())
        };
        let (status, reply) = ask("POST", "/api/sessions/within/execute", r#"{"command": "(+ 1 2)"}"#).await;
        assert_eq!((status, &reply["output"]), (200, &json!("3")), "{reply}");
        let (status, session) = ask("GET", "/api/sessions/within", "").await;
        assert_eq!((status, &session["tenant"]), (200, &json!("somebody")));
        let (status, problem) = ask("GET", "/api/sessions/missing", "").await;
        assert_eq!((status, &problem["code"]), (404, &json!("session-not-found")));
    });
    assert_eq!(get(&serve(|_| {}), "/api/sessions/within").status, 404, "it belongs to another tenant");
}

#[test]
fn guests_health_and_metrics_are_told() {
    let served = serve(|_| {});
    let guests = get(&served, "/api/guests").json;
    let names: Vec<_> = (0..2).map(|at| guests["guests"][at]["name"].clone()).collect();
    assert_eq!(names, ["javascript", "omega"]);
    let health = get(&served, "/api/health");
    assert_eq!((health.status, &health.json["status"]), (200, &json!("ok")));
    let metrics = get(&served, "/metrics");
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert!(metrics.text.contains("\nhostel_http_requests_total{route=\"health\",status=\"2xx\"}"), "{}", metrics.text);
}

#[test]
fn health_needs_no_key_and_metrics_do() {
    let served = serve(|config| config.tenants = vec![tenant(config, "acme")]);
    assert_eq!(get(&served, "/api/health").status, 200);
    assert_eq!(get(&served, "/metrics").code(), "unauthenticated");
}
