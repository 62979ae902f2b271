//! From sources to components: cargo for the core module, `wit-component` for the rest.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use wit_component::ComponentEncoder;

use crate::guests::{Guest, Kind};
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

/// Builds `guests` and writes their components and manifests into the tree at `root`. Answers those that can't be built
/// here: they have C parts, and there is no compiler for these. What is not built stays as it is.
///
/// # Errors
/// When the target is not installed, a guest does not compile, or its module is no component of the world `guest`.
pub fn write<'g>(guests: &[&'g Guest], root: &Path) -> Result<Vec<&'g Guest>> {
    let has_c = has_c_compiler();
    let (able, unable): (Vec<_>, Vec<_>) = guests.iter().partition(|guest| guest.kind != Kind::WithC || has_c);
    for guest in able {
        let component = build(guest, root)?;
        fs::create_dir_all(root.join(guest.output)).with_context(|| format!("can't create {}", guest.output))?;
        fs::write(guest.component(root), &component)
            .with_context(|| format!("can't write {}/{}.wasm", guest.output, guest.name))?;
        let mut manifest = Manifest::read_or_new(guest, root)?;
        manifest.guests.insert(guest.name.to_owned(), Entry::new(guest, root, &component)?);
        manifest.write(guest, root)?;
    }
    Ok(unable)
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

/// Makes a component of a core module that was built for the world `guest`.
///
/// # Errors
/// When it was not.
pub fn encode(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default().validate(true).module(module)?.encode()
}

fn compile(guest: &Guest, root: &Path, target_dir: &Path) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--lib", "--target", TARGET, "-p", guest.package]).arg("--target-dir");
    match guest.kind {
        Kind::Member => command.arg(target_dir).current_dir(root),
        // Its dependencies name newer compilers than they need, and guests are built with older ones too.
        Kind::WithC => {
            command.arg(target_dir).args(["--locked", "--ignore-rust-version"]).current_dir(root.join(guest.folder))
        }
    };
    command.env("RUSTC", compiler()).envs(PROFILE.iter().copied());
    let status = command.status().context("can't start cargo")?;
    ensure!(status.success(), "{} does not build for {TARGET}", guest.package);
    Ok(())
}

/// The compiler for the guests: `HOSTEL_GUESTS_RUSTC` where only another one than the host's has the target.
fn compiler() -> OsString {
    let set = ["HOSTEL_GUESTS_RUSTC", "RUSTC"].into_iter().find_map(std::env::var_os);
    set.unwrap_or_else(|| "rustc".into())
}

/// Whether C can be compiled for the target: by what `CC_wasm32_unknown_unknown` names, or by clang.
fn has_c_compiler() -> bool {
    let compiler = std::env::var_os("CC_wasm32_unknown_unknown").unwrap_or_else(|| "clang".into());
    let probe = Command::new(compiler).args(["--target=wasm32-unknown-unknown", "-x", "c", "-E", "/dev/null"]).output();
    probe.is_ok_and(|answer| answer.status.success())
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
