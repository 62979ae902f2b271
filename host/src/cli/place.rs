//! Where the sessions are that a command is about.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use crate::config::raw::Text;
use crate::config::{Config, RawConfig};
use crate::name::TenantName;
use crate::tenant::OPEN_TENANT;

/// Where the sessions are.
#[derive(Debug, Clone, Args)]
pub(super) struct Place {
    /// Server to ask, as http://HOST:PORT; without it the one that serves the data directory, if any
    #[arg(long, env = "HOSTEL_SERVER", value_name = "URL")]
    pub(super) server: Option<String>,
    /// API key for the server
    #[arg(long, env = "HOSTEL_KEY", hide_env_values = true)]
    pub(super) key: Option<String>,
    /// Data directory
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Whose sessions, when the data directory is opened directly
    #[arg(long, value_name = "NAME")]
    tenant: Option<TenantName>,
    /// It is about the sessions of all tenants.
    #[arg(skip)]
    of_all: bool,
    /// A data directory that is not there is made.
    #[arg(skip)]
    makes: bool,
}

/// Where the sessions are, and how to show what is found there.
#[derive(Debug, Clone, Args)]
pub struct View {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Where the sessions are
    #[command(flatten)]
    pub(super) place: Place,
}

impl Place {
    /// The configuration, for the data directory.
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        let mut flags = RawConfig::default();
        flags.config.clone_from(&self.config);
        flags.data = self.data.clone().map(Text);
        Ok(Config::resolve(flags)?)
    }

    /// The place, for what is about all tenants; and the one that it is restricted to.
    pub(super) fn of_operator(mut self) -> (Self, Option<TenantName>) {
        let tenant = self.tenant.take();
        self.of_all = true;
        (self, tenant)
    }

    /// The place, for what makes something: a data directory that is not there is made for it.
    pub(super) fn making(mut self) -> Self {
        self.makes = true;
        self
    }

    /// The server that is named; an empty name is none.
    pub(super) fn named_server(&self) -> Option<&str> {
        self.server.as_deref().filter(|url| !url.is_empty())
    }

    /// Refuses a data directory that is not there, unless it is to be made.
    pub(super) fn check_directory(&self, config: &Config) -> anyhow::Result<()> {
        let shown = config.data.display();
        match (config.data.exists(), self.makes) {
            (true, _) => Ok(()),
            (false, true) => {
                eprintln!("note: no server was named or found, so the new data directory {shown} is made");
                Ok(())
            }
            (false, false) => {
                bail!("there is no data directory {shown}, and no server: name one with --data or --server")
            }
        }
    }

    /// A server knows its tenants by their keys alone.
    pub(super) fn refuse_tenant(&self) -> anyhow::Result<()> {
        match &self.tenant {
            Some(tenant) => bail!("a server is running, which knows tenant {tenant} by its key: give that with --key"),
            None => Ok(()),
        }
    }

    /// Whose sessions to work on without a key to tell.
    pub(super) fn local_tenant(&self, config: &Config) -> anyhow::Result<TenantName> {
        match (&self.tenant, config.tenants.as_slice()) {
            (Some(tenant), _) => Ok(tenant.clone()),
            (None, _) if self.of_all => Ok(TenantName::new(OPEN_TENANT)?),
            (None, []) => Ok(TenantName::new(OPEN_TENANT)?),
            (None, tenants) => {
                let names: Vec<_> = tenants.iter().map(|tenant| tenant.name.as_str()).collect();
                bail!("whose sessions? name one with --tenant: {}", names.join(", "))
            }
        }
    }
}
