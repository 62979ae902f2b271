//! Instances: the only door to wasmtime.
//!
//! ```text
//! HostEngine ── compiles ──▶ GuestCode ── instantiates ──▶ SessionInstance ── execute ──▶ Executed
//!  one a host                 one a guest                   one a live session             one a turn
//! ```
//!
//! The rest of the host sees no store, no fiber and no trap: a turn ends in [`Executed`] or in a [`TurnFailure`], after
//! which the instance is poisoned and only good for dropping.

mod access;
mod attendant;
mod bindings;
mod capture;
mod code;
mod engine;
mod failure;
mod interrupt;
mod output;
mod outside;
mod portable;
mod state;
mod ticker;

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, ComponentType, Instance, Lift, Lower, TypedFunc};

pub use self::access::AccessShape;
pub(crate) use self::access::{GLOBALS_PER_CALL, HOST_INSTANCE};
pub use self::attendant::Attendant;
pub use self::bindings::{Completeness, GuestReply, LanguageInfo};
pub use self::capture::BaseImage;
use self::capture::Views;
pub use self::code::GuestCode;
pub(crate) use self::engine::Compiled;
pub use self::engine::{EngineSize, HostEngine, TABLE_ELEMENTS};
pub use self::failure::TurnFailure;
pub use self::interrupt::Interrupt;
use self::output::Output;
pub use self::output::{OutputStream, Written};
pub use self::outside::{ExchangeLimits, Readings};
use self::state::HostState;
use crate::journal::{Exchange, Outside};
use crate::memory::pages::own_bytes;

/// What the host itself holds for a live instance beside its memories and its stack: store, tables, page tables. Measured
/// with 10,000 live sessions of the default guest: 25 KiB each beside their own pages.
pub(crate) const INSTANCE_HOST_BYTES: u64 = 28 * 1024;

/// What a turn may touch beside its memories, in bytes: that, and all of its stack.
pub(crate) const TURN_HOST_BYTES: u64 = INSTANCE_HOST_BYTES + engine::WASM_STACK_BYTES as u64;

/// Bytes that a guest may hand to the host in one call beside its output: paths, requests for random numbers.
const HOSTCALL_SLACK_BYTES: usize = 64 * 1024;

/// Bytes that turns may touch before the instance is measured again, and what the charge of one may be too high by.
const UNMEASURED_BYTES_MAX: u64 = 256 * 1024;

/// How much longer than its limit a turn may wait inside a host function before it is dropped there.
const HOST_WAIT_GRACE: Duration = Duration::from_millis(20);

/// Limits of one session's instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceLimits {
    /// All linear memories together, in bytes.
    pub memory_bytes: u64,
    /// Elements of one table.
    pub table_elements: usize,
    /// Output of one turn, in bytes: all that is written, and the reply.
    pub output_bytes: usize,
    /// Wall-clock time of one turn. What it waits for answers is not counted.
    pub command_timeout: Duration,
    /// What a turn may ask others.
    pub exchanges: ExchangeLimits,
}

/// A live wasmtime store that holds one session's state.
pub struct SessionInstance {
    code: Arc<GuestCode>,
    store: Store<HostState>,
    instance: Instance,
    execute: TypedFunc<(Arc<str>,), (Result<GuestReply, String>,)>,
    /// What it held when it was last measured.
    measured: Footprint,
    /// Bytes that its turns may have made its own since then, at most.
    unmeasured: u64,
}

/// Where a turn's clock readings, random numbers and answers come from.
pub enum Source {
    /// Nowhere: the time stands still and the seed is zero.
    Fixed,
    /// The real world, with somebody to answer what the guest asks; all is recorded.
    Live(Option<Arc<dyn Attendant>>),
    /// A record.
    Replay(Outside),
    /// A record that another guest made: readings beyond it are its last one, or `at_ns` where it has none.
    Rerun {
        /// The record, with a seed.
        record: Outside,
        /// About when that was, in nanoseconds since 1970.
        at_ns: u64,
    },
}

/// A turn that ended normally.
pub struct Executed {
    /// What the guest answered: a reply, or what its language reports.
    pub outcome: Result<GuestReply, String>,
    /// What it wrote.
    pub written: Written,
    /// What it read from outside.
    pub readings: Readings,
    /// From beginning to end.
    pub wall: Duration,
    /// Time on a thread.
    pub busy: Duration,
}

/// What an instance holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Footprint {
    /// Size of its linear memories as the guest sees them, in bytes.
    pub memory_bytes: u64,
    /// Of these, the bytes that are its own and resident.
    pub resident_bytes: u64,
    /// What the host holds for it beside that, its stack included.
    pub host_bytes: u64,
}

impl Footprint {
    /// Bytes charged while nobody uses the instance.
    #[must_use]
    pub fn charge(&self) -> u64 {
        self.resident_bytes + self.host_bytes
    }
}

