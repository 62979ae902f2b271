//! The file beside the components that says what they were built from.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::guests::{GUESTS, Guest};

/// The command that mends every complaint of [`check`].
const MEND: &str = "hint: run `cargo run -p componentize` and commit what it writes";

/// What is known of the components of one folder, by guest.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The guests' entries.
    pub guests: BTreeMap<String, Entry>,
}

/// What is known of one component.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Entry {
    /// BLAKE3 of the sources, see [`Guest::source_digest`].
    pub sources: String,
    /// BLAKE3 of the component.
    pub component: String,
    /// Bytes of the component.
    pub size: u64,
}

// === impl Manifest ===

impl Manifest {
    /// Reads the manifest that `guest` is in.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn read(guest: &Guest, root: &Path) -> Result<Self> {
        let name = format!("{}/manifest.json", guest.output);
        let text = fs::read_to_string(guest.manifest(root)).with_context(|| format!("can't read {name}"))?;
        serde_json::from_str(&text).with_context(|| format!("{name} is damaged"))
    }

    /// Reads the manifest that `guest` is in, without those that are guests no more. A new one when there is none.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn read_or_new(guest: &Guest, root: &Path) -> Result<Self> {
        if !guest.manifest(root).exists() {
            return Ok(Self::default());
        }
        let mut manifest = Self::read(guest, root)?;
        manifest.guests.retain(|name, _| GUESTS.iter().any(|known| known.name == name));
        Ok(manifest)
    }

    /// Writes the manifest that `guest` is in.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write(&self, guest: &Guest, root: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(guest.manifest(root), text).with_context(|| format!("can't write {}/manifest.json", guest.output))
    }
}

impl Entry {
    /// Describes `component` as built from what is in the tree now.
    ///
    /// # Errors
    /// When a source can't be read.
    pub fn new(guest: &Guest, root: &Path, component: &[u8]) -> Result<Self> {
        Ok(Self {
            sources: guest.source_digest(root)?,
            component: blake3::hash(component).to_hex().to_string(),
            size: component.len() as u64,
        })
    }
}

/// Verifies that the committed component of `guest` was built from the sources in the tree. Needs no WebAssembly
/// toolchain.
///
/// # Errors
/// Says what is out of step, and the command that mends it.
pub fn check(guest: &Guest, root: &Path) -> Result<()> {
    compare(guest, root).with_context(|| format!("the component of guest `{}` is out of step\n{MEND}", guest.name))
}

fn compare(guest: &Guest, root: &Path) -> Result<()> {
    let manifest = Manifest::read(guest, root)?;
    let Some(entry) = manifest.guests.get(guest.name) else { bail!("{}/manifest.json does not name it", guest.output) };
    let name = format!("{}/{}.wasm", guest.output, guest.name);
    let component = fs::read(guest.component(root)).with_context(|| format!("can't read {name}"))?;
    let found = Entry::new(guest, root, &component)?;
    ensure!(
        found.component == entry.component && found.size == entry.size,
        "{name} is not what its manifest describes"
    );
    ensure!(
        found.sources == entry.sources,
        "{name} was built from other sources than those in {}/ and wit/",
        guest.folder
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guests::Kind;

    const GUEST: Guest = Guest { name: "g", package: "g", folder: "g", output: "out", kind: Kind::Member };

    /// A tree with one guest whose component is in step.
    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().expect("folder");
        let root = tree.path();
        for path in ["g/src", "wit", "out"] {
            fs::create_dir_all(root.join(path)).expect("folder");
        }
        for path in ["g/Cargo.toml", "g/build.rs", "g/src/lib.rs", "wit/w.wit", "out/g.wasm"] {
            fs::write(root.join(path), path).expect("file");
        }
        let entry = Entry::new(&GUEST, root, b"out/g.wasm").expect("entry");
        let manifest = Manifest { guests: BTreeMap::from([("g".to_owned(), entry)]) };
        manifest.write(&GUEST, root).expect("manifest");
        tree
    }

    fn complaint(tree: &tempfile::TempDir) -> String {
        format!("{:#}", check(&GUEST, tree.path()).expect_err("out of step"))
    }

    #[test]
    fn a_component_in_step_passes() {
        let tree = tree();
        check(&GUEST, tree.path()).expect("in step");
    }

    #[test]
    fn a_changed_source_is_reported_with_the_command_to_run() {
        let tree = tree();
        fs::write(tree.path().join("g/src/lib.rs"), "changed").expect("file");
        let complaint = complaint(&tree);
        assert!(complaint.contains("other sources"), "{complaint}");
        assert!(complaint.contains("cargo run -p componentize"), "{complaint}");
    }

    #[test]
    fn a_changed_component_is_reported() {
        let tree = tree();
        fs::write(tree.path().join("out/g.wasm"), "changed").expect("file");
        assert!(complaint(&tree).contains("not what its manifest describes"));
    }

    #[test]
    fn complaints_do_not_name_the_machine() {
        let tree = tree();
        fs::remove_file(tree.path().join("out/manifest.json")).expect("removed");
        let complaint = complaint(&tree);
        assert!(!complaint.contains(&tree.path().display().to_string()), "{complaint}");
    }
}
