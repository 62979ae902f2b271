//! What users see of guests.

use serde::Serialize;

use super::super::catalogue::{AddedBy, Version, Versions};
use super::{GuestError, GuestRegistry, Stage};
use crate::name::{Digest, GuestLabel, GuestName, GuestRef};

/// A guest as users see it: what its name means now, and all its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestInfo {
    /// What it is called.
    pub name: GuestName,
    /// The version that the name means; its newest one when it means none any more.
    #[serde(flatten)]
    pub version: VersionInfo,
    /// What a terminal shows before a command.
    pub prompt: String,
    /// Help for a newcomer.
    pub help: String,
    /// Sessions that name no guest get this one.
    pub default: bool,
    /// All its versions, the newest last.
    pub versions: Vec<VersionInfo>,
}

/// One version of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionInfo {
    /// What it is called beside the others.
    pub label: GuestLabel,
    /// The digest of the component it was registered from.
    pub digest: Digest,
    /// Name of its language.
    pub language: String,
    /// Version of its language.
    pub version: String,
    /// The name alone means this version.
    pub current: bool,
    /// When it was registered first, RFC 3339 in UTC.
    pub added: String,
    /// Who registered it.
    pub added_by: AddedBy,
    /// Its code is in memory; otherwise it is loaded when a session needs it.
    pub loaded: bool,
    /// Size of the component, in bytes.
    pub component_bytes: usize,
    /// Size of the compiled code when it was registered, in bytes.
    pub compiled_bytes: usize,
    /// Size of the memory that all its sessions share, in bytes.
    pub base_image_bytes: usize,
}

impl GuestRegistry {
    /// All guests, in the order of their names.
    #[must_use]
    pub fn list(&self) -> Vec<GuestInfo> {
        let catalogue = self.catalogue();
        let default = catalogue.default_name(&self.default);
        catalogue.guests.iter().filter_map(|(name, of_name)| self.info_of(name, of_name, &default)).collect()
    }

    /// What is known of a guest; of a version alone when one is named.
    ///
    /// # Errors
    /// [`GuestError::Unknown`], [`GuestError::Ambiguous`].
    pub fn info_of_version(&self, guest: &GuestRef) -> Result<GuestInfo, GuestError> {
        let catalogue = self.catalogue();
        let default = catalogue.default_name(&self.default);
        if guest.version.is_none() {
            let of_name =
                catalogue.guests.get(&guest.name).and_then(|of_name| self.info_of(&guest.name, of_name, &default));
            return of_name.ok_or_else(|| GuestError::Unknown { guest: guest.clone(), known: catalogue.names() });
        }
        let found = catalogue.find(guest)?;
        let current = catalogue.guests.get(&guest.name).and_then(|of_name| of_name.current);
        let info = self.version_info(found, current);
        Ok(GuestInfo {
            name: guest.name.clone(),
            prompt: found.language.prompt.clone(),
            help: found.language.help.clone(),
            default: guest.name == default && info.current,
            versions: vec![info.clone()],
            version: info,
        })
    }

    /// What is known of a name.
    #[must_use]
    pub fn info(&self, name: &GuestName) -> Option<GuestInfo> {
        let catalogue = self.catalogue();
        let default = catalogue.default_name(&self.default);
        self.info_of(name, catalogue.guests.get(name)?, &default)
    }

    /// How far the registration of a name is, when one runs or waits.
    #[must_use]
    pub fn stage(&self, name: &GuestName) -> Option<Stage> {
        self.stages().get(name).copied()
    }

    fn info_of(&self, name: &GuestName, of_name: &Versions, default: &GuestName) -> Option<GuestInfo> {
        let shown = of_name.current().or(of_name.versions.last())?;
        let info = |version| self.version_info(version, of_name.current);
        Some(GuestInfo {
            name: name.clone(),
            version: info(shown),
            prompt: shown.language.prompt.clone(),
            help: shown.language.help.clone(),
            default: name == default,
            versions: of_name.versions.iter().map(info).collect(),
        })
    }

    fn version_info(&self, version: &Version, current: Option<Digest>) -> VersionInfo {
        let added = std::time::UNIX_EPOCH + std::time::Duration::from_millis(version.added_ms);
        VersionInfo {
            label: version.label.clone(),
            digest: version.digest,
            language: version.language.name.clone(),
            version: version.language.version.clone(),
            current: current == Some(version.digest),
            added: humantime::format_rfc3339_millis(added).to_string(),
            added_by: version.by,
            loaded: self.with_digest(version.digest).is_some(),
            component_bytes: version.component_bytes,
            compiled_bytes: version.compiled_bytes,
            base_image_bytes: version.base_image_bytes,
        }
    }
}
