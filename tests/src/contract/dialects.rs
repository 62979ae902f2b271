//! The languages, each in a file.

pub mod behave;
pub mod javascript;
pub mod minimal;
pub mod omega;
pub mod python;
