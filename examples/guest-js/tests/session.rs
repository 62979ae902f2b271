//! Commands build on one another; promises, timers and errors behave as at a prompt.

mod harness;

use guest_js::Completeness::{Complete, Incomplete, Invalid};
use harness::session;

#[test]
fn everything_at_top_level_stays() {
    let mut session = session();
    session
        .expect("let n = 1; const add = x => n + x; class A { get two() { return 2 } } function f() { return n }", "");
    session.expect("n = 40; add(2)", "42").expect("new A().two + f()", "42");
    session.expect("var v = 1; v", "1").expect("implicit = 3; implicit + v", "4");
}

#[test]
fn what_was_declared_may_be_declared_again() {
    let mut session = session();
    session.expect("let x = 1; const y = 2; class A {}; const get = () => x", "");
    session.expect("let x = 10; const y = 20; class A { z = 1 }; [x, y, new A]", "[ 10, 20, A { z: 1 } ]");
    session.expect("get()", "10").expect("const x = 3; x", "3");
    session.expect("x = 4", "Uncaught TypeError: 'x' is read-only\n    at <repl>:1:1");
    session.expect("let z = (() => { throw 1 })()", "Uncaught 1").expect("let z = 2; z", "2");
    for twice in ["let q = 1; let q = 2", "class Q {}; class Q {}"] {
        assert!(session.shows(twice).starts_with("Uncaught SyntaxError: invalid redefinition"), "{twice}");
    }
    session.expect("var v = 1; v", "1");
    session.expect("let v = 2", "Uncaught SyntaxError: redeclaration of 'v'\n    at <repl>:1:1").expect("v", "1");
}

#[test]
fn the_last_value_and_error_are_at_hand() {
    let mut session = session();
    session.expect("6 * 7", "42").expect("_ + 1", "43").expect("_", "43");
    session.expect("null.x", "Uncaught TypeError: cannot read property 'x' of null\n    at <repl>:1:1");
    session.expect("_error.name", "'TypeError'").expect("_ = 5; 1", "1").expect("_", "5");
}

#[test]
fn output_comes_in_order_and_values_after_it() {
    let mut session = session();
    session.expect(
        "setTimeout(() => console.log('later'), 20); setTimeout(() => console.log('sooner'), 10); \
         queueMicrotask(() => console.log('micro')); Promise.resolve().then(() => console.log('then')); \
         console.log('now', 1, { a: 'b' }); 7",
        "now 1 { a: 'b' }\nmicro\nthen\nsooner\nlater\n7",
    );
    session.expect("console.error('e %s %d %%', 'x', 4.5, [1]); console.warn('w')", "!e x 4.5 % [ 1 ]\n!w\n");
    session
        .expect("console.group('g'); console.log('a\\nb'); console.groupEnd(); console.log('c')", "g\n  a\n  b\nc\n");
}

#[test]
fn promises_run_until_nothing_is_left() {
    let mut session = session();
    session.expect("await 5", "5").expect("Promise.resolve(1).then(x => x + 1)", "Promise { 2 }");
    session.expect("const t = await new Promise(done => setTimeout(() => done('late'), 1e6)); t", "'late'");
    session.expect(
        "let go; const waiting = new Promise(done => { go = done }).then(v => v * 2); waiting",
        "Promise { <pending> }",
    );
    session.expect("go(21)", "").expect("waiting", "Promise { 42 }");
    let waits = "!The command still waits for a promise; it goes on once that is settled\n";
    session.expect("let open; const late = await new Promise(done => { open = done })", waits);
    session.expect("open('x')", "").expect("late", "'x'");
    session.expect("for await (const x of [1, Promise.resolve(2)]) console.log(x)", "1\n2\n");
}

