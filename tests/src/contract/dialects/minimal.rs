//! The calculator of `examples/guest-minimal`, which can keep numbers and nothing else.

use crate::contract::dialect::Dialect;

pub static DIALECT: Dialect = Dialect {
    guest: "minimal",
    built_in: false,
    define: Some(|name, value| format!("{name} = {value}")),
    read: Some(str::to_owned),
    add: None,
    unknown: Some("1 + nowhere"),
    fail: None,
    then: None,
    print: None,
    warn: None,
    keep_text: None,
    print_text: "",
    spin: None,
    hoard: None,
    recurse: None,
    flood: None,
    quit: None,
    chance: None,
    bind: None,
    line: None,
    call: None,
    failure_kind: None,
    display: None,
    nothing: &["", " ", "\n", "\r\n\t"],
    complete: &["1", "x = 1", "(1 +\n 2)", ""],
    incomplete: &["(1 +", "y = 2 * ("],
    invalid: &[],
    living: &[],
};
