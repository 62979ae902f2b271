//! The functions that a configuration asks for.

use std::io;
use std::sync::Arc;

use super::callback::Callback;
use super::client::HttpClient;
use super::infer::Infer;
use super::{Functions, HostFunction};
use crate::config::{Config, INFER};
use crate::name::FunctionName;

impl Functions {
    /// The functions of the configuration: `infer` and the callbacks.
    ///
    /// # Errors
    /// When one has an `https` address, and the system has no certificates to trust.
    pub fn configured(config: &Config) -> io::Result<Self> {
        let urls = config.infer.iter().map(|infer| &infer.url);
        let https = urls.chain(config.callbacks.iter().map(|callback| &callback.url)).any(|url| url.is_https());
        if config.infer.is_none() && config.callbacks.is_empty() {
            return Ok(Self::none());
        }
        let client = Arc::new(HttpClient::new(config, https)?);
        let mut functions = Self::none();
        if let Some(infer) = &config.infer {
            let name = FunctionName::new(INFER).map_err(io::Error::other)?;
            functions = functions.with(name, Arc::new(Infer::new(infer.clone(), client.clone())));
        }
        for callback in &config.callbacks {
            let function: Arc<dyn HostFunction> = Arc::new(Callback::new(callback.clone(), client.clone()));
            functions = functions.with(callback.name.clone(), function);
        }
        Ok(functions)
    }
}
