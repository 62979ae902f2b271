//! Which guests there are: names, their versions, and which version a name means now. Kept in one file, which is replaced
//! whole.
//!
//! ```text
//! python ─┬─ 3.13-1  9f2c…  configuration
//!         └─ 3.14-2  77ab…  operator        ◀── current
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{GuestError, files};
use crate::instance::LanguageInfo;
use crate::name::{Digest, GuestLabel, GuestName, GuestRef};

/// The format that is written.
const FORMAT_V1: u32 = 1;

/// Fewest digits of a digest that name a version: shorter ones are too likely another's, or a label of later.
const DIGEST_DIGITS_MIN: usize = 8;

/// Longest part of a made-up label that comes from the version of the language, in bytes.
const LABEL_VERSION_BYTES: usize = 48;

/// Who registered a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddedBy {
    /// The program, which has it built in.
    Program,
    /// The configuration.
    Configuration,
    /// An operator, while the host ran.
    Operator,
}

/// One version of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    pub(super) label: GuestLabel,
    pub(super) digest: Digest,
    /// When it was registered first, in milliseconds since 1970.
    pub(super) added_ms: u64,
    pub(super) by: AddedBy,
    pub(super) language: Language,
    /// Sizes as they were when it was registered, in bytes.
    pub(super) component_bytes: usize,
    pub(super) compiled_bytes: usize,
    pub(super) base_image_bytes: usize,
}

/// What a version says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Language {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) prompt: String,
    pub(super) help: String,
}

impl From<LanguageInfo> for Language {
    fn from(LanguageInfo { language, version, prompt, help }: LanguageInfo) -> Self {
        Self { name: language, version, prompt, help }
    }
}

/// All versions of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub(super) struct Versions {
    /// The one that the name alone means. Nothing when what registered it does so no more: its sessions go on with it.
    pub(super) current: Option<Digest>,
    /// How many there ever were: labels that the host makes up are never made up twice.
    made: u64,
    /// In the order in which they were registered.
    pub(super) versions: Vec<Version>,
}

/// The default that an operator chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChosenDefault {
    guest: GuestName,
    /// What was configured then. The choice holds until the configuration says something else.
    instead_of: GuestName,
}

/// The registry's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Catalogue {
    format: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<ChosenDefault>,
    pub(super) guests: BTreeMap<GuestName, Versions>,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self { format: FORMAT_V1, default: None, guests: BTreeMap::new() }
    }
}

// === impl Catalogue: the file ===

impl Catalogue {
    /// Reads it; nothing when there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, GuestError> {
        let unreadable = |reason: String| GuestError::Registry { path: path.display().to_string(), reason };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error.to_string())),
        };
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let format = serde_json::from_slice::<Format>(&bytes).map_err(|error| unreadable(error.to_string()))?.format;
        if format != FORMAT_V1 {
            return Err(unreadable(format!(
                "it has format {format}, this program knows {FORMAT_V1}: use a newer hostel"
            )));
        }
        serde_json::from_slice(&bytes).map(Some).map_err(|error| unreadable(error.to_string()))
    }

    /// Replaces the file.
    pub(super) fn write(&self, path: &Path) -> std::io::Result<()> {
        files::replace(path, &[&serde_json::to_vec_pretty(self)?])
    }
}

// === impl Catalogue: looking ===

impl Catalogue {
    /// The default guest, given the one of the configuration.
    pub(super) fn default_name(&self, configured: &GuestName) -> GuestName {
        let chosen = self.default.as_ref().filter(|chosen| chosen.instead_of == *configured);
        chosen.map(|chosen| &chosen.guest).filter(|chosen| self.means_something(chosen)).unwrap_or(configured).clone()
    }

    /// The default that an operator chose, when its name means nothing any more. It is passed over until it does.
    pub(super) fn chosen_in_vain(&self) -> Option<&GuestName> {
        self.default.as_ref().map(|chosen| &chosen.guest).filter(|chosen| !self.means_something(chosen))
    }

    fn means_something(&self, name: &GuestName) -> bool {
        self.guests.get(name).is_some_and(|of_name| of_name.current.is_some())
    }

