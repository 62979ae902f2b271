//! The note that a store was stopped in order.
//!
//! After a crash the end of the journal may be torn, and is cut off ([`super::repair`], and the engine itself where only
//! the last batch is short). After an orderly stop nothing may be: a journal that is shorter then, or different, was
//! damaged since, and cutting it would lose what was acknowledged and safe. So an orderly stop notes what the journal
//! holds, and the next opening compares.
//!
//! ```text
//! DATA/stopped    number of the newest journal · bytes up to the last that is not zero · XXH3-128 of these
//! ```
//!
//! The first write after a stop removes the note, and so does every opening. Without a note all is as after a crash.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use xxhash_rust::xxh3::xxh3_128;

use super::contain::Source;
use super::sync::{journal_path, newest_journal};

const FILE: &str = "stopped";

/// The note of one data directory.
pub(super) struct Stopped {
    path: PathBuf,
    engine: PathBuf,
    noted: AtomicBool,
}

impl Stopped {
    /// For the data directory whose engine's files are in `engine`.
    pub(super) fn new(engine: &Path) -> Self {
        let directory = engine.parent().unwrap_or(Path::new("."));
        Self { path: directory.join(FILE), engine: engine.to_owned(), noted: AtomicBool::new(false) }
    }

    /// Notes what is there, all of which is synced.
    pub(super) fn note(&self) -> io::Result<()> {
        let number = newest_journal(&self.engine)?;
        let (length, hash) = contents(&self.engine, number)?;
        let mut file = fs::File::create(&self.path)?;
        writeln!(file, "{number} {length} {hash:032x}")?;
        file.sync_all()?;
        self.noted.store(true, Ordering::Release);
        Ok(())
    }

    /// Something is about to be written.
    pub(super) fn writing(&self) -> io::Result<()> {
        if self.noted.load(Ordering::Relaxed) && self.noted.swap(false, Ordering::AcqRel) {
            fs::remove_file(&self.path)?;
        }
        Ok(())
    }

    /// Compares what is there with the note, if there is one, and removes the note.
    ///
    /// # Errors
    /// When the journal has changed since the stop: then the note stays.
    pub(super) fn check(&self) -> Result<(), Source> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let mut words = text.split_whitespace();
        let number = words.next().and_then(|word| word.parse::<u64>().ok());
        let noted = (words.next().and_then(|word| word.parse().ok()), words.next().unwrap_or_default());
        // A journal that was begun since tells nothing of the one that was noted.
        if let Some(number) = number.filter(|number| newest_journal(&self.engine).ok() == Some(*number)) {
            let (length, hash) = contents(&self.engine, number)?;
            if noted != (Some(length), &format!("{hash:032x}")) {
                return Err(format!(
                    "its journal {} was changed since the host was stopped, which a crash does not explain: put back a \
                     good copy, or remove {} to go on with what can still be read",
                    journal_path(&self.engine, number).display(),
                    self.path.display()
                )
                .into());
            }
        }
        Ok(fs::remove_file(&self.path)?)
    }
}

/// The length of a journal up to its last byte that is not zero, and the hash of that.
fn contents(engine: &Path, number: u64) -> io::Result<(usize, u128)> {
    let bytes = fs::read(journal_path(engine, number))?;
    let length = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    Ok((length, xxh3_128(&bytes[..length])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Change, Durability, FjallStore, Store, StoreError};

    const ID: crate::name::SessionId = crate::name::SessionId::from_bytes([1; 16]);

    fn append(store: &FjallStore, number: u64) {
        let change = Change::AppendEvent { id: ID, number, bytes: &[7; 300] };
        store.commit(&[change], Durability::Process).expect("it is written");
    }

    fn events(store: &FjallStore) -> usize {
        store.events(ID, 0, 99).expect("readable").len()
    }

    #[test]
    fn a_journal_that_was_changed_after_an_orderly_stop_is_not_cut_but_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FjallStore::open(folder.path()).expect("it opens");
        (1..=20).for_each(|number| append(&store, number));
        store.stop().expect("it stops");
        drop(store);
        let path = journal_path(&folder.path().join("fjall"), 0);
        let good = fs::read(&path).expect("the journal");
        let used = good.iter().rposition(|&byte| byte != 0).expect("it holds something") + 1;
        let mut flipped = good.clone();
        flipped[used / 2] ^= 1;
        for bad in [&good[..used / 2], &flipped] {
            fs::write(&path, bad).expect("damaged");
            let refused = FjallStore::open(folder.path()).err().expect("it is refused");
            let StoreError::Open { source, .. } = refused else { panic!("{refused}") };
            assert!(source.to_string().contains("was changed since the host was stopped"), "{source}");
        }
        fs::write(&path, &good).expect("mended");
        let store = FjallStore::open(folder.path()).expect("it opens");
        assert_eq!(events(&store), 20);
        drop(store);
        // Without a stop in order it is as after a crash.
        fs::write(&path, &good[..used / 2]).expect("damaged");
        assert!((1..20).contains(&events(&FjallStore::open(folder.path()).expect("it opens"))));
    }

    #[test]
    fn whoever_writes_after_a_stop_takes_the_note_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FjallStore::open(folder.path()).expect("it opens");
        append(&store, 1);
        store.stop().expect("it stops");
        append(&store, 2);
        assert!(!folder.path().join(FILE).exists());
        drop(store);
        assert_eq!(events(&FjallStore::open(folder.path()).expect("it opens")), 2);
    }
}
