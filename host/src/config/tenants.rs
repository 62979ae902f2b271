//! The `[[tenants]]` of the configuration file: who may use the host, with which keys, and within which limits.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::TenantLimits;
use super::problem::{Origin, Problem};
use super::raw::Text;
use super::units::{self, GIB, KIB};
use super::validate::{HISTORY_BYTES, HISTORY_EVENTS, STORAGE_BYTES, durability};
use crate::name::{Grants, TenantName};
use crate::tenant::KeyHash;

/// A tenant: the owner of sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantConfig {
    /// Its name.
    pub name: TenantName,
    /// The hashes of its keys; at least one.
    pub keys: Vec<KeyHash>,
    /// What it may take.
    pub limits: TenantLimits,
    /// The functions that its sessions may call, where they are its own.
    pub functions: Option<Grants>,
}

/// A tenant as the file says it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct RawTenant {
    name: String,
    #[serde(default)]
    keys: Vec<String>,
    session_memory: Option<Text>,
    sessions_max: Option<Text>,
    live_sessions_max: Option<Text>,
    storage_max: Option<Text>,
    history_events_max: Option<Text>,
    history_bytes_max: Option<Text>,
    durability: Option<Text>,
    functions: Option<Vec<String>>,
    #[serde(flatten)]
    unknown: BTreeMap<String, toml::Value>,
}

/// Reads the tenants, with the host's limits for what they don't say.
pub(super) fn read(
    tenants: &[RawTenant],
    host: TenantLimits,
    origin: &Origin,
    problems: &mut Vec<Problem>,
) -> Vec<TenantConfig> {
    let mut seen = Seen::default();
    let host = Bounds::of(host, tenants.len());
    let read = tenants.iter().map(|raw| read_one(raw, host, &mut seen, &mut Report { raw, origin, problems }));
    read.collect::<Vec<_>>().into_iter().flatten().collect()
}

/// What a tenant may have, and has when it says nothing.
#[derive(Clone, Copy)]
struct Bounds {
    host: TenantLimits,
    /// Live sessions of a tenant that says nothing of them. Of several tenants none has all places, or the others would
    /// find none while its commands don't end.
    live_sessions: u32,
}

impl Bounds {
    fn of(host: TenantLimits, tenants: usize) -> Self {
        let all = host.live_sessions_max;
        let most = u32::try_from(u64::from(all) * 3 / 4).unwrap_or(all).max(1);
        Self { host, live_sessions: if tenants > 1 { most } else { all } }
    }
}

/// What no two tenants may share.
#[derive(Default)]
struct Seen {
    names: BTreeSet<TenantName>,
    keys: BTreeSet<KeyHash>,
}

fn read_one(raw: &RawTenant, host: Bounds, seen: &mut Seen, report: &mut Report<'_>) -> Option<TenantConfig> {
    for unknown in raw.unknown.keys() {
        report.problem::<()>(unknown, "", "there is no such setting of a tenant".to_owned());
    }
    let limits = read_limits(raw, host, report);
    let functions = read_functions(raw, report);
    let keys = read_keys(raw, &mut seen.keys, report);
    let name = match TenantName::new(&raw.name) {
        Ok(name) if seen.names.insert(name.clone()) => Some(name),
        Ok(_) => report.problem("name", "", "there is another tenant of that name".to_owned()),
        Err(error) => report.problem("name", &raw.name, error.to_string()),
    };
    Some(TenantConfig { name: name?, keys, limits, functions })
}

fn read_functions(raw: &RawTenant, report: &mut Report<'_>) -> Option<Grants> {
    let names = raw.functions.clone()?;
    let text = names.join(", ");
    Grants::try_from(names).map_or_else(|error| report.problem("functions", &text, error), Some)
}

fn read_keys(raw: &RawTenant, seen: &mut BTreeSet<KeyHash>, report: &mut Report<'_>) -> Vec<KeyHash> {
    if raw.keys.is_empty() {
        report.problem::<()>("keys", "", "a tenant needs a key: make one with `hostel key`".to_owned());
    }
    let mut keys = Vec::new();
    for text in &raw.keys {
        match KeyHash::parse(text) {
            Some(key) if seen.insert(key) => keys.push(key),
            Some(_) => drop(report.problem::<()>("keys", text, "the key is given twice".to_owned())),
            // The value stays out of the message: somebody may have put the key itself there.
            None => drop(
                report.problem::<()>(
                    "keys",
                    "",
                    "expected the hash of a key, \"blake3:\" and 64 hexadecimal digits: make one with `hostel key`"
                        .to_owned(),
                ),
            ),
        }
    }
    keys
}

fn read_limits(raw: &RawTenant, bounds: Bounds, report: &mut Report<'_>) -> TenantLimits {
    let host = bounds.host;
    let memory = |text: &str| units::within(units::size(text)?, 64 * KIB..=3 * GIB, units::show_size);
    let sessions = |text: &str| units::within(units::number(text)?, 1..=1_000_000_000, u64::to_string);
    let live = |text: &str| {
        let live = units::within(units::number(text)?, 1..=u64::from(host.live_sessions_max), u64::to_string)?;
        u32::try_from(live).map_err(|error| error.to_string())
    };
    let storage = |text: &str| units::within(units::size(text)?, STORAGE_BYTES, units::show_size);
    let events = |text: &str| units::within(units::number(text)?, HISTORY_EVENTS, u64::to_string);
    let bytes = |text: &str| units::within(units::size(text)?, HISTORY_BYTES, units::show_size);
    TenantLimits {
        session_memory_bytes: report.limit("session_memory", &raw.session_memory, memory, host.session_memory_bytes),
        sessions_max: report.limit("sessions_max", &raw.sessions_max, sessions, host.sessions_max),
        live_sessions_max: report.limit("live_sessions_max", &raw.live_sessions_max, live, bounds.live_sessions),
        storage_bytes_max: report.limit("storage_max", &raw.storage_max, storage, host.storage_bytes_max),
        history_events_max: report.limit(
            "history_events_max",
            &raw.history_events_max,
            events,
            host.history_events_max,
        ),
        history_bytes_max: report.limit("history_bytes_max", &raw.history_bytes_max, bytes, host.history_bytes_max),
        durability: report.limit("durability", &raw.durability, durability, host.durability),
    }
}

/// Names the tenant in its problems.
struct Report<'a> {
    raw: &'a RawTenant,
    origin: &'a Origin,
    problems: &'a mut Vec<Problem>,
}

impl Report<'_> {
    fn problem<T>(&mut self, setting: &str, value: &str, message: String) -> Option<T> {
        let setting = format!("tenants.{}.{setting}", self.raw.name);
        self.problems.push(Problem { setting, value: value.to_owned(), origin: self.origin.clone(), message });
        None
    }

    fn limit<T>(&mut self, name: &str, given: &Option<Text>, read: impl Fn(&str) -> Result<T, String>, host: T) -> T {
        match given.as_ref().map(|text| (read(&text.0), text)) {
            None => host,
            Some((Ok(value), _)) => value,
            Some((Err(message), text)) => self.problem(name, &text.0, message).unwrap_or(host),
        }
    }
}
