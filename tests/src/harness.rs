//! A server of its own for each test, started as users start it, and short ways to talk to it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest that anything here waits for, before it says what it waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The guest with deliberate behaviours.
pub const BEHAVE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/guests/behave.wasm");

/// The Python guest, which is not committed: `HOSTEL_PYTHON_GUEST`, or where its build script puts it.
pub fn python_guest() -> Option<PathBuf> {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests/python.wasm");
    let path = std::env::var_os("HOSTEL_PYTHON_GUEST").map_or_else(|| built.into(), PathBuf::from);
    path.is_file().then_some(path)
}

/// The program.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostel-under-test"));
    command.env_clear().env("NO_COLOR", "1");
    command
}

/// Makes a key by the program, as an operator does: the key and its hash.
pub fn new_key(whose: &[&str]) -> (String, String) {
    let out = program().arg("key").args(whose).output().expect("it runs");
    let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    let word = |start: &str| {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_:".contains(c)));
        words.filter(|word| word.starts_with(start)).find(|word| word.len() > 60).map(str::to_owned)
    };
    (
        word("hostel_").unwrap_or_else(|| panic!("no key in {text}")),
        word("blake3:").unwrap_or_else(|| panic!("no hash in {text}")),
    )
}

/// A running server on a data directory of its own.
pub struct Server {
    child: Option<Child>,
    address: SocketAddr,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    data: TempDir,
}

/// How a server is started.
pub struct Setup {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    config: Option<String>,
    guests: Vec<(String, PathBuf)>,
}

/// A server with default settings, on a free port.
pub fn server() -> Server {
    setup().start()
}

/// A server with settings.
pub fn setup() -> Setup {
    Setup { arguments: Vec::new(), environment: Vec::new(), config: None, guests: Vec::new() }
}

impl Setup {
    /// Sets a flag: `--NAME VALUE`.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.arguments.extend([format!("--{name}"), value.to_string()]);
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds lines to the configuration file.
    pub fn config(mut self, toml: &str) -> Self {
        self.config = Some(toml.to_owned());
        self
    }

    /// Adds a guest beside those that every server has.
    pub fn guest(mut self, name: &str, component: &Path) -> Self {
        self.guests.push((name.to_owned(), component.to_owned()));
        self
    }

    /// Starts it.
    pub fn start(mut self) -> Server {
        let data = tempfile::tempdir().expect("a temporary directory");
        if let Some(toml) = &self.config {
            let path = data.path().join("hostel.toml");
            std::fs::write(&path, toml).expect("the configuration is written");
            self.arguments.extend(["--config".to_owned(), path.display().to_string()]);
        }
        copy_artifacts(&self.guests, &data.path().join("data"));
        let arguments = serve(&self.guests).chain(self.arguments).collect();
        let (address, environment) = (([127, 0, 0, 1], 0).into(), self.environment);
        let mut server = Server { child: None, address, arguments, environment, data };
        server.start();
        server
    }
}

/// The arguments of a server with these guests beside those that every one has.
fn serve(guests: &[(String, PathBuf)]) -> impl Iterator<Item = String> + use<> {
    let behave = ("behave".to_owned(), BEHAVE.into());
    let guests = [behave].into_iter().chain(guests.to_vec());
    let guests =
        guests.flat_map(|(name, path): (_, PathBuf)| ["--guest".to_owned(), format!("{name}={}", path.display())]);
    ["serve", "--listen", "127.0.0.1:0"].map(str::to_owned).into_iter().chain(guests)
}

/// What a server keeps that has compiled some guests.
type Compiled = Arc<OnceLock<TempDir>>;

