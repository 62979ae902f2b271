//! The interface, through real connections to a server in this process.

mod connections;
mod harness;
mod problems;
mod routes;
