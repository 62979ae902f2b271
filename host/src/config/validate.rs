//! From what was given to what holds: reads each setting, keeps it to its range, and checks what belongs together.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::problem::{ConfigError, Origin, Problem};
use super::raw::{Layers, SETTINGS, Setting, setting};
use super::units::{self, GIB, KIB, MIB, TIB};
use super::{
    CallbackConfig, Config, GuestsConfig, HttpConfig, HttpUrl, InferConfig, LimitsConfig, LogConfig, LogFormat,
    PoolConfig, Secret, SecretText, TenantConfig, TenantLimits, functions as functions_of, tenants,
};
use crate::name::{Grants, GuestName};
use crate::store::Durability;
use crate::tenant::KeyHash;

const MS: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Bounds of `history_events_max`, of the host and of a tenant.
pub(super) const HISTORY_EVENTS: RangeInclusive<u64> = 1..=1_000_000_000;

/// Bounds of `storage_per_tenant_max`, of the host and of a tenant.
pub(super) const STORAGE_BYTES: RangeInclusive<u64> = MIB..=1024 * TIB;

/// Bounds of `history_bytes_max`, of the host and of a tenant: from room for some events up to a disk.
pub(super) const HISTORY_BYTES: RangeInclusive<u64> = 64 * KIB..=TIB;

/// Calls of a turn: what an event holds.
const EXCHANGES: u64 = 1 << 16;

/// Tokens of a session: more than anybody pays for.
const TOKENS: RangeInclusive<u64> = 0..=1_000_000_000_000;

/// Tokens of an answer: more than any model gives.
const ANSWER_TOKENS: RangeInclusive<u64> = 1..=10_000_000;

/// Reads everything, so that `problems` ends up with all there are.
pub(super) fn validate(layers: &Layers, problems: Vec<Problem>) -> Result<Config, ConfigError> {
    let mut reader = Reader { layers, problems };
    reader.refuse_unknown();
    let (pool, limits) = (reader.pool(), reader.limits());
    let durability = reader.read(setting::durability(), durability);
    let host = TenantLimits::of_host(&pool, &limits, durability);
    let infer = reader.infer();
    let config = Config {
        listen: reader.read(setting::listen(), address),
        insecure: reader.read(setting::insecure(), units::boolean),
        data: reader.path(setting::data()),
        guests: reader.guests(),
        durability,
        functions: reader.read(setting::functions(), functions),
        callbacks: reader.callbacks(infer.as_ref()),
        infer,
        archive_key: reader.secret(setting::archive_key()),
        admin_key: reader.admin_key(),
        http: reader.http(),
        log: reader.log(),
        tenants: reader.tenants(host),
        pool,
        limits,
    };
    reader.check_together(&config);
    if reader.problems.is_empty() { Ok(config) } else { Err(ConfigError { problems: reader.problems }) }
}

struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<Problem>,
}

// === impl Reader: one setting ===

impl Reader<'_> {
    /// Reads a setting. When it is wrong, notes why and goes on with its default.
    fn read<T>(&mut self, setting: Setting, read: impl Fn(&str) -> Result<T, String>) -> T {
        let (text, _) = self.layers.value(setting);
        read(text).unwrap_or_else(|message| {
            self.problem(setting, message);
            read(setting.default).expect("a setting's default is valid")
        })
    }

    fn count(&mut self, setting: Setting, range: RangeInclusive<u64>) -> u64 {
        self.read(setting, |text| units::within(units::number(text)?, range.clone(), u64::to_string))
    }

    fn size(&mut self, setting: Setting, range: RangeInclusive<u64>) -> u64 {
        self.read(setting, |text| units::within(units::size(text)?, range.clone(), units::show_size))
    }

    /// A size or count that is also a length in memory. Their ranges end far below what any `usize` holds.
    fn length(&mut self, setting: Setting, range: RangeInclusive<u64>) -> usize {
        usize::try_from(self.size(setting, range)).unwrap_or(usize::MAX)
    }

    fn time(&mut self, setting: Setting, range: RangeInclusive<Duration>) -> Duration {
        self.read(setting, |text| units::within(units::duration(text)?, range.clone(), units::show_duration))
    }

    fn path(&mut self, setting: Setting) -> PathBuf {
        let (text, origin) = self.layers.value(setting);
        if text.is_empty() {
            self.problem(setting, "expected a path".to_owned());
        }
        origin.directory().join(text)
    }

    /// A key; nothing when none is given.
    fn secret(&mut self, setting: Setting) -> Option<Secret> {
        self.unshown(setting, |text| {
            let wrong = || format!("expected 64 hexadecimal digits, these are {} characters", text.chars().count());
            Secret::parse(text).ok_or_else(wrong)
        })
    }

    /// A setting with something secret in it; nothing when it is not given. A wrong value stays out of the message: most
    /// of it may be right.
    fn unshown<T>(&mut self, setting: Setting, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let (text, origin) = self.layers.value(setting);
        if text.is_empty() {
            return None;
        }
        read(text)
            .map_err(|message| {
                let (setting, value) = (setting.name.to_owned(), String::new());
                self.problems.push(Problem { setting, value, origin, message });
            })
            .ok()
    }

    /// The hash of a key; nothing when none is given. What is none stays out of the message: it may be the key itself.
    fn admin_key(&mut self) -> Option<KeyHash> {
        let (text, origin) = self.layers.value(setting::admin_key());
        let hash = KeyHash::parse(text);
        if hash.is_none() && !text.is_empty() {
            let message = "expected the hash of a key, \"blake3:\" and 64 hexadecimal digits: make one with \
                           `hostel key --admin`";
            let (setting, value) = (setting::admin_key().name.to_owned(), String::new());
            self.problems.push(Problem { setting, value, origin, message: message.to_owned() });
        }
        hash
    }

    fn problem(&mut self, setting: Setting, message: String) {
        let (value, origin) = self.layers.value(setting);
        self.problems.push(Problem { setting: setting.name.to_owned(), value: value.to_owned(), origin, message });
    }
}

