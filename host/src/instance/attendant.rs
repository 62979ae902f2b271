//! Who attends a turn, and what a guest asks and shows meanwhile.

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::bindings::{GuestFailure, GuestFailureKind, GuestRepresentation, GuestStream, HOST};
use super::failure::TurnFailure;
use super::output::{OutputFull, OutputStream};
use super::outside::Asking;
use super::state::HostState;
use crate::functions::check_json;
use crate::journal::{Asked, Display, Failure, FailureKind, Representation};

/// Forms of one result, at most.
const REPRESENTATIONS_MAX: usize = 16;

/// Longest media type, in bytes: RFC 6838, 4.2 allows 127 for each of its two parts.
const MIME_BYTES_MAX: usize = 255;

/// Who attends a turn: hears what it writes and shows as it happens, and answers what it asks. Not there on replay.
#[async_trait::async_trait]
pub trait Attendant: Send + Sync {
    /// The guest wrote this, UTF-8 or part of it.
    fn wrote(&self, stream: OutputStream, bytes: &[u8]);

    /// The guest showed this.
    fn showed(&self, display: &Display);

    /// Answers a question. Dropped half-way when the turn is stopped; limits its own time.
    async fn answer(&self, asked: &Asked) -> Result<String, Failure>;
}

/// Until when a turn may go on. It stands still while the turn waits for an answer.
#[derive(Debug, Default, Clone)]
pub(super) struct Deadline(Arc<AtomicU64>);

/// What a deadline is while nothing ends the turn.
const NEVER: u64 = u64::MAX;

/// When the deadline of a turn that waits is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What a refusal shows of a function's name, in characters.
const NAME_CHARS_MAX: usize = 128;

/// Longest message of a failure, in bytes: functions may have their own, and some repeat what they were asked.
const FAILURE_BYTES_MAX: usize = 4 << 10;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Deadline {
    pub(super) fn set(&self, at: Instant) {
        let since = at.saturating_duration_since(*START).as_nanos();
        self.0.store(u64::try_from(since).unwrap_or(NEVER), Relaxed);
    }

    pub(super) fn clear(&self) {
        self.0.store(NEVER, Relaxed);
    }

    pub(super) fn has_passed(&self) -> bool {
        let at = self.0.load(Relaxed);
        at != NEVER && START.elapsed() >= Duration::from_nanos(at)
    }

    /// Resolves when the deadline has passed by `grace`.
    pub(super) async fn passed_by(&self, grace: Duration) {
        loop {
            let at = self.0.load(Relaxed);
            let until =
                if at == NEVER { Instant::now() + LOOK_AGAIN } else { *START + Duration::from_nanos(at) + grace };
            tokio::time::sleep_until(until.into()).await;
            if self.0.load(Relaxed) == at && at != NEVER {
                return;
            }
        }
    }

    /// Stops the time until the guard is dropped.
    fn stand_still(&self) -> StandingStill<'_> {
        let at = self.0.swap(NEVER, Relaxed);
        StandingStill { deadline: self, at, since: Instant::now() }
    }
}

struct StandingStill<'d> {
    deadline: &'d Deadline,
    at: u64,
    since: Instant,
}

impl Drop for StandingStill<'_> {
    fn drop(&mut self) {
        if self.at != NEVER {
            self.deadline.set(*START + Duration::from_nanos(self.at) + self.since.elapsed());
        }
    }
}

/// Defines the functions of the contract's `host`.
pub(super) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    let mut host = linker.instance(HOST)?;
    host.func_wrap("write", |store, (to, bytes): (GuestStream, Vec<u8>)| write(store, to, &bytes))?;
    host.func_wrap("display", |store, (forms,): (Vec<GuestRepresentation>,)| Ok((display(store, forms)?,)))?;
    host.func_wrap_async("read-line", |store, (prompt,): (String,)| {
        Box::new(async move { Ok((exchange(store, Asked::Line { prompt: prompt.into() }).await,)) })
    })?;
    host.func_wrap_async("call", |store, (name, arguments): (String, String)| {
        let asked = Asked::Call { name: name.into(), arguments: arguments.into() };
        Box::new(async move { Ok((exchange(store, asked).await,)) })
    })
}

fn write(mut store: StoreContextMut<'_, HostState>, to: GuestStream, bytes: &[u8]) -> wasmtime::Result<()> {
    let stream = match to {
        GuestStream::Stdout => OutputStream::Stdout,
        GuestStream::Stderr => OutputStream::Stderr,
    };
    let state = store.data_mut();
    let pushed = state.output.push(stream, bytes);
    pushed.map_err(|full| stop_for_output(state, &full))?;
    if let Some(attendant) = &state.turn.attendant {
        attendant.wrote(stream, bytes);
    }
    Ok(())
}

fn stop_for_output(state: &mut HostState, _: &OutputFull) -> wasmtime::Error {
    state.turn.stopped = Some(TurnFailure::OutputExceeded);
    wasmtime::Error::msg("output limit reached")
}

fn display(
    mut store: StoreContextMut<'_, HostState>,
    forms: Vec<GuestRepresentation>,
) -> wasmtime::Result<Result<(), String>> {
    if let Err(wrong) = check_forms(&forms) {
        return Ok(Err(wrong));
    }
    let of = |form: GuestRepresentation| Representation { mime: form.mime.into(), data: form.data.into() };
    let display = Display { representations: forms.into_iter().map(of).collect() };
    let state = store.data_mut();
    let attendant = state.turn.attendant.clone();
    match state.output.show(display) {
        Ok(display) => attendant.iter().for_each(|attendant| attendant.showed(display)),
        Err(full) => return Err(stop_for_output(state, &full)),
    }
    Ok(Ok(()))
}

