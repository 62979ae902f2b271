//! Answers that clients have not taken yet, and how much memory they may take.
//!
//! ```text
//!   answer ──▶ Held ──64 KiB at a time──▶ hyper ──▶ socket ──▶ client, which may take its time, or nothing
//!                └── counted while it waits; over the limit the tenant with the most loses the oldest of its own
//! ```
//! hyper holds some 100 KiB of an answer beside what the system holds of it; the rest waits in [`Held`]. Short answers are
//! not counted: connections are.

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::BoxError;
use bytes::{Buf, Bytes};
use hyper::body::{Body, Frame, SizeHint};

use crate::name::TenantName;

/// Bytes that are handed on at once, and up to which an answer is not counted.
const PART_BYTES: usize = 64 << 10;

/// Whose an answer is; nobody's where it takes no key to get it.
type Owner = Option<TenantName>;

/// The answers that wait for their clients.
pub(super) struct Unread {
    bytes_max: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// In the order of their coming.
    answers: BTreeMap<u64, Answer>,
    next: u64,
    bytes: usize,
    bytes_of: HashMap<Owner, usize>,
}

struct Answer {
    owner: Owner,
    bytes: usize,
    /// What is left of it; nothing once it was given up.
    rest: Arc<Mutex<Option<Bytes>>>,
}

impl Unread {
    /// Answers may take so many bytes together, or as many as a single one has.
    pub(super) fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { bytes_max, waiting: Mutex::default() })
    }

    /// `body`, counted while it waits. `owner` is asked once it has to be.
    pub(super) fn hold<B>(self: &Arc<Self>, body: B, owner: impl FnOnce() -> Owner) -> Result<Held<B>, B>
    where
        B: Body<Data = Bytes>,
    {
        if body.size_hint().exact().is_some_and(|bytes| bytes <= PART_BYTES as u64) {
            return Err(body);
        }
        Ok(Held { body: Some(body), part: None, owner: owner(), unread: self.clone() })
    }

    fn add(self: &Arc<Self>, owner: &Owner, bytes: Bytes) -> Part {
        let mut waiting = lock(&self.waiting);
        let number = waiting.next;
        waiting.next += 1;
        let (length, rest) = (bytes.len(), Arc::new(Mutex::new(Some(bytes))));
        waiting.bytes += length;
        *waiting.bytes_of.entry(owner.clone()).or_default() += length;
        waiting.answers.insert(number, Answer { owner: owner.clone(), bytes: length, rest: rest.clone() });
        while waiting.bytes > self.bytes_max && waiting.answers.len() > 1 && waiting.give_one_up() {}
        Part { number, rest, unread: self.clone() }
    }
}

impl Waiting {
    /// Gives up the oldest answer of the owner that has most.
    fn give_one_up(&mut self) -> bool {
        let most = self.bytes_of.iter().max_by_key(|(_, bytes)| **bytes).map(|(owner, _)| owner);
        let oldest = most.and_then(|most| self.answers.iter().find(|(_, answer)| answer.owner == *most));
        let Some((number, answer)) = oldest.map(|(number, answer)| (*number, answer)) else { return false };
        lock(&answer.rest).take();
        let tenant = answer.owner.as_ref().map(TenantName::as_str).unwrap_or_default();
        tracing::warn!(
            tenant,
            bytes = answer.bytes,
            "an answer that was not read was given up, for unread_answers_max"
        );
        self.remove(number);
        true
    }

    fn remove(&mut self, number: u64) {
        let Some(answer) = self.answers.remove(&number) else { return };
        self.bytes -= answer.bytes;
        if let Some(bytes) = self.bytes_of.get_mut(&answer.owner) {
            *bytes -= answer.bytes;
            if *bytes == 0 {
                self.bytes_of.remove(&answer.owner);
            }
        }
    }
}

/// A long piece of an answer, which is counted until it is handed on or dropped.
struct Part {
    number: u64,
    rest: Arc<Mutex<Option<Bytes>>>,
    unread: Arc<Unread>,
}

impl Part {
    /// The next bytes of it, in memory of their own, so that the rest can be given up; nothing when it was.
    fn next(&self) -> Option<Bytes> {
        let mut rest = lock(&self.rest);
        let rest = rest.as_mut()?;
        let part = Bytes::copy_from_slice(&rest[..rest.len().min(PART_BYTES)]);
        rest.advance(part.len());
        Some(part)
    }