#[test]
fn errors_that_nobody_catches_are_told() {
    let mut session = session();
    session.expect("throw { a: 1 }", "Uncaught { a: 1 }").expect("throw 'text'", "Uncaught 'text'");
    session.expect(
        "function f() { throw new TypeError('bad') }\nf()",
        "Uncaught TypeError: bad\n    at f (<repl>:1:26)\n    at <repl>:2:1",
    );
    session.expect("await Promise.reject(new Error('r'))", "Uncaught Error: r\n    at <repl>:1:26");
    session.expect("Promise.reject(new Error('r')); 1", "!Uncaught (in promise) Error: r\n    at <repl>:1:20\n1");
    session.expect("Promise.reject(1).catch(() => 2)", "Promise { 2 }");
    session.expect(
        "setTimeout(() => { throw new Error('t') }); queueMicrotask(() => { throw 2 }); 1",
        "!Uncaught 2\n!Uncaught Error: t\n    at <repl>:1:30\n1",
    );
    session.expect(
        "class E extends Error {}; throw new E('mine')",
        "Uncaught E: mine\n    at E (<repl>:1:1)\n    at <repl>:1:37",
    );
}

#[test]
fn what_a_session_has_not_is_missing_in_plain_words() {
    let mut session = session();
    session.expect("require('fs')", "Uncaught ReferenceError: require is not defined\n    at <repl>:1:1");
    session.expect("process", "Uncaught ReferenceError: process is not defined\n    at <repl>:1:1");
    session.expect("fetch('x')", "Uncaught ReferenceError: fetch is not defined\n    at <repl>:1:1");
    let none = "Uncaught SyntaxError: import and export are not available: a session has no modules";
    assert!(session.shows("import x from 'y'").starts_with(none));
    assert!(session.shows("export const x = 1").starts_with(none));
    assert!(session.shows("await import('x')").contains("could not load module 'x'"));
}

#[test]
fn an_interval_ticks_while_commands_let_time_pass_and_keeps_none_from_its_end() {
    let mut session = session();
    let left = "!1 interval goes on when a later command lets time pass\n";
    session.expect("let ticks = 0; const id = setInterval(() => ticks++, 1000); 0", &format!("{left}0"));
    session.expect("ticks", "0").expect("setTimeout(() => console.log(ticks), 2500)[Symbol.toPrimitive]()", "2\n2");
    session.expect("await new Promise(done => setTimeout(done, 3600000)); ticks", "3602");
    session.expect("const many = [1, 1].map(() => setInterval(() => {}, 1)); 1", &{
        "!2 intervals go on when a later command lets time pass\n1".to_owned()
    });
    session.expect(
        "many.forEach(clearInterval); clearInterval(id); await new Promise(d => setTimeout(d, 1e6)); ticks",
        "3602",
    );
}

#[test]
fn a_command_that_awaits_what_an_interval_does_goes_on_until_it_is_done() {
    let mut session = session();
    session.expect(
        "let n = 0; await new Promise(done => { const id = setInterval(() => { if (++n === 5000) { clearInterval(id); done(n) } }, 10) })",
        "5000",
    );
}

#[test]
fn a_timer_may_be_told_whether_it_keeps_a_command_from_its_end() {
    let mut session = session();
    session.expect("let n = 0; setTimeout(() => { n = 1 }, 5000).unref().hasRef()", "false");
    session.expect("n", "0").expect("await new Promise(done => setTimeout(done, 9000)); n", "1");
    session.expect("const id = setInterval(() => { if (++n === 3000) clearInterval(id) }, 10).ref(); 0", "0");
    session.expect("n", "3000");
}

#[test]
fn timers_that_go_on_for_ever_end_with_the_command() {
    let mut session = session();
    let left = "!Timers were called 100000 times; 1 timer is left for the next command\n";
    session.expect("let n = 0; let id; const again = () => { n++; id = setTimeout(again) }; again()", left);
    session.expect("n", &format!("{left}100001")).expect("clearTimeout(id)", "").expect("1", "1");
    let waits = "!The command still waits for a promise; it goes on once that is settled\n";
    session.expect("setInterval(() => {}, 1); await new Promise(() => {})", &format!("{left}{waits}"));
    session.expect("2", "!1 interval goes on when a later command lets time pass\n2");
}

