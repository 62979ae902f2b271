//! What a session's own functions keep: `kv.get`, `kv.put`, `kv.list`, `kv.delete`, and counts.
//!
//! Values belong to the session and not to its history: what a turn puts is stored with its event and dropped when the
//! turn is undone, and going back in the history leaves it as it is, as a notebook beside it. A fork begins with a copy.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::entry::Session;
use super::manager::SessionManager;
use crate::functions::{Counts, check_json};
use crate::journal::{Failure, FailureKind};
use crate::name::{FunctionName, SessionId};
use crate::store::{Change, Store, ValueKind};

/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 512;

/// Characters of a key that a message shows.
const KEY_SHOWN: usize = 40;

/// What the names of the session's own functions begin with.
pub(super) const OWN: &str = FunctionName::OWN;

/// The session's own functions.
pub(super) const OWN_FUNCTIONS: [&str; 4] = ["kv.delete", "kv.get", "kv.list", "kv.put"];

/// Version of the encoding: one byte, then an object in JSON.
const VERSION: u8 = 1;

/// The values as a turn sees them, read when it first asks.
#[derive(Default)]
pub(super) struct TurnValues {
    all: Option<BTreeMap<String, String>>,
    /// Bytes of their keys and values.
    bytes: usize,
    changed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    key: String,
    value: serde_json::Value,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct List {
    prefix: String,
}

/// Where a session's values are, and what there is room for.
pub(super) struct Place<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) id: SessionId,
    /// Bytes that the session may keep, keys and values together.
    pub(super) bytes_max: u64,
    /// Says why nothing more can be kept, whatever the session has.
    pub(super) check_room: &'a dyn Fn() -> Result<(), Failure>,
}

impl TurnValues {
    /// Answers a call of one of the session's own functions.
    pub(super) fn call(&mut self, place: &Place<'_>, name: &str, arguments: &str) -> Result<String, Failure> {
        match name {
            "kv.get" => {
                let Key { key } = read(name, arguments, r#"{"key": "…"}"#)?;
                Ok(self.all(place)?.get(&key).cloned().unwrap_or_else(|| "null".to_owned()))
            }
            "kv.put" => {
                let Put { key, value } = read(name, arguments, r#"{"key": "…", "value": …}"#)?;
                self.put(place, key, value.to_string())
            }
            "kv.delete" => {
                let Key { key } = read(name, arguments, r#"{"key": "…"}"#)?;
                let gone = self.all(place)?.remove(&key).map(|value| key.len() + value.len());
                self.bytes -= gone.unwrap_or(0);
                self.changed |= gone.is_some();
                Ok(gone.is_some().to_string())
            }
            "kv.list" => {
                let List { prefix } = if arguments == "null" || arguments == "[]" {
                    List::default()
                } else {
                    read(name, arguments, r#"{"prefix": "…"}, or null"#)?
                };
                let keys = self.all(place)?.keys().filter(|key| key.starts_with(&prefix));
                serde_json::to_string(&keys.collect::<Vec<_>>()).map_err(|error| failed(&error))
            }
            _ => Err(Failure::new(
                FailureKind::Denied,
                format!("there is no function {name}; there are kv.get, kv.put, kv.list and kv.delete"),
            )),
        }
    }

    /// What is to be stored with the turn's event, when the turn has changed anything; empty for nothing.
    pub(super) fn changed(&self) -> Option<Vec<u8>> {
        self.changed.then(|| encode(self.all.as_ref().unwrap_or(&BTreeMap::new())))
    }

    fn put(&mut self, place: &Place<'_>, key: String, value: String) -> Result<String, Failure> {
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(Failure::new(
                FailureKind::Invalid,
                format!("a key has 1 to {KEY_BYTES_MAX} bytes, this one has {}", key.len()),
            ));
        }
        let before = self.all(place)?.get(&key).map_or(0, |value| key.len() + value.len());
        let bytes = self.bytes - before + key.len() + value.len();
        let max = place.bytes_max;
        if bytes as u64 > max {
            let message =
                format!("a session keeps {max} bytes, these would be {bytes}; the limit is set by kv_bytes_max");
            return Err(Failure::new(FailureKind::Limited, message));
        }
        if bytes > self.bytes {
            (place.check_room)()?;
        }
        self.all(place)?.insert(key, value);
        self.bytes = bytes;
        self.changed = true;
        Ok("null".to_owned())
    }

    fn all(&mut self, place: &Place<'_>) -> Result<&mut BTreeMap<String, String>, Failure> {
        if self.all.is_none() {
            let all: BTreeMap<String, String> = load(place.store, place.id, ValueKind::Values)?;
            self.bytes = all.iter().map(|(key, value)| key.len() + value.len()).sum();
            self.all = Some(all);
        }
        self.all.as_mut().ok_or_else(|| Failure::new(FailureKind::Failed, "the session's values are not there"))
    }
}

/// The counts of a session.
pub(super) struct SessionCounts<'a> {
    pub(super) manager: &'a SessionManager,
    pub(super) session: &'a Session,
}

impl Counts for SessionCounts<'_> {
    fn get(&self, name: &str) -> Result<u64, Failure> {
        let counts: BTreeMap<String, u64> = load(&*self.manager.store, self.session.id, ValueKind::Counts)?;
        Ok(counts.get(name).copied().unwrap_or(0))
    }

    fn add(&self, name: &str, more: u64) -> Result<(), Failure> {
        // Nobody else changes them: the turn is the session's only one.
        let mut counts: BTreeMap<String, u64> = load(&*self.manager.store, self.session.id, ValueKind::Counts)?;
        let count = counts.entry(name.to_owned()).or_default();
        *count = count.saturating_add(more);
        let (id, bytes) = (self.session.id, encode(&counts));
        let change = Change::PutValues { id, kind: ValueKind::Counts, bytes: &bytes };
        // Its own durability is for the event.
        let committed = self.manager.commit(&[change], crate::store::Durability::Process);
        committed.map_err(|error| failed(&error))
    }
}

fn read<T: DeserializeOwned>(name: &str, arguments: &str, expected: &str) -> Result<T, Failure> {
    serde_json::from_str(arguments).map_err(|error| {
        // Where in the text is no help to who wrote none.
        let error = error.to_string();
        let what = error.split_once(" at line ").map_or(&*error, |(what, _)| what);
        Failure::new(FailureKind::Invalid, format!("{name} takes {expected}: {what}"))
    })
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Failed, error.to_string())
}

