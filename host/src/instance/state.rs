//! What a store holds beside the guest: limits, output, sources and the handles that WASI gives out.

use std::sync::Arc;

use wasmtime::ResourceLimiterAsync;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::attendant::{Attendant, Deadline};
use super::capture::Views;
use super::failure::TurnFailure;
use super::interrupt::Interrupt;
use super::output::Output;
use super::outside::OutsideWorld;
use super::{InstanceLimits, TURN_HOST_BYTES};
use crate::memory::Reservation;

/// Handles that a guest may hold at once during a turn: what CPython needs for its three standard streams and a few
/// clock subscriptions, ten times over.
const HANDLES_MAX: usize = 128;

/// The data of a session's store.
pub(crate) struct HostState {
    wasi: WasiCtx,
    table: ResourceTable,
    pub(super) limiter: Limiter,
    pub(super) output: Output,
    pub(super) outside: OutsideWorld,
    pub(super) views: Views,
    pub(super) turn: TurnControl,
}

/// What ends a turn from outside.
pub(super) struct TurnControl {
    /// When the turn is to be stopped.
    pub(super) deadline: Deadline,
    /// Who answers what it asks, and hears what it writes.
    pub(super) attendant: Option<Arc<dyn Attendant>>,
    /// Set by whoever interrupts.
    pub(super) interrupt: Arc<Interrupt>,
    /// Why the host stopped the guest, when it did.
    pub(super) stopped: Option<TurnFailure>,
}

impl HostState {
    pub(super) fn new(limits: InstanceLimits, reservation: Option<Reservation>) -> Self {
        let outside = OutsideWorld::fixed();
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        let wasi = WasiCtx::builder()
            .wall_clock(outside.clone())
            .monotonic_clock(outside.clone())
            .secure_random(outside.clone())
            .insecure_random(outside.clone())
            .insecure_random_seed(0)
            .max_random_size(limits.output_bytes as u64)
            .allow_tcp(false)
            .allow_udp(false)
            .build();
        Self {
            wasi,
            table,
            limiter: Limiter { limits, memory_bytes: 0, grew: true, denied: None, granted: 0, reservation },
            output: Output::new(limits.output_bytes),
            outside,
            views: Views::default(),
            turn: TurnControl {
                deadline: Deadline::default(),
                attendant: None,
                interrupt: Arc::default(),
                stopped: None,
            },
        }
    }

    /// Handles that the guest holds.
    pub(super) fn handles(&mut self) -> usize {
        if self.table.is_empty() { 0 } else { self.table.iter_mut().count() }
    }

    /// Whether the turn must end now, and why.
    pub(super) fn must_stop(&self) -> Option<TurnFailure> {
        if self.turn.interrupt.is_triggered() {
            return Some(TurnFailure::Interrupted);
        }
        self.turn.deadline.has_passed().then_some(TurnFailure::TimeExceeded)
    }
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Decides on growth of memories and tables.
pub(super) struct Limiter {
    pub(super) limits: InstanceLimits,
    /// Size of all linear memories together.
    pub(super) memory_bytes: u64,
    /// A memory has grown since its place was last looked up.
    pub(super) grew: bool,
    /// The turn was refused memory, by which limit; the host's counts more than the session's.
    pub(super) denied: Option<TurnFailure>,
    /// What was granted last, to be taken back when wasmtime could not carry it out.
    granted: u64,
    /// What the instance may use of the host's budget; none while a guest is being registered.
    pub(super) reservation: Option<Reservation>,
}

#[async_trait::async_trait]
impl ResourceLimiterAsync for Limiter {
    async fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory_bytes + (desired - current) as u64;
        if total > self.limits.memory_bytes {
            self.denied.get_or_insert(TurnFailure::MemoryExceeded);
            return Ok(false);
        }
        if let Some(reservation) = &mut self.reservation
            && !reservation.grow_to_with_room(total + TURN_HOST_BYTES).await
        {
            self.denied = Some(TurnFailure::HostMemoryExceeded);
            return Ok(false);
        }
        self.granted = (desired - current) as u64;
        self.memory_bytes = total;
        self.grew = true;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory_bytes -= std::mem::take(&mut self.granted);
        self.denied.get_or_insert(TurnFailure::MemoryExceeded);
        Ok(())
    }

    async fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let allowed = desired <= self.limits.table_elements;
        if !allowed {
            self.denied.get_or_insert(TurnFailure::MemoryExceeded);
        }
        Ok(allowed)
    }
}