// === impl Reader: the groups ===

impl Reader<'_> {
    fn pool(&mut self) -> PoolConfig {
        let live = self.count(setting::max_live_sessions(), 1..=20_000);
        let idle = self.read(setting::idle_timeout(), |text| match units::duration(text)? {
            Duration::ZERO => Ok(None),
            idle => units::within(idle, 10 * MS..=365 * DAY, units::show_duration).map(Some),
        });
        PoolConfig {
            live_sessions_max: u32::try_from(live).unwrap_or(u32::MAX),
            memory_budget_bytes: self.size(setting::memory_budget(), 64 * MIB..=64 * TIB),
            idle_timeout: idle,
            admission_wait: self.time(setting::admission_wait(), Duration::ZERO..=5 * MINUTE),
        }
    }

    fn limits(&mut self) -> LimitsConfig {
        LimitsConfig {
            session_memory_bytes: self.size(setting::session_memory(), 64 * KIB..=3 * GIB),
            command_timeout: self.time(setting::command_timeout(), MS..=HOUR),
            output_bytes_max: self.length(setting::output_bytes_max(), 1..=64 * MIB),
            command_bytes_max: self.length(setting::command_bytes_max(), 1..=64 * MIB),
            queue_length_max: usize::try_from(self.count(setting::queue_length_max(), 1..=10_000)).unwrap_or(1),
            sessions_per_tenant_max: self.count(setting::sessions_per_tenant_max(), 1..=1_000_000_000),
            storage_per_tenant_max: self.size(setting::storage_per_tenant_max(), STORAGE_BYTES),
            history_events_max: self.count(setting::history_events_max(), HISTORY_EVENTS),
            history_bytes_max: self.size(setting::history_bytes_max(), HISTORY_BYTES),
            checkpoints_max: usize::try_from(self.count(setting::checkpoints_max(), 0..=1_000)).unwrap_or(0),
            transfer_bytes_max: self.length(setting::transfer_bytes_max(), MIB..=4 * GIB),
            calls_per_turn_max: usize::try_from(self.count(setting::calls_per_turn_max(), 0..=EXCHANGES)).unwrap_or(0),
            call_bytes_max: self.length(setting::call_bytes_max(), KIB..=64 * MIB),
            call_timeout: self.time(setting::call_timeout(), MS..=10 * MINUTE),
            turn_wait_max: self.time(setting::turn_wait_max(), MS..=HOUR),
            kv_bytes_max: self.size(setting::kv_bytes_max(), 0..=64 * MIB),
        }
    }

    /// The model, when there is one.
    fn infer(&mut self) -> Option<InferConfig> {
        let url = self.unshown(setting::infer_url(), HttpUrl::parse);
        let key = self.unshown(setting::infer_key(), |text| {
            SecretText::parse(text).ok_or_else(|| "expected at most 4096 visible ASCII characters".to_owned())
        });
        let tokens_per_session = self.count(setting::infer_tokens_per_session(), TOKENS);
        let tokens_per_call_max = self.count(setting::infer_tokens_per_call_max(), ANSWER_TOKENS);
        let model = self.layers.value(setting::infer_model()).0.to_owned();
        let url = url?;
        if model.is_empty() {
            self.problem(setting::infer_model(), "infer_url needs the name of a model beside it".to_owned());
        }
        Some(InferConfig { url, key, model, tokens_per_session, tokens_per_call_max })
    }

    fn callbacks(&mut self, infer: Option<&InferConfig>) -> Vec<CallbackConfig> {
        let Some((path, raw)) = &self.layers.file else { return Vec::new() };
        functions_of::read(&raw.callbacks, infer, &Origin::File(path.clone()), &mut self.problems)
    }

    fn http(&mut self) -> HttpConfig {
        let connections = self.count(setting::connections_max(), 1..=1_000_000);
        HttpConfig {
            unread_bytes_max: self.length(setting::unread_answers_max(), 16 * MIB..=64 * GIB),
            header_timeout: self.time(setting::header_timeout(), 10 * MS..=10 * MINUTE),
            keep_alive: self.time(setting::keep_alive(), 10 * MS..=HOUR),
            body_timeout: self.time(setting::body_timeout(), 10 * MS..=10 * MINUTE),
            connections_max: usize::try_from(connections).unwrap_or(usize::MAX),
            shutdown_grace: self.time(setting::shutdown_grace(), Duration::ZERO..=HOUR),
        }
    }

    fn log(&mut self) -> LogConfig {
        LogConfig {
            format: self.read(setting::log_format(), log_format),
            filter: self.read(setting::log(), log_filter),
        }
    }

    fn guests(&mut self) -> GuestsConfig {
        let default = self.read(setting::default_guest(), |text| GuestName::new(text).map_err(|e| e.to_string()));
        let mut files: Vec<(GuestName, PathBuf)> = Vec::new();
        for (origin, name, file) in self.layers.guests() {
            match guest(name, file) {
                Ok(name) => {
                    files.retain(|(other, _)| *other != name);
                    files.push((name, origin.directory().join(file)));
                }
                Err(message) => {
                    let (setting, value) = (format!("guests.{name}"), file.to_owned());
                    self.problems.push(Problem { setting, value, origin, message });
                }
            }
        }
        files.sort();
        GuestsConfig { default, files }
    }

    fn tenants(&mut self, host: TenantLimits) -> Vec<TenantConfig> {
        let Some((path, raw)) = &self.layers.file else { return Vec::new() };
        tenants::read(&raw.tenants, host, &Origin::File(path.clone()), &mut self.problems)
    }
}

