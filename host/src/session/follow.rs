//! Turns that can be followed: what a turn writes, shows and asks, as it happens, for any number of readers.
//!
//! ```text
//!   guest ── wrote, showed, asks ──▶ log of the turn ◀── read from a position ── readers: they come, go, and come back
//!                      ▲                                        │
//!                      └───────────── answers ──────────────────┘
//! ```
//!
//! The log holds what the reply will hold, which is bounded by the limits on output and calls, and each reader has only
//! a place in it. So a slow reader waits for nobody, and nobody waits for it; one that hung up can go on where it was, also
//! for a while after the turn has ended. The logs of turns that have ended are bounded together: over that they are dropped,
//! and who still reads one is told that it is gone.

mod directory;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, oneshot};

pub(super) use self::directory::FollowedTurns;
use super::entry::lock;
use super::{Reply, RichResult, SessionError};
use crate::instance::OutputStream;
use crate::journal::{Display, Failure, FailureKind};
use crate::name::FunctionName;

/// Text that a reader is given at once, in bytes.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// What a piece counts beside its text, in bytes: about what holding it takes.
const PIECE_BYTES: usize = 128;

/// Part of what happens in a turn.
#[derive(Debug, Clone)]
pub enum Piece {
    /// The command begins to run.
    Begin,
    /// Text was written.
    Text(OutputStream, String),
    /// A result was shown.
    Result(RichResult),
    /// A function that the client offered is called.
    Call {
        /// What the answer is to name.
        question: u64,
        /// The function.
        name: FunctionName,
        /// Its arguments, JSON.
        arguments: Arc<str>,
    },
    /// The client is asked for a line.
    Line {
        /// What the answer is to name.
        question: u64,
        /// What the person is shown.
        prompt: Arc<str>,
    },
    /// A question has its answer, or gets none any more.
    Closed {
        /// The question.
        question: u64,
    },
    /// The turn has ended.
    End(Result<Arc<Reply>, Arc<SessionError>>),
    /// What came after the reader's position was dropped, for it was not read in time.
    Gone,
}

/// Where a reader is in a turn's log: after so many pieces, and so many bytes of the text that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    piece: usize,
    byte: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.piece, self.byte)
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (piece, byte) = text.split_once('.').ok_or(())?;
        let number = |text: &str| text.parse().map_err(|_| ());
        Ok(Self { piece: number(piece)?, byte: number(byte)? })
    }
}

/// What kind of answer a question wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What a function gives, as JSON.
    Result,
    /// A line of text.
    Line,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answering {
    /// The turn has it.
    Taken,
    /// It is the second one, or came too late.
    Closed,
    /// Nobody asked that.
    Unknown,
    /// Something else was asked for; the question is still open.
    Unfit(Wanted),
}

/// What a turn asks its client.
#[derive(Debug)]
pub(super) enum Question {
    /// To call a function that it offered.
    Call {
        /// The function.
        name: FunctionName,
        /// Its arguments, JSON.
        arguments: Arc<str>,
    },
    /// For a line.
    Line {
        /// What the person is shown.
        prompt: Arc<str>,
    },
}

/// A turn that can be followed.
pub struct FollowedTurn {
    /// Its id: that of its request.
    pub id: Arc<str>,
    /// Functions that its client offers to it.
    offered: BTreeSet<FunctionName>,
    log: Mutex<Log>,
    changed: Notify,
}

/// A question to the client.
struct Asked {
    wanted: Wanted,
    /// Who waits for its answer; nobody once there is one.
    waiting: Option<oneshot::Sender<Result<String, Failure>>>,
}

#[derive(Default)]
struct Log {
    pieces: Vec<Piece>,
    bytes: usize,
    /// The beginnings of characters of which the rest is not written yet, of both streams.
    partial: [Vec<u8>; 2],
    /// What was asked, in order.
    questions: Vec<Asked>,
    ended: bool,
    /// How many pieces it had when it was dropped.
    dropped: Option<usize>,
}

