//! The contract's types, version 0.1, as wasmtime lifts them.

use wasmtime::component::{ComponentType, Lift, Lower};

/// Name and version of the interface that guests export.
pub(crate) const REPL: &str = "hostel:guest/repl@0.1.0";

/// Name and version of the interface that portable guests export.
pub(crate) const STATE: &str = "hostel:guest/state@0.1.0";

/// Name and version of the interface that the host offers.
pub(crate) const HOST: &str = "hostel:guest/host@0.1.0";

/// `repl.reply`: what a command produced.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct GuestReply {
    /// The printed value; empty when there is none.
    pub output: String,
    /// The command asked to leave the REPL.
    #[component(name = "should-exit")]
    pub should_exit: bool,
}

/// `repl.language-info`: what a guest says of itself.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct LanguageInfo {
    /// Name of the language, for people.
    pub language: String,
    /// Version of the language or its implementation.
    pub version: String,
    /// What a terminal shows before a command.
    pub prompt: String,
    /// Help for a newcomer.
    pub help: String,
}

/// `repl.completeness`: whether an input is ready to be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum Completeness {
    /// A whole command.
    #[component(name = "complete")]
    Complete,
    /// A beginning that more lines could complete.
    #[component(name = "incomplete")]
    Incomplete,
    /// No continuation makes it valid.
    #[component(name = "invalid")]
    Invalid,
}

/// `host.output-stream`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "only wasmtime makes values of it, by lifting them")]
pub(crate) enum GuestStream {
    #[component(name = "stdout")]
    Stdout,
    #[component(name = "stderr")]
    Stderr,
}

/// `host.representation`: one form of a result.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub(crate) struct GuestRepresentation {
    pub(crate) mime: String,
    pub(crate) data: Vec<u8>,
}

/// `host.failure-kind`: why the host has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum GuestFailureKind {
    #[component(name = "denied")]
    Denied,
    #[component(name = "invalid")]
    Invalid,
    #[component(name = "limited")]
    Limited,
    #[component(name = "timed-out")]
    TimedOut,
    #[component(name = "failed")]
    Failed,
}

/// `host.failure`: no answer, and why.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub(crate) struct GuestFailure {
    pub(crate) kind: GuestFailureKind,
    pub(crate) message: String,
}
