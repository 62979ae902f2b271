//! The guests of a host: by name for people, by digest for sessions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

use super::artifact::{self, Header};
use super::{Refusal, prepare};
use crate::instance::{Compiled, GuestCode, HostEngine, LanguageInfo};
use crate::name::{Digest, GuestName};

/// A registered guest.
pub struct Guest {
    /// What it is called.
    pub name: GuestName,
    /// What it says of itself.
    pub language: LanguageInfo,
    /// Size of the component it was registered from, in bytes.
    pub component_bytes: usize,
    /// Size of its compiled code, in bytes.
    pub compiled_bytes: usize,
    /// Its code.
    pub code: Arc<GuestCode>,
}

/// A guest as users see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestInfo {
    /// What it is called.
    pub name: GuestName,
    /// The digest of the component it was registered from.
    pub digest: Digest,
    /// Name of its language.
    pub language: String,
    /// Version of its language.
    pub version: String,
    /// What a terminal shows before a command.
    pub prompt: String,
    /// Help for a newcomer.
    pub help: String,
    /// Sessions that name no guest get this one.
    pub default: bool,
    /// Size of the component, in bytes.
    pub component_bytes: usize,
    /// Size of the compiled code, in bytes.
    pub compiled_bytes: usize,
    /// Size of the memory that all its sessions share, in bytes.
    pub base_image_bytes: usize,
}

/// Why a guest could not be registered.
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
    /// The default guest is none of those registered.
    #[error("the default guest {default} is not registered; there are: {known}")]
    NoDefault {
        /// Its name.
        default: GuestName,
        /// The names there are.
        known: String,
    },
}

/// All guests of a host.
pub struct GuestRegistry {
    engine: HostEngine,
    /// Where compiled code is kept.
    artifacts: PathBuf,
    default: GuestName,
    /// Read on every restore, written when a guest is registered.
    guests: RwLock<BTreeMap<GuestName, Arc<Guest>>>,
}

impl GuestRegistry {
    /// An empty registry that keeps compiled code in `artifacts`.
    #[must_use]
    pub fn new(engine: HostEngine, artifacts: &Path, default: GuestName) -> Self {
        Self { engine, artifacts: artifacts.to_owned(), default, guests: RwLock::default() }
    }

    /// Registers the component `bytes` as `name`, replacing what had that name. Its sessions go on with what they have.
    ///
    /// # Errors
    /// [`GuestError::Refused`] with the reason and the mend.
    pub async fn register(&self, name: &GuestName, bytes: &[u8]) -> Result<Arc<Guest>, GuestError> {
        let refused = |refusal| GuestError::Refused { name: name.clone(), refusal };
        let guest = Arc::new(self.make(name, bytes).await.map_err(refused)?);
        self.guests.write().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), guest.clone());
        Ok(guest)
    }

    /// The guest called `name`, or the default one.
    #[must_use]
    pub fn named(&self, name: Option<&GuestName>) -> Option<Arc<Guest>> {
        self.read(|guests| guests.get(name.unwrap_or(&self.default)).cloned())
    }

    /// The guest with a digest.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Option<Arc<Guest>> {
        self.read(|guests| guests.values().find(|guest| guest.code.digest == digest).cloned())
    }

    /// The names there are, for messages.
    #[must_use]
    pub fn names(&self) -> String {
        self.read(|guests| guests.keys().map(GuestName::as_str).collect::<Vec<_>>().join(", "))
    }

    /// Makes sure that there is a default guest.
    ///
    /// # Errors
    /// [`GuestError::NoDefault`].
    pub fn check_default(&self) -> Result<(), GuestError> {
        match self.named(None) {
            Some(_) => Ok(()),
            None => Err(GuestError::NoDefault { default: self.default.clone(), known: self.names() }),
        }
    }

    /// All guests, in the order of their names.
    #[must_use]
    pub fn list(&self) -> Vec<GuestInfo> {
        self.read(|guests| guests.values().map(|guest| guest.info(guest.name == self.default)).collect())
    }

    fn read<R>(&self, look: impl FnOnce(&BTreeMap<GuestName, Arc<Guest>>) -> R) -> R {
        look(&self.guests.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn make(&self, name: &GuestName, bytes: &[u8]) -> Result<Guest, Refusal> {
        let digest = Digest::of(bytes);
        let path = artifact::path(&self.artifacts, digest, &self.engine);
        if let Some((header, code)) = artifact::read(&path)
            && let Ok(component) = self.engine.load(&code)
        {
            return self.guest(name, digest, &component, &header, bytes.len()).await;
        }
        let (header, baked) = self.baked(digest, bytes).await?;
        let component = self.engine.compile(&baked).map_err(prepare::refusal)?;
        let guest = self.guest(name, digest, &component, &header, bytes.len()).await?;
        prepare::probe(&guest.code).await?;
        artifact::write(&artifact::baked_path(&self.artifacts, digest), &header, &baked);
        if let Some(code) = component.serialize() {
            artifact::write(&path, &header, &code);
        }
        Ok(guest)
    }

    /// The guest's baked component, which is made once and for all.
    async fn baked(&self, digest: Digest, bytes: &[u8]) -> Result<(Header, Vec<u8>), Refusal> {
        if let Some(kept) = artifact::read(&artifact::baked_path(&self.artifacts, digest)) {
            return Ok(kept);
        }
        let prepared = prepare::prepare(bytes).await?;
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
        Ok(Guest {
            name: name.clone(),
            language: header.info(),
            component_bytes,
            compiled_bytes: component.bytes(),
            code: Arc::new(code),
        })
    }
}

impl Guest {
    /// The digest of the component it was registered from.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.code.digest
    }

    fn info(&self, default: bool) -> GuestInfo {
        let LanguageInfo { language, version, prompt, help } = self.language.clone();
        GuestInfo {
            name: self.name.clone(),
            digest: self.code.digest,
            language,
            version,
            prompt,
            help,
            default,
            component_bytes: self.component_bytes,
            compiled_bytes: self.compiled_bytes,
            base_image_bytes: self.code.base.bytes(),
        }
    }
}
