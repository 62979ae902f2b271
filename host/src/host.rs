//! A whole host: store, guests and sessions, built from a configuration.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use crate::archive::ArchiveKey;
use crate::config::Config;
use crate::functions::{Functions, NameTaken};
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
    /// There are no certificates to trust, and a function has an `https` address.
    #[error("can't make requests to https addresses; SSL_CERT_FILE names a file of certificates to trust")]
    Certificates(#[source] std::io::Error),
    /// Two functions have the same name.
    #[error(transparent)]
    FunctionName(#[from] NameTaken),
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
        Self::open_with(config, Functions::none()).await
    }

    /// As [`Host::open`], with functions of one's own beside those of the configuration. Sessions may call them when
    /// `functions` in the configuration grants them. They are called on a tokio runtime with time and network.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use hostel::config::Config;
    /// use hostel::functions::{Caller, Functions, HostFunction};
    /// use hostel::host::Host;
    /// use hostel::journal::{Failure, FailureKind};
    /// use hostel::name::{FunctionName, Grants};
    ///
    /// /// Answers a text in capitals.
    /// struct Shout;
    ///
    /// #[async_trait::async_trait]
    /// impl HostFunction for Shout {
    ///     async fn call(&self, _: Caller<'_>, arguments: &str) -> Result<String, Failure> {
    ///         let text: String = serde_json::from_str(arguments)
    ///             .map_err(|_| Failure::new(FailureKind::Invalid, "shout takes a text"))?;
    ///         Ok(serde_json::Value::from(text.to_uppercase()).to_string())
    ///     }
    /// }
    ///
    /// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// let functions = Functions::none().with(FunctionName::new("shout")?, Arc::new(Shout));
    /// let config = Config { functions: Grants::parse("kv.*, shout")?, ..Config::default() };
    /// let host = Host::open_with(config, functions).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`OpenError`], also when a function has the name of another.
    pub async fn open_with(config: Config, functions: Functions) -> Result<Self, OpenError> {
        let functions = Functions::configured(&config).map_err(OpenError::Certificates)?.and(functions)?;
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
        let turns = turn_runtime(!functions.is_empty()).map_err(OpenError::Threads)?;
        let handle = turns.handle().clone();
        let manager = SessionManager::with_functions(config.clone(), guests, store, metrics.clone(), handle, functions);
        warn_of_grants(&config, &manager);
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

/// Where long turns run. Looking for what comes over the network costs a system call each time, so it is only done where
/// there are functions that may have to.
fn turn_runtime(network: bool) -> std::io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if network {
        builder.enable_io();
    }
    // Long turns come back every millisecond; looking for timers and wake-ups that often costs them nothing.
    builder.thread_name("hostel-turn").enable_time().event_interval(8).build()
}

/// Says which grants are of functions that are not there. A client that follows its commands may still offer such.
fn warn_of_grants(config: &Config, manager: &SessionManager) {
    let names: Vec<_> = manager.functions().into_iter().map(|function| function.name).collect();
    let own = config.tenants.iter().filter_map(|tenant| Some((tenant.name.as_str(), tenant.functions.as_ref()?)));
    for (tenant, grants) in std::iter::once(("", &config.functions)).chain(own) {
        for vain in grants.in_vain(&names) {
            tracing::warn!(tenant, "functions grants {vain}, and this host has no such function");
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