fn load<T: DeserializeOwned + Serialize + Default>(
    store: &dyn Store,
    id: SessionId,
    kind: ValueKind,
) -> Result<T, Failure> {
    let stored = store.values(id, kind).map_err(|error| failed(&error))?;
    stored.map_or_else(|| Ok(T::default()), |bytes| decode(&bytes).map_err(|error| failed(&error)))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match bytes {
        [VERSION, json @ ..] => serde_json::from_slice(json).map_err(|error| error.to_string()),
        _ => Err("what the session keeps is damaged, or of a newer hostel".to_owned()),
    }
}

/// Whether `bytes` are values of a session, as another host wrote them.
///
/// # Errors
/// What is wrong with them.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let all: BTreeMap<String, String> = decode(bytes)?;
    for (key, value) in &all {
        let shown: String = key.chars().take(KEY_SHOWN).collect();
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(format!("the key {shown:?} has {} bytes, and not 1 to {KEY_BYTES_MAX}", key.len()));
        }
        check_json(value).map_err(|wrong| format!("the value of {shown:?} is no JSON: {wrong}"))?;
    }
    Ok(())
}

fn encode<V: Serialize>(all: &BTreeMap<String, V>) -> Vec<u8> {
    if all.is_empty() {
        return Vec::new();
    }
    let mut bytes = vec![VERSION];
    bytes.extend(serde_json::to_vec(all).unwrap_or_default());
    bytes
}

