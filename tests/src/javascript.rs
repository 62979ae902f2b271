//! The built-in JavaScript: a language whose interpreter knows nothing of sessions, kept, evicted and replayed all the same.

use serde_json::json;

use crate::harness::{Server, Session, server, setup};

fn javascript<'s>(server: &'s Server, name: &str) -> Session<'s> {
    let session = server.session(name);
    let answer = session.create(json!({ "guest": "javascript" }));
    assert!(answer.status < 300, "{}", answer.text);
    session
}

#[test]
fn javascript_remembers_what_its_commands_did() {
    let server = server();
    let alice = javascript(&server, "alice");
    let bob = javascript(&server, "bob");
    assert_eq!(alice.output("let n = 40; const add = x => n + x; class Pair { a = 1; b = [2] }"), "");
    assert_eq!(alice.output("n += 1; add(1)"), "42");
    assert_eq!(alice.output("({ pair: new Pair(), text: 'it' })"), "{ pair: Pair { a: 1, b: [ 2 ] }, text: 'it' }");
    assert_eq!(alice.output("let n = 1; [add(1), _.text]"), "[ 2, 'it' ]");
    assert!(bob.output("n").starts_with("Uncaught ReferenceError: n is not defined"));
}

#[test]
fn javascript_writes_in_order_and_errors_keep_the_state() {
    let server = server();
    let alice = javascript(&server, "alice");
    let command = "let kept = 1; Promise.resolve().then(() => console.log('then')); console.error('err'); console.log('now'); \
                   kept = 2; null.x";
    let answer = alice.execute(command).json();
    assert_eq!(answer["stdout"], "now\nthen\n");
    assert_eq!(answer["stderr"], "err\n");
    assert_eq!(answer["error"], "Uncaught TypeError: cannot read property 'x' of null\n    at <repl>:1:117");
    assert!(answer["output"].as_str().expect("an output").starts_with("err\nnow\nthen\nUncaught TypeError"));
    assert_eq!(alice.output("kept"), "2");
    assert_eq!(alice.execute(":quit").json()["shouldExit"], true);
}

/// Puts things of every kind into a session.
fn furnish(session: &Session<'_>) {
    session.output("const make = () => { let n = 0; return () => ++n }; const tick = make(); tick()");
    session.output("function* count() { for (let i = 0; ; i++) yield i }; const numbers = count(); numbers.next()");
    session.output(
        "let open; const door = new Promise(done => { open = done }); const guest = door.then(who => who + '!')",
    );
    session.output("let opened; (async () => { opened = await door })()");
    session.output("const map = new Map([['a', { b: 1 }]]); const key = {}; const weak = new WeakMap([[key, 'w']])");
    session.output(
        "const text = 'x'.repeat(1000); const bytes = Uint8Array.of(1, 2, 3); const re = /b+/g; re.test('abbc')",
    );
}

/// Takes out what [`furnish`] put in.
fn look(session: &Session<'_>) {
    assert_eq!(session.output("[tick(), numbers.next().value, map.get('a').b, weak.get(key)]"), "[ 2, 1, 1, 'w' ]");
    assert_eq!(session.output("[text.length, bytes, re.lastIndex]"), "[ 1000, Uint8Array(3) [ 1, 2, 3 ], 3 ]");
    assert_eq!(session.output("open('bob'); guest"), "Promise { 'bob!' }");
    assert_eq!(session.output("opened"), "'bob'");
}

#[test]
fn javascript_comes_back_from_an_eviction_as_it_was() {
    let server = setup().with("max-live-sessions", 1).start();
    let alice = javascript(&server, "alice");
    let other = javascript(&server, "other");
    furnish(&alice);
    other.output("1");
    assert_eq!(alice.metadata()["live"], false);
    look(&alice);
}

#[test]
fn javascript_comes_back_from_a_restart_as_it_was() {
    let mut server = server();
    furnish(&javascript(&server, "stopped"));
    server.restart();
    furnish(&javascript(&server, "killed"));
    server.kill();
    server.start();
    look(&server.session("stopped"));
    look(&server.session("killed"));
}

#[test]
fn javascript_is_replayed_to_the_same_state() {
    let mut server = server();
    let alice = javascript(&server, "alice");
    alice.output("const seen = [Date.now(), Math.random(), performance.now(), crypto.randomUUID()]");
    alice.output(
        "seen.push(new Date().toISOString(), await new Promise(done => setTimeout(() => done(Date.now()), 1000)))",
    );
    alice.output(
        "for (let i = 0; i < 20; i++) seen.push(Math.random()); const order = Object.keys({ b: 1, a: 2, 1: 3 })",
    );
    let seen = alice.output("JSON.stringify([seen, order])");
    server.kill();
    server.start();
    assert_eq!(server.session("alice").output("JSON.stringify([seen, order])"), seen);
    let parts = seen.split(',').collect::<std::collections::BTreeSet<_>>();
    assert!(parts.len() > 24, "random numbers differ: {seen}");
}

