//! The guests of a host: by name for people, by digest for sessions.
//!
//! ```text
//!   python@3.14-2 ─ catalogue ─▶ digest ─ loaded? ─ yes ─▶ Guest
//!                   (one file)               └─ no: from its artifact, or compiled anew ─▶ loaded
//! ```
//! What the program and the configuration register is loaded at the start; other versions when a session needs them.
//!
//! A version is removed only when no session has it. So that none gets it meanwhile, it leaves the table first, then
//! whoever holds it must have let it go, then the sessions are counted: keep the [`Guest`] until the session's record is
//! committed.

mod info;
mod make;
mod remove;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{SystemTime, UNIX_EPOCH};

pub use self::info::{GuestInfo, VersionInfo};
pub use self::make::Stage;
use super::catalogue::{AddedBy, Catalogue, Version};
use super::checker::{Checker, Spares};
use super::{Refusal, files};
use crate::instance::{GuestCode, HostEngine, LanguageInfo};
use crate::name::{Digest, GuestLabel, GuestName, GuestRef, UnfitGuestName};

/// A guest that is loaded.
pub struct Guest {
    /// What it is called, or was when it was loaded: other names may have the same component.
    pub name: GuestName,
    /// What it says of itself.
    pub language: LanguageInfo,
    /// Size of the component it was registered from, in bytes.
    pub component_bytes: usize,
    /// Size of its compiled code, in bytes.
    pub compiled_bytes: usize,
    /// Its code.
    pub code: Arc<GuestCode>,
    /// Tells whole commands from beginnings.
    pub checker: Checker,
}

