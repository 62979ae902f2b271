//! A server that answers as a test says, well or badly, and remembers what it was asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request: its head in small letters, and its body.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What a server says.
pub(crate) enum Say {
    /// A whole answer.
    Answer(u16, Vec<u8>),
    /// These bytes, and then it closes.
    Bytes(Vec<u8>),
    /// Nothing at all.
    Nothing,
    /// An answer that never ends, a byte at a time.
    Drip,
}

#[derive(Default)]
struct Memory {
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    gone: AtomicUsize,
}

pub(crate) struct Service {
    address: SocketAddr,
    memory: Arc<Memory>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }
}

impl Service {
    /// Starts one. It ends with the process.
    pub(crate) fn start(say: impl Fn(&Seen) -> Say + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (address, memory, say) = (listener.local_addr().expect("a test"), Arc::<Memory>::default(), Arc::new(say));
        let of_all = memory.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (memory, say) = (of_all.clone(), say.clone());
                memory.connections.fetch_add(1, SeqCst);
                std::thread::spawn(move || serve(stream.expect("a test"), &memory, &*say));
            }
        });
        Self { address, memory }
    }

    /// One that always answers with this.
    pub(crate) fn answering(status: u16, body: &str) -> Self {
        let body = body.as_bytes().to_vec();
        Self::start(move |_| Say::Answer(status, body.clone()))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.memory.seen.lock().expect("a test").clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.memory.connections.load(SeqCst)
    }

    /// How many clients went away while they were to wait.
    pub(crate) fn gone(&self) -> usize {
        self.memory.gone.load(SeqCst)
    }
}

fn serve(mut stream: TcpStream, memory: &Memory, say: &dyn Fn(&Seen) -> Say) {
    while let Some(seen) = request(&mut stream) {
        memory.seen.lock().expect("a test").push(seen.clone());
        let said = match say(&seen) {
            Say::Answer(status, body) => stream.write_all(&answer(status, &body)).is_ok(),
            Say::Bytes(bytes) => {
                let _ = stream.write_all(&bytes);
                false
            }
            Say::Nothing => wait(&mut stream, memory),
            Say::Drip => drip(&mut stream, memory),
        };
        if !said {
            return;
        }
    }
}

fn answer(status: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("HTTP/1.1 {status} x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: {}\r\n\r\n", body.len())
            .into_bytes();
    bytes.extend(body);
    bytes
}

fn request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        bytes.extend(byte);
    }
    let mut seen = Seen { head: String::from_utf8(bytes).expect("a test"), body: String::new() };
    let (names, values): (Vec<_>, Vec<_>) =
        seen.head.lines().map(|line| line.split_once(':').unwrap_or((line, ""))).unzip();
    let lines = names.iter().zip(values).map(|(name, value)| format!("{}:{value}", name.to_ascii_lowercase()));
    seen.head = lines.collect::<Vec<_>>().join("\n");
    let mut body = vec![0; seen.header("content-length")?.parse().expect("a test")];
    stream.read_exact(&mut body).ok()?;
    seen.body = String::from_utf8(body).expect("a test");
    Some(seen)
}

fn wait(stream: &mut TcpStream, memory: &Memory) -> bool {
    while stream.read(&mut [0]).is_ok_and(|read| read > 0) {}
    memory.gone.fetch_add(1, SeqCst);
    false
}

/// A byte whenever the client has said nothing for some time.
fn drip(stream: &mut TcpStream, memory: &Memory) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(5))).expect("a test");
    let _ = stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 1000000\r\n\r\n");
    while stream.write_all(b" ").is_ok() {
        if stream.read(&mut [0]).is_ok_and(|read| read == 0) {
            break;
        }
    }
    memory.gone.fetch_add(1, SeqCst);
    false
}
