//! What commands do stays, for each session by itself.

use crate::contract::dialect::{Guest, answered, ordinary};

pub fn what_commands_define_stays_and_sessions_are_apart(guest: &Guest) {
    let server = guest.setup().start();
    let (alice, bob) = (guest.session(&server, "alice"), guest.session(&server, "bob"));
    guest.define(&alice, "x", 40);
    if let Some(read) = guest.dialect.read {
        let unknown = answered(&bob, &read("x"));
        assert!(unknown["error"].is_string(), "bob sees what alice defined: {unknown}");
    }
    guest.define(&bob, "x", 1);
    if let Some(add) = guest.dialect.add {
        assert_eq!(ordinary(&alice, &add("x", 2))["result"], "42");
        assert_eq!(ordinary(&bob, &add("x", 2))["result"], "3");
    }
    guest.define(&alice, "x", 7);
    guest.expect(&alice, "x", 7);
    assert_eq!(alice.metadata()["guest"], guest.dialect.guest);
}

pub fn an_error_of_a_language_keeps_what_was_done_and_tells_what_went_wrong(guest: &Guest) {
    let server = guest.setup().start();
    let alice = guest.session(&server, "alice");
    guest.define(&alice, "x", 1);
    if let Some(unknown) = guest.dialect.unknown {
        let unknown = answered(&alice, unknown);
        assert!(unknown["error"].as_str().is_some_and(|error| error.contains("nowhere")), "{unknown}");
        assert_eq!(unknown.get("result"), None, "{unknown}");
    }
    let Some(fail) = guest.dialect.fail else { return };
    let fail = fail("bad luck 😀");
    let failed = answered(&alice, &fail);
    assert!(failed["error"].as_str().is_some_and(|error| error.contains("bad luck 😀")), "{failed}");
    guest.expect(&alice, "x", 1);
    if let Some(command) = guest.after_defining("x", 2, &fail) {
        assert!(answered(&alice, &command)["error"].is_string());
        guest.expect(&alice, "x", 2);
    }
}

pub fn a_session_that_was_asked_to_end_stays_usable(guest: &Guest) {
    let server = guest.setup().start();
    let alice = guest.session(&server, "alice");
    guest.define(&alice, "x", 5);
    let Some(quit) = guest.dialect.quit else { return };
    for _ in 0..2 {
        assert_eq!(ordinary(&alice, quit)["shouldExit"], true);
        assert_eq!(ordinary(&alice, "")["shouldExit"], false);
        guest.expect(&alice, "x", 5);
    }
}
