//! How the program says that it failed.

use std::process::ExitCode;

use super::output::is_unread;
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
        Err(error) if is_unread(&error) => return ExitCode::SUCCESS,
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

/// An error with what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Hinted {
    pub(super) message: String,
    pub(super) hint: &'static str,
}

fn hint(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|error| match (error.downcast_ref(), error.downcast_ref::<Hinted>()) {
        (Some(StoreError::InUse { .. }), _) => {
            Some("to use the sessions of a server that runs, name it with --server URL")
        }
        (_, hinted) => hinted.map(|hinted| hinted.hint),
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_hint_is_found_under_what_was_said_of_its_error() {
        let hinted = Err::<(), _>(Hinted { message: "it is there".to_owned(), hint: "take another" });
        assert_eq!(hint(&hinted.context("can't write").unwrap_err()), Some("take another"));
        let in_use = Err::<(), _>(StoreError::InUse { directory: "d".to_owned(), pid: None });
        assert!(hint(&in_use.context("can't open").unwrap_err()).is_some_and(|hint| hint.contains("--server")));
        assert_eq!(hint(&anyhow::anyhow!("no more to say")), None);
    }
}
