//! Guests as components: building them, and proving that what is committed was built from the sources beside it.
//!
//! ```text
//! guest-repl/{src,Cargo.toml,build.rs} ─┐
//! wit/                                 ─┴─ digest ──► host/guests/manifest.json
//!                      cargo, wasm32 ──► core module ──► component ──► host/guests/omega.wasm
//! ```
//!
//! A guest with C parts is a workspace of its own (`examples/guest-js/`), and is built only where there is a C compiler
//! for WebAssembly.
//!
//! Two compilers make different bytes of one source, so the manifest ties each component to the digest of its sources,
//! and to its own digest, rather than asking for a build that can be reproduced bit by bit.

mod build;
mod guests;
mod manifest;

pub use build::{build, encode, write};
pub use guests::{GUESTS, Guest, Kind};
pub use manifest::{Entry, Manifest, check};
