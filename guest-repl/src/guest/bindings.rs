//! What `wit-bindgen` makes of the world `portable-guest`.
#![expect(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "generated code crosses the canonical ABI")]

wit_bindgen::generate!({
    world: "portable-guest",
    path: "../wit",
    generate_all,
});

use super::Omega;

export!(Omega with_types_in self);
