//! Configuration, in two stages.
//!
//! ```text
//!   --flags ─┐
//!   HOSTEL_… ├─▶ RawConfig, one for each source ──▶ first that names a setting wins ──▶ Config, or every problem at once
//!   file     ┘   (text in human units)              (flag, environment, file, default)  (typed, in range, no gaps)
//! ```
//! A setting has one name everywhere: `memory_budget` in the file, `--memory-budget`, `HOSTEL_MEMORY_BUDGET`. The table
//! of settings, with each one's meaning, unit and default, is in [`raw`]; its range is where it is read, in
//! `validate`. Guests, tenants and callbacks are lists and come from the file (guests also
//! from `--guest`).

mod effective;
mod functions;
mod problem;
pub mod raw;
mod tenants;
mod units;
mod validate;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use self::functions::{CallbackConfig, HttpUrl, INFER, InferConfig, SecretText};
pub use self::problem::{ConfigError, Origin, Problem};
pub use self::raw::RawConfig;
pub use self::tenants::TenantConfig;

use crate::name::{Digest, Grants, GuestName, TenantName};
use crate::store::Durability;
use crate::tenant::KeyHash;

/// All that the host is told before it starts: complete, in range, and consistent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Serve an open tenant to more than this machine.
    pub insecure: bool,
    /// The directory that holds everything that outlives the process.
    pub data: PathBuf,
    /// What may be live at once.
    pub pool: PoolConfig,
    /// What a session and a tenant may take.
    pub limits: LimitsConfig,
    /// The guests beside the built-in one.
    pub guests: GuestsConfig,
    /// When a command counts as recorded.
    pub durability: Durability,
    /// Functions that the sessions of a tenant may call that has no list of its own.
    pub functions: Grants,
    /// The model that the function `infer` asks; nothing when there is no such function.
    pub infer: Option<InferConfig>,
    /// Functions that are requests to services, in the order of their names.
    pub callbacks: Vec<CallbackConfig>,
    /// What exported sessions are sealed with; nothing for the key in the data directory.
    pub archive_key: Option<Secret>,
    /// The hash of the operators' key; nothing when there is none.
    pub admin_key: Option<KeyHash>,
    /// The HTTP server.
    pub http: HttpConfig,
    /// What is logged, and how.
    pub log: LogConfig,
    /// Who may use the host; empty for one open tenant.
    pub tenants: Vec<TenantConfig>,
}

/// What may be live at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolConfig {
    /// The most live instances, 1 to 20,000.
    pub live_sessions_max: u32,
    /// Bytes that all live instances may take together.
    pub memory_budget_bytes: u64,
    /// After how long without a command an instance is evicted; nothing for never.
    pub idle_timeout: Option<Duration>,
    /// How long a caller waits for room.
    pub admission_wait: Duration,
}

/// What a session and a tenant may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsConfig {
    /// All linear memories of a session together, in bytes.
    pub session_memory_bytes: u64,
    /// Wall-clock time of a command.
    pub command_timeout: Duration,
    /// Output of a command, in bytes.
    pub output_bytes_max: usize,
    /// Length of a command, in bytes.
    pub command_bytes_max: usize,
    /// Commands that may wait for a session.
    pub queue_length_max: usize,
    /// Sessions that a tenant may have stored.
    pub sessions_per_tenant_max: u64,
    /// Bytes that a tenant's sessions may have stored together.
    pub storage_per_tenant_max: u64,
    /// Events that a session's history keeps.
    pub history_events_max: u64,
    /// Bytes of a session's history: its events, and its snapshots beside the newest two.
    pub history_bytes_max: u64,
    /// Checkpoints that a session may have.
    pub checkpoints_max: usize,
    /// Size of an exported session, in bytes.
    pub transfer_bytes_max: usize,
    /// Calls of functions and questions to the client of one command.
    pub calls_per_turn_max: usize,
    /// Bytes of these and their answers.
    pub call_bytes_max: usize,
    /// Time for one call.
    pub call_timeout: Duration,
    /// Time that a command waits for all of its answers.
    pub turn_wait_max: Duration,
    /// Bytes that a session's `kv` functions keep.
    pub kv_bytes_max: u64,
}

/// The guests there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestsConfig {
    /// The guest of sessions that name none.
    pub default: GuestName,
    /// Components to register at start, in the order of their names.
    pub files: Vec<(GuestName, PathBuf)>,
}

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpConfig {
    /// Bytes of answers that wait for their clients, all together.
    pub unread_bytes_max: usize,
    /// How long a client may take to send a connection's first request.
    pub header_timeout: Duration,
    /// How long a client may take to receive an answer and send the next request on the same connection.
    pub keep_alive: Duration,
    /// How long a client may take to send a request's body.
    pub body_timeout: Duration,
    /// The most connections; more wait to be accepted.
    pub connections_max: usize,
    /// How long requests in flight may take to end when the host shuts down.
    pub shutdown_grace: Duration,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// How a record looks.
    pub format: LogFormat,
    /// Which records: directives as `tracing-subscriber` reads them.
    pub filter: String,
}