    /// The version that is meant.
    pub(super) fn find(&self, guest: &GuestRef) -> Result<&Version, GuestError> {
        let unknown = || GuestError::Unknown { guest: guest.clone(), known: self.known(&guest.name) };
        let of_name = self.guests.get(&guest.name).ok_or_else(unknown)?;
        let Some(version) = &guest.version else { return of_name.current().ok_or_else(unknown) };
        if let Some(labelled) = of_name.versions.iter().find(|one| one.label == *version) {
            return Ok(labelled);
        }
        let digits = version.as_str().to_ascii_lowercase();
        if digits.len() < DIGEST_DIGITS_MIN {
            return Err(unknown());
        }
        let mut found = of_name.versions.iter().filter(|one| one.digest.to_string().starts_with(&digits));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(unknown()),
            (Some(_), Some(_)) => Err(GuestError::Ambiguous(guest.clone())),
        }
    }

    /// Some version with a digest, with its name.
    pub(super) fn with_digest(&self, digest: Digest) -> Option<(&GuestName, &Version)> {
        self.guests.iter().find_map(|(name, of_name)| Some((name, of_name.with_digest(digest)?)))
    }

    /// What there is, for a message about `name`: its versions when there are any, else the names.
    fn known(&self, name: &GuestName) -> String {
        match self.guests.get(name) {
            Some(of_name) => {
                let labels = of_name.versions.iter().map(|version| format!("{name}@{}", version.label));
                labels.collect::<Vec<_>>().join(", ")
            }
            None => self.names(),
        }
    }

    /// The names that mean a version, for messages.
    pub(super) fn names(&self) -> String {
        let current = self.guests.iter().filter(|(_, of_name)| of_name.current.is_some());
        current.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Versions {
    pub(super) fn current(&self) -> Option<&Version> {
        self.with_digest(self.current?)
    }

    pub(super) fn with_digest(&self, digest: Digest) -> Option<&Version> {
        self.versions.iter().find(|version| version.digest == digest)
    }

    /// The label that a new version gets when nobody says: the language's version and a running number.
    fn make_label(&mut self, language_version: &str) -> GuestLabel {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "_.~".contains(c) { c } else { '-' };
        let text: String = language_version.chars().map(plain).take(LABEL_VERSION_BYTES).collect();
        let text = text.trim_matches('-').trim_start_matches(['.', '~']);
        loop {
            self.made += 1;
            let label = if text.is_empty() { format!("v{}", self.made) } else { format!("{text}-{}", self.made) };
            let label = GuestLabel::new(&label).expect("it has only letters, digits and the like, and begins so");
            if self.versions.iter().all(|version| version.label != label) {
                return label;
            }
        }
    }
}

// === impl Catalogue: changing ===

impl Catalogue {
    /// Refuses what [`Catalogue::add`] would: a label that another version has, or another label for a version.
    pub(super) fn check_label(
        &self,
        name: &GuestName,
        digest: Digest,
        label: Option<&GuestLabel>,
    ) -> Result<(), GuestError> {
        let (Some(of_name), Some(label)) = (self.guests.get(name), label) else { return Ok(()) };
        let taken = of_name.versions.iter().find(|version| (version.label == *label) != (version.digest == digest));
        match taken {
            Some(version) if version.label == *label => Err(GuestError::LabelTaken(named(name, label))),
            Some(version) if version.digest == digest => Err(GuestError::LabelOther(named(name, &version.label))),
            _ => Ok(()),
        }
    }

    /// Notes a version, which its name means from now on. One that is there already stays as it is. True when it is new.
    pub(super) fn add(&mut self, name: &GuestName, label: Option<GuestLabel>, new: Version) -> bool {
        let of_name = self.guests.entry(name.clone()).or_default();
        of_name.current = Some(new.digest);
        if of_name.with_digest(new.digest).is_some() {
            return false;
        }
        let label = label.unwrap_or_else(|| of_name.make_label(&new.language.version));
        of_name.versions.push(Version { label, ..new });
        true
    }

    /// Makes a name mean one of its versions.
    pub(super) fn set_current(&mut self, name: &GuestName, digest: Digest) {
        if let Some(of_name) = self.guests.get_mut(name) {
            of_name.current = Some(digest);
        }
    }

    /// Makes a name the default, where `configured` is configured.
    pub(super) fn set_default(&mut self, guest: GuestName, configured: &GuestName) {
        let chosen = ChosenDefault { guest, instead_of: configured.clone() };
        self.default = (chosen.guest != *configured).then_some(chosen);
    }

    /// Forgets versions of a name, and the name with its last one.
    pub(super) fn remove(&mut self, name: &GuestName, digests: &[Digest]) {
        let Some(of_name) = self.guests.get_mut(name) else { return };
        of_name.versions.retain(|version| !digests.contains(&version.digest));
        of_name.current = of_name.current.filter(|current| !digests.contains(current));
        if of_name.versions.is_empty() {
            self.guests.remove(name);
        }
    }

    /// Names that the program or the configuration registered once, and does not any more, mean nothing from now on.
    pub(super) fn retire_all_but(&mut self, registered: &[GuestName]) {
        for (name, of_name) in &mut self.guests {
            let by_operator = of_name.current().is_none_or(|version| version.by == AddedBy::Operator);
            if !by_operator && !registered.contains(name) {
                of_name.current = None;
            }
        }
    }

    /// Versions that came with the program or the configuration and have been followed by others.
    pub(super) fn superseded(&self) -> Vec<(GuestName, Digest)> {
        let of_name = |(name, of_name): (&GuestName, &Versions)| {
            let current = of_name.current?;
            let old = of_name.versions.iter().filter(move |one| one.digest != current && one.by != AddedBy::Operator);
            Some(old.map(|one| (name.clone(), one.digest)).collect::<Vec<_>>())
        };
        self.guests.iter().filter_map(of_name).flatten().collect()
    }
}

/// `name@label`.
fn named(name: &GuestName, label: &GuestLabel) -> GuestRef {
    GuestRef { name: name.clone(), version: Some(label.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> GuestName {
        GuestName::new(text).expect("a name")
    }

    fn version(bytes: &str, by: AddedBy) -> Version {
        let language =
            Language { name: "L".into(), version: "3.14 (x)".into(), prompt: String::new(), help: String::new() };
        Version {
            label: GuestLabel::new("unset").expect("a label"),
            digest: Digest::of(bytes.as_bytes()),
            added_ms: 1,
            by,
            language,
            component_bytes: 1,
            compiled_bytes: 2,
            base_image_bytes: 3,
        }
    }

    fn two() -> Catalogue {
        let mut catalogue = Catalogue::default();
        assert!(catalogue.add(&name("python"), None, version("a", AddedBy::Program)));
        let new = GuestLabel::new("new").ok();
        assert!(catalogue.add(&name("python"), new, version("b", AddedBy::Operator)));
        catalogue
    }

    #[test]
    fn a_version_is_found_by_its_label_or_the_beginning_of_its_digest() {
        let catalogue = two();
        let find = |text: &str| {
            let guest = GuestRef::parse(text).expect("a reference");
            catalogue.find(&guest).map(|version| version.digest).map_err(|error| error.to_string())
        };
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        assert_eq!(find("python"), Ok(b));
        assert_eq!(find("python@new"), Ok(b));
        assert_eq!(find("python@3.14--x-1"), Ok(a));
        assert_eq!(find(&format!("python@{}", &a.to_string()[..8])), Ok(a));
        assert!(find(&format!("python@{}", &a.to_string()[..7])).unwrap_err().contains("python@3.14--x-1, python@new"));
        assert!(find("ruby").unwrap_err().ends_with("there are: python"));
    }

    #[test]
    fn a_label_belongs_to_one_version_and_a_version_has_one_label() {
        let catalogue = two();
        let check = |bytes: &str, label: &str| {
            let label = GuestLabel::new(label).expect("a label");
            catalogue.check_label(&name("python"), Digest::of(bytes.as_bytes()), Some(&label))
        };
        assert!(check("b", "new").is_ok() && check("c", "newer").is_ok());
        assert!(matches!(check("c", "new"), Err(GuestError::LabelTaken(_))));
        assert!(matches!(check("b", "newer"), Err(GuestError::LabelOther(_))));
    }

    #[test]
    fn what_an_operator_chose_as_default_holds_until_the_configuration_changes() {
        let mut catalogue = two();
        catalogue.set_default(name("python"), &name("omega"));
        assert_eq!(catalogue.default_name(&name("omega")), name("python"));
        assert_eq!(catalogue.default_name(&name("javascript")), name("javascript"));
    }

    #[test]
    fn a_chosen_default_that_is_registered_no_more_is_passed_over() {
        let mut catalogue = Catalogue::default();
        catalogue.add(&name("lisp"), None, version("l", AddedBy::Configuration));
        catalogue.set_default(name("lisp"), &name("omega"));
        catalogue.retire_all_but(&[name("omega")]);
        assert_eq!(catalogue.default_name(&name("omega")), name("omega"));
        assert_eq!(catalogue.chosen_in_vain(), Some(&name("lisp")));
        catalogue.add(&name("lisp"), None, version("l", AddedBy::Configuration));
        assert_eq!(catalogue.default_name(&name("omega")), name("lisp"));
    }

    #[test]
    fn a_name_that_is_registered_no_more_means_nothing_and_keeps_its_versions() {
        let mut catalogue = two();
        catalogue.add(&name("lisp"), None, version("l", AddedBy::Configuration));
        catalogue.retire_all_but(&[name("omega")]);
        assert_eq!(catalogue.names(), "python", "an operator's stays");
        assert!(catalogue.with_digest(Digest::of(b"l")).is_some());
        assert_eq!(catalogue.superseded(), [(name("python"), Digest::of(b"a"))]);
    }

    #[test]
    fn the_file_reads_back_and_a_damaged_or_newer_one_is_told() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("registry.json");
        assert_eq!(Catalogue::read(&path).expect("nothing is there"), None);
        two().write(&path).expect("it is written");
        assert_eq!(Catalogue::read(&path).expect("it reads"), Some(two()));
        for (bad, words) in [("{", "EOF"), (r#"{"format": 2}"#, "newer hostel"), (r#"{"format": 1}"#, "guests")] {
            std::fs::write(&path, bad).expect("it is writable");
            let told = Catalogue::read(&path).expect_err("it is bad").to_string();
            assert!(told.contains(words) && told.contains("registry.json"), "{told}");
        }
    }
}
