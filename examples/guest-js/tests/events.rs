//! Events, and what is aborted.

mod harness;

use harness::session;

#[test]
fn listeners_hear_in_order_until_they_are_removed() {
    let mut session = session();
    session.expect("const t = new EventTarget(); const heard = []; const hear = e => heard.push(e.type)", "");
    session.expect(
        "t.addEventListener('a', hear); t.addEventListener('a', hear); t.addEventListener('a', hear, true)",
        "",
    );
    session.expect("t.dispatchEvent(new Event('a')); heard.splice(0)", "[ 'a', 'a' ]");
    session.expect("t.removeEventListener('a', hear); t.dispatchEvent(new Event('a')); heard.splice(0)", "[ 'a' ]");
    session
        .expect("t.addEventListener('b', { handleEvent(e) { heard.push(e.target === t, this) } }, { once: true })", "");
    session.expect("t.dispatchEvent(new Event('b')) && t.dispatchEvent(new Event('b')); heard.splice(0)", {
        "[ true, { handleEvent: [Function: handleEvent] } ]"
    });
    session.expect(
        "t.addEventListener('c', function (e) { e.preventDefault(); heard.push(this === e.currentTarget) })",
        "",
    );
    session.expect("t.dispatchEvent(new Event('c', { cancelable: true }))", "false");
    session.expect("t.dispatchEvent(new Event('c'))", "true").expect("heard.splice(0)", "[ true, true ]");
    session.expect(
        "class Bus extends EventTarget {}; new Bus().dispatchEvent(new CustomEvent('d', { detail: 1 }))",
        "true",
    );
}

#[test]
fn a_listener_s_error_is_told_and_keeps_none_from_hearing() {
    let mut session = session();
    session.expect(
        "const t = new EventTarget(); t.addEventListener('a', () => { throw 1 }); t.addEventListener('a', () => \
         console.log(2)); t.dispatchEvent(new Event('a'))",
        "!Uncaught 1\n2\ntrue",
    );
}

#[test]
fn what_is_aborted_says_why() {
    let mut session = session();
    session.expect("const c = new AbortController(); c.signal.onabort = () => console.log('now'); c", {
        "AbortController { signal: AbortSignal { aborted: false } }"
    });
    session.expect("const both = AbortSignal.any([c.signal, new AbortController().signal]); both.aborted", "false");
    session.expect("c.abort(); c.abort(); both.aborted", "now\ntrue").expect("both.reason === c.signal.reason", "true");
    session.expect(
        "c.signal.throwIfAborted()",
        "Uncaught DOMException [AbortError]: This operation was aborted\n    at <repl>:1:2",
    );
    session.expect("AbortSignal.abort('why').reason", "'why'");
    session.expect("new AbortSignal", "Uncaught TypeError: Illegal constructor\n    at <repl>:1:5");
    session.expect("const late = AbortSignal.timeout(5000); late.aborted", "false").expect("late.aborted", "false");
    session.expect("await new Promise(done => setTimeout(done, 6000)); late.reason.name", "'TimeoutError'");
    session.expect(
        "const t = new EventTarget(), d = new AbortController(); t.addEventListener('a', () => console.log('a'), d)",
        "",
    );
    session.expect("d.abort(); t.dispatchEvent(new Event('a'))", "true");
}

#[test]
fn a_program_s_own_things_of_those_names_stay() {
    let mut session = session();
    session.expect("class Event { own = 1 }; new AbortController().abort(); new Event().own", "1");
    session.expect("globalThis.EventTarget = 5; typeof AbortSignal; EventTarget", "5");
}
