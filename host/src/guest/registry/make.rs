//! Registering components, and loading those that are registered.

use std::sync::{Arc, PoisonError};

use serde::Serialize;
use tokio::runtime::Handle;

use super::super::artifact::{self, Header};
use super::super::catalogue::AddedBy;
use super::super::checker::Checker;
use super::super::{Refusal, files, prepare};
use super::{Guest, GuestError, GuestRegistry, version_of};
use crate::instance::{Compiled, GuestCode};
use crate::name::{Digest, GuestLabel, GuestName, GuestRef};

/// How far a registration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Another registration runs.
    Waiting,
    /// The component is read and held against the contract.
    Validating,
    /// Its own initialisation runs.
    Initialising,
    /// It is compiled.
    Compiling,
    /// It takes its first turns.
    Probing,
    /// It is written to the data directory.
    Keeping,
}

/// Tells how far a registration is, until dropped.
struct Progress<'r> {
    registry: &'r GuestRegistry,
    name: &'r GuestName,
}

impl Progress<'_> {
    fn at(&self, stage: Stage) {
        self.registry.stages().insert(self.name.clone(), stage);
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.registry.stages().remove(self.name);
    }
}

impl GuestRegistry {
    /// Registers a component that an operator gives. It is what the name means from now on. True when it is new. Runs to
    /// its end on a thread that may block, also when the returned future is dropped; one after the other.
    ///
    /// # Errors
    /// [`GuestError::Refused`] with the reason and the mend; [`GuestError::LabelTaken`], [`GuestError::LabelOther`];
    /// [`GuestError::Write`].
    pub async fn add_by_operator(
        self: &Arc<Self>,
        name: GuestName,
        label: Option<GuestLabel>,
        bytes: bytes::Bytes,
        make_default: bool,
    ) -> Result<(Arc<Guest>, bool), GuestError> {
        name.check_fit()?;
        let (registry, runtime) = (self.clone(), Handle::current());
        let work = async move {
            let progress = Progress { registry: &registry, name: &name };
            progress.at(Stage::Waiting);
            let _changing = registry.changing.lock().await;
            let added = registry.add(&name, label, &bytes, AddedBy::Operator, &|stage| progress.at(stage)).await?;
            if make_default {
                registry.change(|catalogue| catalogue.set_default(name.clone(), &registry.default))?;
            }
            Ok(added)
        };
        let done = tokio::task::spawn_blocking(move || runtime.block_on(work)).await;
        done.unwrap_or_else(|panic| Err(GuestError::Defect(panic.to_string())))
    }

    /// Registers a component: made, kept, then noted. A crash between leaves a file that nobody knows.
    pub(super) async fn add(
        &self,
        name: &GuestName,
        label: Option<GuestLabel>,
        bytes: &[u8],
        by: AddedBy,
        at: &(dyn Fn(Stage) + Sync),
    ) -> Result<(Arc<Guest>, bool), GuestError> {
        let digest = Digest::of(bytes);
        self.catalogue().check_label(name, digest, label.as_ref())?;
        let made = self.made(name, bytes, at).await;
        let noted = made.and_then(|guest| {
            let new = self.change(|catalogue| catalogue.add(name, label, version_of(&guest, by)))?;
            Ok((self.note_loaded(guest), new))
        });
        if noted.is_err() && self.durable && self.catalogue().with_digest(digest).is_none() {
            // The disk may be full: what nobody knows is not to take its room.
            files::remove(&self.directory, digest);
        }
        noted
    }

    /// The guest of a component, which is made where it is not loaded, and kept; the catalogue is to be told.
    pub(super) async fn made(
        &self,
        name: &GuestName,
        bytes: &[u8],
        at: &(dyn Fn(Stage) + Sync),
    ) -> Result<Arc<Guest>, GuestError> {
        let digest = Digest::of(bytes);
        let refused = |refusal| GuestError::Refused { name: name.clone(), refusal };
        let guest = match self.with_digest(digest) {
            Some(guest) => guest,
            None => Arc::new(self.make(name, digest, bytes, at).await.map_err(refused)?),
        };
        at(Stage::Keeping);
        if self.durable {
            files::keep(&self.directory, digest, bytes).map_err(GuestError::Write)?;
        }
        Ok(guest)
    }

    /// Puts a guest into the table, unless somebody else did meanwhile: there is one of each, so that who removes it sees
    /// all who hold it. The catalogue has it already: what it does not have is not to be found in the table.
    pub(super) fn note_loaded(&self, guest: Arc<Guest>) -> Arc<Guest> {
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        loaded.entry(guest.digest()).or_insert(guest).clone()
    }

