//! Which guests there are, where their sources lie and where their components go.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The contract that all guests are built from.
const WIT: &str = "wit";

/// A guest of this repository. All paths are relative to the workspace's root and use `/`.
#[derive(Debug, Clone, Copy)]
pub struct Guest {
    /// The name that its component and its manifest entry have.
    pub name: &'static str,
    /// The cargo package.
    pub package: &'static str,
    /// The folder of the package.
    pub folder: &'static str,
    /// The folder that holds the component and its manifest.
    pub output: &'static str,
    /// How it is built.
    pub kind: Kind,
}

/// How a guest is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As a member of this workspace.
    Member,
    /// As a workspace of its own, with a lock file of its own, for it has C parts. It is built where there is a C
    /// compiler for WebAssembly, and left as it is elsewhere.
    WithC,
}

/// Every guest that is committed as a component.
pub const GUESTS: &[Guest] = &[
    Guest { name: "omega", package: "guest-repl", folder: "guest-repl", output: "host/guests", kind: Kind::Member },
    Guest {
        name: "javascript",
        package: "guest-js",
        folder: "examples/guest-js",
        output: "host/guests",
        kind: Kind::WithC,
    },
    Guest { name: "behave", package: "behave", folder: "tests/behave", output: "tests/guests", kind: Kind::Member },
];

// === impl Guest ===

impl Guest {
    /// Where its component is, under `root`.
    #[must_use]
    pub fn component(&self, root: &Path) -> PathBuf {
        root.join(self.output).join(format!("{}.wasm", self.name))
    }

    /// Where its manifest is, under `root`.
    #[must_use]
    pub fn manifest(&self, root: &Path) -> PathBuf {
        root.join(self.output).join("manifest.json")
    }

    /// The digest of all that its component is made of: each file's relative path, length and bytes, in order of path.
    ///
    /// # Errors
    /// When a source is missing or can't be read.
    pub fn source_digest(&self, root: &Path) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        for path in self.sources(root)? {
            let bytes = fs::read(root.join(&path)).with_context(|| format!("can't read {path}"))?;
            hasher.update(&(path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(&bytes);
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// The relative paths of its sources, sorted.
    fn sources(&self, root: &Path) -> Result<Vec<String>> {
        let mut found = vec![format!("{}/Cargo.toml", self.folder), format!("{}/build.rs", self.folder)];
        if self.kind == Kind::WithC {
            found.push(format!("{}/Cargo.lock", self.folder));
        }
        walk(root, &format!("{}/src", self.folder), &mut found)?;
        walk(root, WIT, &mut found)?;
        found.sort();
        Ok(found)
    }
}

/// Adds every file below `folder` to `found`; folders are taken from a list, not by recursion.
fn walk(root: &Path, folder: &str, found: &mut Vec<String>) -> Result<()> {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(root.join(&folder)).with_context(|| format!("can't list {folder}"))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("can't list {folder}"))?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(root: &Path) -> Guest {
        for (path, text) in [("g/Cargo.toml", "a"), ("g/build.rs", "b"), ("g/src/lib.rs", "c"), ("wit/w.wit", "d")] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folder");
            fs::write(path, text).expect("file");
        }
        Guest { name: "g", package: "g", folder: "g", output: "out", kind: Kind::Member }
    }

    #[test]
    fn a_changed_source_changes_the_digest() {
        let root = tempfile::tempdir().expect("folder");
        let guest = guest(root.path());
        let before = guest.source_digest(root.path()).expect("digest");
        assert_eq!(before, guest.source_digest(root.path()).expect("digest"));
        fs::write(root.path().join("g/src/lib.rs"), "C").expect("file");
        assert_ne!(before, guest.source_digest(root.path()).expect("digest"));
    }

    #[test]
    fn a_renamed_source_changes_the_digest() {
        let root = tempfile::tempdir().expect("folder");
        let guest = guest(root.path());
        let before = guest.source_digest(root.path()).expect("digest");
        fs::rename(root.path().join("g/src/lib.rs"), root.path().join("g/src/main.rs")).expect("rename");
        assert_ne!(before, guest.source_digest(root.path()).expect("digest"));
    }
}
