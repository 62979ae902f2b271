//! The configured functions against a server of the tests' own.

mod service;

use std::collections::BTreeMap;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};

pub(crate) use self::service::{Say, Service};

use super::*;
use crate::config::{CallbackConfig, Config, HttpUrl, InferConfig, Secret, SecretText};
use crate::journal::FailureKind;

const KEY: &str = "sk-very-secret-key";
const SECRET: [u8; 32] = [0x5e; 32];

#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, u64>>);

impl Counts for Memory {
    fn get(&self, name: &str) -> Result<u64, Failure> {
        Ok(self.0.lock().unwrap().get(name).copied().unwrap_or(0))
    }

    fn add(&self, name: &str, more: u64) -> Result<(), Failure> {
        *self.0.lock().unwrap().entry(name.to_owned()).or_default() += more;
        Ok(())
    }
}

/// `infer` at a server, with 100 tokens for each session and ten for an answer.
pub(crate) fn infer_at(url: &str) -> InferConfig {
    InferConfig {
        url: HttpUrl::parse(url).unwrap(),
        key: SecretText::parse(KEY),
        model: "small".to_owned(),
        tokens_per_session: 100,
        tokens_per_call_max: 10,
    }
}

/// The callback `weather` at a server.
pub(crate) fn weather_at(url: &str) -> CallbackConfig {
    let secret = Secret::parse(&"5e".repeat(32)).unwrap();
    CallbackConfig { name: FunctionName::new("weather").unwrap(), url: HttpUrl::parse(url).unwrap(), secret }
}

/// A completion that says so, and how many tokens it took.
pub(crate) fn completion(text: &str, tokens: u64) -> String {
    json!({ "choices": [{ "message": { "role": "assistant", "content": text } }],
            "usage": { "prompt_tokens": tokens - 1, "completion_tokens": 1 } })
    .to_string()
}

/// The functions of a configuration, and a session that calls them.
struct Calling {
    functions: Functions,
    counts: Memory,
}

impl Calling {
    fn weather(url: &str) -> Self {
        let mut config = Config { callbacks: vec![weather_at(url)], ..Config::default() };
        config.limits.call_bytes_max = 1024;
        Self { functions: Functions::configured(&config).unwrap(), counts: Memory::default() }
    }

    fn infer(url: &str) -> Self {
        let mut config = Config { infer: Some(infer_at(url)), ..Config::default() };
        config.limits.call_bytes_max = 1024;
        Self { functions: Functions::configured(&config).unwrap(), counts: Memory::default() }
    }

    async fn call(&self, number: u64, name: &str, arguments: &str) -> Result<String, Failure> {
        let (tenant, session) = (TenantName::new("t").unwrap(), SessionName::new("s").unwrap());
        let caller = Caller {
            tenant: &tenant,
            session: &session,
            id: SessionId::from_bytes([7; 16]),
            event: 3,
            call: number,
            counts: &self.counts,
        };
        self.functions.get(&FunctionName::new(name).unwrap()).unwrap().call(caller, arguments).await
    }

    fn spent(&self) -> u64 {
        self.counts.get("infer.taken").unwrap() - self.counts.get("infer.returned").unwrap()
    }
}

