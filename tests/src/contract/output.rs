//! What commands write, and where their value stands.

use crate::contract::dialect::{Guest, answered, ordinary};

pub fn what_is_written_comes_in_order_before_the_value_and_each_stream_for_itself(guest: &Guest) {
    let server = guest.setup().start();
    let alice = guest.session(&server, "alice");
    let dialect = guest.dialect;
    let Some(print) = dialect.print else { return };
    let printed = ordinary(&alice, &print("one"));
    assert_eq!((&printed["stdout"], printed.get("stderr")), (&"one\n".into(), None), "{printed}");
    if let Some(warn) = dialect.warn {
        let warned = ordinary(&alice, &warn("two"));
        assert_eq!(
            (warned["stderr"].as_str().map(str::trim_end), warned.get("stdout")),
            (Some("two"), None),
            "{warned}"
        );
    }
    guest.define(&alice, "x", 42);
    let (Some(then), Some(read)) = (dialect.then, dialect.read) else { return };
    let mut commands = vec![print("one"), print("three"), read("x")];
    let mut lines = vec!["one", "three", "42"];
    if let Some(warn) = dialect.warn {
        commands.insert(1, warn("two"));
        lines.insert(1, "two");
    }
    let shown = ordinary(&alice, &then(&commands));
    assert_eq!((&shown["stdout"], &shown["result"]), (&"one\nthree\n".into(), &"42".into()), "{shown}");
    assert_eq!(shown["output"], lines.join("\n"), "{shown}");
}

pub fn what_was_written_before_an_error_comes_before_it(guest: &Guest) {
    let server = guest.setup().start();
    let alice = guest.session(&server, "alice");
    let (Some(print), Some(fail)) = (guest.dialect.print, guest.dialect.fail) else { return };
    let Some(command) = guest.after(print("one"), &fail("bad luck")) else { return };
    let shown = answered(&alice, &command);
    let error = shown["error"].as_str().expect("an error");
    assert_eq!((&shown["stdout"], &shown["output"]), (&"one\n".into(), &format!("one\n{error}").into()), "{shown}");
}

pub fn long_output_is_whole(guest: &Guest) {
    /// Bytes of one text to write, below the usual limit of a command's output.
    const BYTES: usize = 300_000;
    let server = guest.setup().start();
    let alice = guest.session(&server, "alice");
    let Some(print) = guest.dialect.print else { return };
    let text: String = ('a'..='z').cycle().take(BYTES).collect();
    let shown = ordinary(&alice, &print(&text));
    assert_eq!(shown["stdout"].as_str().map(str::len), Some(BYTES + 1));
    assert_eq!(shown["stdout"].as_str().map(str::trim_end), Some(&*text));
}
