//! From sources to components: cargo for the core module, `wit-component` for the rest.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use wit_component::ComponentEncoder;

use crate::guests::{GUESTS, Guest};
use crate::manifest::{Entry, Manifest};

const TARGET: &str = "wasm32-unknown-unknown";

/// Apart from `target`, so that a host build and a guest build never wait for each other.
const TARGET_DIR: &str = "target/guests";

/// The guests' profile. It differs from the host's, and profiles can't differ by target, so it is handed over in the
/// environment.
const PROFILE: &[(&str, &str)] = &[
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3"),
    ("CARGO_PROFILE_RELEASE_LTO", "fat"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
    ("CARGO_PROFILE_RELEASE_STRIP", "symbols"),
];

/// Builds every guest and writes its component and manifest into the tree at `root`.
///
/// # Errors
/// When the target is not installed, a guest does not compile, or its module is no component of the world `guest`.
pub fn write(root: &Path) -> Result<()> {
    let mut manifests: BTreeMap<PathBuf, Manifest> = BTreeMap::new();
    for guest in GUESTS {
        let component = build(guest, root)?;
        fs::create_dir_all(root.join(guest.output)).with_context(|| format!("can't create {}", guest.output))?;
        fs::write(guest.component(root), &component)
            .with_context(|| format!("can't write {}/{}.wasm", guest.output, guest.name))?;
        let manifest = manifests.entry(guest.manifest(root)).or_default();
        manifest.guests.insert(guest.name.to_owned(), Entry::new(guest, root, &component)?);
        manifest.write(guest, root)?;
    }
    Ok(())
}

/// Builds the component of one guest.
///
/// # Errors
/// As [`write()`].
pub fn build(guest: &Guest, root: &Path) -> Result<Vec<u8>> {
    let target_dir = std::env::var_os("HOSTEL_GUESTS_TARGET_DIR").map_or_else(|| root.join(TARGET_DIR), PathBuf::from);
    ensure_target()?;
    compile(guest, root, &target_dir)?;
    let module = target_dir.join(TARGET).join("release").join(format!("{}.wasm", guest.package.replace('-', "_")));
    let module = fs::read(module).with_context(|| format!("cargo left no module for {}", guest.package))?;
    encode(&module).with_context(|| format!("{} is no component of the world `guest`", guest.package))
}

fn encode(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default().validate(true).module(module)?.encode()
}

fn compile(guest: &Guest, root: &Path, target_dir: &Path) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .env("RUSTC", compiler())
        .args(["build", "--release", "--lib", "--target", TARGET, "-p", guest.package])
        .arg("--target-dir")
        .arg(target_dir)
        .envs(PROFILE.iter().copied())
        .status()
        .context("can't start cargo")?;
    ensure!(status.success(), "{} does not build for {TARGET}", guest.package);
    Ok(())
}

/// The compiler for the guests: `HOSTEL_GUESTS_RUSTC` where only another one than the host's has the target.
fn compiler() -> OsString {
    let set = ["HOSTEL_GUESTS_RUSTC", "RUSTC"].into_iter().find_map(std::env::var_os);
    set.unwrap_or_else(|| "rustc".into())
}

/// Says how to install the target, rather than letting cargo say that it can't find `core`.
fn ensure_target() -> Result<()> {
    let answer = Command::new(compiler())
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("can't start rustc")?;
    let libraries = String::from_utf8_lossy(&answer.stdout);
    if !answer.status.success() || !Path::new(libraries.trim()).is_dir() {
        bail!("the target {TARGET} is not installed\nhint: rustup target add {TARGET}");
    }
    Ok(())
}