/// Guests are compiled once for all tests: the first server that has them does it, the others get what it keeps.
pub fn copy_artifacts(guests: &[(String, PathBuf)], data: &Path) {
    static COMPILED: Mutex<BTreeMap<Vec<(String, PathBuf)>, Compiled>> = Mutex::new(BTreeMap::new());
    let compiled = COMPILED.lock().expect("nobody fails who has it").entry(guests.to_vec()).or_default().clone();
    let compiled = compiled.get_or_init(|| {
        let kept = tempfile::tempdir().expect("a temporary directory");
        if !guests.is_empty() {
            copy_artifacts(&[], &kept.path().join("data"));
        }
        let arguments = serve(guests).collect();
        let (address, environment) = (([127, 0, 0, 1], 0).into(), Vec::new());
        let mut first = Server { child: None, address, arguments, environment, data: kept };
        first.start();
        first.stop();
        std::mem::replace(&mut first.data, tempfile::tempdir().expect("a temporary directory"))
    });
    let to = data.join("guests");
    std::fs::create_dir_all(&to).expect("a directory for artifacts");
    for entry in std::fs::read_dir(compiled.path().join("data/guests")).expect("artifacts are kept") {
        let entry = entry.expect("an artifact");
        // They are replaced, never written over, and the largest of them has tens of megabytes.
        std::fs::hard_link(entry.path(), to.join(entry.file_name())).expect("an artifact is linked");
    }
}

impl Server {
    /// Starts the program and waits until it listens.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let mut child = program()
            .args(&self.arguments)
            .envs(self.environment.iter().cloned())
            .arg("--data")
            .arg(self.data_directory())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(self.log_path()).expect("a log"))
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on http://").and_then(|address| address.parse().ok());
        self.address = address.unwrap_or_else(|| panic!("it said {line:?}, not where it listens: {}", self.log()));
        self.child = Some(child);
    }

    /// Asks it to stop, as a service manager does, and waits for it. The exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let mut child = self.child.take().expect("it runs");
        signal(&child, "TERM");
        child.wait().expect("it ends").code()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        signal(self.child.as_ref().expect("it runs"), name);
    }

    /// Kills it, as the kernel does when memory is short.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
    }

    /// Stops it and starts it again.
    pub fn restart(&mut self) {
        assert_eq!(self.stop(), Some(0), "{}", self.log());
        self.start();
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn data_directory(&self) -> PathBuf {
        self.data.path().join("data")
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.data.path().join("log")
    }

    /// Its resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let pid = self.child.as_ref().expect("it runs").id();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its resident size");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// A session of the open tenant.
    pub fn session(&self, name: &str) -> Session<'_> {
        Session { server: self, name: name.to_owned(), key: None }
    }

    /// A session of whoever has `key`.
    pub fn session_of(&self, key: &str, name: &str) -> Session<'_> {
        Session { server: self, name: name.to_owned(), key: Some(key.to_owned()) }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, None, None)
    }

    /// Sends a request with a JSON body.
    pub fn request(&self, method: &str, path: &str, key: Option<&str>, body: Option<&str>) -> Answer {
        let authorization = key.map(|key| format!("Bearer {key}"));
        let headers: Vec<_> = authorization.as_deref().map(|value| ("authorization", value)).into_iter().collect();
        let sent = self.try_request(method, path, &headers, body);
        sent.unwrap_or_else(|error| panic!("{method} {path}: {error}: {}", self.log()))
    }

    /// As [`Server::request`], for a server that may be killed meanwhile.
    pub fn try_request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Result<Answer, ureq::Error> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(body.unwrap_or_default().to_owned()).expect("a request");
        let mut response = agent().run(request)?;
        let text = response.body_mut().with_config().limit(256 << 20).read_to_string()?;
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), text })
    }

    /// A metric's value, all its series added up.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").text;
        let series = text.lines().filter(|line| line.split([' ', '{']).next() == Some(name));
        series.map(|line| line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok()).expect("a value")).sum()
    }

    /// Sends bytes as they are and reads until the server closes.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).expect("it accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        let _ = stream.write_all(bytes);
        // Whoever does not like what was sent may have closed already.
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).expect("it accepts")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

fn agent() -> ureq::Agent {
    static AGENT: OnceLock<ureq::Agent> = OnceLock::new();
    let make = || {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .allow_non_standard_methods(true)
            .max_idle_connections_per_host(64);
        config.build().into()
    };
    AGENT.get_or_init(make).clone()
}

/// A session as its user sees it.
#[derive(Clone)]
pub struct Session<'s> {
    server: &'s Server,
    pub name: String,
    key: Option<String>,
}

