//! Threads that serve connections, each with a runtime of its own.
//!
//! A connection stays on the lane it was given. Nothing is stolen and nobody is woken for it but the thread that serves
//! it, which on two cores was worth 15 to 38 % of the throughput of warm commands over tokio's work-stealing runtime. What
//! would keep a lane from its other connections leaves it: a turn that takes more than a tick goes on elsewhere
//! ([`crate::session`]).

use std::io;
use std::net::TcpStream;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The lanes; their threads end when this is dropped.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    next: usize,
}

struct Lane {
    handle: Handle,
    /// Dropped to end the thread.
    _open: oneshot::Sender<()>,
}

impl Lanes {
    /// One lane for each processor.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start() -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, usize::from);
        let lanes = (0..count).map(|_| Lane::start()).collect::<io::Result<_>>()?;
        Ok(Self { lanes, next: 0 })
    }

    /// The next lane in turn, and `stream` as one of its own.
    ///
    /// # Errors
    /// When the lane has no room to watch another descriptor.
    pub(super) fn give(&mut self, stream: TcpStream) -> io::Result<(Handle, tokio::net::TcpStream)> {
        self.next = (self.next + 1) % self.lanes.len();
        let handle = self.lanes[self.next].handle.clone();
        let entered = handle.enter();
        let stream = tokio::net::TcpStream::from_std(stream)?;
        drop(entered);
        Ok((handle, stream))
    }
}

impl Lane {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (open, closed) = oneshot::channel();
        let serve = move || drop(runtime.block_on(closed));
        thread::Builder::new().name("hostel-http".to_owned()).spawn(serve)?;
        Ok(Self { handle, _open: open })
    }
}
