//! `cargo run -p componentize`: rebuilds the guests' components, or those that are named. With `--check`, verifies the
//! committed ones instead; with `--module MODULE COMPONENT`, makes a component of any guest's core module.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use componentize::{GUESTS, Guest, check, encode, write};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let root = workspace()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--check"] => {
            GUESTS.iter().try_for_each(|guest| check(guest, &root))?;
            GUESTS.iter().for_each(|guest| eprintln!("in step: {}", path(guest)));
            Ok(())
        }
        ["--module", module, component] => {
            let bytes = std::fs::read(module).with_context(|| format!("can't read {module}"))?;
            let bytes = encode(&bytes).with_context(|| format!("{module} is no module of the world `guest`"))?;
            std::fs::write(component, bytes).with_context(|| format!("can't write {component}"))?;
            eprintln!("built: {component}");
            Ok(())
        }
        [flag, ..] if flag.starts_with('-') => {
            bail!("usage: componentize [--check | --module MODULE COMPONENT | GUEST…]")
        }
        [] => build(&GUESTS.iter().collect::<Vec<_>>(), &root),
        ref names => build(&names.iter().map(|name| named(name)).collect::<Result<Vec<_>>>()?, &root),
    }
}

fn build(guests: &[&Guest], root: &Path) -> Result<()> {
    let left = write(guests, root)?;
    for guest in guests {
        if left.iter().any(|other| other.name == guest.name) {
            eprintln!("left as it is, for there is no C compiler for WebAssembly: {}", path(guest));
            eprintln!("hint: install clang, or name one in CC_wasm32_unknown_unknown");
        } else {
            eprintln!("built: {}", path(guest));
        }
    }
    Ok(())
}

fn named(name: &str) -> Result<&'static Guest> {
    GUESTS.iter().find(|guest| guest.name == name).with_context(|| format!("there is no guest `{name}`"))
}

/// The nearest folder, from here upwards, that holds the contract and a guest.
fn workspace() -> Result<PathBuf> {
    let here = std::env::current_dir().context("no current folder")?;
    let is_root = |folder: &&Path| folder.join("wit").is_dir() && folder.join("Cargo.lock").is_file();
    let root = here.ancestors().find(is_root).context("not inside the workspace")?;
    Ok(root.to_owned())
}

fn path(guest: &Guest) -> String {
    format!("{}/{}.wasm", guest.output, guest.name)
}
