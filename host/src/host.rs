//! A whole host: store, guests and sessions, built from a configuration.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use crate::archive::ArchiveKey;
use crate::config::Config;
use crate::guest::{AddedBy, GuestError, GuestRegistry, JAVASCRIPT, OMEGA};
use crate::instance::{EngineSize, HostEngine, InstanceError};
use crate::metrics::Metrics;
use crate::name::GuestName;
use crate::session::SessionManager;
use crate::store::{FjallStore, StoreError};

/// What the built-in guest is called.
pub const OMEGA_NAME: &str = "omega";

/// What the built-in guest beside it is called.
pub const JAVASCRIPT_NAME: &str = "javascript";

/// A host that runs.
pub struct Host {
    /// Its sessions.
    pub manager: Arc<SessionManager>,
    /// What it counts.
    pub metrics: Arc<Metrics>,
    /// What it was told.
    pub config: Arc<Config>,
    /// Where long turns run; ended when the host is dropped.
    turns: Option<Runtime>,
}

/// Why a host can't be built.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The WebAssembly engine can't be made as large as configured.
    #[error(
        "can't reserve room for {live_sessions_max} live sessions; lower max_live_sessions, or raise the system's limit on memory mappings (vm.max_map_count)"
    )]
    Engine {
        /// The configured number.
        live_sessions_max: u32,
        /// Why.
        #[source]
        source: InstanceError,
    },
    /// The key for exported sessions can't be read.
    #[error("can't read the key for exported sessions")]
    ArchiveKey(#[source] std::io::Error),
    /// A guest can't be registered.
    #[error(transparent)]
    Guest(#[from] GuestError),
    /// A guest's file can't be read.
    #[error("can't read guest {name} from {path}")]
    GuestFile {
        /// The guest.
        name: GuestName,
        /// Its file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The system gives no threads.
    #[error("can't start threads for turns")]
    Threads(#[source] std::io::Error),
}

impl Host {
    /// Opens the data directory, registers the guests, and is ready for commands.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        let config = Arc::new(config);
        let store = Arc::new(FjallStore::open(&config.data)?);
        if config.archive_key.is_none() {
            // One that is bad is told of now, not when somebody needs it.
            ArchiveKey::found_in(&config.data).map_err(OpenError::ArchiveKey)?;
        }
        let size = EngineSize {
            live_sessions_max: config.pool.live_sessions_max,
            memory_bytes_max: config.session_memory_bytes_max(),
        };
        let engine = HostEngine::for_sessions(size)
            .map_err(|source| OpenError::Engine { live_sessions_max: size.live_sessions_max, source })?;
        warn_of_mappings(size.live_sessions_max);
        let guests = GuestRegistry::open(engine, &config.data.join("guests"), config.guests.default.clone())?;
        let guests = Arc::new(guests);
        register(&guests, &config).await?;
        let metrics = Arc::new(Metrics::default());
        let turns = Builder::new_multi_thread()
            .thread_name("hostel-turn")
            .enable_time()
            // Long turns come back every millisecond; looking for timers and wake-ups that often costs them nothing.
            .event_interval(8)
            .build()
            .map_err(OpenError::Threads)?;
        let handle = turns.handle().clone();
        let manager = SessionManager::new(config.clone(), guests, store, metrics.clone(), handle);
        turns.spawn(manager.clone().sweep_idle());
        turns.spawn(manager.clone().remove_superseded_guests());
        Ok(Self { manager, metrics, config, turns: Some(turns) })
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(turns) = self.turns.take() {
            turns.shutdown_background();
        }
    }
}

/// Memory mappings that a live session takes, and those of the program: five seen with 10,000 of them, one more once a
/// session's memory has grown.
const MAPPINGS_PER_SESSION: u64 = 6;
const MAPPINGS_BESIDE: u64 = 2_000;

/// Says when the system will not let as many sessions be live as configured. They are evicted earlier then.
fn warn_of_mappings(live_sessions_max: u32) {
    let Ok(text) = std::fs::read_to_string("/proc/sys/vm/max_map_count") else { return };
    let needed = u64::from(live_sessions_max) * MAPPINGS_PER_SESSION + MAPPINGS_BESIDE;
    if text.trim().parse::<u64>().is_ok_and(|allowed| allowed < needed) {
        tracing::warn!(
            "vm.max_map_count is {}, and {live_sessions_max} live sessions need about {needed}: raise it, or lower \
             max_live_sessions",
            text.trim()
        );
    }
}

async fn register(guests: &Arc<GuestRegistry>, config: &Config) -> Result<(), OpenError> {
    let mut registered = Vec::new();
    for (name, component) in [(OMEGA_NAME, OMEGA), (JAVASCRIPT_NAME, JAVASCRIPT)] {
        let name = GuestName::new(name).expect("it is a valid name");
        // Of two components with one name the configured one counts, and only that.
        if !config.guests.files.iter().any(|(configured, _)| *configured == name) {
            guests.register(&name, component, AddedBy::Program).await?;
            registered.push(name);
        }
    }
    for (name, path) in &config.guests.files {
        let bytes = std::fs::read(path).map_err(|source| OpenError::GuestFile {
            name: name.clone(),
            path: path.display().to_string(),
            source,
        })?;
        guests.register(name, &bytes, AddedBy::Configuration).await?;
        registered.push(name.clone());
    }
    Ok(guests.started(&registered).await?)
}
