//! What is kept of registered guests: two files each, so that a restart compiles nothing.
//!
//! ```text
//! DATA/guests/DIGEST-vN.baked                     the component, initialised and baked
//! DATA/guests/DIGEST-vN-COMPATIBILITY.artifact    its compiled code
//!   magic "HOSTELA1" · checksum of all that follows (16) · length of header (4) · header (JSON) · component or code
//! ```
//!
//! Compiled code goes with a version of wasmtime and its settings, so others compile anew; a file that is damaged is made
//! anew too. The baked component stays: its memory is what the sessions' snapshots differ from, and initialising the guest
//! again under another wasmtime might make another.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files;
use crate::instance::{AccessShape, HostEngine, LanguageInfo};
use crate::name::Digest;

const MAGIC: &[u8; 8] = b"HOSTELA1";
const CHECKSUM_BYTES: usize = 16;

/// What is kept beside the code.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) shape: AccessShape,
    pub(super) language: String,
    pub(super) version: String,
    pub(super) prompt: String,
    pub(super) help: String,
}

impl Header {
    pub(super) fn new(shape: AccessShape, info: &LanguageInfo) -> Self {
        let LanguageInfo { language, version, prompt, help } = info.clone();
        Self { shape, language, version, prompt, help }
    }

    pub(super) fn info(&self) -> LanguageInfo {
        let Self { language, version, prompt, help, .. } = self;
        LanguageInfo {
            language: language.clone(),
            version: version.clone(),
            prompt: prompt.clone(),
            help: help.clone(),
        }
    }
}

/// Counts changes of how this program rewrites components.
const REWRITE_VERSION: u32 = 1;

/// Where the baked component of a guest is.
pub(super) fn baked_path(directory: &Path, digest: Digest) -> PathBuf {
    directory.join(format!("{digest}-v{REWRITE_VERSION}.baked"))
}

/// Where the compiled code of a guest is.
pub(super) fn path(directory: &Path, digest: Digest, engine: &HostEngine) -> PathBuf {
    directory.join(format!("{digest}-v{REWRITE_VERSION}-{:016x}.artifact", engine.compatibility()))
}

/// Reads a file: header and component or code. Nothing when there is none or it is damaged.
pub(super) fn read(path: &Path) -> Option<(Header, Vec<u8>)> {
    let mut bytes = fs::read(path).ok()?;
    let header_at = MAGIC.len() + CHECKSUM_BYTES + 4;
    let rest = bytes.strip_prefix(MAGIC)?.get(CHECKSUM_BYTES..)?;
    if xxhash_rust::xxh3::xxh3_128(rest).to_le_bytes() != bytes[MAGIC.len()..MAGIC.len() + CHECKSUM_BYTES] {
        tracing::warn!(path = %path.display(), "what was kept of a guest is damaged; making it anew");
        return None;
    }
    let length = u32::from_le_bytes(*rest.first_chunk()?) as usize;
    let header = serde_json::from_slice(bytes.get(header_at..header_at.checked_add(length)?)?).ok()?;
    bytes.drain(..header_at + length);
    Some((header, bytes))
}

/// Writes a file, whole or not at all. A failure is logged and forgotten: it can be made again.
pub(super) fn write(path: &Path, header: &Header, code: &[u8]) {
    if let Err(error) = try_write(path, header, code) {
        tracing::warn!(path = %path.display(), %error, "can't keep a guest; the next start makes it again");
    }
}

fn try_write(path: &Path, header: &Header, code: &[u8]) -> std::io::Result<()> {
    let header = serde_json::to_vec(header)?;
    let length = u32::try_from(header.len()).map_err(std::io::Error::other)?;
    let rest = [&length.to_le_bytes(), header.as_slice(), code].concat();
    let checksum = xxhash_rust::xxh3::xxh3_128(&rest).to_le_bytes();
    files::replace(path, &[MAGIC, &checksum, &rest])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_artifact_is_not_used() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("x.artifact");
        let info = LanguageInfo { language: "L".into(), version: "1".into(), prompt: "> ".into(), help: String::new() };
        let header = Header::new(AccessShape { memories: 1, global_words: 2 }, &info);
        try_write(&path, &header, b"code").expect("it is written");
        let (read_header, code) = read(&path).expect("it reads back");
        assert_eq!((read_header.info(), read_header.shape, code.as_slice()), (info, header.shape, &b"code"[..]));
        let good = fs::read(&path).expect("it is there");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, bad).expect("it is writable");
            assert!(read(&path).is_none(), "byte {at}");
            fs::write(&path, &good[..at]).expect("it is writable");
            assert!(read(&path).is_none(), "cut at {at}");
        }
    }
    #[test]
    fn what_could_not_be_written_takes_no_room() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("x.artifact");
        // It can be written, and not take its place.
        fs::create_dir(&path).expect("it is made");
        let info = LanguageInfo { language: "L".into(), version: "1".into(), prompt: "> ".into(), help: String::new() };
        let header = Header::new(AccessShape { memories: 1, global_words: 2 }, &info);
        try_write(&path, &header, b"code").expect_err("a directory is in the way");
        assert_eq!(fs::read_dir(directory.path()).expect("it is there").count(), 1);
    }
}