fn check_forms(forms: &[GuestRepresentation]) -> Result<(), String> {
    if forms.is_empty() || forms.len() > REPRESENTATIONS_MAX {
        return Err(format!("a result has 1 to {REPRESENTATIONS_MAX} representations, this one has {}", forms.len()));
    }
    for (at, GuestRepresentation { mime, data }) in forms.iter().enumerate() {
        if !is_mime(mime) {
            return Err(format!("{mime:?} is no media type such as text/html"));
        }
        if forms[..at].iter().any(|other| other.mime == *mime) {
            return Err(format!("two representations are {mime}"));
        }
        if Representation::is_text_type(mime) && std::str::from_utf8(data).is_err() {
            return Err(format!("the data of {mime} is not UTF-8"));
        }
        if Representation::is_json_type(mime)
            && let Err(wrong) = check_json(&String::from_utf8_lossy(data))
        {
            return Err(format!("the data of {mime} is not JSON: {wrong}"));
        }
    }
    Ok(())
}

/// Two names of RFC 6838, 4.2 with a slash between, in lower case and without parameters.
fn is_mime(text: &str) -> bool {
    let is_name = |name: &str| {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        name.bytes().next().is_some_and(letter) && name.bytes().all(|byte| letter(byte) || b"!#$&-^_.+".contains(&byte))
    };
    text.len() <= MIME_BYTES_MAX && text.split_once('/').is_some_and(|(kind, rest)| is_name(kind) && is_name(rest))
}

/// Asks what the guest asks, or finds the recorded answer.
async fn exchange(mut store: StoreContextMut<'_, HostState>, asked: Asked) -> Result<String, GuestFailure> {
    let state = store.data_mut();
    let limits = state.limiter.limits.exchanges;
    let room = match state.outside.ask(&asked, limits) {
        Asking::Answered(answer) => return answer.map_err(GuestFailure::from),
        Asking::Live { room } => room,
    };
    let answer = match state.turn.attendant.clone() {
        Some(attendant) => {
            let _standing_still = state.turn.deadline.stand_still();
            attendant.answer(&asked).await
        }
        None => Err(unattended(&asked)),
    };
    let answer = answer.map_err(bounded).and_then(|text| match text.len() {
        bytes if bytes > room => {
            let message = format!(
                "the answer has {bytes} bytes, and a command's calls and their answers may have {} in all; the limit \
                 is set by call_bytes_max",
                limits.bytes
            );
            Err(Failure::new(FailureKind::Limited, message))
        }
        _ => Ok(text),
    });
    state.outside.answered(&answer);
    answer.map_err(GuestFailure::from)
}

/// A failure in so many words as the record has room for.
fn bounded(mut failure: Failure) -> Failure {
    failure.message.truncate(failure.message.floor_char_boundary(FAILURE_BYTES_MAX));
    failure
}

/// The answer where nobody attends: for a turn that nobody follows, of a session that may call nothing.
fn unattended(asked: &Asked) -> Failure {
    let message = match asked {
        Asked::Call { name, .. } => {
            // It may be anything here.
            let name: String = name.escape_debug().take(NAME_CHARS_MAX).collect();
            format!("function {name} is not granted to this session; granted: none")
        }
        Asked::Line { .. } => {
            "nobody can be asked for a line: the client does not follow the command's output".to_owned()
        }
    };
    Failure::new(FailureKind::Denied, message)
}

impl From<Failure> for GuestFailure {
    fn from(Failure { kind, message }: Failure) -> Self {
        let kind = match kind {
            FailureKind::Denied => GuestFailureKind::Denied,
            FailureKind::Invalid => GuestFailureKind::Invalid,
            FailureKind::Limited => GuestFailureKind::Limited,
            FailureKind::TimedOut => GuestFailureKind::TimedOut,
            FailureKind::Failed => GuestFailureKind::Failed,
        };
        Self { kind, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_stands_still_while_somebody_waits() {
        let deadline = Deadline::default();
        deadline.set(Instant::now() - Duration::from_secs(1));
        assert!(deadline.has_passed());
        let guard = deadline.stand_still();
        assert!(!deadline.has_passed());
        drop(guard);
        assert!(deadline.has_passed());
        deadline.clear();
        assert!(!deadline.has_passed());
    }

    #[test]
    fn media_types_are_told_from_other_text() {
        for good in ["text/html", "image/svg+xml", "application/vnd.vegalite.v5+json", "application/x-tar"] {
            assert!(is_mime(good), "{good}");
        }
        for bad in
            ["", "text", "text/", "/html", "text/html; charset=utf-8", "Text/html", "a/b/c", "text/h\ntml", "é/a"]
        {
            assert!(!is_mime(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_result_is_told() {
        let form = |mime: &str, data: &[u8]| GuestRepresentation { mime: mime.to_owned(), data: data.to_vec() };
        assert_eq!(check_forms(&[form("text/html", b"<b>"), form("image/png", &[0xff])]), Ok(()));
        let wrong = |forms: &[GuestRepresentation]| check_forms(forms).unwrap_err();
        assert!(wrong(&[]).contains("1 to 16"));
        assert!(wrong(&[form("text/html", &[0xff])]).contains("UTF-8"));
        assert!(wrong(&[form("application/json", b"{")]).contains("JSON"));
        assert!(wrong(&[form("text/html", b""), form("text/html", b"")]).contains("two"));
    }
}