// === impl Reader: what belongs together ===

impl Reader<'_> {
    fn refuse_unknown(&mut self) {
        let Some((path, raw)) = &self.layers.file else { return };
        for (name, value) in &raw.unknown {
            let known = SETTINGS.iter().map(|setting| setting.name).chain(["callbacks", "guests", "tenants"]);
            let message = match nearest(name, known) {
                Some(known) => format!("there is no such setting; did you mean {known}?"),
                None => "there is no such setting; `hostel serve --help` lists them".to_owned(),
            };
            // What was meant to be a key is not shown.
            let hidden = ["key", "secret", "token"].iter().any(|part| name.contains(part)) || value.is_table();
            let (setting, value) = (name.clone(), if hidden { String::new() } else { value.to_string() });
            self.problems.push(Problem { setting, value, origin: Origin::File(path.clone()), message });
        }
    }

    fn check_together(&mut self, config: &Config) {
        if config.tenants.is_empty() && !config.insecure && !config.listen.ip().is_loopback() {
            let message = "without [[tenants]] anybody who reaches this address may run code: give tenants keys \
                           (`hostel key NAME`), listen on 127.0.0.1, or say --insecure";
            self.problem(setting::listen(), message.to_owned());
        }
        let mut keys = config.tenants.iter().flat_map(|tenant| &tenant.keys);
        if config.admin_key.is_some_and(|admin| keys.any(|key| *key == admin)) {
            self.problem(setting::admin_key(), "is also a tenant's key: give operators one of their own".to_owned());
        }
        if config.limits.session_memory_bytes > config.pool.memory_budget_bytes {
            let budget = units::show_size(&config.pool.memory_budget_bytes);
            self.problem(setting::session_memory(), format!("must be at most memory_budget, which is {budget}"));
        }
    }
}

// === reading single values ===

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:3000 or [::1]:3000".to_owned())
}

pub(super) fn durability(text: &str) -> Result<Durability, String> {
    match text {
        "process" => Ok(Durability::Process),
        "power" => Ok(Durability::Power),
        _ => Err("expected process or power".to_owned()),
    }
}

pub(super) fn functions(text: &str) -> Result<Grants, String> {
    Grants::parse(text).map_err(|error| error.to_string())
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("expected text or json".to_owned()),
    }
}

fn log_filter(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("expected a level or directives such as info,hostel=debug: {error}")),
    }
}

fn guest(name: &str, file: &str) -> Result<GuestName, String> {
    let name = GuestName::new(name).map_err(|error| error.to_string())?;
    name.check_fit().map_err(|unfit| unfit.to_string())?;
    if file.is_empty() { Err("expected NAME=FILE, with the path of a component".to_owned()) } else { Ok(name) }
}

/// The known name that `name` was most likely meant to be: one that holds it, is held by it, or shares all but two of
/// its letters in place.
fn nearest<'a>(name: &str, mut known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.replace('-', "_").to_ascii_lowercase();
    known.find(|known| {
        let differing =
            known.chars().zip(name.chars()).filter(|(a, b)| a != b).count() + known.len().abs_diff(name.len());
        known.contains(&name) || name.contains(known) || differing <= 2
    })
}
