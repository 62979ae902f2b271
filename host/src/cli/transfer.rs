//! Sessions as files: `export` and `import`.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use hyper::Method;

use super::backend::Backend;
use super::failure::Hinted;
use super::output;
use super::place::{Place, View};
use super::question::Question;
use super::sessions::MADE_FIELDS;
use crate::name::SessionName;

/// What an exported session is sent as.
const EXPORT_TYPE: &str = "application/vnd.hostel.session";

/// `hostel export`
#[derive(Debug, Args)]
pub struct Export {
    /// The session
    name: SessionName,
    /// File to write, - for standard output; NAME.hostel when it is not given
    file: Option<PathBuf>,
    /// Overwrite the file when it is there
    #[arg(long)]
    force: bool,
    /// Where the sessions are
    #[command(flatten)]
    place: Place,
}

/// `hostel import`
#[derive(Debug, Args)]
pub struct Import {
    /// What the session is to be called
    name: SessionName,
    /// File to read, - for standard input
    file: PathBuf,
    /// Where the sessions are, and how to show the one that was made
    #[command(flatten)]
    view: View,
}

impl Export {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let file = self.file.unwrap_or_else(|| format!("{}.hostel", self.name).into());
        let to_stdout = file.as_os_str() == "-";
        if !to_stdout && !self.force && file.exists() {
            return Err(taken(&file));
        }
        let question = Question::of(Method::GET, &self.name, "/export");
        let bytes = Backend::ask_at(&self.place, question).await?.body;
        if to_stdout {
            stdout().lock().write_all(&bytes)?;
            return Ok(ExitCode::SUCCESS);
        }
        write(&file, &bytes, self.force)?;
        eprintln!("{} is in {}, {} bytes", self.name, file.display(), bytes.len());
        Ok(ExitCode::SUCCESS)
    }
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let bytes = read(&self.file).with_context(|| format!("can't read {}", self.file.display()))?;
        let question = Question::of(Method::POST, &self.name, "/import").bytes(EXPORT_TYPE, bytes.into());
        let answer = Backend::ask_at(&self.view.place.clone().making(), question).await?;
        match self.view.json {
            true => output::print_json(&answer.json())?,
            false => drop(output::print_list(vec![answer.json()], false, MADE_FIELDS)?),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads an exported session: what does not begin like one, or has no end, is not read.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let source: Box<dyn Read> = if file.as_os_str() == "-" { Box::new(stdin()) } else { Box::new(File::open(file)?) };
    let mut source = source.take(FILE_BYTES_MAX + 1);
    let mut bytes = Vec::new();
    source.by_ref().take(crate::archive::MAGIC.len() as u64).read_to_end(&mut bytes)?;
    anyhow::ensure!(bytes == crate::archive::MAGIC, "it is no exported session");
    source.read_to_end(&mut bytes)?;
    anyhow::ensure!(bytes.len() as u64 <= FILE_BYTES_MAX, "it has more than the {FILE_BYTES_MAX} bytes of any export");
    Ok(bytes)
}

/// The most that `transfer_bytes_max` can be.
const FILE_BYTES_MAX: u64 = 4 << 30;

/// Writes a file, which must not be there unless `force`. It is written beside and renamed, so that what was there stays
/// when it can't be written whole. What is no regular file, a terminal or a pipe, is written to as it is.
fn write(file: &Path, bytes: &[u8], force: bool) -> anyhow::Result<()> {
    let cant = || format!("can't write {}", file.display());
    match std::fs::metadata(file) {
        Ok(_) if !force => return Err(taken(file)),
        Ok(there) if !there.is_file() => {
            let mut opened = OpenOptions::new().write(true).open(file).with_context(cant)?;
            return opened.write_all(bytes).with_context(cant);
        }
        _ => {}
    }
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = directory.join(format!(".{name}.{}", std::process::id()));
    let mut opened = OpenOptions::new().write(true).create_new(true).open(&beside).with_context(cant)?;
    let written =
        opened.write_all(bytes).and_then(|()| opened.sync_all()).and_then(|()| std::fs::rename(&beside, file));
    written.or_else(|error| {
        let _ = std::fs::remove_file(&beside);
        Err(error).with_context(cant)
    })
}

fn taken(file: &Path) -> anyhow::Error {
    let message = format!("{} is there already", file.display());
    Hinted { message, hint: "name another file, or overwrite it with --force" }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_overwritten_only_by_force() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("alice.hostel");
        write(&file, b"first", false).unwrap();
        let refused = write(&file, b"second", false).unwrap_err();
        assert!(refused.to_string().ends_with("alice.hostel is there already"), "{refused}");
        assert!(refused.downcast_ref::<Hinted>().is_some_and(|hinted| hinted.hint.contains("--force")));
        assert_eq!(std::fs::read(&file).unwrap(), b"first");
        write(&file, b"third", true).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"third");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        write(Path::new("/dev/null"), b"gone", true).unwrap();
    }

    #[test]
    fn what_is_no_export_is_not_read_to_its_end() {
        let refused = read(Path::new("/dev/zero")).unwrap_err();
        assert!(refused.to_string().contains("no exported session"), "{refused}");
    }
}
