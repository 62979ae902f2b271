//! Values are printed as people know them from Node.

mod harness;

use harness::session;

#[test]
fn primitives() {
    let mut session = session();
    session.expect("1 + 2", "3").expect("-0", "-0").expect("0.1 + 0.2", "0.30000000000000004");
    session.expect("10n ** 20n", "100000000000000000000n").expect("Symbol('q')", "Symbol(q)");
    session.expect("undefined", "").expect("let x = 5", "").expect("null", "null").expect("true", "true");
}

#[test]
fn strings_take_the_quotes_that_need_no_escapes() {
    let mut session = session();
    session.expect("'abc'", "'abc'").expect("\"it's\"", "\"it's\"");
    session.expect("`it's \"so\"`", "`it's \"so\"`").expect("'a\\nb\\t\\\\'", "'a\\nb\\t\\\\'");
    session.expect("'\\x00\\x1b\\x7f'", "'\\x00\\x1B\\x7F'").expect("'\\ud83d'", "'\\uD83D'").expect("'é😀'", "'é😀'");
    session.expect("'x'.repeat(10001).length", "10001");
    assert!(session.shows("'x'.repeat(10002)").ends_with("x'... 2 more characters"));
}

#[test]
fn arrays() {
    let mut session = session();
    session.expect("[1, 'a', [], [[]], {}]", "[ 1, 'a', [], [ [] ], {} ]");
    session.expect("[1, , 3, , ,]", "[ 1, <1 empty item>, 3, <2 empty items> ]");
    session.expect("[undefined, null]", "[ undefined, null ]").expect("new Array(3)", "[ <3 empty items> ]");
    session.expect("Array.from({ length: 10 }, (_, i) => i)", "[\n  0, 1, 2, 3, 4,\n  5, 6, 7, 8, 9\n]");
    session.expect("Object.assign([1], { x: 2, '-1': 3 })", "[ 1, x: 2, '-1': 3 ]");
    session.expect("let sparse = []; sparse[1e6] = 1; sparse", "[ <1000000 empty items>, 1 ]");
    assert!(session.shows("Array(200).fill(7)").ends_with("  ... 100 more items\n]"));
}

#[test]
fn objects_to_a_depth_of_two() {
    let mut session = session();
    session.expect("({ a: 1, 'b-c': 2, [Symbol('s')]: 3 })", "{ a: 1, 'b-c': 2, [Symbol(s)]: 3 }");
    session.expect("{ a: 1 }", "{ a: 1 }").expect("{}", "{}").expect("{ let a = 1; a + 1 }", "2");
    session.expect("({ a: { b: { c: { d: 1 } } } })", "{ a: { b: { c: [Object] } } }");
    session.expect("[[[[1]]]]", "[ [ [ [Array] ] ] ]");
    session.expect("Object.create(null)", "[Object: null prototype] {}");
    let accessors = "({ get a() { return 1 }, set b(v) {}, get c() { return 1 }, set c(v) {} })";
    session.expect(accessors, "{ a: [Getter], b: [Setter], c: [Getter/Setter] }");
    session.expect("const c = { n: 1 }; c.self = c; c", "<ref *1> { n: 1, self: [Circular *1] }");
}

#[test]
fn long_values_take_several_lines() {
    let mut session = session();
    let expected = format!("{{\n  a: '{}',\n  b: '{}',\n  c: {{ d: [ 1, 2, 3 ] }}\n}}", "x".repeat(50), "y".repeat(50));
    session.expect("({ a: 'x'.repeat(50), b: 'y'.repeat(50), c: { d: [1, 2, 3] } })", &expected);
}

#[test]
fn collections() {
    let mut session = session();
    session.expect("new Map([[1, { a: 2 }], ['x', [1]]])", "Map(2) { 1 => { a: 2 }, 'x' => [ 1 ] }");
    session.expect("new Set([1, 'a', {}])", "Set(3) { 1, 'a', {} }").expect("new Map", "Map(0) {}");
    session.expect("new WeakMap", "WeakMap { <items unknown> }");
    session.expect("new (class Index extends Map {})([[1, 2]])", "Index(1) [Map] { 1 => 2 }");
}

#[test]
fn classes_functions_and_instances() {
    let mut session = session();
    session.expect("class A { constructor() { this.x = 1 } }; new A", "A { x: 1 }");
    session.expect("class B extends A {}; [B, new B]", "[ [class B extends A], B { x: 1 } ]");
    session.expect("class {}", "Uncaught SyntaxError: class statement requires a name\n    at <repl>:1:7");
    session.expect("(class {})", "[class (anonymous)]").expect("(function f() {})", "[Function: f]");
    session.expect("() => 1", "[Function (anonymous)]").expect("(async function g() {})", "[AsyncFunction: g]");
    session.expect("Object.assign(() => 1, { a: 1 })", "[Function (anonymous)] { a: 1 }");
    session.expect("(function* () {})()", "Object [Generator] {}");
}

#[test]
fn other_built_in_objects() {
    let mut session = session();
    session.expect("new Date(0)", "1970-01-01T00:00:00.000Z").expect("new Date(NaN)", "Invalid Date");
    session.expect("/ab+c/gi", "/ab+c/gi").expect("new Uint8Array([1, 2])", "Uint8Array(2) [ 1, 2 ]");
    session.expect("new ArrayBuffer(2)", "ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }");
    session.expect("Promise.resolve(4)", "Promise { 4 }").expect("new Promise(() => {})", "Promise { <pending> }");
    session.expect("[Object(1), Object('a'), Object(1n)]", "[ [Number: 1], [String: 'a'], [BigInt: 1n] ]");
    session.expect("(function () { return arguments })(1, 2)", "[Arguments] [ 1, 2 ]");
    session.expect("new Proxy({ a: 1 }, {})", "{ a: 1 }");
    session.expect("const r = Proxy.revocable({}, {}); r.revoke(); r.proxy", "<Revoked Proxy>");
}