#[test]
fn time_jumps_with_timers() {
    let mut session = session();
    session.expect(
        "let began = performance.now(); await new Promise(d => setTimeout(d, 500)); performance.now() - began",
        "500",
    );
}

#[test]
fn random_numbers_come_from_outside() {
    let mut session = session();
    session.expect("[Math.random(), Math.random()]", "[ 0.0625, 0.125 ]");
    session.expect("crypto.randomUUID()", "'abababab-abab-4bab-abab-abababababab'");
    session.expect("crypto.getRandomValues(new Uint16Array(2))", "Uint16Array(2) [ 43947, 43947 ]");
}

#[test]
fn what_programs_expect_of_a_host() {
    let mut session = session();
    session.expect("new TextDecoder().decode(new TextEncoder().encode('hé😀'))", "'hé😀'");
    session.expect(
        "const d = new TextDecoder(); d.decode(Uint8Array.of(0xc3), { stream: true }) + d.decode(Uint8Array.of(0xa9))",
        "'é'",
    );
    session.expect(
        "new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(0xff)).length",
        "Uncaught TypeError: The encoded data was not valid for encoding utf-8\n    at <repl>:1:60",
    );
    session.expect("btoa('hello') + atob('aGk=')", "'aGVsbG8=hi'");
    session.expect("const a = { d: new Date(0), m: new Map([[1, [1]]]) }; a.self = a; const b = structuredClone(a); [b.self === b, b.d, b.m.get(1)]", "[ true, 1970-01-01T00:00:00.000Z, [ 1 ] ]");
    assert!(session.shows("structuredClone(() => 1)").starts_with("Uncaught DOMException [DataCloneError]: "));
}

#[test]
fn deep_recursion_is_an_error_of_the_language() {
    let mut session = session();
    let overflow = "Uncaught RangeError: Maximum call stack size exceeded\n";
    assert!(session.shows("function deep(n) { return 1 + deep(n + 1) } deep(0)").starts_with(overflow));
    session.expect("1", "1");
}

#[test]
fn beginnings_are_told_from_mistakes() {
    let mut session = session();
    for whole in ["1", "let x", "{ a: 1 }", "await 1", "// c", "", ":help", "if (1) 2", "`a`"] {
        assert_eq!(session.repl().completeness(whole), Complete, "{whole}");
    }
    for beginning in [
        "f(",
        "[1,",
        "{",
        "{ a: 1, b:",
        "({",
        "`a",
        "`a${",
        "`a${1}",
        "/* x",
        "1 +",
        "if (1)",
        "function f()",
        "class A {",
        "a.",
        "x => {\n  1",
        "try {}",
        "await f(",
        "'a\\",
        "const x",
    ] {
        assert_eq!(session.repl().completeness(beginning), Incomplete, "{beginning}");
    }
    for mistake in ["f)", "'a", "1 2", "@", "let let", "break", "return 1", "/re", "}", "import x from 'y'"] {
        assert_eq!(session.repl().completeness(mistake), Invalid, "{mistake}");
    }
}

#[test]
fn the_prompt_s_own_commands() {
    let mut session = session();
    assert!(session.shows(":help").contains("let, const and class may be declared again by a later command"));
    assert!(session.repl().execute(":quit").expect("a reply").should_exit);
}

#[test]
fn what_was_declared_may_be_declared_again_by_commands_that_wait() {
    let mut session = session();
    session.expect("const a = await 1; const b = 2; [a, b]", "[ 1, 2 ]");
    session.expect("const a = await 3; let b = await 4; [a, b]", "[ 3, 4 ]");
    session.expect("let runs = 0", "");
    let redeclared = "Uncaught SyntaxError: redeclaration of 'runs'";
    assert!(session.shows("runs++; (0, eval)('var runs = 5')").starts_with(redeclared));
    session.expect("runs", "1");
    assert!(session.shows("runs++; await (0, eval)('var runs = 5')").starts_with(redeclared));
    session.expect("runs", "2");
}