impl Session<'_> {
    /// Executes a command, whatever comes of it.
    pub fn execute(&self, command: &str) -> Answer {
        self.request("POST", "/execute", Some(&json!({ "command": command }).to_string()))
    }

    /// The output of a command that is answered.
    pub fn output(&self, command: &str) -> String {
        let answer = self.execute(command);
        assert_eq!(answer.status, 200, "{command}: {}", answer.text);
        answer.json()["output"].as_str().expect("an output").to_owned()
    }

    /// Creates it with options.
    pub fn create(&self, options: Value) -> Answer {
        self.request("PUT", "", Some(&options.to_string()))
    }

    /// Creates it on the guest with deliberate behaviours.
    pub fn behave(self) -> Self {
        let answer = self.create(json!({ "guest": "behave" }));
        assert!(answer.status < 300, "{}", answer.text);
        self
    }

    pub fn metadata(&self) -> Value {
        let answer = self.request("GET", "?size=detail", None);
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    pub fn save(&self) -> Answer {
        self.request("POST", "/save", None)
    }

    pub fn delete(&self) -> Answer {
        self.request("DELETE", "", None)
    }

    /// Executes a command whose events are read as they come; `more` goes into the request's body.
    pub fn follow(&self, command: &str, more: Value) -> Events {
        let mut body = more;
        body["command"] = command.into();
        self.events("POST", "/execute", body.to_string()).unwrap_or_else(|answer| panic!("{command}: {answer:?}"))
    }

    /// The events of a request that is answered with a stream; the answer, when it is not.
    pub fn events(&self, method: &str, rest: &str, body: String) -> Result<Events, Box<Answer>> {
        let url = format!("{}/api/sessions/{}{rest}", self.server.url(), self.name);
        let request = ureq::http::Request::builder().method(method).uri(url).header("accept", "application/x-ndjson");
        let request = match &self.key {
            Some(key) => request.header("authorization", format!("Bearer {key}")),
            None => request,
        };
        let request = request.header("content-type", "application/json").body(body).expect("a request");
        let mut response = agent().run(request).expect("it is answered");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if status != 200 {
            let text = response.body_mut().read_to_string().expect("a body");
            return Err(Answer { status, headers, text }.into());
        }
        assert_eq!(headers.get("content-type").and_then(|value| value.to_str().ok()), Some("application/x-ndjson"));
        Ok(Events(BufReader::new(Box::new(response.into_body().into_reader()))))
    }

    /// Answers a question of a turn.
    pub fn answer(&self, turn: &str, question: &Value, answer: Value) -> Answer {
        self.request("POST", &format!("/turns/{turn}/answers/{question}"), Some(&answer.to_string()))
    }

    pub fn request(&self, method: &str, rest: &str, body: Option<&str>) -> Answer {
        self.server.request(method, &format!("/api/sessions/{}{rest}", self.name), self.key.as_deref(), body)
    }
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON: {error}: {}", self.text))
    }

    /// The code of a problem document, which must be one.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{self:?}");
        assert_eq!(problem["requestId"].as_str(), self.header("x-request-id"), "{self:?}");
        problem["code"].as_str().expect("a code").to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// What happens in a turn, as its client reads it.
pub struct Events(BufReader<Box<dyn Read + Send>>);

impl Events {
    /// The next one of a kind; those before it are passed over.
    pub fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().unwrap_or_else(|| panic!("the stream ended before {kind}"));
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// The turn's id, which is the first that it tells.
    pub fn turn(&mut self) -> String {
        self.next_of("begin")["turn"].as_str().expect("an id").to_owned()
    }

    /// The text of all that is written from here to the end, and the last event.
    pub fn read_out(&mut self) -> (String, Value) {
        let (mut text, mut last) = (String::new(), Value::Null);
        for event in self {
            if let Some(written) = event["text"].as_str() {
                text.push_str(written);
            }
            last = event;
        }
        (text, last)
    }
}

impl Iterator for Events {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        loop {
            line.clear();
            // A server that is killed leaves the stream without an end.
            if self.0.read_line(&mut line).unwrap_or(0) == 0 {
                return None;
            }
            let event: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if event["type"] != "ping" {
                return Some(event);
            }
        }
    }
}

/// Waits until something holds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::yield_now();
    }
}