/// Whether an answer of a function can be passed on.
pub(super) fn check_answer(who: &str, answer: String) -> Result<String, Failure> {
    match check_json(&answer) {
        Ok(()) => Ok(answer),
        Err(wrong) => {
            Err(Failure::new(FailureKind::Failed, format!("{who} gave no JSON that can be passed on: {wrong}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Durability, MemoryStore};

    const ID: [u8; 16] = [7; 16];

    fn call_in(
        values: &mut TurnValues,
        store: &MemoryStore,
        check_room: &dyn Fn() -> Result<(), Failure>,
        name: &str,
        arguments: &str,
    ) -> Result<String, FailureKind> {
        let place = Place { store, id: SessionId::from_bytes(ID), bytes_max: 100, check_room };
        values.call(&place, name, arguments).map_err(|failure| failure.kind)
    }

    fn call(values: &mut TurnValues, store: &MemoryStore, name: &str, arguments: &str) -> Result<String, FailureKind> {
        call_in(values, store, &|| Ok(()), name, arguments)
    }

    #[test]
    fn what_is_put_is_there_for_the_turns_after_it() {
        let store = MemoryStore::new();
        let mut values = TurnValues::default();
        assert_eq!(call(&mut values, &store, "kv.get", r#"{"key": "a"}"#).as_deref(), Ok("null"));
        assert_eq!(values.changed(), None);
        assert_eq!(call(&mut values, &store, "kv.put", r#"{"key": "a", "value": {"b": [1]}}"#).as_deref(), Ok("null"));
        let bytes = values.changed().unwrap();
        let id = SessionId::from_bytes(ID);
        store.commit(&[Change::PutValues { id, kind: ValueKind::Values, bytes: &bytes }], Durability::Process).unwrap();
        let mut values = TurnValues::default();
        assert_eq!(call(&mut values, &store, "kv.get", r#"{"key": "a"}"#).as_deref(), Ok(r#"{"b":[1]}"#));
        assert_eq!(call(&mut values, &store, "kv.list", "null").as_deref(), Ok(r#"["a"]"#));
        assert_eq!(call(&mut values, &store, "kv.list", r#"{"prefix": "b"}"#).as_deref(), Ok("[]"));
        assert_eq!(call(&mut values, &store, "kv.delete", r#"{"key": "a"}"#).as_deref(), Ok("true"));
        assert_eq!(values.changed(), Some(Vec::new()));
    }

    #[test]
    fn what_is_replaced_or_deleted_counts_no_more() {
        let store = MemoryStore::new();
        let mut values = TurnValues::default();
        let of = |key: &str, bytes: usize| format!(r#"{{"key": "{key}", "value": "{}"}}"#, "x".repeat(bytes - 2));
        for _ in 0..3 {
            for bytes in [99, 10, 90] {
                assert_eq!(call(&mut values, &store, "kv.put", &of("a", bytes)).as_deref(), Ok("null"));
            }
            assert_eq!(call(&mut values, &store, "kv.put", &of("b", 9)), Err(FailureKind::Limited));
            assert_eq!(call(&mut values, &store, "kv.put", &of("b", 8)).as_deref(), Ok("null"));
            for key in ["a", "b"] {
                let gone = call(&mut values, &store, "kv.delete", &format!(r#"{{"key": "{key}"}}"#));
                assert_eq!(gone.as_deref(), Ok("true"));
            }
        }
    }

    #[test]
    fn where_there_is_no_more_room_less_can_be_kept_and_not_more() {
        let store = MemoryStore::new();
        let mut values = TurnValues::default();
        assert_eq!(call(&mut values, &store, "kv.put", r#"{"key": "a", "value": "long"}"#).as_deref(), Ok("null"));
        let full = || Err(Failure::new(FailureKind::Limited, "full"));
        let mut call = |name, arguments| call_in(&mut values, &store, &full, name, arguments);
        assert_eq!(call("kv.put", r#"{"key": "a", "value": "longer"}"#), Err(FailureKind::Limited));
        assert_eq!(call("kv.put", r#"{"key": "b", "value": 1}"#), Err(FailureKind::Limited));
        assert_eq!(call("kv.put", r#"{"key": "a", "value": "less"}"#).as_deref(), Ok("null"));
        assert_eq!(call("kv.get", r#"{"key": "a"}"#).as_deref(), Ok(r#""less""#));
        assert_eq!(call("kv.delete", r#"{"key": "a"}"#).as_deref(), Ok("true"));
    }

    #[test]
    fn values_of_another_host_are_looked_at() {
        let all = |key: &str, value: &str| encode(&BTreeMap::from([(key.to_owned(), value.to_owned())]));
        assert_eq!(check(&all("a", r#"{"b":1}"#)), Ok(()));
        assert!(check(&all("a", "{")).unwrap_err().contains(r#"the value of "a" is no JSON"#));
        assert!(check(&all("", "1")).unwrap_err().contains("has 0 bytes"));
        assert!(check(&all(&"k".repeat(513), "1")).unwrap_err().contains("has 513 bytes"));
        assert!(check(b"").is_err() && check(&[VERSION]).is_err() && check(b"\x02{}").is_err());
    }

    #[test]
    fn what_can_t_be_done_is_told() {
        let store = MemoryStore::new();
        let mut values = TurnValues::default();
        let long = format!(r#"{{"key": "a", "value": "{}"}}"#, "x".repeat(100));
        assert_eq!(call(&mut values, &store, "kv.put", &long), Err(FailureKind::Limited));
        assert_eq!(call(&mut values, &store, "kv.put", r#"{"key": "", "value": 1}"#), Err(FailureKind::Invalid));
        assert_eq!(call(&mut values, &store, "kv.get", "[]"), Err(FailureKind::Invalid));
        assert_eq!(call(&mut values, &store, "kv.drop", "null"), Err(FailureKind::Denied));
        assert_eq!(values.changed(), None);
    }
}
