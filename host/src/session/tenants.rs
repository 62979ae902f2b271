//! What each tenant has of the host now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::SessionError;
use super::entry::lock;
use crate::config::{Config, TenantLimits};
use crate::name::{Grants, TenantName};
use crate::store::{Store, StoreError};

/// Inputs of one tenant that guests are asked about at once: fewer than the host has asked in all, so that nobody keeps it
/// from others.
const CHECKING_MAX: usize = 2;

/// A tenant's share of the host.
pub(super) struct TenantShare {
    pub(super) name: TenantName,
    pub(super) limits: TenantLimits,
    /// The functions that its sessions may call.
    pub(super) functions: Grants,
    /// Its live instances: one permit each.
    live: Arc<Semaphore>,
    /// Its turns that wait for answers: one permit each. They hold their instances meanwhile.
    pub(super) waiting: Semaphore,
    /// The inputs that it has asked about and not been told of: one permit each.
    pub(super) checking: Semaphore,
    /// Told when one of its instances becomes idle or goes. Waiters register before they look.
    pub(super) changed: Notify,
    /// Its stored sessions; not known before the first is created.
    stored: Mutex<Option<u64>>,
    /// What its sessions have stored together, in bytes; not known before somebody asks.
    storage: Mutex<Option<u64>>,
}

/// What one session more or less has stored, counted in its tenant's storage; uncounted on drop, unless it is kept.
pub(super) struct StorageChange<'s> {
    share: &'s TenantShare,
    from: u64,
    to: u64,
    /// What the tenant has with it.
    pub(super) total: u64,
}

impl StorageChange<'_> {
    /// It has been committed.
    pub(super) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for StorageChange<'_> {
    fn drop(&mut self) {
        if let Some(storage) = &mut *lock(&self.share.storage) {
            *storage = storage.saturating_sub(self.to).saturating_add(self.from);
        }
    }
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
        let mut stored = lock(&self.stored);
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

    /// What its sessions have stored together, in bytes. Exact while the host runs; a crash may lose what the last commits
    /// changed of it.
    ///
    /// # Errors
    /// What the store fails with when it is asked for the first time.
    pub(super) fn storage(&self, store: &dyn Store) -> Result<u64, StoreError> {
        let mut storage = lock(&self.storage);
        match *storage {
            Some(bytes) => Ok(bytes),
            None => Ok(*storage.insert(store.usage(&self.name)?)),
        }
    }

    /// Counts that a session has `to` bytes stored where it had `from`.
    ///
    /// # Errors
    /// As [`TenantShare::storage`].
    pub(super) fn change_storage(
        &self,
        store: &dyn Store,
        from: u64,
        to: u64,
    ) -> Result<StorageChange<'_>, StoreError> {
        self.storage(store)?;
        let mut storage = lock(&self.storage);
        let total = storage.unwrap_or(0).saturating_sub(from).saturating_add(to);
        *storage = Some(total);
        Ok(StorageChange { share: self, from, to, total })
    }

    /// Refuses what would store more when the tenant has as much as it may have.
    ///
    /// # Errors
    /// [`SessionError::StorageExceeded`], [`SessionError::Store`].
    pub(super) fn check_storage(&self, store: &dyn Store) -> Result<(), SessionError> {
        let (bytes, max) = (self.storage(store)?, self.limits.storage_bytes_max);
        if bytes >= max { Err(SessionError::StorageExceeded { bytes, max }) } else { Ok(()) }
    }

    /// Counts one stored session less.
    pub(super) fn session_removed(&self) {
        let mut stored = lock(&self.stored);
        *stored = stored.map(|count| count.saturating_sub(1));
    }
}

/// Turns of a tenant that may wait for answers at once: half of its live sessions, so that no few tenants keep all places
/// from others with sessions that only wait. Who may have all places keeps them from nobody but itself.
fn waiting_max(own: u32, all: u32) -> usize {
    if own == all { all as usize } else { (own as usize / 2).max(1) }
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
        let mut shares = lock(&self.shares);
        if let Some(share) = shares.get(tenant) {
            return share.clone();
        }
        let limits = self.config.tenant_limits(tenant);
        let live = Arc::new(Semaphore::new(limits.live_sessions_max as usize));
        let share = Arc::new(TenantShare {
            name: tenant.clone(),
            limits,
            functions: self.config.tenant_functions(tenant).clone(),
            live,
            waiting: Semaphore::new(waiting_max(limits.live_sessions_max, self.config.pool.live_sessions_max)),
            checking: Semaphore::new(CHECKING_MAX),
            changed: Notify::new(),
            stored: Mutex::default(),
            storage: Mutex::default(),
        });
        shares.insert(tenant.clone(), share.clone());
        share
    }
}
