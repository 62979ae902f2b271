//! What primitives work on: the heap and the world.

use crate::heap::{Flow, Heap, Object, Port};
use crate::value::Value;
use crate::world::World;

/// Output is handed on when so many bytes are waiting, when a line ends, and when the command does.
const PENDING_MAX: usize = 1024;

/// The heap, the world, and the output on its way there.
pub(crate) struct Context {
    pub(crate) heap: Heap,
    pub(crate) world: Box<dyn World>,
    /// The port that leads to the user.
    pub(crate) console: Value,
    /// The port that output goes to when none is named.
    pub(crate) output: Value,
    /// What the user typed and the program has not read yet.
    pub(crate) typed: String,
    pending: Vec<u8>,
    /// The last thing written was not the end of a line.
    mid_line: bool,
}

// === impl Context ===

impl Context {
    pub(crate) fn new(mut heap: Heap, world: Box<dyn World>) -> Self {
        let console = heap.insert(Object::Port(Box::new(Port::new(Flow::Console))));
        Self { heap, world, console, output: console, typed: String::new(), pending: Vec::new(), mid_line: false }
    }

    /// Writes to the console.
    pub(crate) fn write(&mut self, text: &str) {
        let Some(last) = text.bytes().last() else { return };
        self.mid_line = last != b'\n';
        self.pending.extend_from_slice(text.as_bytes());
        if self.pending.len() >= PENDING_MAX || !self.mid_line {
            self.flush();
        }
    }

    /// Ends the line unless nothing was written on it.
    pub(crate) fn fresh_line(&mut self) {
        if self.mid_line {
            self.write("\n");
        }
    }

    pub(crate) fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.world.write(&self.pending);
            self.pending.clear();
            self.pending.shrink_to(PENDING_MAX);
        }
    }

    /// Forgets where on the line the output is, as each command starts a new one.
    pub(crate) fn start_line(&mut self) {
        self.mid_line = false;
        self.typed = String::new();
    }
}
