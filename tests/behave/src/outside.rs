//! The verbs that ask something of the host: output, time, random numbers, memory.

use crate::bindings::hostel::guest::host::{self, Failure, OutputStream, Representation};
use crate::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::bindings::wasi::random::random as wasi_random;

/// Bytes to a single call of `host.write`.
const CHUNK_BYTES: usize = 4096;

/// Grows the memory without touching it; answers its size in pages of 64 KiB, or -1 when refused.
pub(crate) fn grow(pages: usize) -> String {
    match core::arch::wasm32::memory_grow::<0>(pages) {
        usize::MAX => "-1".to_owned(),
        before => (before + pages).to_string(),
    }
}

/// Writes `bytes` bytes of text to stdout.
pub(crate) fn write(bytes: usize) -> String {
    let chunk = chunk();
    let mut left = bytes;
    while left > 0 {
        let now = left.min(CHUNK_BYTES);
        host::write(OutputStream::Stdout, &chunk[..now]);
        left -= now;
    }
    String::new()
}

pub(crate) fn write_err(text: &str) -> String {
    host::write(OutputStream::Stderr, text.as_bytes());
    String::new()
}

/// Writes the bytes that `hex` spells, whether or not they are text.
pub(crate) fn write_bytes(hex: &str) -> Result<String, String> {
    host::write(OutputStream::Stdout, &bytes_of(hex)?);
    Ok(String::new())
}

fn bytes_of(hex: &str) -> Result<Vec<u8>, String> {
    if !hex.is_ascii() || hex.len() % 2 != 0 {
        return Err("expected pairs of hexadecimal digits".to_owned());
    }
    let pairs = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
    pairs.collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// Calls a function: its name, and its arguments behind a blank.
pub(crate) fn call(argument: &str) -> Result<String, String> {
    let (name, arguments) = argument.split_once(' ').unwrap_or((argument, "null"));
    host::call(name, arguments).map_err(|failure| told(&failure))
}

/// Calls a function so many times; answers how many calls were answered, and the last failure.
pub(crate) fn calls(argument: &str) -> Result<String, String> {
    let (count, call) = argument.split_once(' ').ok_or("expected a number, a name and arguments")?;
    let (name, arguments) = call.split_once(' ').unwrap_or((call, "null"));
    let (mut answered, mut last) = (0, String::new());
    for _ in 0..crate::number(count)? {
        match host::call(name, arguments) {
            Ok(_) => answered += 1,
            Err(failure) => last = told(&failure),
        }
    }
    Ok(format!("{answered} {last}"))
}

/// Asks for a line.
pub(crate) fn line(prompt: &str) -> Result<String, String> {
    host::read_line(prompt).map_err(|failure| told(&failure))
}

/// Shows text: its media type, and itself behind a blank.
pub(crate) fn show(argument: &str) -> Result<String, String> {
    let (mime, text) = argument.split_once(' ').unwrap_or((argument, ""));
    let text_form = Representation { mime: "text/plain".to_owned(), data: b"as text".to_vec() };
    let form = Representation { mime: mime.to_owned(), data: text.as_bytes().to_vec() };
    host::display(&[form, text_form]).map(|()| String::new())
}

/// Shows the bytes that `hex` spells.
pub(crate) fn show_bytes(argument: &str) -> Result<String, String> {
    let (mime, hex) = argument.split_once(' ').unwrap_or((argument, ""));
    host::display(&[Representation { mime: mime.to_owned(), data: bytes_of(hex)? }]).map(|()| String::new())
}

fn told(failure: &Failure) -> String {
    format!("{:?}: {}", failure.kind, failure.message)
}

/// Writes until the host has had enough.
pub(crate) fn flood() -> ! {
    let chunk = chunk();
    loop {
        host::write(OutputStream::Stdout, &chunk);
    }
}

/// The time of day, `seconds.nanoseconds`.
pub(crate) fn time() -> String {
    let now = wall_clock::now();
    format!("{}.{:09}", now.seconds, now.nanoseconds)
}

/// The monotonic clock, in nanoseconds.
pub(crate) fn mono() -> String {
    monotonic_clock::now().to_string()
}

pub(crate) fn random() -> String {
    wasi_random::get_random_u64().to_string()
}

/// `count` random bytes, in hexadecimal.
pub(crate) fn random_bytes(count: usize) -> String {
    let bytes = wasi_random::get_random_bytes(count as u64);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the clock until it stops.
pub(crate) fn time_loop() -> ! {
    loop {
        std::hint::black_box(monotonic_clock::now());
    }
}

fn chunk() -> Vec<u8> {
    b"abcdefghijklmnopqrstuvwxyz-01234".iter().copied().cycle().take(CHUNK_BYTES).collect()
}
