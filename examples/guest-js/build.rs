//! Gives the guest its stack, at the bottom of its memory. QuickJS recurses natively and is told to stop before the end
//! of it, see `STACK_BYTES_MAX` in `src/repl.rs`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=524288");
    }
}
