//! Where text comes from and goes to.

/// A port of characters.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) flow: Flow,
    pub(crate) open: bool,
}

/// What a port leads to.
#[derive(Debug)]
pub(crate) enum Flow {
    /// The user, who is asked for a line when it is read.
    Console,
    /// A string that is read, from byte `at` on.
    Input { text: Box<str>, at: usize },
    /// A string that is written.
    Output(String),
}

// === impl Port ===

impl Port {
    pub(crate) fn new(flow: Flow) -> Self {
        Self { flow, open: true }
    }

    /// What can still be read from it; `None` when it is not for reading.
    pub(crate) fn unread(&self) -> Option<&str> {
        match &self.flow {
            Flow::Console => Some(""),
            Flow::Input { text, at } => Some(&text[*at..]),
            Flow::Output(_) => None,
        }
    }

    /// Takes note that so many bytes more were read.
    pub(crate) fn advance(&mut self, bytes: usize) {
        if let Flow::Input { at, .. } = &mut self.flow {
            *at += bytes;
        }
    }

    /// Bytes that it takes, roughly.
    pub(crate) fn weight(&self) -> usize {
        let text = match &self.flow {
            Flow::Console => 0,
            Flow::Input { text, .. } => text.len(),
            Flow::Output(text) => text.capacity(),
        };
        size_of::<Self>() + text + 16
    }
}
