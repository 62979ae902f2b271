//! Memory as the host counts it: which pages a session has really touched, and who may use how much.
//!
//! A WebAssembly memory looks large and costs little: its pages come copy-on-write from the guest's base image, and only
//! those that the session has written are its own. [`pages`] asks the kernel which these are, so that accounting is true
//! and capture looks only where something can have changed. [`budget`] is the one counter that all of it is charged to.

pub(crate) mod budget;
pub(crate) mod pages;

pub use self::budget::{Budget, MakeRoom, Reservation};
