//! Log records, to stderr.

use std::io::{self, IsTerminal, Write, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Starts logging. Only the first call of a process has an effect.
pub fn start_logging(config: &LogConfig) {
    // The filter was read once already, when the configuration was validated.
    let filter = EnvFilter::try_new(&config.filter).unwrap_or_default();
    let records = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Lossy);
    let started = match config.format {
        LogFormat::Text => records.with_ansi(stderr().is_terminal()).try_init(),
        LogFormat::Json => records.json().flatten_event(true).try_init(),
    };
    drop(started);
}

/// Standard error, as far as it takes what is written: a full disk behind it must not stop the host.
struct Lossy;

impl Write for Lossy {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let _ = stderr().write_all(record);
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
