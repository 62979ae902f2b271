//! The guest that misbehaves on demand: verbs, of which a command has one.

use std::fmt::Write;

use crate::contract::dialect::{Dialect, Living};

pub static DIALECT: Dialect = Dialect {
    guest: "behave",
    built_in: true,
    define: Some(|name, value| format!("set {name} {value}")),
    read: Some(|name| format!("get {name}")),
    add: None,
    unknown: Some("get nowhere"),
    fail: Some(|message| format!("error {message}")),
    then: None,
    print: Some(|text| {
        let bytes = text.bytes().chain([b'\n']).fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string takes all");
            hex
        });
        format!("write-bytes {bytes}")
    }),
    warn: Some(|text| format!("write-err {text}\n")),
    keep_text: None,
    print_text: "",
    spin: Some("spin"),
    hoard: Some("alloc 1000000000"),
    recurse: Some("recurse"),
    flood: Some("flood"),
    quit: Some("quit"),
    chance: None,
    bind: None,
    line: Some(|prompt| format!("line {prompt}")),
    call: Some(|name, arguments| format!("call {name} {arguments}")),
    failure_kind: None,
    display: Some(|mime, data| format!("show {mime} {data}")),
    nothing: &["", " ", "\n", "\r\n\t"],
    complete: &["count", ""],
    incomplete: &["nothing \\"],
    invalid: &["!nothing"],
    living: &[Living { what: "a counter", make: &[], step: "count", answers: ["1", "2", "3", "4"] }],
};