impl fmt::Debug for FollowedTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowedTurn").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FollowedTurn {
    /// A turn of which nothing has happened.
    pub(super) fn new(id: Arc<str>, offered: BTreeSet<FunctionName>) -> Arc<Self> {
        Arc::new(Self { id, offered, log: Mutex::default(), changed: Notify::new() })
    }

    /// The next piece after `position`, which moves behind it; nothing after the end. Waits for it to happen.
    pub async fn next(&self, position: &mut Position) -> Option<Piece> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            {
                let log = lock(&self.log);
                if let Some(piece) = log.read(position) {
                    return Some(piece);
                }
                if log.ended {
                    let unread = log.dropped.filter(|pieces| position.piece < *pieces)?;
                    *position = Position { piece: unread, byte: 0 };
                    return Some(Piece::Gone);
                }
            }
            changed.await;
        }
    }

    /// Answers a question of the turn. A failure is of no kind, for every question may fail.
    pub fn answer(&self, question: u64, kind: Option<Wanted>, answer: Result<String, Failure>) -> Answering {
        let sender = {
            let mut log = lock(&self.log);
            let at = usize::try_from(question).ok().and_then(|question| question.checked_sub(1));
            match at.and_then(|at| log.questions.get_mut(at)) {
                None => return Answering::Unknown,
                Some(asked) if asked.waiting.is_some() && kind.is_some_and(|kind| kind != asked.wanted) => {
                    return Answering::Unfit(asked.wanted);
                }
                Some(asked) => asked.waiting.take(),
            }
        };
        match sender.map(|sender| sender.send(answer)) {
            Some(Ok(())) => Answering::Taken,
            Some(Err(_)) | None => Answering::Closed,
        }
    }

    /// Bytes of its log; they don't change once it has ended.
    fn bytes(&self) -> usize {
        lock(&self.log).bytes
    }

    /// Drops the log of a turn that has ended. Who has not read all of it will not.
    fn drop_log(&self) {
        let mut log = lock(&self.log);
        log.dropped = Some(std::mem::take(&mut log.pieces).len());
    }

    /// The turn has ended.
    pub fn has_ended(&self) -> bool {
        lock(&self.log).ended
    }

    pub(super) fn offers(&self, name: &FunctionName) -> bool {
        self.offered.contains(name)
    }

    pub(super) fn begin(&self) {
        self.push(Piece::Begin, 0);
    }

    pub(super) fn wrote(&self, stream: OutputStream, bytes: &[u8]) {
        lock(&self.log).write(stream, bytes);
        self.changed.notify_waiters();
    }

    pub(super) fn showed(&self, display: &Display) {
        self.push(Piece::Result(RichResult(display.clone())), display.bytes());
    }

    /// Asks the client, and waits for its answer.
    pub(super) async fn ask(&self, question: Question) -> Result<String, Failure> {
        let (sender, answer) = oneshot::channel();
        let (wanted, bytes) = match &question {
            Question::Call { arguments, .. } => (Wanted::Result, arguments.len()),
            Question::Line { prompt } => (Wanted::Line, prompt.len()),
        };
        let number = {
            let mut log = lock(&self.log);
            log.questions.push(Asked { wanted, waiting: Some(sender) });
            log.questions.len() as u64
        };
        let _closed = Closing { turn: self, question: number };
        let piece = match question {
            Question::Call { name, arguments } => Piece::Call { question: number, name, arguments },
            Question::Line { prompt } => Piece::Line { question: number, prompt },
        };
        self.push(piece, bytes);
        answer.await.unwrap_or_else(|_| Err(Failure::new(FailureKind::Failed, "the client's answer was lost")))
    }

    /// Nothing more happens.
    pub(super) fn end(&self, ended: Result<Reply, SessionError>) {
        let mut log = lock(&self.log);
        for stream in [OutputStream::Stdout, OutputStream::Stderr] {
            log.finish(stream);
        }
        if ended.is_ok() && log.pieces.is_empty() {
            // An answer from the record: nothing ran.
            log.pieces.push(Piece::Begin);
        }
        log.bytes += ended.as_ref().map_or(0, Reply::bytes);
        log.pieces.push(Piece::End(ended.map(Arc::new).map_err(Arc::new)));
        log.ended = true;
        drop(log);
        self.changed.notify_waiters();
    }

    fn push(&self, piece: Piece, bytes: usize) {
        let mut log = lock(&self.log);
        log.pieces.push(piece);
        log.bytes += PIECE_BYTES + bytes;
        drop(log);
        self.changed.notify_waiters();
    }
}

