//! Delimited continuations: the part of a computation that is above a prompt.
//!
//! ```text
//! under ──► frames of f │ … │ frame of %prompt │ … the rest of the computation
//!           └───── part ────┘ found by its tag
//! ```
//! A part is a copy of its frames with nothing below, so that it does not hold what is below the prompt, where the last
//! part may be; putting it on top of another computation copies it again, with that computation below.

use super::continuation::{Resume, Segment};
use super::signal::Stop;
use super::{Frame, Machine};
use crate::fault::Fault;
use crate::heap::{Marker, Object};
use crate::printer;
use crate::value::Value;

/// The library's procedure whose frames are prompts, and the places of its parameters.
const PROMPT: &str = "%prompt";
const TAG: usize = 0;
const HANDLER: usize = 1;
const WINDERS: usize = 2;
const HANDLERS: usize = 3;

/// The part of a computation above a prompt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    top: Resume,
}

/// Frames and their values, as a segment has them.
type Slice = (Box<[Value]>, Box<[Frame]>);

/// A prompt's frame, and its procedure's arguments.
struct Prompt {
    /// Where the frame is the topmost.
    at: Resume,
    arguments: Vec<Value>,
}

// === impl Part ===

impl Part {
    pub(crate) fn mark(&self, marker: &mut Marker<'_>) {
        self.top.mark(marker);
    }
}

// === impl Machine ===

impl Machine {
    /// `(%prompt-winders tag who)`
    pub(super) fn prompt_winders(&mut self, arguments: &[Value]) -> Result<(), Stop> {
        self.capture();
        match self.prompt(arguments[0]) {
            Some(prompt) => self.return_value(prompt.arguments[WINDERS]),
            None => {
                let [tag, who] = [arguments[0], arguments[1]].map(|value| printer::brief(&self.context.heap, value));
                Err(Fault::Whole(format!("{who}: no prompt has the tag {tag}")).into())
            }
        }
    }

    /// `(%call-with-part tag f)` calls `f` with what is above the prompt, and with the prompt's handlers.
    pub(super) fn call_with_part(&mut self, arguments: &[Value]) -> Result<(), Stop> {
        self.capture();
        let prompt = self.prompt(arguments[0]).ok_or_else(no_prompt)?;
        let slices = self.slices(self.under, prompt.at);
        let top = self.stack_up(slices, Resume::NOTHING);
        let part = Part { top };
        let part = self.context.heap.insert(Object::Part(Box::new(part)));
        self.stack.extend([part, prompt.arguments[HANDLERS]]);
        self.apply(arguments[1], 2, true)
    }

    /// `(%abort tag arguments)` gives up what is above the prompt, and it too, and calls its handler.
    pub(super) fn abort(&mut self, arguments: &[Value]) -> Result<(), Stop> {
        self.capture();
        let prompt = self.prompt(arguments[0]).ok_or_else(no_prompt)?;
        self.under = self.below(prompt.at);
        (self.handlers, self.winders) = (prompt.arguments[HANDLERS], prompt.arguments[WINDERS]);
        let items = self.context.heap.items(arguments[1]).unwrap_or_default();
        self.stack.extend_from_slice(&items);
        self.apply(prompt.arguments[HANDLER], items.len(), true)
    }

    /// `(%reinstate part value)` goes on with a part, and below it with what called this.
    pub(super) fn reinstate_part(&mut self, arguments: &[Value]) -> Result<(), Stop> {
        self.capture();
        let Some(Object::Part(part)) = self.context.heap.as_object(arguments[0]) else {
            return Err(Fault::Expected { what: "a part of a computation", got: arguments[0] }.into());
        };
        let slices = self.slices(part.top, Resume::NOTHING);
        self.under = self.stack_up(slices, self.under);
        self.return_value(arguments[1])
    }

    /// What is between two places, the topmost first.
    fn slices(&self, from: Resume, until: Resume) -> Vec<Slice> {
        let mut slices = Vec::new();
        let mut at = from;
        while let Some(segment) = self.segment(at) {
            let last = at.segment == until.segment;
            let start = if last { until.count } else { 0 };
            slices.extend(segment.slice(start, at.count));
            if last {
                break;
            }
            at = segment.next;
        }
        slices
    }

    /// Puts slices on top of a place.
    fn stack_up(&mut self, slices: Vec<Slice>, bottom: Resume) -> Resume {
        slices.into_iter().rev().fold(bottom, |next, (values, frames)| {
            let count = frames.len();
            let segment = Object::Segment(Box::new(Segment { values, frames, next }));
            Resume { segment: self.context.heap.insert(segment), count }
        })
    }

    /// The innermost prompt with a tag, among the frames of `under`.
    fn prompt(&mut self, tag: Value) -> Option<Prompt> {
        let procedure = self.context.heap.intern(PROMPT);
        let procedure = self.context.heap.symbol(procedure).value;
        let mut at = self.under;
        while let Some(segment) = self.segment(at) {
            for index in (0..at.count).rev() {
                let arguments = segment.values_of(index);
                let is_prompt = segment.frames[index].closure == procedure && arguments.len() > HANDLERS;
                if is_prompt && arguments[TAG] == tag {
                    let at = Resume { segment: at.segment, count: index + 1 };
                    return Some(Prompt { at, arguments: arguments.to_vec() });
                }
            }
            at = segment.next;
        }
        None
    }

    fn segment(&self, at: Resume) -> Option<&Segment> {
        match self.context.heap.as_object(at.segment) {
            Some(Object::Segment(segment)) => Some(segment),
            _ => None,
        }
    }

    /// What is left below the topmost frame.
    fn below(&self, at: Resume) -> Resume {
        match self.segment(at) {
            Some(segment) if at.count == 1 => segment.next,
            _ => Resume { count: at.count - 1, ..at },
        }
    }
}

fn no_prompt() -> Stop {
    Fault::Whole("no prompt has this tag any more".to_owned()).into()
}

// === impl Segment ===

impl Segment {
    /// The frames from `start` to before `end`, and their values; `None` when there are none.
    fn slice(&self, start: usize, end: usize) -> Option<Slice> {
        let frames = self.frames.get(start..end).filter(|frames| !frames.is_empty())?;
        let bottom = frames[0].base;
        let top = self.frames.get(end).map_or(self.values.len(), |next| next.base);
        let frames = frames.iter().map(|frame| Frame { base: frame.base - bottom, ..*frame }).collect();
        Some((self.values[bottom..top].into(), frames))
    }
}
