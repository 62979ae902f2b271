//! What a guest writes and shows during a turn: bounded, in order, each part with its stream.

use crate::journal::Display;

/// Where output goes; the contract's `output-stream`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputStream {
    /// What the program prints.
    Stdout,
    /// Warnings and diagnostics.
    Stderr,
}

/// Changes from one stream to the other that cost nothing beside their text.
const CHANGES_FREE: usize = 1_000;

/// What each one more counts, in bytes: about what is kept of it by all who keep it, so that a guest that changes with
/// every byte gets no more memory than one that does not.
const CHANGE_BYTES: usize = 128;

/// The output of one turn.
pub(crate) struct Output {
    bytes: Vec<u8>,
    /// Where each part ends, and its stream; neighbours differ in stream.
    parts: Vec<(usize, OutputStream)>,
    displays: Vec<Display>,
    /// Bytes of these.
    displayed: usize,
    max: usize,
}

/// The output limit was reached.
pub(crate) struct OutputFull;

/// A turn's output as text; what is not UTF-8 is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Both streams in the order of writing.
    pub all: String,
    /// Standard output alone.
    pub stdout: String,
    /// Standard error alone.
    pub stderr: String,
    /// Results that are more than text.
    pub displays: Vec<Display>,
}

impl Output {
    /// Nothing yet, of at most `max` bytes.
    pub(super) fn new(max: usize) -> Self {
        Self { bytes: Vec::new(), parts: Vec::new(), displays: Vec::new(), displayed: 0, max }
    }

    pub(super) fn push(&mut self, stream: OutputStream, bytes: &[u8]) -> Result<(), OutputFull> {
        let changes = !bytes.is_empty() && self.parts.last().is_none_or(|(_, last)| *last != stream);
        let change = if changes && self.parts.len() >= CHANGES_FREE { CHANGE_BYTES } else { 0 };
        if bytes.len() + change > self.room() {
            return Err(OutputFull);
        }
        self.bytes.extend_from_slice(bytes);
        match self.parts.last_mut() {
            Some((end, last)) if *last == stream => *end = self.bytes.len(),
            _ if bytes.is_empty() => {}
            _ => self.parts.push((self.bytes.len(), stream)),
        }
        Ok(())
    }

    pub(super) fn show(&mut self, display: Display) -> Result<&Display, OutputFull> {
        let bytes = display.bytes();
        if bytes > self.room() {
            return Err(OutputFull);
        }
        self.displayed += bytes;
        self.displays.push(display);
        self.displays.last().ok_or(OutputFull)
    }

    /// Bytes that may still be written.
    pub(super) fn room(&self) -> usize {
        let changes = self.parts.len().saturating_sub(CHANGES_FREE) * CHANGE_BYTES;
        self.max - self.bytes.len() - self.displayed - changes
    }

    /// Takes what was written and begins anew, keeping no memory.
    pub(super) fn take(&mut self) -> Written {
        let bytes = std::mem::take(&mut self.bytes);
        let parts = std::mem::take(&mut self.parts);
        self.displayed = 0;
        let displays = std::mem::take(&mut self.displays);
        let only = |stream| {
            let mut start = 0;
            let mut of_stream = Vec::new();
            for (end, part) in &parts {
                if *part == stream {
                    of_stream.extend_from_slice(&bytes[start..*end]);
                }
                start = *end;
            }
            text(of_stream)
        };
        let (stdout, stderr) = (only(OutputStream::Stdout), only(OutputStream::Stderr));
        Written { all: text(bytes), stdout, stderr, displays }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Representation;

    #[test]
    fn streams_keep_their_order_and_come_apart() {
        let mut output = Output::new(10);
        for (stream, bytes) in [
            (OutputStream::Stdout, "a"),
            (OutputStream::Stdout, "b"),
            (OutputStream::Stderr, "c"),
            (OutputStream::Stdout, "d"),
        ] {
            assert!(output.push(stream, bytes.as_bytes()).is_ok());
        }
        let written = output.take();
        assert_eq!(
            written,
            Written { all: "abcd".into(), stdout: "abd".into(), stderr: "c".into(), ..Written::default() }
        );
        assert_eq!(output.take(), Written::default());
    }

    #[test]
    fn output_past_the_limit_is_refused_and_the_rest_kept() {
        let mut output = Output::new(3);
        assert!(output.push(OutputStream::Stdout, b"abc").is_ok());
        assert!(output.push(OutputStream::Stdout, b"d").is_err());
        assert!(output.push(OutputStream::Stdout, b"").is_ok());
        assert_eq!(output.take().all, "abc");
    }

    #[test]
    fn many_small_parts_are_no_way_around_the_limit() {
        const MAX: usize = 1 << 20;
        let mut output = Output::new(MAX);
        let streams = [OutputStream::Stdout, OutputStream::Stderr];
        let parts = (0..MAX).take_while(|n| output.push(streams[n % 2], b"x").is_ok()).count();
        assert!((CHANGES_FREE..CHANGES_FREE + MAX / CHANGE_BYTES).contains(&parts), "{parts}");
        assert!(output.push(OutputStream::Stdout, b"").is_ok());
        output.take();
        assert_eq!(output.room(), MAX);
        let form = Representation { mime: "a/b".into(), data: Box::default() };
        let display = Display { representations: vec![form] };
        let shown = (0..MAX).take_while(|_| output.show(display.clone()).is_ok()).count();
        assert!(shown < MAX / 128, "{shown}");
    }

    #[test]
    fn what_is_not_utf_8_is_replaced() {
        let mut output = Output::new(9);
        assert!(output.push(OutputStream::Stdout, &[b'x', 0xff, b'y']).is_ok());
        assert_eq!(output.take().stdout, "x\u{fffd}y");
    }
}
