//! Hostel: a session host for WebAssembly REPLs.

pub mod guest;
pub mod instance;
pub mod journal;
pub mod memory;
pub mod name;
pub mod snapshot;