#[test]
fn errors_with_the_user_s_frames() {
    let mut session = session();
    session.expect("new Error('boom')", "Error: boom\n    at <repl>:1:5");
    session.expect("[new TypeError('t')]", "[\n  TypeError: t\n      at <repl>:1:6\n]");
    session.expect("const e = new Error('e'); e.stack = ''; e", "[Error: e]");
    session.expect("Object.assign(new Error('e'), { code: 7 })", "Error: e\n    at <repl>:1:19 {\n  code: 7\n}");
    let caused = session.shows("new Error('outer', { cause: 'inner' })");
    assert!(caused.starts_with("Error: outer\n") && caused.ends_with("{\n  [cause]: 'inner'\n}"), "{caused}");
}

#[test]
fn an_error_s_stack_begins_with_its_words_and_is_printed_once() {
    let mut session = session();
    session.expect(
        "const e = new TypeError('a\\n    at b'); console.log(e.stack)",
        "TypeError: a\n    at b\n    at <repl>:1:15\n",
    );
    session.expect("e", "TypeError: a\n    at b\n    at <repl>:1:15");
    session.expect("try { null.x } catch (error) { error.stack.split('\\n')[0] }", {
        "\"TypeError: cannot read property 'x' of null\""
    });
    session.expect("class Own extends Error { constructor(m) { super(m); this.name = 'Own'; Error.captureStackTrace(this, Own) } }", "");
    session.expect("console.log(new Own('o').stack)", "Own: o\n    at <repl>:1:17\n");
    session.expect("throw new Own('o')", "Uncaught Own: o\n    at <repl>:1:11");
    session.expect(
        "const o = {}; (function where() { Error.captureStackTrace(o) })(); o.stack",
        "'Error\\n    at where (<repl>:1:59)\\n    at <repl>:1:61'",
    );
    session.expect("e.stack = 'mine'; e.stack", "'mine'").expect("Error.prototype.stack", "");
    for (command, stack) in [
        ("atob('*')", "InvalidCharacterError: The string to be decoded is not correctly encoded\n    at <repl>:1:6"),
        ("throw new DOMException('m', 'AbortError')", "AbortError: m\n    at <repl>:1:17"),
        ("AbortSignal.abort().throwIfAborted()", "AbortError: This operation was aborted\n    at <repl>:1:18"),
    ] {
        session.expect(
            &format!("try {{ {command} }} catch (error) {{ console.log(error.stack) }}"),
            &format!("{stack}\n"),
        );
    }
    session.expect(
        "class D extends DOMException {}; const d = new D('m'); [d instanceof DOMException, d.name, d.code]",
        "[ true, 'Error', 0 ]",
    );
    session.expect(
        "[DOMException.ABORT_ERR, new DOMException('m', 'AbortError').code, atob(btoa('x'))]",
        "[ 20, 20, 'x' ]",
    );
    session.expect("Error.prepareStackTrace = (error, sites) => sites.length; new Error('x').stack", "1");
}

#[test]
fn what_can_not_be_printed_says_so() {
    let mut session = session();
    session.expect(
        "({ get [Symbol.toStringTag]() { throw new Error('no') } })",
        "[object that can't be printed: Error: no]",
    );
    session.expect("1", "1");
}

#[test]
fn programs_that_change_the_built_in_objects_are_printed_all_the_same() {
    let mut session = session();
    session.expect("for (const name of Object.getOwnPropertyNames(Array.prototype)) if (name !== 'length' && name !== 'constructor') try { Array.prototype[name] = null } catch {} Array.prototype[Symbol.iterator] = null", "null");
    session.expect("Object.prototype.evil = 1; ({ a: [1, { b: 'x' }] })", "{ a: [ 1, { b: 'x' } ] }");
    session.expect(
        "Map = Set = Date = Promise = Symbol = Object = Math = JSON = Reflect = undefined; var c = {}; c.c = c; c",
        "<ref *1> { c: [Circular *1] }",
    );
    session.expect("Function.prototype.call = Function.prototype.apply = null; [1]", "[ 1 ]");
    session.expect("throw new Error('still told')", "Uncaught Error: still told\n    at <repl>:1:11");
    session.expect("setTimeout(() => console.log('still called')); _", "still called\n[ 1 ]");
}

#[test]
fn numbers_for_people_are_written_as_in_american_english() {
    let mut session = session();
    for (number, written) in [
        ("1234567.891", "1,234,567.891"),
        ("-1234.5", "-1,234.5"),
        ("999", "999"),
        ("1.0005", "1.001"),
        ("0.0004", "0"),
        ("-0", "-0"),
        ("1e21", "1,000,000,000,000,000,000,000"),
        ("1e-7", "0"),
        ("NaN", "NaN"),
        ("-Infinity", "-∞"),
        ("1234567890123456789n", "1,234,567,890,123,456,789"),
    ] {
        session.expect(&format!("({number}).toLocaleString()"), &format!("'{written}'"));
    }
    session.expect("(1234.5).toLocaleString('en-US', { minimumFractionDigits: 2 })", "'1,234.50'");
    session.expect("(1234.567).toLocaleString(undefined, { maximumFractionDigits: 0 })", "'1,235'");
    session.expect("[1234, 5].toLocaleString()", "'1,234,5'");
    session.expect("try { (1).toLocaleString('en', { style: 'percent' }) } catch (e) { e.message }", {
        "'toLocaleString has no style here, for there is no Intl'"
    });
}
