//! Functions that the operator configures.

#[path = "../../host/src/functions/tests/service.rs"]
#[expect(dead_code, reason = "the host's own tests ask for more of it")]
mod service;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use self::service::{Say, Service};
use crate::harness::{program, setup};

const KEY: &str = "sk-4c1b9a7e";
const SECRET: &str = "7d2f9b3e51c84a60";

/// A model and a service in one, which refuses what is called `bad`.
fn outside() -> Service {
    Service::start(|seen| {
        if seen.body.contains("bad") {
            return Say::Answer(401, format!(r#"{{"error": {{"message": "{KEY} is wrong"}}}}"#).into());
        }
        let usage = json!({ "prompt_tokens": 9, "completion_tokens": 1 });
        let choices = json!([{ "message": { "content": "hello" } }]);
        match seen.head.contains("/chat/completions") {
            true => Say::Answer(200, json!({ "choices": choices, "usage": usage }).to_string().into()),
            false => Say::Answer(200, br#"{"sunny": true}"#.to_vec()),
        }
    })
}

#[test]
fn functions_of_the_configuration_are_called_once_and_show_no_secrets() {
    let service = outside();
    let url = service.url();
    let mut server = setup()
        .config(&format!(
            "functions = 'infer, weather, forecast, kv.*'\ninfer_url = '{url}/v1'\ninfer_key = '{KEY}'\n\
             infer_model = 'small'\n[callbacks.weather]\nurl = '{url}/weather'\nsecret = '{}'\n",
            SECRET.repeat(4)
        ))
        .start();
    let listed = server.get("/api/functions").json();
    let kinds: Vec<_> = listed["functions"].as_array().expect("a list").iter().map(|one| &one["kind"]).collect();
    assert_eq!(listed["functions"][0], json!({ "name": "infer", "kind": "infer" }));
    assert_eq!(kinds, ["infer", "session", "session", "session", "session", "callback"]);

    let session = server.session("a").behave();
    assert_eq!(session.output(r#"call weather {"town": "Bonn"}"#), r#"{"sunny": true}"#);
    assert_eq!(session.output(r#"call infer "hi""#), r#""hello""#);
    assert!(session.output(r#"call infer "bad""#).contains("infer answered with HTTP 401: … is wrong"));
    let event = server.get("/api/sessions/a/events/1");
    assert!(event.text.contains("Bonn") && event.text.contains("sunny"), "{}", event.text);
    let texts = [event.text, server.get("/api/sessions/a/events/3").text, server.log()];
    assert!(texts[2].contains("functions grants forecast, and this host has no such function"), "{}", texts[2]);
    assert_eq!(server.metric("hostel_function_calls_total"), 3.0);

    server.kill();
    server.start();
    assert_eq!(server.session("a").output("count"), "1");
    assert_eq!(service.seen().len(), 3, "a replay asks nobody");

    let file = server.data_directory().with_file_name("hostel.toml");
    let printed = program().arg("config").arg("--config").arg(&file).output().expect("it runs");
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(printed.contains(&format!("{url}/weather")) && printed.contains(&format!("{url}/v1")), "{printed}");
    for text in texts.iter().chain([&printed, &server.log()]) {
        assert!(!text.contains(KEY) && !text.contains(SECRET), "{text}");
    }
}

#[test]
fn a_session_s_tokens_are_counted_over_kills() {
    let service = outside();
    let url = service.url();
    let mut server = setup()
        .config(&format!(
            "functions = 'infer'\ninfer_url = '{url}/v1'\ninfer_model = 'small'\ninfer_tokens_per_session = 25\n\
             infer_tokens_per_call_max = 5\n"
        ))
        .start();
    assert_eq!(server.session("a").behave().output(r#"calls 2 infer "hi""#), "2 ");
    server.kill();
    server.start();
    // Twenty of its tokens are used, and an answer may have what is left.
    let answer: Value = server.session("a").execute(r#"calls 3 infer "hi""#).json();
    assert!(answer["output"].as_str().is_some_and(|output| output.starts_with("1 ")), "{answer}");
    assert!(answer["output"].as_str().is_some_and(|output| output.contains("infer_tokens_per_session")), "{answer}");
    assert_eq!(service.seen().len(), 3, "a call over the budget is not made");
    assert!(service.seen()[2].body.contains(r#""max_tokens":1"#), "{}", service.seen()[2].body);
}

fn certificate(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("certificates").join(file)
}

/// A service behind TLS, as `localhost`, which always answers `true`. Its port.
fn behind_tls() -> u16 {
    let chain = vec![CertificateDer::from_pem_file(certificate("localhost.pem")).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(certificate("localhost.key.pem")).expect("its key");
    let config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let config = Arc::new(config.expect("they fit"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream.expect("a stream"));
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            while !request.ends_with(b"}") {
                match stream.read(&mut piece) {
                    Ok(bytes) if bytes > 0 => request.extend(&piece[..bytes]),
                    _ => break,
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\ntrue");
        }
    });
    port
}

#[test]
fn a_service_behind_tls_is_called_when_its_certificate_is_trusted() {
    let config = format!(
        "functions = '*'\n[callbacks.weather]\nurl = 'https://localhost:{}/'\nsecret = '{}'\n",
        behind_tls(),
        SECRET.repeat(4)
    );
    let trusting = |file: &str| setup().config(&config).env("SSL_CERT_FILE", &certificate(file).display().to_string());
    let server = trusting("localhost.pem").start();
    assert_eq!(server.session("a").behave().output("call weather 1"), "true", "{}", server.log());
    let server = trusting("other.pem").start();
    let output = server.session("a").behave().output("call weather 1");
    assert!(output.contains("weather can't be reached"), "{output}");
    assert!(server.log().contains("invalid peer certificate"), "{}", server.log());
}
