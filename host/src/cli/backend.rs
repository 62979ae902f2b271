//! What answers a command: a server, or the data directory opened by this process.

use anyhow::{Context, bail};
use hyper::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::{Announcement, Place};
use crate::config::Config;
use crate::host::Host;
use crate::name::{SessionName, TenantName};
use crate::session::ListQuery;
use crate::tenant::OPEN_TENANT;

/// Sessions asked for at a time.
const PAGE: usize = 1_000;

/// Live sessions of a host that runs one command, one session at a time: enough, and quickly reserved.
const LOCAL_LIVE_SESSIONS: u32 = 2;

/// Answers in the JSON of the HTTP interface, wherever they come from.
pub(super) enum Backend {
    Server(Client),
    Local { host: Box<Host>, tenant: TenantName },
}

impl Backend {
    /// The server that is named; else the one that serves the data directory; else the directory itself.
    pub(super) async fn find(place: &Place) -> anyhow::Result<Self> {
        if let Some(url) = &place.server {
            refuse_tenant(place)?;
            return Ok(Self::Server(Client::new(url, place.key.clone())?));
        }
        let config = place.config()?;
        if let Some(announced) = Announcement::read(&config.data) {
            let client = Client::new(&format!("http://{}", announced.address), place.key.clone())?;
            let health = client.request(Method::GET, "/api/health", None).await;
            if health.is_ok_and(|health| health["instance"] == announced.instance.as_str()) {
                refuse_tenant(place)?;
                return Ok(Self::Server(client));
            }
        }
        let tenant = local_tenant(place, &config)?;
        Ok(Self::Local { host: Box::new(open(config).await?), tenant })
    }

    pub(super) async fn execute(&self, name: &SessionName, command: &str) -> anyhow::Result<Value> {
        match self {
            Self::Server(client) => {
                let path = format!("/api/sessions/{name}/execute");
                client.request(Method::POST, &path, Some(json!({ "command": command }))).await
            }
            Self::Local { host, tenant } => {
                Ok(serde_json::to_value(host.manager.execute(tenant, name, command.to_owned().into()).await?)?)
            }
        }
    }

    /// All sessions whose names begin with `prefix`, page by page.
    pub(super) async fn sessions(&self, prefix: &str) -> anyhow::Result<Vec<Value>> {
        let (mut sessions, mut after) = (Vec::new(), None);
        loop {
            let mut page = self.page(prefix, after.take()).await?;
            let full = page.len() == PAGE;
            after = page.last().and_then(|last| last["name"].as_str()).map(SessionName::new).transpose()?;
            sessions.append(&mut page);
            if !full {
                return Ok(sessions);
            }
        }
    }

    async fn page(&self, prefix: &str, after: Option<SessionName>) -> anyhow::Result<Vec<Value>> {
        match self {
            Self::Server(client) => {
                let mut path = format!("/api/sessions?limit={PAGE}&prefix={}", encode(prefix));
                if let Some(after) = after {
                    path += &format!("&after={}", encode(after.as_str()));
                }
                let mut answer = client.request(Method::GET, &path, None).await?;
                list(answer["sessions"].take())
            }
            Self::Local { host, tenant } => {
                let query = ListQuery { prefix: prefix.to_owned(), after, limit: PAGE };
                list(serde_json::to_value(host.manager.list(tenant, query).await?)?)
            }
        }
    }

    pub(super) async fn guests(&self) -> anyhow::Result<Vec<Value>> {
        match self {
            Self::Server(client) => list(client.request(Method::GET, "/api/guests", None).await?["guests"].take()),
            Self::Local { host, .. } => list(serde_json::to_value(host.manager.guests())?),
        }
    }

    /// Saves what a local host has in memory.
    pub(super) async fn close(&self) {
        let Self::Local { host, .. } = self else { return };
        let report = host.manager.shutdown().await;
        if report.failed > 0 {
            eprintln!("warning: {} sessions could not be saved", report.failed);
        }
    }
}

async fn open(mut config: Config) -> anyhow::Result<Host> {
    config.pool.live_sessions_max = LOCAL_LIVE_SESSIONS;
    let data = config.data.display().to_string();
    Host::open(config).await.with_context(|| format!("can't open the data directory {data}"))
}

/// A server knows its tenants by their keys alone.
fn refuse_tenant(place: &Place) -> anyhow::Result<()> {
    match &place.tenant {
        Some(tenant) => bail!("a server is running, which knows tenant {tenant} by its key: give that with --key"),
        None => Ok(()),
    }
}

/// Whose sessions to work on without a key to tell.
fn local_tenant(place: &Place, config: &Config) -> anyhow::Result<TenantName> {
    match (&place.tenant, config.tenants.as_slice()) {
        (Some(tenant), _) => Ok(tenant.clone()),
        (None, []) => Ok(TenantName::new(OPEN_TENANT)?),
        (None, tenants) => {
            let names: Vec<_> = tenants.iter().map(|tenant| tenant.name.as_str()).collect();
            bail!("whose sessions? name one with --tenant: {}", names.join(", "))
        }
    }
}

fn list(value: Value) -> anyhow::Result<Vec<Value>> {
    match value {
        Value::Array(items) => Ok(items),
        _ => bail!("the server's answer is not a list; is it a hostel of another version?"),
    }
}

/// Percent-encodes a value of a query.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_encoded() {
        assert_eq!(encode("a-b:c&é"), "a-b%3Ac%26%C3%A9");
    }
}
