//! Gives the guest a small stack at the bottom of its memory: evaluation does not recurse, and what a stack dirties is
//! paid by every session.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=65536");
    }
}
