//! Hostel: a session host for WebAssembly REPLs.

pub mod config;
pub mod guest;
pub mod host;
pub mod instance;
pub mod journal;
pub mod memory;
pub mod metrics;
pub mod name;
pub mod pool;
pub mod session;
pub mod snapshot;
pub mod store;
pub mod tenant;
