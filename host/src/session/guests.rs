//! The guests as sessions and operators meet them.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::manager::SessionManager;
use super::{SessionError, detach::Defect};
use crate::guest::{Guest, GuestError, GuestInfo, GuestRegistry};
use crate::name::{GuestLabel, GuestName, GuestRef, SessionName};
use crate::store::GuestPin;

/// Components in memory at once that are being registered: one that is, the others waiting for it or being received. Each
/// takes up to [`crate::guest::COMPONENT_BYTES_MAX`], and what its compilation needs.
const REGISTRATIONS_MAX: usize = 4;

/// The right to hold a component in memory, until dropped.
pub struct Registration(#[expect(dead_code, reason = "it is held, not read")] tokio::sync::OwnedSemaphorePermit);

/// The places of those.
pub(super) fn registrations() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(REGISTRATIONS_MAX))
}

/// A component to register.
pub struct Addition {
    /// What it is to be called.
    pub name: GuestName,
    /// What this version is to be called; made up when absent.
    pub label: Option<GuestLabel>,
    /// The component.
    pub bytes: Bytes,
    /// Make its name the default.
    pub make_default: bool,
}

impl SessionManager {
    /// The guests of this host.
    #[must_use]
    pub fn guests(&self) -> &Arc<GuestRegistry> {
        &self.guests
    }

    /// A place for a component that is to be registered.
    ///
    /// # Errors
    /// [`GuestError::TooMany`].
    pub fn begin_registration(&self) -> Result<Registration, GuestError> {
        let place = self.registrations.clone().try_acquire_owned();
        place.map(Registration).map_err(|_| GuestError::TooMany(REGISTRATIONS_MAX))
    }

    /// Registers a component. It is what its name means from now on; sessions go on with what they have. True when it was
    /// not registered before. Goes on when the caller goes away.
    ///
    /// # Errors
    /// As for [`GuestRegistry::add_by_operator`].
    pub async fn add_guest(&self, addition: Addition, place: Registration) -> Result<(GuestInfo, bool), GuestError> {
        let (guests, name) = (self.guests.clone(), addition.name.clone());
        let work = async move {
            let Addition { name, label, bytes, make_default } = addition;
            let added = guests.add_by_operator(name, label, bytes, make_default).await;
            drop(place);
            added.map(|(_, new)| new)
        };
        let new = self.turns.spawn(work).await.unwrap_or_else(|panic| Err(GuestError::Defect(panic.to_string())))?;
        let gone = || GuestError::Unknown { guest: name.clone().into(), known: self.guests.names() };
        Ok((self.guests.info(&name).ok_or_else(gone)?, new))
    }

    /// Removes a version of a guest, or all of them. Goes on when the caller goes away.
    ///
    /// # Errors
    /// As for [`GuestRegistry::remove`].
    pub async fn remove_guest(&self, guest: GuestRef) -> Result<(), GuestError> {
        let (guests, store) = (self.guests.clone(), self.store.clone());
        let work = async move { guests.remove(guest, move || store.guests_in_use()).await };
        self.turns.spawn(work).await.unwrap_or_else(|panic| Err(GuestError::Defect(panic.to_string())))
    }

    /// Makes a guest the default, or a version what its name means. Goes on when the caller goes away.
    ///
    /// # Errors
    /// As for [`GuestRegistry::set_default`].
    pub async fn set_default_guest(&self, guest: GuestRef) -> Result<(), GuestError> {
        let guests = self.guests.clone();
        let work = async move { guests.set_default(&guest).await };
        self.turns.spawn(work).await.unwrap_or_else(|panic| Err(GuestError::Defect(panic.to_string())))
    }

    /// Removes what newer versions of the program or the configuration have followed, once no session has it any more.
    pub async fn remove_superseded_guests(self: Arc<Self>) {
        let store = self.store.clone();
        match self.guests.remove_superseded(move || store.guests_in_use()).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "removed old versions of guests that no session has"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "could not look for old versions of guests that no session has");
            }
        }
    }

    /// The guest that a session has, loaded. Keep it until what is done with it is committed.
    pub(super) async fn pinned(&self, pin: &GuestPin, session: &SessionName) -> Result<Arc<Guest>, SessionError> {
        let missing =
            || SessionError::GuestMissing { session: session.clone(), guest: format!("{} {}", pin.name, pin.digest) };
        self.guests.load(pin.digest).await?.ok_or_else(missing)
    }
}

impl From<GuestError> for SessionError {
    fn from(error: GuestError) -> Self {
        match error {
            GuestError::Unknown { guest, known } => Self::GuestUnknown { name: guest, known },
            GuestError::Ambiguous(_) => Self::GuestAmbiguous(error),
            GuestError::Defect(text) => Defect(text).into(),
            error => Self::GuestUnusable(error),
        }
    }
}
