//! What holds, written as a configuration file: each setting with where it comes from, and no secrets.

use std::fmt::{self, Write};
use std::path::Path;

use super::raw::{Layers, SETTINGS, Setting, setting};
use super::{CallbackConfig, Config, HttpUrl, TenantConfig, units};
use crate::store::Durability;

const ARCHIVE_KEY: &str = setting::archive_key().name;
const INFER_KEY: &str = setting::infer_key().name;
const INFER_URL: &str = setting::infer_url().name;
const DATA: &str = setting::data().name;

/// What stands in a secret's place.
const HIDDEN: &str = "is set and not shown";

/// A configuration file that means `config`, which `layers` gave, but for its secrets.
pub(super) fn write(layers: &Layers, config: &Config) -> String {
    let mut to = String::new();
    written(&mut to, layers, config).expect("a text takes everything");
    to
}

fn written(to: &mut String, layers: &Layers, config: &Config) -> fmt::Result {
    for setting in SETTINGS {
        write_setting(to, layers, config, *setting)?;
    }
    if !config.guests.files.is_empty() {
        to.write_str("\n[guests]\n")?;
    }
    for (name, file) in &config.guests.files {
        writeln!(to, "{} = {}", quoted(name.as_str()), quoted(&absolute(file)))?;
    }
    config.callbacks.iter().try_for_each(|callback| write_callback(to, callback))?;
    config.tenants.iter().try_for_each(|tenant| write_tenant(to, tenant))
}

fn write_setting(to: &mut String, layers: &Layers, config: &Config, setting: Setting) -> fmt::Result {
    let (given, origin) = layers.value(setting);
    let (name, comment) = (setting.name, format!("  # {origin}"));
    match (name, &config.infer) {
        (ARCHIVE_KEY | INFER_KEY, _) if !given.is_empty() => writeln!(to, "# {name} {HIDDEN}{comment}"),
        (INFER_URL, Some(infer)) => write_url(to, name, &infer.url, &comment),
        (DATA, _) => writeln!(to, "{name} = {}{comment}", quoted(&absolute(&config.data))),
        _ => writeln!(to, "{name} = {}{comment}", quoted(given)),
    }
}

/// An address, which may have a secret in its query: then it can't be read again.
fn write_url(to: &mut String, name: &str, url: &HttpUrl, comment: &str) -> fmt::Result {
    match url.uri().query() {
        None => writeln!(to, "{name} = {}{comment}", quoted(&url.uri().to_string())),
        Some(_) => writeln!(to, "# {name} = {}{comment}", quoted(&format!("{url:?}"))),
    }
}

fn write_callback(to: &mut String, callback: &CallbackConfig) -> fmt::Result {
    writeln!(to, "\n[callbacks.{}]", quoted(callback.name.as_str()))?;
    write_url(to, "url", &callback.url, "")?;
    writeln!(to, "# secret {HIDDEN}")
}

fn write_tenant(to: &mut String, tenant: &TenantConfig) -> fmt::Result {
    let limits = tenant.limits;
    writeln!(to, "\n[[tenants]]\nname = {}", quoted(tenant.name.as_str()))?;
    let keys: Vec<_> = tenant.keys.iter().map(|key| quoted(&key.to_string())).collect();
    writeln!(to, "keys = [{}]", keys.join(", "))?;
    writeln!(to, "session_memory = {}", quoted(&units::show_size(&limits.session_memory_bytes)))?;
    writeln!(to, "sessions_max = {}", limits.sessions_max)?;
    writeln!(to, "live_sessions_max = {}", limits.live_sessions_max)?;
    writeln!(to, "storage_max = {}", quoted(&units::show_size(&limits.storage_bytes_max)))?;
    writeln!(to, "history_events_max = {}", limits.history_events_max)?;
    writeln!(to, "history_bytes_max = {}", quoted(&units::show_size(&limits.history_bytes_max)))?;
    let durability = match limits.durability {
        Durability::Process => "process",
        Durability::Power => "power",
    };
    writeln!(to, "durability = {}", quoted(durability))?;
    match &tenant.functions {
        None => Ok(()),
        Some(grants) => {
            let grants: Vec<_> = grants.patterns().map(|pattern| quoted(&pattern)).collect();
            writeln!(to, "functions = [{}]", grants.join(", "))
        }
    }
}

/// A path that means the same from everywhere.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
