//! How a URL fares against the barest server there is.
//!
//! Starts a hyper server that answers with the very bytes that the URL answers with, and nothing else to do, in a process
//! of its own like the one to be measured; then sends the same request to both, round after round by turns, so that
//! whatever else the machine does falls on both alike. Read the ratios, not the rates.
//!
//! ```text
//!   cargo run --release --example load -- http://127.0.0.1:3000/api/sessions/load-{c}/execute --body '{"command":"1"}'
//! ```
//! The load is closed: each connection sends its next request once it has the answer to the last. `{c}` in the URL and
//! the body stands for the number of the connection. The generator keeps one thread busy, so on two cores a server has
//! one and what it can take from the other.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use clap::Parser;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response, Uri, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

#[derive(Parser)]
struct Arguments {
    /// What to request: http://HOST:PORT/PATH; with --bare, what to answer
    url: String,
    /// What to send; without it the request is a GET
    #[arg(long)]
    body: Option<String>,
    /// API key
    #[arg(long)]
    key: Option<String>,
    /// Connections at once; several counts are measured one after the other
    #[arg(long, value_delimiter = ',', default_value = "1,16")]
    connections: Vec<usize>,
    /// Length of a round in seconds
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Rounds of each server for each count; the median is reported
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Be the bare server
    #[arg(long, hide = true)]
    bare: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if arguments.bare {
        return serve_bare(arguments.url.into());
    }
    let generator = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let target = Target::new(&arguments)?;
    let answer = generator.block_on(async { target.connect(0, target.address).await?.first_answer().await })?;
    let (_child, bare) = start_bare(&answer)?;

    println!(
        "{:>11}  {:<6}  {:>10}  {:>9}  {:>9}  {:>6}",
        "connections", "server", "requests/s", "p50", "p99", "ratio"
    );
    for &connections in &arguments.connections {
        let mut rounds = (Vec::new(), Vec::new());
        let length = Duration::from_secs_f64(arguments.seconds);
        for _ in 0..arguments.rounds {
            rounds.0.push(generator.block_on(round(&target, bare, connections, length))?);
            rounds.1.push(generator.block_on(round(&target, target.address, connections, length))?);
        }
        report(connections, rounds.0, rounds.1);
    }
    Ok(())
}

fn report(connections: usize, bare: Vec<Round>, url: Vec<Round>) {
    let ratio = median(bare.iter().zip(&url).map(|(bare, url)| url.rate / bare.rate).collect());
    for (name, rounds, ratio) in [("bare", bare, None), ("url", url, Some(ratio))] {
        let middle = |part: fn(&Round) -> f64| median(rounds.iter().map(part).collect());
        let (rate, p50, p99) = (middle(|round| round.rate), middle(|round| round.p50_us), middle(|round| round.p99_us));
        let ratio = ratio.map(|ratio| format!("{:.1} %", ratio * 100.0)).unwrap_or_default();
        println!("{connections:>11}  {name:<6}  {rate:>10.0}  {p50:>6.1} µs  {p99:>6.1} µs  {ratio:>6}");
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

// === the bare server ===

/// Starts this program as the bare server. It ends when its stdin does, and so when this process does.
fn start_bare(answer: &str) -> anyhow::Result<(Child, SocketAddr)> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut child = command.args(["--bare", answer]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut address = String::new();
    BufReader::new(child.stdout.take().context("it has a stdout")?).read_line(&mut address)?;
    Ok((child, address.trim().parse()?))
}

#[tokio::main]
async fn serve_bare(answer: Bytes) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answer = answer.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let answer = answer.clone();
            // The body is taken, as any server must that would go on using the connection.
            async move {
                let _ = request.into_body().collect().await;
                Ok::<_, Infallible>(Response::new(Full::new(answer)))
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

// === the load ===

/// What is requested.
struct Target {
    address: SocketAddr,
    request: String,
}

/// What came of one round.
struct Round {
    rate: f64,
    p50_us: f64,
    p99_us: f64,
}

async fn round(target: &Target, address: SocketAddr, connections: usize, length: Duration) -> anyhow::Result<Round> {
    let mut open = Vec::new();
    for number in 0..connections {
        open.push(target.connect(number, address).await?);
    }
    let begun = Instant::now();
    let tasks: Vec<_> = open.into_iter().map(|connection| tokio::spawn(connection.run(begun + length))).collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    let rate = latencies.len() as f64 / begun.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let quantile = |of_100: usize| latencies[latencies.len() * of_100 / 100].as_secs_f64() * 1e6;
    Ok(Round { rate, p50_us: quantile(50), p99_us: quantile(99) })
}

impl Target {
    fn new(arguments: &Arguments) -> anyhow::Result<Self> {
        let uri: Uri = arguments.url.replace("{c}", "%7Bc%7D").parse().context("that is no URL")?;
        ensure!(uri.scheme_str() == Some("http"), "only http:// URLs");
        let authority = uri.authority().context("the URL has no host")?;
        let address = (authority.host(), authority.port_u16().unwrap_or(80)).to_socket_addrs()?.next();
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).replace("%7Bc%7D", "{c}");
        let method = if arguments.body.is_some() { "POST" } else { "GET" };
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {authority}\r\n");
        if let Some(key) = &arguments.key {
            request += &format!("authorization: Bearer {key}\r\n");
        }
        if let Some(body) = &arguments.body {
            request += &format!("content-type: application/json\r\ncontent-length: {{l}}\r\n\r\n{body}");
        } else {
            request += "\r\n";
        }
        Ok(Self { address: address.context("the host has no address")?, request })
    }

    async fn connect(&self, number: usize, address: SocketAddr) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("can't connect to {address}"))?;
        stream.set_nodelay(true)?;
        let request = self.request.replace("{c}", &number.to_string());
        let length = request.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
        let request = request.replacen("{l}", &length.to_string(), 1).into_bytes();
        Ok(Connection { stream, request, answer: Vec::with_capacity(64 << 10) })
    }
}

/// A connection with its request. HTTP is read only as far as one's own servers need: a status, a length, a body.
struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    /// Sends and receives until the time is over.
    async fn run(mut self, until: Instant) -> anyhow::Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        loop {
            let begun = Instant::now();
            if begun >= until {
                return Ok(latencies);
            }
            self.exchange().await?;
            latencies.push(begun.elapsed());
        }
    }

    /// One request and the body of its answer.
    async fn first_answer(mut self) -> anyhow::Result<String> {
        let body = self.exchange().await?;
        Ok(String::from_utf8(self.answer.split_off(body))?)
    }

    /// Sends the request and reads its answer whole; answers where in it the body begins.
    async fn exchange(&mut self) -> anyhow::Result<usize> {
        let mut sent = 0;
        while sent < self.request.len() {
            self.stream.writable().await?;
            match self.stream.try_write(&self.request[sent..]) {
                Ok(bytes) => sent += bytes,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.answer.clear();
        let mut piece = [0; 4096];
        loop {
            self.stream.readable().await?;
            match self.stream.try_read(&mut piece) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(bytes) => self.answer.extend_from_slice(&piece[..bytes]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            }
            if let Some(body) = complete(&self.answer)? {
                return Ok(body);
            }
        }
    }
}

/// Where the body of a complete answer begins; nothing while it is not complete.
fn complete(answer: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&answer[..end]).context("the answer's head is no text")?;
    ensure!(head.starts_with("HTTP/1.1 2"), "the server answered {:?}", String::from_utf8_lossy(answer));
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.context("the answer has no length")?;
    Ok((answer.len() >= end + 4 + length).then_some(end + 4))
}
