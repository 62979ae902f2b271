//! How the program says that it failed.

use std::process::ExitCode;

use crate::config::ConfigError;
use crate::store::StoreError;

/// The configuration is wrong. The parser of the command line exits with the same for what it refuses.
const USAGE: u8 = 2;

/// Tells an error on stderr, with its causes and what to do, and gives the code to exit with: 0 for none, 2 for a wrong
/// configuration, 1 for all else.
#[must_use]
pub fn exit_code(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    let error = match outcome {
        Ok(code) => return code,
        Err(error) => error,
    };
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  caused by: {cause}");
    }
    if let Some(hint) = hint(&error) {
        eprintln!("hint: {hint}");
    }
    if error.is::<ConfigError>() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
}

fn hint(error: &anyhow::Error) -> Option<&'static str> {
    let in_use = |error: &(dyn std::error::Error + 'static)| {
        matches!(error.downcast_ref::<StoreError>(), Some(StoreError::InUse { .. }))
    };
    error.chain().any(in_use).then_some("to use the sessions of a server that runs, name it with --server URL")
}
