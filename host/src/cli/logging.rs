//! Log records, to stderr.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Starts logging. Only the first call of a process has an effect.
pub fn start_logging(config: &LogConfig) {
    // The filter was read once already, when the configuration was validated.
    let filter = EnvFilter::try_new(&config.filter).unwrap_or_default();
    let records = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    let started = match config.format {
        LogFormat::Text => records.with_ansi(stderr().is_terminal()).try_init(),
        LogFormat::Json => records.json().flatten_event(true).try_init(),
    };
    drop(started);
}
