//! The Omega Lisp REPL.

#[cfg(target_arch = "wasm32")]
mod guest;
