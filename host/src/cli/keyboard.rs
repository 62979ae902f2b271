//! The lines of standard input, be they typed or piped.

use std::io::{self, stdin};

use anyhow::Context;
use tokio::sync::oneshot;

/// Reads line by line, on a thread of its own: a read can't be called off, and the program ends without its end.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    reading: Option<oneshot::Receiver<io::Result<Option<String>>>>,
}

impl Keyboard {
    /// The next line with its end; nothing when there are no more. Whoever stops waiting loses no line: the next one who
    /// asks gets it.
    pub(super) async fn line(&mut self) -> anyhow::Result<Option<String>> {
        let reading = self.reading.get_or_insert_with(read);
        let line = reading.await;
        self.reading = None;
        line.context("standard input can't be read")?.context("standard input can't be read")
    }
}

fn read() -> oneshot::Receiver<io::Result<Option<String>>> {
    let (told, reading) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = stdin().read_line(&mut line).map(|bytes| (bytes > 0).then_some(line));
        // Who has gone has no use for it.
        let _ = told.send(read);
    });
    reading
}
