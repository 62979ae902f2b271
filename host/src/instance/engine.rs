//! The one place where an engine is made.
//!
//! Session engines allocate from a pool whose size follows from the configuration:
//!
//! ```text
//! component instances, stacks   live_sessions_max + SPARE      one each for a live session
//! linear memories               as many                        each reserves 4 GiB of address space and a guard, and
//!                                                              costs nothing until it is written; 47 bits of address
//!                                                              space hold 31,000 of them
//! tables                        that, times 4                  TABLE_ELEMENTS × 8 bytes of address space each
//! ```
//!
//! Guests have one memory and two to four tables, as toolchains build them today. A guest with more (up to
//! MEMORIES_EACH and TABLES_EACH) works too; a pool full of such sessions holds fewer of them, and further ones are told
//! that there is no room.
//!

use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy};

use super::state::HostState;
use super::ticker::Ticker;
use super::{InstanceError, access, attendant};

/// Instances beyond the live sessions: those being registered, restored while another is dropped, or checked.
const SPARE: u32 = 16;

/// Core modules, tables and memories of one guest at most. CPython by componentize-py has 15 modules and one memory.
const MODULES_EACH: u32 = 64;
const MEMORIES_EACH: u32 = 16;
const TABLES_EACH: u32 = 32;

/// Elements of one table: CPython has some 10,000 functions in its table.
pub const TABLE_ELEMENTS: usize = 100_000;

/// Stack of a guest's calls. Deep recursion in an interpreter that recurses natively (CPython, QuickJS) needs about
/// this; past it the guest traps.
pub(super) const WASM_STACK_BYTES: usize = 1 << 20;

/// The fiber's stack: the guest's, and what host functions need on top of it.
const FIBER_STACK_BYTES: usize = WASM_STACK_BYTES + (512 << 10);

/// How large a session engine is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineSize {
    /// Live sessions at once.
    pub live_sessions_max: u32,
    /// Bytes of one linear memory.
    pub memory_bytes_max: u64,
}

/// An engine with everything that guests may import.
#[derive(Clone)]
pub struct HostEngine {
    pub(super) engine: Engine,
    pub(super) linker: Linker<HostState>,
    pub(super) ticker: Ticker,
}

impl HostEngine {
    /// An engine that runs sessions.
    ///
    /// # Errors
    /// [`InstanceError::Engine`] when the system can't give what the size asks for.
    pub fn for_sessions(size: EngineSize) -> Result<Self, InstanceError> {
        let mut config = shared_config();
        config.cranelift_opt_level(OptLevel::Speed);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(size)));
        Self::new(&config)
    }

    /// An engine that initialises guests: compiles fast, runs slowly, allocates as it goes.
    pub(crate) fn for_preparation() -> Result<Self, InstanceError> {
        let mut config = shared_config();
        config.cranelift_opt_level(OptLevel::None);
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        Self::new(&config)
    }

    fn new(config: &Config) -> Result<Self, InstanceError> {
        let engine = Engine::new(config).map_err(InstanceError::Engine)?;
        let ticker = Ticker::start(&engine).map_err(|error| InstanceError::Engine(error.into()))?;
        let linker = linker(&engine).map_err(InstanceError::Engine)?;
        Ok(Self { engine, linker, ticker })
    }

    /// Compiles a component.
    pub(crate) fn compile(&self, bytes: &[u8]) -> Result<Compiled, InstanceError> {
        Component::new(&self.engine, bytes).map(Compiled).map_err(InstanceError::Compile)
    }

    /// What compiled code depends on beside the component: the version of wasmtime and the settings, as one number.
    pub(crate) fn compatibility(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.finish()
    }

    /// Loads compiled code that this program wrote.
    pub(crate) fn load(&self, code: &[u8]) -> Result<Compiled, InstanceError> {
        #[expect(unsafe_code, reason = "compiled code can't be verified, only recognised")]
        // SAFETY: the caller read `code` from the host's own data directory and verified the checksum that it was written
        // with; wasmtime checks version and settings. Who can write to that directory can replace the program's data too.
        let component = unsafe { Component::deserialize(&self.engine, code) };
        component.map(Compiled).map_err(InstanceError::Compile)
    }
}

/// A compiled component.
pub(crate) struct Compiled(pub(super) Component);

impl Compiled {
    /// Size of the code, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let image = self.0.image_range();
        image.end.addr() - image.start.addr()
    }

    /// The code as [`HostEngine::load`] takes it.
    pub(crate) fn serialize(&self) -> Option<Vec<u8>> {
        self.0.serialize().ok()
    }
}

fn shared_config() -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .concurrency_support(false)
        .epoch_interruption(true)
        .memory_init_cow(true)
        .wasm_backtrace_max_frames(None)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(FIBER_STACK_BYTES)
        // Replay must give the same bits on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true);
    config
}

fn pool(size: EngineSize) -> PoolingAllocationConfig {
    let live = size.live_sessions_max + SPARE;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(live)
        .total_stacks(live)
        .total_core_instances(live.saturating_mul(MODULES_EACH))
        .total_memories(live)
        .total_tables(live.saturating_mul(4))
        .max_core_instances_per_component(MODULES_EACH)
        .max_memories_per_component(MEMORIES_EACH)
        .max_tables_per_component(TABLES_EACH)
        .max_memories_per_module(MEMORIES_EACH)
        .max_tables_per_module(TABLES_EACH)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(usize::try_from(size.memory_bytes_max).unwrap_or(usize::MAX))
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20);
    pool
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<HostState>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    access::add_to_linker(&mut linker)?;
    attendant::add_to_linker(&mut linker)?;
    Ok(linker)
}
