//! `cargo run -p componentize`: rebuilds the guests' components. With `--check`, verifies the committed ones instead.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use componentize::{GUESTS, check, write};

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
        [] => {
            write(&root)?;
            report("built")
        }
        ["--check"] => {
            GUESTS.iter().try_for_each(|guest| check(guest, &root))?;
            report("in step")
        }
        _ => bail!("usage: componentize [--check]"),
    }
}

/// The nearest folder, from here upwards, that holds the contract and a guest.
fn workspace() -> Result<PathBuf> {
    let here = std::env::current_dir().context("no current folder")?;
    let is_root = |folder: &&Path| folder.join("wit").is_dir() && folder.join("Cargo.lock").is_file();
    let root = here.ancestors().find(is_root).context("not inside the workspace")?;
    Ok(root.to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "ends each branch of `run`")]
fn report(what: &str) -> Result<()> {
    for guest in GUESTS {
        eprintln!("{what}: {}/{}.wasm", guest.output, guest.name);
    }
    Ok(())
}
