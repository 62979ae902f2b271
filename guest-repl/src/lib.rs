//! The Omega Lisp REPL, the default guest of Hostel.
//!
//! ```text
//! text ─ reader ─► data ─ syntax ─► tree ─ codegen ─► code ─ machine ─► value ─ printer ─► text
//!                   └──────────── all in one heap, collected by tracing ───────────┘
//! ```
//!
//! Nothing here recurses over a program's data or follows its calls on Rust's stack: what a program can nest, and how
//! deeply it can call, is limited by memory only, and a loop runs in constant space.
//!
//! A session costs the pages that it changes. So values are small, do not move, and fill the lowest holes first; what a
//! collection writes is kept apart from what it reads; and the library is built before the first command.

mod base64;
mod codegen;
mod context;
mod equality;
mod fault;
#[cfg(target_arch = "wasm32")]
mod guest;
mod hashing;
mod heap;
mod json;
mod machine;
mod number;
mod op;
mod portable;
mod prelude;
mod prims;
mod printer;
mod reader;
mod repl;
mod syntax;
mod value;
mod world;

pub use repl::{Completeness, HELP, LANGUAGE, PROMPT, Repl, Reply};
pub use world::{Failure, FailureKind, World};
