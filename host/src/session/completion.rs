//! Whether an input is a whole command for a session's guest. The session itself has no part in it.

use std::sync::Arc;

use super::{SessionError, SessionManager};
use crate::guest::{CHECK_GROWTH_BYTES_MAX, CHECK_TIMEOUT, CheckFailure};
use crate::instance::{Completeness, InstanceError, TurnFailure};
use crate::name::{SessionName, TenantName};

impl SessionManager {
    /// What the session's guest says of `input`; without such a session, the default guest.
    ///
    /// # Errors
    /// [`SessionError`]. The session is as before, whatever it says.
    pub async fn complete(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        input: &str,
    ) -> Result<Completeness, SessionError> {
        let (bytes, max) = (input.len(), self.config.limits.command_bytes_max);
        if bytes > max {
            return Err(SessionError::CommandTooLong { bytes, max });
        }
        self.check_open()?;
        let guest = match self.facts_of(tenant, name) {
            Ok(facts) => self.pinned(&facts.record.guest, name).await?,
            Err(SessionError::NotFound(_)) => self.guests.resolve(None).await?,
            Err(error) => return Err(error),
        };
        let share = self.shares.of(tenant);
        let checking = tokio::time::timeout(CHECK_TIMEOUT, share.checking.acquire()).await;
        let Ok(Ok(_checking)) = checking else { return Err(failed(CheckFailure::Busy)) };
        guest.checker.check(input).await.map_err(failed)
    }
}

fn failed(failure: CheckFailure) -> SessionError {
    match failure {
        CheckFailure::Busy | CheckFailure::Instance(InstanceError::NoPlace(_)) => {
            SessionError::NoRoom { waited: CHECK_TIMEOUT }
        }
        CheckFailure::Instance(error) => SessionError::Internal(error.to_string()),
        CheckFailure::Guest(TurnFailure::TimeExceeded) => {
            SessionError::NotChecked(format!("it took longer than {CHECK_TIMEOUT:?}"))
        }
        CheckFailure::Guest(TurnFailure::MemoryExceeded) => {
            SessionError::NotChecked(format!("it needed more than {} MiB", CHECK_GROWTH_BYTES_MAX >> 20))
        }
        CheckFailure::Guest(failure) => SessionError::NotChecked(failure.to_string()),
    }
}