    fn remaining(&self) -> usize {
        lock(&self.rest).as_ref().map_or(0, Bytes::len)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        lock(&self.unread.waiting).remove(self.number);
    }
}

/// The answer was given up before its client took it.
#[derive(Debug, thiserror::Error)]
#[error("the answer was given up, for its client did not read it")]
pub(super) struct GivenUp;

/// The body of an answer that may wait for its client.
pub(super) struct Held<B> {
    /// Nothing once it was given up.
    body: Option<B>,
    part: Option<Part>,
    owner: Owner,
    unread: Arc<Unread>,
}

impl<B> Body for Held<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let held = self.get_mut();
        if held.part.is_none() {
            let Some(body) = &mut held.body else { return Poll::Ready(None) };
            let frame = match ready!(Pin::new(body).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                other => return Poll::Ready(other.map(|frame| frame.map_err(Into::into))),
            };
            match frame.into_data() {
                Ok(data) if data.len() > PART_BYTES => held.part = Some(held.unread.add(&held.owner, data)),
                Ok(data) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Err(frame) => return Poll::Ready(Some(Ok(frame))),
            }
        }
        let next = held.part.as_ref().and_then(Part::next);
        if next.is_none() {
            held.body = None;
        }
        if held.part.as_ref().is_none_or(|part| part.remaining() == 0) {
            held.part = None;
        }
        Poll::Ready(Some(next.map(Frame::data).ok_or_else(|| GivenUp.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.part.is_none() && self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.part.as_ref().map_or(0, Part::remaining) as u64;
        let mut hint = self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        if rest > 0 {
            hint.set_upper(hint.upper().unwrap_or(u64::MAX).saturating_add(rest));
            hint.set_lower(hint.lower().saturating_add(rest));
        }
        hint
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full};

    use super::*;

    const MIB: usize = 1 << 20;

    fn answer(unread: &Arc<Unread>, tenant: &str, bytes: usize) -> Held<Full<Bytes>> {
        let owner = TenantName::new(tenant).ok();
        let data: Vec<u8> = (0..bytes).map(|at| at.to_le_bytes()[0]).collect();
        let Ok(held) = unread.hold(Full::from(data), || owner) else { panic!("it is long") };
        held
    }

    async fn first_part(held: &mut Held<Full<Bytes>>) -> usize {
        held.frame().await.expect("a frame").expect("it is there").into_data().expect("data").len()
    }

    #[tokio::test]
    async fn an_answer_is_handed_on_whole_and_counted_no_more() {
        let unread = Unread::new(MIB);
        for bytes in [PART_BYTES + 1, 2 * PART_BYTES, MIB + 7] {
            let held = answer(&unread, "a", bytes);
            assert_eq!(held.size_hint().exact(), Some(bytes as u64));
            let whole = held.collect().await.expect("it is there").to_bytes();
            assert!(whole.iter().enumerate().all(|(at, byte)| *byte == at.to_le_bytes()[0]));
            assert_eq!(whole.len(), bytes, "also when it is alone over the limit");
        }
        assert!(unread.hold(Full::<Bytes>::from(vec![0; PART_BYTES]), || None).is_err(), "short ones are not held");
        let waiting = lock(&unread.waiting);
        assert!(waiting.answers.is_empty() && waiting.bytes_of.is_empty() && waiting.bytes == 0);
    }

    #[tokio::test]
    async fn over_the_limit_the_oldest_goes_of_the_tenant_with_most() {
        let unread = Unread::new(4 * MIB);
        let mut quiet = answer(&unread, "quiet", MIB);
        assert_eq!(first_part(&mut quiet).await, PART_BYTES);
        let mut greedy: Vec<_> = (0..4).map(|_| answer(&unread, "greedy", MIB)).collect();
        for held in &mut greedy {
            first_part(held).await;
        }
        assert!(greedy[0].frame().await.expect("a frame").is_err(), "it is given up");
        assert!(greedy[0].frame().await.is_none() && greedy[0].is_end_stream());
        for held in greedy.into_iter().skip(1).chain([quiet]) {
            let rest = held.collect().await.expect("it is there").to_bytes();
            assert_eq!(rest.len(), MIB - PART_BYTES);
        }
        assert_eq!(lock(&unread.waiting).bytes, 0);
    }
}
