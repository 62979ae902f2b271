//! What each tenant has of the host now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::SessionError;
use crate::config::{Config, TenantLimits};
use crate::name::TenantName;
use crate::store::StoreError;

/// A tenant's share of the host.
pub(super) struct TenantShare {
    pub(super) limits: TenantLimits,
    /// Its live instances: one permit each.
    live: Arc<Semaphore>,
    /// Told when one of its instances becomes idle or goes. Waiters register before they look.
    pub(super) changed: Notify,
    /// Its stored sessions; not known before the first is created.
    stored: Mutex<Option<u64>>,
}

impl TenantShare {
    /// A permit for one more live instance, when the tenant may have one.
    pub(super) fn try_live(&self) -> Option<OwnedSemaphorePermit> {
        self.live.clone().try_acquire_owned().ok()
    }

    /// Counts one more stored session. `count` tells how many there are, and is asked once.
    ///
    /// # Errors
    /// [`SessionError::TooManySessions`] when the tenant has as many as it may have; what `count` fails with.
    pub(super) fn session_added(&self, count: impl FnOnce() -> Result<u64, StoreError>) -> Result<(), SessionError> {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match *stored {
            Some(before) => before,
            None => count()?,
        };
        if before >= self.limits.sessions_max {
            *stored = Some(before);
            return Err(SessionError::TooManySessions { max: self.limits.sessions_max });
        }
        *stored = Some(before + 1);
        Ok(())
    }

    /// Counts one stored session less.
    pub(super) fn session_removed(&self) {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        *stored = stored.map(|count| count.saturating_sub(1));
    }
}

/// The shares of all tenants that have asked for something since the start.
pub(super) struct TenantShares {
    config: Arc<Config>,
    shares: Mutex<HashMap<TenantName, Arc<TenantShare>>>,
}

impl TenantShares {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self { config, shares: Mutex::default() }
    }

    pub(super) fn of(&self, tenant: &TenantName) -> Arc<TenantShare> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(tenant) {
            return share.clone();
        }
        let limits = self.config.tenant_limits(tenant);
        let live = Arc::new(Semaphore::new(limits.live_sessions_max as usize));
        let share = Arc::new(TenantShare { limits, live, changed: Notify::new(), stored: Mutex::new(None) });
        shares.insert(tenant.clone(), share.clone());
        share
    }
}