#[test]
fn javascript_past_a_limit_is_stopped_and_undone() {
    let server = setup().with("command-timeout", "2s").with("session-memory", "32MiB").start();
    let alice = javascript(&server, "alice");
    alice.output("let kept = { n: 1 }; const list = []");
    let misdeeds = [
        ("kept.n = 2; for (;;) {}", "time-exceeded"),
        ("kept.n = 2; const spin = () => { queueMicrotask(spin) }; spin()", "time-exceeded"),
        ("kept.n = 2; const again = () => Promise.resolve().then(again); again()", "memory-exceeded"),
        ("kept.n = 2; /(a|b|ab)*c/.test('ab'.repeat(1000))", "time-exceeded"),
        ("kept.n = 2; for (;;) list.push(new Array(1000).fill(1))", "memory-exceeded"),
        ("kept.n = 2; new Uint8Array(1 << 30)", "memory-exceeded"),
        ("kept.n = 2; for (;;) console.log('x'.repeat(1000))", "output-exceeded"),
        (
            "kept.n = 2; Object.fromEntries(Array.from('x'.repeat(200), (x, i) => [i, x.repeat(9000)]))",
            "output-exceeded",
        ),
    ];
    for (command, code) in misdeeds {
        let answer = alice.execute(command);
        // A small machine may run out of time before the memory is full; the promise is the same.
        let slow = code == "memory-exceeded" && answer.code() == "time-exceeded";
        assert!(answer.code() == code || slow, "{command}: {}", answer.text);
        assert_eq!(answer.json()["rolledBack"], true, "{command}");
        assert_eq!(alice.output("[kept, list.length]"), "[ { n: 1 }, 0 ]", "{command}");
    }
}

#[test]
fn javascript_that_recurses_too_deep_is_told_so() {
    let server = server();
    let alice = javascript(&server, "alice");
    let overflow = "Uncaught RangeError: Maximum call stack size exceeded\n";
    for command in [
        "function f(n) { return n ? f(n - 1) + 1 : 0 } f(1e6)",
        "const o = { get x() { return this.x } }; o.x",
        "const t = { toString() { return '' + this } }; '' + t",
        "function m() { return [1].map(m) } m()",
        "class K { constructor() { new K() } } new K()",
        "const p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.x",
        "function* g() { yield* g() } g().next()",
        "const j = { toJSON() { return JSON.stringify(j) } }; JSON.stringify(j)",
        "function s() { return [2, 1].sort(s) } s()",
        "function r() { return 'a'.replace(/a/, r) } r()",
        "function e() { eval('e()') } e()",
    ] {
        let output = alice.output(command);
        assert!(output.starts_with(overflow), "{command}: {output}");
    }
    assert_eq!(alice.output("f(1000)"), "1000");
}

#[test]
fn javascript_that_catches_for_want_of_memory_goes_on() {
    let server = setup().with("session-memory", "32MiB").start();
    let alice = javascript(&server, "alice");
    assert_eq!(alice.output("try { new Uint8Array(1 << 28) } catch (error) { error.message }"), "'out of memory'");
    assert_eq!(alice.output("_"), "'out of memory'");
}

#[test]
fn javascript_that_asks_for_what_it_was_not_granted_is_told_so() {
    let server = server();
    let alice = javascript(&server, "alice");
    let asked = alice.output("try { await host.call('no.such', { a: 1 }) } catch (error) { [error.name, error.kind] }");
    assert_eq!(asked, "[ 'HostError', 'denied' ]");
    assert_eq!(alice.output("try { prompt('name? ') } catch (error) { error.kind }"), "'denied'");
    assert!(alice.output("await host.call('no.such')").starts_with("Uncaught HostError: "));
}

#[test]
fn javascript_s_clocks_keep_the_time_that_timers_skipped() {
    let server = setup().with("max-live-sessions", 1).start();
    let alice = javascript(&server, "alice");
    alice.output("const began = [Date.now(), performance.now()]; const since = () => [Date.now(), performance.now()].map((t, i) => t - began[i])");
    alice.output("await new Promise(done => setTimeout(done, 3600000)); const first = since()");
    alice.output("const second = since()");
    javascript(&server, "other").output("1");
    assert_eq!(alice.metadata()["live"], false);
    alice.output("await new Promise(done => setTimeout(done, 3600000)); const third = since()");
    let ordered = "[first[0] >= 3600000, second[0] >= first[0], third[0] >= second[0] + 3600000]";
    assert_eq!(alice.output(ordered), "[ true, true, true ]");
    // Between the two readings there is nothing but a call.
    assert_eq!(alice.output("[first, second, third].every(([day, steady]) => Math.abs(day - steady) < 1000)"), "true");
}

#[test]
fn javascript_s_picture_in_base64_is_the_reply_s() {
    let server = server();
    let alice = javascript(&server, "alice");
    for command in [
        "host.display('image/png', 'iVBORw0KGgo=')",
        "host.display({ 'image/png': Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) })",
        "({ [Symbol.for('Jupyter.display')]() { return { 'image/png': 'iVBORw0KGgo=' } } })",
    ] {
        assert_eq!(alice.execute(command).json()["results"], json!([{ "image/png": "iVBORw0KGgo=" }]), "{command}");
    }
}

#[test]
fn javascript_s_timers_that_go_on_for_ever_end_in_time() {
    let server = server();
    let alice = javascript(&server, "alice");
    let output = alice.output("const again = () => setTimeout(again); again()");
    assert!(output.starts_with("Timers were called 100000 times; 1 timer is left for the next command\n"), "{output}");
}