/// Why an instance can't be made, captured or restored.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// The engine could not be made.
    #[error("can't set up the WebAssembly engine")]
    Engine(#[source] wasmtime::Error),
    /// The component could not be compiled or loaded.
    #[error("can't compile the component")]
    Compile(#[source] wasmtime::Error),
    /// The component imports what the host doesn't offer, or exports other types than the contract's.
    #[error("the component doesn't fit the contract")]
    Contract(#[source] wasmtime::Error),
    /// The engine's pool has no place left.
    #[error("no place for another instance")]
    NoPlace(#[source] wasmtime::Error),
    /// A call into the access module failed.
    #[error("can't reach the guest's state")]
    Call(#[source] wasmtime::Error),
    /// The guest was stopped while it was made or restored.
    #[error("stopped")]
    Stopped(#[source] TurnFailure),
    /// The snapshot belongs to another guest or another base image.
    #[error("the snapshot belongs to another guest or base image")]
    Foreign,
    /// The access module is not as it was made.
    #[error("the guest's access module is not as expected")]
    Access,
}

impl InstanceError {
    fn call(error: wasmtime::Error) -> Self {
        Self::Call(error)
    }
}

impl SessionInstance {
    /// Takes one command through the guest.
    ///
    /// # Errors
    /// [`TurnFailure`]: the instance must be dropped, its state is not to be used.
    pub async fn execute(
        &mut self,
        command: Arc<str>,
        source: Source,
        interrupt: Arc<Interrupt>,
    ) -> Result<Executed, TurnFailure> {
        let began = Instant::now();
        self.begin_turn(source, interrupt.clone(), began);
        let deadline = self.store.data().turn.deadline.clone();
        let mut busy = Duration::ZERO;
        let _running = self.code.engine.ticker.run();
        let called = {
            let call = self.execute.call_async(&mut self.store, (command,));
            tokio::select! {
                biased;
                called = timed(call, &mut busy) => called,
                () = interrupt.triggered() => return Err(TurnFailure::Interrupted),
                () = deadline.passed_by(HOST_WAIT_GRACE) => return Err(TurnFailure::TimeExceeded),
            }
        };
        let (outcome,) = called.map_err(|error| self.failure(&error))?;
        self.check_ended(&outcome)?;
        self.store.data_mut().turn.attendant = None;
        let mut readings = self.store.data().outside.end();
        // A guest that was refused memory and lived with it would be given it in a replay.
        readings.complete &= self.store.data().limiter.denied.is_none();
        let written = self.store.data_mut().output.take();
        Ok(Executed { outcome, written, readings, wall: began.elapsed(), busy })
    }

    /// After a turn that was stopped: what it had asked others, also what was not answered any more.
    pub fn asked_in_vain(&mut self) -> Vec<Exchange> {
        self.store.data().outside.end_stopped()
    }

    /// Asks whether `input` is a whole command. Only for an instance of no session, since the guest may write to its
    /// memory to find out, and no event would tell of it.
    ///
    /// # Errors
    /// As for [`SessionInstance::execute`].
    pub async fn is_complete(&mut self, input: &str) -> Result<Completeness, TurnFailure> {
        self.ask("is-complete", (input.to_owned(),)).await
    }

    /// What the guest says of itself. Only for an instance of no session, likewise.
    ///
    /// # Errors
    /// As for [`SessionInstance::execute`].
    pub async fn info(&mut self) -> Result<LanguageInfo, TurnFailure> {
        self.ask("info", ()).await
    }

    /// Charges the instance with what it holds after a turn that kept a thread for `busy`.
    ///
    /// To measure costs about as much as a short turn, so it is put off while turns can have touched only little: until
    /// then the charge is what was measured last and all that they can have touched, never less than is held.
    ///
    /// # Errors
    /// [`InstanceError`]: the instance must be dropped.
    pub async fn settle(&mut self, busy: Duration) -> Result<Footprint, InstanceError> {
        let grew = self.store.data().limiter.grew;
        if grew {
            self.locate().await?;
        }
        self.unmeasured = self.unmeasured.saturating_add(touched_at_most(busy));
        if grew || self.unmeasured > UNMEASURED_BYTES_MAX {
            self.measured = self.footprint();
            self.unmeasured = 0;
        }
        let Footprint { memory_bytes, resident_bytes, host_bytes } = self.measured;
        let resident_bytes = resident_bytes + self.unmeasured;
        let charged = Footprint { memory_bytes, resident_bytes, host_bytes };
        if let Some(reservation) = &mut self.store.data_mut().limiter.reservation {
            // A turn has all of its memory reserved, so this only ever gives back.
            reservation.shrink_to(charged.charge());
        }
        Ok(charged)
    }

    /// Size of all its linear memories, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        self.store.data().limiter.memory_bytes
    }

    /// What the instance holds now.
    pub fn footprint(&self) -> Footprint {
        let Views { places, stack, .. } = &self.store.data().views;
        Footprint {
            memory_bytes: places.iter().map(|place| place.bytes as u64).sum(),
            resident_bytes: places.iter().map(|place| own_bytes(place.start, place.bytes)).sum(),
            host_bytes: INSTANCE_HOST_BYTES + own_bytes(stack.start, stack.bytes),
        }
    }

    /// Reserves all that a turn can touch without growing: every page of its memories. False when the budget has not
    /// enough; then somebody else must go first.
    #[must_use]
    pub(crate) fn reserve_for_turn(&mut self) -> bool {
        let limiter = &mut self.store.data_mut().limiter;
        let wanted = limiter.memory_bytes + TURN_HOST_BYTES;
        limiter.reservation.as_mut().is_none_or(|reservation| reservation.grow_to(wanted))
    }

    /// Sets limits for the turns to come.
    pub fn limit(&mut self, limits: InstanceLimits) {
        self.store.data_mut().limiter.limits = limits;
    }

    fn begin_turn(&mut self, source: Source, interrupt: Arc<Interrupt>, now: Instant) {
        let data = self.store.data_mut();
        let limits = data.limiter.limits;
        match source {
            Source::Fixed => data.outside.begin_fixed(),
            Source::Live(attendant) => {
                data.outside.begin_live();
                data.turn.attendant = attendant;
            }
            Source::Replay(record) => data.outside.begin_replay(record),
            Source::Rerun { record, at_ns } => data.outside.begin_rerun(record, at_ns),
        }
        data.limiter.denied = None;
        data.turn.stopped = None;
        data.turn.deadline.set(now + limits.command_timeout);
        data.turn.interrupt = interrupt;
        data.output = Output::new(limits.output_bytes);
        let fuel = data.output.room().max(limits.exchanges.bytes) + HOSTCALL_SLACK_BYTES;
        self.store.set_hostcall_fuel(fuel);
        // The deadline is the second tick from here, so that a turn has at least one whole tick before it must yield.
        self.store.set_epoch_deadline(2);
    }

    /// Prepares for calls into the access module, which no limit stops.
    fn ready_for_access(&mut self) {
        let data = self.store.data_mut();
        data.limiter.denied = None;
        data.turn.stopped = None;
        data.turn.deadline.clear();
        data.turn.interrupt = Arc::default();
        self.store.set_hostcall_fuel(usize::MAX);
        self.store.set_epoch_deadline(u64::MAX / 2);
    }

    fn check_ended(&mut self, outcome: &Result<GuestReply, String>) -> Result<(), TurnFailure> {
        let data = self.store.data_mut();
        // What the host refused for lack of room it may grant the next time, so the guest's answer means nothing.
        if data.limiter.denied == Some(TurnFailure::HostMemoryExceeded) {
            return Err(TurnFailure::HostMemoryExceeded);
        }
        let answered = outcome.as_ref().map_or_else(String::len, |reply| reply.output.len());
        if answered > data.output.room() {
            return Err(TurnFailure::OutputExceeded);
        }
        match data.handles() {
            0 => Ok(()),
            held => Err(TurnFailure::HandlesHeld(held)),
        }
    }

    fn failure(&self, error: &wasmtime::Error) -> TurnFailure {
        let data = self.store.data();
        let stopped = data.turn.stopped.clone();
        stopped.unwrap_or_else(|| TurnFailure::of(error, data.limiter.denied.clone()))
    }

    async fn ask<P, R>(&mut self, name: &str, params: P) -> Result<R, TurnFailure>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentType + Lift + Send + Sync + 'static,
    {
        self.begin_turn(Source::Fixed, Arc::default(), Instant::now());
        self.call(bindings::REPL, name, params).await
    }

    /// Calls a function that is no command, in a turn that has begun: what it writes is dropped.
    async fn call<P, R>(&mut self, interface: &str, name: &str, params: P) -> Result<R, TurnFailure>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentType + Lift + Send + Sync + 'static,
    {
        let func = code::func::<P, (R,)>(&mut self.store, self.instance, interface, name);
        let func = func.map_err(|error| TurnFailure::Trapped(error.to_string()))?;
        let deadline = self.store.data().turn.deadline.clone();
        let _running = self.code.engine.ticker.run();
        let called = tokio::select! {
            biased;
            called = func.call_async(&mut self.store, params) => called,
            () = deadline.passed_by(HOST_WAIT_GRACE) => return Err(TurnFailure::TimeExceeded),
        };
        self.store.data_mut().output.take();
        match called {
            Ok((answer,)) => match self.store.data_mut().handles() {
                0 => Ok(answer),
                held => Err(TurnFailure::HandlesHeld(held)),
            },
            Err(error) => Err(self.failure(&error)),
        }
    }
}

/// Bytes that a guest can make its own within `busy`. Each page costs a fault, of which the fastest seen took 1.5 µs; half
/// a microsecond is on the safe side.
fn touched_at_most(busy: Duration) -> u64 {
    let pages = busy.as_nanos() / 500 + 1;
    u64::try_from(pages).unwrap_or(u64::MAX).saturating_mul(crate::snapshot::PAGE_BYTES as u64)
}

/// Runs `future`, adding up the time it keeps a thread.
async fn timed<F: Future>(future: F, busy: &mut Duration) -> F::Output {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        let began = Instant::now();
        let polled = future.as_mut().poll(context);
        *busy += began.elapsed();
        polled
    })
    .await
}