#[test]
fn the_host_does_what_was_granted() {
    let mut session = session();
    session.expect("await host.call('echo', { a: [1, 'ä😀'] })", "{ a: [ 1, 'ä😀' ] }");
    session.expect("await host.call('echo')", "{}").expect("await host.call('nothing')", "");
    session.expect(
        "try { await host.call('rm') } catch (e) { [e.name, e.kind, e.message, e instanceof HostError] }",
        "[ 'HostError', 'denied', 'rm is not granted', true ]",
    );
    session.expect("host.call('garbage').catch(e => e.kind)", "Promise { 'failed' }");
    session.expect(
        "await host.call('echo', () => {}).catch(e => e.message)",
        "\"arguments can't be written as JSON: [Function (anonymous)]\"",
    );
    assert!(session.shows("await host.call('rm')").starts_with("Uncaught HostError: rm is not granted\n"));
    session.expect("prompt('name? ') + await host.readLine('again? ')", "name? again? 'a linea line'");
}

#[test]
fn results_that_are_more_than_text_are_shown() {
    let mut session = session();
    session.expect("host.display('text/html', '<b>ä</b>')", "<text/html: <b>ä</b>>");
    session.expect(
        "host.display({ 'application/json': { a: 1 }, 'image/png': Uint8Array.of(255, 0) })",
        "<application/json: {\"a\":1}><image/png: [255, 0]>",
    );
    session.expect("host.display('application/json', 'text')", "<application/json: \"text\">");
    session.expect("try { host.display('html', '') } catch (e) { e.message }", "'`html` is no media type'");
    session
        .expect("({ n: 1, [Symbol.for('Jupyter.display')]() { return { 'text/markdown': `*${this.n}*` } } }).n", "1");
    session.expect(
        "class Table { toMimeBundle() { return { 'text/html': '<table>' } } } new Table",
        "<text/html: <table>>Table {}",
    );
    session.expect("class Bad { toMimeBundle() { throw 1 } } new Bad", "!Its other forms can't be shown: 1\nBad {}");
}

#[test]
fn a_string_for_what_is_no_text_is_base64() {
    let mut session = session();
    let shown = "<image/png: [137, 80]>";
    session
        .expect("host.display('image/png', 'iVA=')", shown)
        .expect("host.display({ 'image/png': 'iV\\nA=' })", shown);
    session.expect("({ n: 1, [Symbol.for('Jupyter.display')]() { return { 'image/png': 'iVA=' } } })", &{
        format!("{shown}{{ n: 1, [Symbol(Jupyter.display)]: [Function: [Jupyter.display]] }}")
    });
    let must = "the data for image/png must be bytes, as a typed array or as base64 in a string";
    for bad in ["'%PNG'", "[137]", "null"] {
        session.expect(&format!("try {{ host.display('image/png', {bad}) }} catch (e) {{ [e.name, e.message] }}"), &{
            format!("[\n  'TypeError',\n  '{must}'\n]")
        });
    }
    session.expect("host.display('image/svg+xml', '<svg>')", "<image/svg+xml: <svg>>");
}

#[test]
fn host_display_shows_a_value_as_a_result_would() {
    let mut session = session();
    session.expect(
        "class T { toMimeBundle() { return { 'text/html': '<t>' } } }; host.display(new T)",
        "<text/html: <t>>",
    );
    session
        .expect("host.display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'p' }) })", "<text/plain: p>");
    session.expect("try { host.display('text/html') } catch (e) { e.message }", "'the data for text/html are missing'");
    session.expect(
        "class Odd { toMimeBundle() { return { html: '' } } } new Odd",
        "!Its other forms can't be shown: [TypeError: `html` is no media type]\nOdd {}",
    );
}
