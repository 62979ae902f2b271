//! A server on a port of its own, and a client that says exactly what it is told to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::api::{Api, Drained, Server};
use crate::config::Config;
use crate::host::Host;
use crate::name::TenantName;

/// Longest wait for an answer that must come: a failing test ends, too.
const PATIENCE: Duration = Duration::from_secs(20);

/// The sessions of all tests in this module; each test names its own.
static HOST: LazyLock<(tempfile::TempDir, Runtime, Host)> = LazyLock::new(|| {
    let data = tempfile::tempdir().unwrap();
    let mut config = Config { data: data.path().to_owned(), ..Config::default() };
    config.pool.live_sessions_max = 8;
    let runtime = Runtime::new().unwrap();
    let host = runtime.block_on(Host::open(config)).unwrap();
    (data, runtime, host)
});

pub(super) struct Served {
    pub(super) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<Drained>>,
    runtime: Runtime,
}

/// The interface to the same sessions for `tenant`, without a server.
pub(super) fn within(tenant: &str, work: impl AsyncFnOnce(Api)) {
    let (_, runtime, host) = &*HOST;
    let tenant = TenantName::new(tenant).unwrap();
    let api = Api::within(&Config::default(), host.manager.clone(), host.metrics.clone(), tenant);
    runtime.block_on(work(api));
}

/// Serves as configured, on a free port.
pub(super) fn serve(configure: impl FnOnce(&mut Config)) -> Served {
    let (_, _, host) = &*HOST;
    let mut config = Config::default();
    configure(&mut config);
    let runtime = Runtime::new().unwrap();
    let api = Api::new(&config, host.manager.clone(), host.metrics.clone());
    let free = "127.0.0.1:0".parse().unwrap();
    let server = runtime.block_on(Server::bind(free, config.http.clone(), api)).unwrap();
    let (address, (stop, stopped)) = (server.address(), oneshot::channel());
    let running = runtime.spawn(server.run(async { drop(stopped.await) }));
    Served { address, stop: Some(stop), running: Some(running), runtime }
}

impl Served {
    pub(super) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Client { stream, read: Vec::new() }
    }

    /// One request on a connection of its own.
    pub(super) fn request(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
        let mut client = self.connect();
        client.send(&request(method, path, headers, body));
        client.answer()
    }

    /// Tells the server to stop.
    pub(super) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has.
    pub(super) fn stopped(mut self) -> Drained {
        self.stop();
        let running = self.running.take().unwrap();
        self.runtime.block_on(running).unwrap()
    }
}

pub(super) fn request(method: &str, path: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

pub(super) struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    pub(super) fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// The next answer.
    pub(super) fn answer(&mut self) -> Answer {
        loop {
            if let Some((answer, length)) = Answer::parse(&self.read) {
                self.read.drain(..length);
                return answer;
            }
            assert!(self.read_more(), "closed after {:?}", String::from_utf8_lossy(&self.read));
        }
    }

    /// Whether the server closes the connection without another word.
    pub(super) fn is_closed(&mut self) -> bool {
        self.read.is_empty() && !self.read_more()
    }

    /// Whether the server says nothing for a moment.
    pub(super) fn is_silent(&mut self) -> bool {
        self.stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let silent = self.stream.read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        silent
    }

    fn read_more(&mut self) -> bool {
        let mut piece = [0; 4096];
        // A connection that is cut while we send may end in a reset.
        let read = self.stream.read(&mut piece).or_else(|error| match error.kind() {
            std::io::ErrorKind::ConnectionReset => Ok(0),
            _ => Err(error),
        });
        let read = read.unwrap();
        self.read.extend_from_slice(&piece[..read]);
        read > 0
    }
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    head: String,
    pub(super) text: String,
    pub(super) json: Value,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let text = String::from_utf8_lossy(bytes);
        let (head, rest) = text.split_once("\r\n\r\n")?;
        let mut answer = Self {
            status: head.get(9..12)?.parse().ok()?,
            head: head.to_owned(),
            text: String::new(),
            json: Value::Null,
        };
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        rest.get(..length)?.clone_into(&mut answer.text);
        answer.json = serde_json::from_str(&answer.text).unwrap_or_default();
        let length = head.len() + 4 + length;
        Some((answer, length))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(super) fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }
}