    /// The guest with a digest, which is loaded when it is registered and not loaded yet: an old version is, for the first
    /// session that needs it. Nothing when it is not registered. Where it is loaded already this costs a look into a table.
    ///
    /// # Errors
    /// [`GuestError::Refused`] when it can't be made any more, [`GuestError::Lost`] when its component is gone.
    pub async fn load(self: &Arc<Self>, digest: Digest) -> Result<Option<Arc<Guest>>, GuestError> {
        if let Some(guest) = self.with_digest(digest) {
            return Ok(Some(guest));
        }
        let (registry, runtime) = (self.clone(), Handle::current());
        let work = async move { registry.load_here(digest).await };
        let done = tokio::task::spawn_blocking(move || runtime.block_on(work)).await;
        done.unwrap_or_else(|panic| Err(GuestError::Defect(panic.to_string())))
    }

    async fn load_here(&self, digest: Digest) -> Result<Option<Arc<Guest>>, GuestError> {
        let _loading = self.loading.lock().await;
        if let Some(guest) = self.with_digest(digest) {
            return Ok(Some(guest));
        }
        let known = self.catalogue().with_digest(digest).map(|(name, version)| {
            (GuestRef { name: name.clone(), version: Some(version.label.clone()) }, version.component_bytes)
        });
        let Some((guest, component_bytes)) = known else { return Ok(None) };
        let refused = |refusal| GuestError::Refused { name: guest.name.clone(), refusal };
        let made = match self.kept_guest(&guest.name, digest, component_bytes).await {
            Some(made) => made.map_err(refused)?,
            None => {
                let lost = || GuestError::Lost { guest: guest.clone(), digest };
                let bytes = files::read(&self.directory, digest).ok_or_else(lost)?;
                self.make(&guest.name, digest, &bytes, &|_| {}).await.map_err(refused)?
            }
        };
        Ok(Some(self.note_loaded(Arc::new(made))))
    }

    /// The guest from what is kept of its compiled code, where that fits this program.
    async fn kept_guest(
        &self,
        name: &GuestName,
        digest: Digest,
        component_bytes: usize,
    ) -> Option<Result<Guest, Refusal>> {
        let (header, code) = artifact::read(&artifact::path(&self.directory, digest, &self.engine))?;
        let component = self.engine.load(&code).ok()?;
        Some(self.guest(name, digest, &component, &header, component_bytes).await)
    }

    async fn make(
        &self,
        name: &GuestName,
        digest: Digest,
        bytes: &[u8],
        at: &(dyn Fn(Stage) + Sync),
    ) -> Result<Guest, Refusal> {
        if let Some(made) = self.kept_guest(name, digest, bytes.len()).await {
            return made;
        }
        let (header, baked) = self.baked(digest, bytes, at).await?;
        at(Stage::Compiling);
        let component = self.engine.compile(&baked).map_err(prepare::refusal)?;
        at(Stage::Probing);
        let guest = self.guest(name, digest, &component, &header, bytes.len()).await?;
        prepare::probe(&guest.code, prepare::PREPARE_LIMITS).await?;
        artifact::write(&artifact::baked_path(&self.directory, digest), &header, &baked);
        if let Some(code) = component.serialize() {
            artifact::write(&artifact::path(&self.directory, digest, &self.engine), &header, &code);
        }
        Ok(guest)
    }

    /// The guest's baked component, which is made once and for all.
    async fn baked(
        &self,
        digest: Digest,
        bytes: &[u8],
        at: &(dyn Fn(Stage) + Sync),
    ) -> Result<(Header, Vec<u8>), Refusal> {
        if let Some(kept) = artifact::read(&artifact::baked_path(&self.directory, digest)) {
            return Ok(kept);
        }
        let prepared = prepare::prepare(bytes, prepare::PREPARE_LIMITS, at).await?;
        Ok((Header::new(prepared.shape, &prepared.info), prepared.bytes))
    }

    async fn guest(
        &self,
        name: &GuestName,
        digest: Digest,
        component: &Compiled,
        header: &Header,
        component_bytes: usize,
    ) -> Result<Guest, Refusal> {
        let limits = prepare::PREPARE_LIMITS;
        let code =
            GuestCode::new(&self.engine, component, digest, header.shape, limits).await.map_err(prepare::refusal)?;
        let code = Arc::new(code);
        Ok(Guest {
            checker: Checker::new(code.clone(), self.spares.clone()),
            name: name.clone(),
            language: header.info(),
            component_bytes,
            compiled_bytes: component.bytes(),
            code,
        })
    }
}
