//! What `wit-bindgen` makes of the world `guest`.
#![expect(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "generated code crosses the canonical ABI")]

wit_bindgen::generate!({
    world: "guest",
    path: "../../wit",
    generate_all,
});

use super::JavaScript;

export!(JavaScript with_types_in self);