/// Why something could not be done with a guest. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum GuestError {
    /// The component can't be a guest.
    #[error("guest {name} is refused: {refusal}")]
    Refused {
        /// What it was to be called.
        name: GuestName,
        /// Why, and what would mend it.
        refusal: Refusal,
    },
    /// There is no such guest, or no such version of it.
    #[error("there is no guest {guest}; there are: {known}")]
    Unknown {
        /// What was asked for.
        guest: GuestRef,
        /// What there is.
        known: String,
    },
    /// Several versions have digests that begin so.
    #[error("several versions are meant by {0}: give more of the digest, or a label")]
    Ambiguous(GuestRef),
    /// Another version has the label.
    #[error("there is a version {0} already, of another component: take another label")]
    LabelTaken(GuestRef),
    /// The component has a label already.
    #[error("this component is registered already, as {0}")]
    LabelOther(GuestRef),
    /// No guest can have the name.
    #[error(transparent)]
    UnfitName(#[from] UnfitGuestName),
    /// Sessions have it.
    #[error(
        "guest {guest} is in use, by {sessions} sessions ({tenants}): it stays while they are on it or can go back to it, \
         which those can that were moved to another guest, until they are deleted"
    )]
    InUse {
        /// Which one.
        guest: GuestRef,
        /// How many.
        sessions: u64,
        /// Whose they are, for the operator.
        tenants: String,
    },
    /// Something makes use of it right now.
    #[error("guest {0} is being used right now: try again")]
    Busy(GuestRef),
    /// It is what sessions get that name no guest.
    #[error("guest {0} is the default: make another the default first")]
    IsDefault(GuestRef),
    /// It is what its name means, and there are others.
    #[error("{0} is the current version: make another version the current one first")]
    IsCurrent(GuestRef),
    /// It would be back after the next start.
    #[error("guest {guest} comes with the {by}, and would be back at the next start")]
    IsGiven {
        /// Which one.
        guest: GuestRef,
        /// `program` or `configuration`.
        by: &'static str,
    },
    /// The default guest is none of those registered.
    #[error("the default guest {default} is not registered; there are: {known}")]
    NoDefault {
        /// Its name.
        default: GuestName,
        /// The names there are.
        known: String,
    },
    /// The registry's file can't be understood.
    #[error("the guest registry {path} can't be read: {reason}")]
    Registry {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A component that should be there is missing or damaged.
    #[error("the component of guest {guest} ({digest}) is missing or damaged in the data directory: register it again")]
    Lost {
        /// Which one.
        guest: GuestRef,
        /// Its digest.
        digest: Digest,
    },
    /// The registry could not be written.
    #[error("can't write to the guest registry")]
    Write(#[source] std::io::Error),
    /// Sessions could not be counted.
    #[error("can't tell which sessions have the guest")]
    Count(#[source] crate::store::StoreError),
    /// Too many components are being registered.
    #[error("{0} components are being registered, which is all that may be at once: try again later")]
    TooMany(usize),
    /// A defect of the host.
    #[error("registering a guest panicked: {0}")]
    Defect(String),
}

/// All guests of a host.
pub struct GuestRegistry {
    engine: HostEngine,
    /// Where components and compiled code are kept.
    directory: PathBuf,
    /// The catalogue has a file, and components are kept. Otherwise the registry is for this process alone.
    durable: bool,
    /// The default guest as configured.
    default: GuestName,
    /// Read whenever a guest is chosen or shown, written when one is registered or removed.
    catalogue: RwLock<Catalogue>,
    /// Read on every restore, written when a guest is loaded.
    loaded: RwLock<HashMap<Digest, Arc<Guest>>>,
    /// Who registers, removes or chooses now, one after the other: each writes the catalogue's file.
    changing: tokio::sync::Mutex<()>,
    /// Who loads now: what two need is loaded once. Apart from `changing`, for a session should not wait for a compiler.
    loading: tokio::sync::Mutex<()>,
    /// How far registrations are that run or wait.
    stages: Mutex<BTreeMap<GuestName, Stage>>,
    /// What all guests' checkers have in common.
    spares: Arc<Spares>,
}

impl GuestRegistry {
    /// An empty registry for this process alone, which keeps compiled code in `artifacts`.
    #[must_use]
    pub fn new(engine: HostEngine, artifacts: &Path, default: GuestName) -> Self {
        Self::of(engine, artifacts, default, Catalogue::default(), false)
    }

    /// The registry in `directory`, which is made where it is missing.
    ///
    /// # Errors
    /// [`GuestError::Registry`] when its file can't be understood.
    pub fn open(engine: HostEngine, directory: &Path, default: GuestName) -> Result<Self, GuestError> {
        let catalogue = Catalogue::read(&files::catalogue(directory))?;
        files::sweep_drafts(directory);
        Ok(Self::of(engine, directory, default, catalogue.unwrap_or_default(), true))
    }

    fn of(engine: HostEngine, directory: &Path, default: GuestName, catalogue: Catalogue, durable: bool) -> Self {
        Self {
            engine,
            directory: directory.to_owned(),
            durable,
            default,
            catalogue: RwLock::new(catalogue),
            loaded: RwLock::default(),
            changing: tokio::sync::Mutex::default(),
            loading: tokio::sync::Mutex::default(),
            stages: Mutex::default(),
            spares: Arc::default(),
        }
    }

    /// Registers the component `bytes` as `name`, as the program and the configuration do at each start. It becomes what
    /// the name means, unless this version was there at the last start already: then what an operator chose since stays.
    ///
    /// # Errors
    /// [`GuestError::Refused`] with the reason and the mend; [`GuestError::Write`].
    pub async fn register(&self, name: &GuestName, bytes: &[u8], by: AddedBy) -> Result<Arc<Guest>, GuestError> {
        let guest = self.made(name, bytes, &|_| {}).await?;
        self.change(|catalogue| {
            let of_name = catalogue.guests.get(name);
            let known = of_name.is_some_and(|of_name| of_name.with_digest(guest.digest()).is_some());
            let chosen = of_name.and_then(|of_name| of_name.current).filter(|_| known);
            catalogue.add(name, None, version_of(&guest, by));
            if let Some(chosen) = chosen {
                catalogue.set_current(name, chosen);
            }
        })?;
        Ok(self.note_loaded(guest))
    }

    /// Ends the registrations of a start: other names that the program or the configuration registered once mean nothing
    /// any more. Loads the default guest. One that can't be loaded any more keeps nobody from starting: registering it
    /// again, or choosing another, mends it, and takes a host that runs.
    ///
    /// # Errors
    /// [`GuestError::NoDefault`], [`GuestError::Write`], [`GuestError::Defect`].
    pub async fn started(self: &Arc<Self>, registered: &[GuestName]) -> Result<(), GuestError> {
        self.change(|catalogue| catalogue.retire_all_but(registered))?;
        let default = self.default_name();
        if let Some(chosen) = self.catalogue().chosen_in_vain() {
            tracing::warn!(
                "the guest {chosen} was chosen as the default, and is not registered any more: it is {default} now"
            );
        }
        match self.resolve(None).await {
            Err(error @ (GuestError::Lost { .. } | GuestError::Refused { .. })) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "sessions that name no guest can't be made");
                Ok(())
            }
            Err(GuestError::Unknown { .. }) => Err(GuestError::NoDefault { default, known: self.names() }),
            other => other.map(drop),
        }
    }

    /// The guest that a name means, or the default one, when it is loaded.
    #[must_use]
    pub fn named(&self, name: Option<&GuestName>) -> Option<Arc<Guest>> {
        let digest = {
            let catalogue = self.catalogue();
            let default = catalogue.default_name(&self.default);
            catalogue.guests.get(name.unwrap_or(&default))?.current?
        };
        self.with_digest(digest)
    }

    /// The guest with a digest, when it is loaded: a look into a table.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Option<Arc<Guest>> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned()
    }

    /// The guest that a user means, loaded: the default one when nothing is said. Keep it until the session that gets it is
    /// committed.
    ///
    /// # Errors
    /// [`GuestError::Unknown`], [`GuestError::Ambiguous`]; as for [`GuestRegistry::load`].
    pub async fn resolve(self: &Arc<Self>, guest: Option<&GuestRef>) -> Result<Arc<Guest>, GuestError> {
        let default = || GuestRef::from(self.default_name());
        let guest = guest.cloned().unwrap_or_else(default);
        let digest = self.digest_of(&guest)?;
        let gone = || GuestError::Unknown { guest: guest.clone(), known: self.names() };
        self.load(digest).await?.ok_or_else(gone)
    }

    /// The digest of the version that a user means, whether or not it can be loaded.
    ///
    /// # Errors
    /// [`GuestError::Unknown`], [`GuestError::Ambiguous`].
    pub fn digest_of(&self, guest: &GuestRef) -> Result<Digest, GuestError> {
        self.catalogue().find(guest).map(|version| version.digest)
    }

    /// What a loaded guest is called by those who mean it: as given, with the name that was asked for.
    #[must_use]
    pub fn label(&self, name: &GuestName, digest: Digest) -> Option<GuestLabel> {
        let catalogue = self.catalogue();
        catalogue.guests.get(name)?.with_digest(digest).map(|version| version.label.clone())
    }

    /// Makes a name the default (`python`), or one of its versions what it means (`python@3.14-1`). The guest is loaded.
    ///
    /// # Errors
    /// As for [`GuestRegistry::resolve`]; [`GuestError::Write`].
    pub async fn set_default(self: &Arc<Self>, guest: &GuestRef) -> Result<(), GuestError> {
        let _changing = self.changing.lock().await;
        let digest = self.resolve(Some(guest)).await?.digest();
        self.change(|catalogue| match guest.version {
            Some(_) => catalogue.set_current(&guest.name, digest),
            None => catalogue.set_default(guest.name.clone(), &self.default),
        })
    }

    /// The names there are, for messages.
    #[must_use]
    pub fn names(&self) -> String {
        self.catalogue().names()
    }

    /// The guest of sessions that name none.
    #[must_use]
    pub fn default_name(&self) -> GuestName {
        self.catalogue().default_name(&self.default)
    }

    fn catalogue(&self) -> RwLockReadGuard<'_, Catalogue> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn stages(&self) -> MutexGuard<'_, BTreeMap<GuestName, Stage>> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the catalogue: its file first, so that what can't be written has not happened. Nobody waits for the disk who
    /// only reads it. The caller holds `changing`, or is the start.
    fn change<R>(&self, change: impl FnOnce(&mut Catalogue) -> R) -> Result<R, GuestError> {
        let before = self.catalogue().clone();
        let mut changed = before.clone();
        let done = change(&mut changed);
        if changed != before {
            if self.durable {
                changed.write(&files::catalogue(&self.directory)).map_err(GuestError::Write)?;
            }
            *self.catalogue.write().unwrap_or_else(PoisonError::into_inner) = changed;
        }
        Ok(done)
    }
}

impl Guest {
    /// The digest of the component it was registered from.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.code.digest
    }
}

/// A version as the catalogue has it; the label is to be given.
fn version_of(guest: &Guest, by: AddedBy) -> Version {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Version {
        label: GuestLabel::new("unnamed").expect("it is a label"),
        digest: guest.digest(),
        added_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
        by,
        language: guest.language.clone().into(),
        component_bytes: guest.component_bytes,
        compiled_bytes: guest.compiled_bytes,
        base_image_bytes: guest.code.base.bytes(),
    }
}

#[cfg(test)]
mod tests;
