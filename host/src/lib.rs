//! Hostel: a session host for WebAssembly REPLs.
//!
//! One process keeps thousands of stateful, sandboxed sessions; those in use are live wasmtime instances in a
//! least-recently-used pool, the rest are snapshots on disk that come back in about a millisecond, exactly as they were.
//!
//! ```text
//! api ─▶ session ─▶ pool, guest ─▶ instance ─▶ memory
//!           │                         │
//!           └────▶ store              └─────▶ snapshot, journal   (formats)
//! ```
//!
//! Arrows point down only; `ARCHITECTURE.md` has the whole drawing.

pub mod api;
pub mod archive;
pub mod cli;
pub mod config;
pub mod functions;
pub mod guest;
pub mod host;
mod input;
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