/// How a log record looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people: a line of text.
    #[default]
    Text,
    /// For machines: a line of JSON.
    Json,
}

/// A key of 256 bits, which shows itself only when told to.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Reads 64 hexadecimal digits; nothing when the text is not that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Digest::parse(text).map(|digits| Self(*digits.as_bytes()))
    }

    /// The key's bytes.
    #[must_use]
    pub const fn reveal(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What one tenant may take, and is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantLimits {
    /// All linear memories of one of its sessions together, in bytes.
    pub session_memory_bytes: u64,
    /// Sessions that it may have stored.
    pub sessions_max: u64,
    /// Sessions that it may have live.
    pub live_sessions_max: u32,
    /// Bytes that its sessions may have stored together.
    pub storage_bytes_max: u64,
    /// Events that the history of one of its sessions keeps.
    pub history_events_max: u64,
    /// Bytes of the history of one of its sessions.
    pub history_bytes_max: u64,
    /// When a command counts as recorded in a session that does not say.
    pub durability: Durability,
}

impl Config {
    /// Reads the configuration of this process: `flags`, its environment, and the file that either of them names.
    ///
    /// # Errors
    /// [`ConfigError`] with every problem found, in all sources together.
    pub fn resolve(flags: RawConfig) -> Result<Self, ConfigError> {
        Self::resolve_with(flags, |variable| std::env::var(variable).ok())
    }

    /// As [`Config::resolve`], with the environment given.
    ///
    /// # Errors
    /// [`ConfigError`] with every problem found, in all sources together.
    pub fn resolve_with(flags: RawConfig, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let (layers, problems) = raw::Layers::gather(flags, environment);
        validate::validate(&layers, problems)
    }

    /// The configuration of this process as a file that [`Config::resolve`] would read the same from, with where each
    /// setting comes from. Secrets are left out.
    ///
    /// # Errors
    /// As [`Config::resolve`].
    pub fn written(flags: RawConfig) -> Result<String, ConfigError> {
        Self::written_with(flags, |variable| std::env::var(variable).ok())
    }

    fn written_with(flags: RawConfig, environment: impl Fn(&str) -> Option<String>) -> Result<String, ConfigError> {
        let (layers, problems) = raw::Layers::gather(flags, environment);
        let config = validate::validate(&layers, problems)?;
        Ok(effective::write(&layers, &config))
    }

    /// The most that any session may have of linear memory, in bytes.
    #[must_use]
    pub fn session_memory_bytes_max(&self) -> u64 {
        let tenants = self.tenants.iter().map(|tenant| tenant.limits.session_memory_bytes);
        tenants.fold(self.limits.session_memory_bytes, u64::max)
    }

    /// What a tenant may take: its own limits, else the host's.
    #[must_use]
    pub fn tenant_limits(&self, name: &TenantName) -> TenantLimits {
        let own = self.tenants.iter().find(|tenant| tenant.name == *name).map(|tenant| tenant.limits);
        own.unwrap_or_else(|| TenantLimits::of_host(&self.pool, &self.limits, self.durability))
    }
}

impl Config {
    /// The functions that a tenant's sessions may call.
    #[must_use]
    pub fn tenant_functions(&self, name: &TenantName) -> &Grants {
        let own = self.tenants.iter().find(|tenant| tenant.name == *name);
        own.and_then(|tenant| tenant.functions.as_ref()).unwrap_or(&self.functions)
    }
}

impl TenantLimits {
    /// Those of a tenant that has none of its own.
    fn of_host(pool: &PoolConfig, limits: &LimitsConfig, durability: Durability) -> Self {
        Self {
            session_memory_bytes: limits.session_memory_bytes,
            sessions_max: limits.sessions_per_tenant_max,
            live_sessions_max: pool.live_sessions_max,
            storage_bytes_max: limits.storage_per_tenant_max,
            history_events_max: limits.history_events_max,
            history_bytes_max: limits.history_bytes_max,
            durability,
        }
    }
}

impl Default for Config {
    /// What holds when nothing is configured.
    fn default() -> Self {
        Self::resolve_with(RawConfig::default(), |_| None).expect("the defaults are valid; a test says so")
    }
}

#[cfg(test)]
mod tests;