#[tokio::test]
async fn a_callback_is_signed_so_that_its_receiver_can_tell() {
    let service = Service::answering(200, r#"{"sunny": true}"#);
    let calling = Calling::weather(&format!("{}/weather?at=noon", service.url()));
    assert_eq!(calling.call(1, "weather", r#"{"at": 1.0}"#).await.as_deref(), Ok(r#"{"sunny": true}"#));
    calling.call(1, "weather", r#"{"at": 1.0}"#).await.unwrap();
    calling.call(1, "weather", "2").await.unwrap();
    calling.call(2, "weather", "2").await.unwrap();

    let seen = service.seen();
    assert!(seen[0].head.starts_with("post /weather?at=noon http/1.1"), "{}", seen[0].head);
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    let body: Value = serde_json::from_str(&seen[0].body).unwrap();
    let id = SessionId::from_bytes([7; 16]).to_string();
    assert_eq!(
        body,
        json!({ "function": "weather", "arguments": { "at": 1.0 }, "tenant": "t", "session": "s", "sessionId": id,
                "event": 3, "call": 1 })
    );
    for request in &seen {
        let header = |name| request.header(name).unwrap();
        let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), request.body);
        let signature = STANDARD.decode(header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &SECRET), signed.as_bytes(), &signature).unwrap();
    }
    let ids: Vec<_> = seen.iter().map(|request| request.header("webhook-id").unwrap()).collect();
    assert_eq!(ids[0], ids[1], "the same call has the same id");
    assert!(ids[1] != ids[2] && ids[2] != ids[3], "{ids:?}");
    assert_eq!(service.connections(), 1, "a connection is used again");
}

#[tokio::test]
async fn what_a_service_answers_is_passed_on_or_told_in_bounded_words() {
    let long = "x".repeat(1 << 20);
    let cut = b"HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\n[1, ".to_vec();
    for (say, expected) in [
        (Say::Answer(200, b"[1]".to_vec()), Ok("[1]")),
        (Say::Answer(204, Vec::new()), Ok("null")),
        (Say::Answer(200, b"\xff".to_vec()), Err("Failed weather gave no JSON that can be passed on: it is not UTF-8")),
        (Say::Answer(500, b"it\r\n broke\x1b".to_vec()), Err("Failed weather answered with HTTP 500: it broke")),
        (Say::Answer(400, br#"{"detail": "no town"}"#.to_vec()), Err("Failed weather answered with HTTP 400: no town")),
        (Say::Answer(302, Vec::new()), Err("Failed weather answered with HTTP 302, and redirects are not followed")),
        (Say::Answer(503, long.clone().into()), Err("Failed weather answered with HTTP 503: xxx")),
        (Say::Answer(200, long.into()), Err("Limited the answer of weather has more than 1024 bytes; the limit is")),
        (Say::Bytes(cut), Err("Failed the connection to weather broke off")),
        (Say::Bytes(b"\x00\x01 garbage\r\n\r\n".to_vec()), Err("Failed the connection to weather broke off")),
        (Say::Bytes(Vec::new()), Err("Failed the connection to weather broke off")),
    ] {
        let say = Mutex::new(Some(say));
        let service = Service::start(move |_| say.lock().unwrap().take().unwrap());
        let answer = Calling::weather(&service.url()).call(1, "weather", "null").await;
        match (answer.map_err(|Failure { kind, message }| format!("{kind:?} {message}")), expected) {
            (Ok(answer), Ok(expected)) => assert_eq!(answer, expected),
            (Err(told), Err(expected)) => {
                assert!(told.starts_with(expected), "{told:?} is not {expected:?}");
                assert!(told.chars().count() < 400 && !told.contains('\n'), "{told}");
            }
            (answer, _) => panic!("{answer:?}"),
        }
        assert_eq!(service.seen().len(), 1, "nothing is sent twice");
    }
    let told = Calling::weather("http://127.0.0.1:1/").call(1, "weather", "null").await.unwrap_err();
    assert_eq!(told, Failure::new(FailureKind::Failed, "weather can't be reached"));
}

#[tokio::test]
async fn a_model_is_asked_as_its_interface_has_it() {
    let service = Service::answering(200, &completion("4.6 \"billion\" years", 12));
    let calling = Calling::infer(&format!("{}/v1/?version=2", service.url()));
    let answer = calling.call(1, "infer", r#""How old is the sun?""#).await;
    assert_eq!(answer.as_deref(), Ok(r#""4.6 \"billion\" years""#));
    let more = r#"{"messages": [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}],
                   "temperature": 0.5, "maxTokens": 7, "model": "small"}"#;
    calling.call(2, "infer", more).await.unwrap();

    let seen = service.seen();
    assert!(seen[0].head.starts_with("post /v1/chat/completions?version=2 http/1.1"), "{}", seen[0].head);
    assert_eq!(seen[0].header("authorization"), Some("Bearer sk-very-secret-key"));
    let [first, second] = [0, 1].map(|at: usize| serde_json::from_str::<Value>(&seen[at].body).unwrap());
    let messages = json!([{ "role": "user", "content": "How old is the sun?" }]);
    assert_eq!(first, json!({ "model": "small", "messages": messages, "max_tokens": 10 }));
    assert_eq!((&second["temperature"], &second["max_tokens"]), (&json!(0.5), &json!(7)));
    assert_eq!(second["messages"][0], json!({ "role": "system", "content": "a" }));
}

#[tokio::test]
async fn what_can_t_be_asked_of_a_model_is_told_and_costs_nothing() {
    let service = Service::answering(200, &completion("x", 1));
    let calling = Calling::infer(&service.url());
    for (arguments, words) in [
        ("1", "infer takes a text"),
        ("{}", "one of prompt and messages"),
        (r#"{"prompt": "a", "messages": [{"role": "user", "content": "b"}]}"#, "one of prompt and messages"),
        (r#"{"messages": []}"#, "one of prompt and messages"),
        (r#"{"messages": [{"role": "god", "content": "b"}]}"#, "unknown variant"),
        (r#"{"prompt": "a", "model": "large"}"#, "the model is small, which is set by infer_model"),
        (r#"{"prompt": "a", "temperature": 3}"#, "temperature is between 0 and 2"),
        (r#"{"prompt": "a", "maxTokens": 11}"#, "maxTokens is between 1 and 10"),
        (r#"{"prompt": "a", "stream": true}"#, "unknown field"),
    ] {
        let failure = calling.call(1, "infer", arguments).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Invalid);
        assert!(failure.message.contains(words), "{arguments}: {}", failure.message);
    }
    assert_eq!((calling.spent(), service.seen().len()), (0, 0));
}

#[tokio::test]
async fn what_a_provider_refuses_is_told_without_the_key_and_costs_nothing() {
    let refusal = json!({ "error": { "message": format!("Incorrect API key provided: {KEY}\nsee our site") } });
    let service = Service::answering(401, &refusal.to_string());
    let calling = Calling::infer(&service.url());
    let failure = calling.call(1, "infer", r#""a""#).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert_eq!(failure.message, "infer answered with HTTP 401: Incorrect API key provided: … see our site");
    assert_eq!(calling.spent(), 0);
    let calling = Calling::infer("http://127.0.0.1:1");
    let nobody = calling.call(1, "infer", r#""a""#).await.unwrap_err();
    assert_eq!((nobody.message.as_str(), calling.spent()), ("infer can't be reached", 0));
}

#[tokio::test]
async fn tokens_are_taken_before_a_call_and_what_was_not_used_is_given_back() {
    let service = Service::answering(200, &completion("x", 40));
    let calling = Calling::infer(&service.url());
    // A prompt of five tokens or so, and an answer of ten.
    calling.call(1, "infer", r#""abc""#).await.unwrap();
    assert_eq!(calling.spent(), 40, "what was used counts, be it more than was taken");
    calling.call(2, "infer", r#""abc""#).await.unwrap();
    assert_eq!(calling.spent(), 80);
    calling.call(3, "infer", &Value::from("abc".repeat(10)).to_string()).await.unwrap();
    let last: Value = serde_json::from_str(&service.seen()[2].body).unwrap();
    assert_eq!(last["max_tokens"], 6, "the answer may have what is left");

    let failure = calling.call(4, "infer", r#""abc""#).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Limited);
    assert!(failure.message.contains("0 of its 100 tokens left"), "{}", failure.message);
    assert!(failure.message.contains("infer_tokens_per_session"), "{}", failure.message);
    assert_eq!(service.seen().len(), 3, "a call over the budget is not made");
}

#[tokio::test]
async fn a_call_that_nobody_can_count_costs_what_it_might_have() {
    for say in ["{}", r#"{"choices": [{"message": {"content": null}}]}"#, "garbage"] {
        let service = Service::answering(200, say);
        let calling = Calling::infer(&service.url());
        let failure = calling.call(1, "infer", r#""abc""#).await.unwrap_err();
        assert!(failure.message.starts_with("infer was given "), "{}", failure.message);
        assert_eq!(calling.spent(), 15, "{say}");
    }
}

#[test]
fn no_two_functions_have_one_name() {
    let functions = |url: &str| Calling::weather(url).functions;
    let taken = functions("http://a/").and(functions("http://b/")).unwrap_err();
    assert_eq!(taken.to_string(), "there is a function weather already: give this one another name");
    let weather = functions("http://a/").get(&FunctionName::new("weather").unwrap()).unwrap().clone();
    let own = Functions::none().with(FunctionName::new("kv.get").unwrap(), weather);
    assert!(Functions::none().and(own).is_err());
    assert!(functions("http://a/").and(Functions::none()).is_ok());
}

#[test]
fn functions_show_no_secrets() {
    let config = Config {
        infer: Some(infer_at("http://a/v1?key=in-the-query")),
        callbacks: vec![weather_at("http://b/hook?key=in-the-query")],
        ..Config::default()
    };
    let shown = format!("{config:#?} {:?}", Functions::configured(&config).unwrap());
    assert!(shown.contains("http://a/v1?…") && shown.contains("http://b/hook?…") && shown.contains("small"), "{shown}");
    for secret in [KEY, "5e5e", "94, 94", "in-the-query"] {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
}