/// Closes a question when its asker stops waiting.
struct Closing<'t> {
    turn: &'t FollowedTurn,
    question: u64,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let at = usize::try_from(self.question).ok().and_then(|question| question.checked_sub(1));
        let mut log = lock(&self.turn.log);
        if let Some(asked) = at.and_then(|at| log.questions.get_mut(at)) {
            asked.waiting = None;
        }
        drop(log);
        self.turn.push(Piece::Closed { question: self.question }, 0);
    }
}

impl Log {
    fn read(&self, position: &mut Position) -> Option<Piece> {
        loop {
            let piece = self.pieces.get(position.piece)?;
            if let Piece::Text(stream, text) = piece {
                let from = text.get(position.byte..).unwrap_or_default();
                if from.is_empty() {
                    if position.piece + 1 == self.pieces.len() {
                        // More may be added to it.
                        return None;
                    }
                    *position = Position { piece: position.piece + 1, byte: 0 };
                    continue;
                }
                let end = from.floor_char_boundary(TEXT_BYTES_MAX.min(from.len()));
                position.byte += end;
                return Some(Piece::Text(*stream, from[..end].to_owned()));
            }
            *position = Position { piece: position.piece + 1, byte: 0 };
            return Some(piece.clone());
        }
    }

    /// Adds what can be read as text by now.
    fn write(&mut self, stream: OutputStream, bytes: &[u8]) {
        let mut held = std::mem::take(&mut self.partial[stream as usize]);
        held.extend_from_slice(bytes);
        let mut text = String::new();
        let mut rest = held.as_slice();
        while let Some(chunk) = rest.utf8_chunks().next() {
            text.push_str(chunk.valid());
            let used = chunk.valid().len() + chunk.invalid().len();
            let is_last = used == rest.len();
            let incomplete = std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none());
            if is_last && incomplete {
                self.partial[stream as usize] = chunk.invalid().to_vec();
            } else if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
            rest = &rest[used..];
        }
        self.add(stream, &text);
    }

    /// What is left of a character will not come.
    fn finish(&mut self, stream: OutputStream) {
        if !std::mem::take(&mut self.partial[stream as usize]).is_empty() {
            self.add(stream, "\u{fffd}");
        }
    }

    fn add(&mut self, stream: OutputStream, text: &str) {
        self.bytes += text.len();
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(last, so_far)) if *last == stream => so_far.push_str(text),
            _ => {
                self.bytes += PIECE_BYTES;
                self.pieces.push(Piece::Text(stream, text.to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Representation;

    fn turn() -> Arc<FollowedTurn> {
        FollowedTurn::new("t".into(), BTreeSet::new())
    }

    #[test]
    fn many_small_pieces_count_for_what_they_take() {
        const PIECES: usize = 1_000;
        let turn = turn();
        for n in 0..PIECES {
            turn.wrote(if n % 2 == 0 { OutputStream::Stdout } else { OutputStream::Stderr }, b"x");
        }
        assert!(turn.bytes() > PIECES * size_of::<Piece>(), "{}", turn.bytes());
    }

    async fn texts(turn: &FollowedTurn, position: &mut Position) -> String {
        let mut read = String::new();
        while let Some(piece) = turn.next(position).await {
            match piece {
                Piece::Text(OutputStream::Stdout, text) => read.push_str(&text),
                Piece::Text(OutputStream::Stderr, text) => read.push_str(&format!("[{text}]")),
                Piece::Result(_) => read.push('R'),
                Piece::Begin => read.push('B'),
                Piece::End(_) => read.push('E'),
                Piece::Call { .. } | Piece::Line { .. } => read.push('Q'),
                Piece::Closed { .. } => read.push('C'),
                Piece::Gone => read.push('G'),
            }
        }
        read
    }

    #[tokio::test]
    async fn every_reader_reads_everything_in_order_from_where_it_is() {
        let turn = turn();
        turn.begin();
        turn.wrote(OutputStream::Stdout, b"one ");
        let mut early = Position::default();
        assert!(matches!(turn.next(&mut early).await, Some(Piece::Begin)));
        assert!(matches!(turn.next(&mut early).await, Some(Piece::Text(_, text)) if text == "one "));
        turn.wrote(OutputStream::Stdout, b"two");
        turn.wrote(OutputStream::Stderr, b"!");
        let representations = vec![Representation { mime: "text/html".into(), data: b"x"[..].into() }];
        turn.showed(&Display { representations });
        turn.end(Err(SessionError::Interrupted));
        let kept: Position = early.to_string().parse().unwrap();
        assert_eq!(texts(&turn, &mut early).await, "two[!]RE");
        assert_eq!(texts(&turn, &mut kept.clone()).await, "two[!]RE");
        assert_eq!(texts(&turn, &mut Position::default()).await, "Bone two[!]RE");
    }

    #[tokio::test]
    async fn who_reads_too_late_is_told_that_the_rest_is_gone() {
        let turn = turn();
        turn.wrote(OutputStream::Stdout, b"one");
        let (mut late, mut early) = (Position::default(), Position::default());
        turn.end(Err(SessionError::Interrupted));
        assert_eq!(texts(&turn, &mut early).await, "oneE");
        turn.drop_log();
        assert_eq!(texts(&turn, &mut late).await, "G");
        assert_eq!(texts(&turn, &mut early).await, "");
    }

    #[tokio::test]
    async fn a_character_written_in_parts_is_read_whole() {
        let turn = turn();
        let text = "ž🎈".as_bytes();
        text.iter().for_each(|byte| turn.wrote(OutputStream::Stdout, &[*byte]));
        turn.wrote(OutputStream::Stdout, &[0xff, b'a', 0xc5]);
        turn.end(Err(SessionError::Interrupted));
        assert_eq!(texts(&turn, &mut Position::default()).await, "ž🎈\u{fffd}a\u{fffd}E");
    }

    #[tokio::test]
    async fn long_text_is_read_in_parts() {
        let turn = turn();
        let long = "ž".repeat(TEXT_BYTES_MAX);
        turn.wrote(OutputStream::Stdout, long.as_bytes());
        turn.end(Err(SessionError::Interrupted));
        let mut position = Position::default();
        let Some(Piece::Text(_, first)) = turn.next(&mut position).await else { panic!("text comes first") };
        assert!(first.len() <= TEXT_BYTES_MAX && !first.is_empty());
        assert_eq!(texts(&turn, &mut position).await.trim_end_matches('E'), &long[first.len()..]);
    }

    #[tokio::test]
    async fn a_question_has_one_answer() {
        let turn = turn();
        let asked = turn.ask(Question::Line { prompt: "?".into() });
        let answered = async {
            let mut position = Position::default();
            let Some(Piece::Line { question, .. }) = turn.next(&mut position).await else { panic!("it is asked") };
            let answer = |number, kind, text: &str| turn.answer(number, Some(kind), Ok(text.to_owned()));
            assert_eq!(answer(question + 1, Wanted::Line, ""), Answering::Unknown);
            assert_eq!(answer(0, Wanted::Line, ""), Answering::Unknown);
            assert_eq!(answer(question, Wanted::Result, "1"), Answering::Unfit(Wanted::Line));
            assert_eq!(answer(question, Wanted::Line, "yes"), Answering::Taken);
            assert_eq!(answer(question, Wanted::Line, "no"), Answering::Closed);
            assert_eq!(answer(question, Wanted::Result, "1"), Answering::Closed);
        };
        let (answer, ()) = tokio::join!(asked, answered);
        assert_eq!(answer, Ok("yes".to_owned()));
    }
}
