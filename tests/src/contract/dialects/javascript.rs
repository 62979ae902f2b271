//! JavaScript.

use crate::contract::dialect::{Dialect, Living};

pub static DIALECT: Dialect = Dialect {
    guest: "javascript",
    built_in: true,
    define: Some(|name, value| format!("var {name} = {value};")),
    read: Some(str::to_owned),
    add: Some(|name, value| format!("{name} += {value};")),
    unknown: Some("1 + nowhere"),
    fail: Some(|message| format!("throw new Error({});", literal(message))),
    then: Some(|commands| commands.join("\n")),
    print: Some(|text| format!("console.log({});", literal(text))),
    warn: Some(|text| format!("console.error({});", literal(text))),
    keep_text: Some(|text| format!("var text = {};", literal(text))),
    print_text: "console.log(text)",
    spin: Some("for (;;) {}"),
    hoard: Some("const hoard = []; for (;;) hoard.push(new Array(1000).fill(1))"),
    recurse: Some("function deep(n) { return 1 + deep(n + 1) } deep(0)"),
    flood: Some("for (;;) console.log('x'.repeat(1000))"),
    quit: Some(":quit"),
    chance: Some((
        "var seen = [Date.now(), Math.random(), performance.now(), crypto.randomUUID()]; undefined",
        "JSON.stringify(seen)",
    )),
    bind: Some(|name, expression| format!("var {name} = {expression}; undefined")),
    line: Some(|prompt| format!("prompt({})", literal(prompt))),
    call: Some(|name, arguments| format!("await host.call({}, {arguments})", literal(name))),
    failure_kind: Some(|call| {
        format!("try {{ {call} }} catch (e) {{ e instanceof HostError ? e.kind : 'of another class' }}")
    }),
    display: Some(|mime, data| format!("host.display({}, {})", literal(mime), literal(data))),
    nothing: &["", " ", "\n", "\r\n\t", "// a comment", "/* a comment\n of two lines */", ";", "\u{feff}"],
    complete: &["1", "let a = 1", "(1 +\n 2)", "`a\nb`", "{ a: 1 }", ""],
    incomplete: &["(1 +", "function f() {", "`a", "/* a", "if (1)"],
    invalid: &["1 +* 2", ")", "let 1", "'a\n"],
    living: &[
        Living {
            what: "a closure",
            make: &["const tick = (() => { let n = 0; return () => ++n })()"],
            step: "tick()",
            answers: ["1", "2", "3", "4"],
        },
        Living {
            what: "a generator half-way through a try",
            make: &[
                "function* squares() { try { for (let i = 1; ; i++) yield* [i * i] } finally { console.log('never') } }",
                "const numbers = squares(); undefined",
            ],
            step: "numbers.next().value",
            answers: ["1", "4", "9", "16"],
        },
        Living {
            what: "iterators that are open",
            make: &["const pairs = new Map([[1, 'a'], [2, 'b'], [3, 'c'], [4, 'd']]).entries(); \
                     const letters = 'w😀yz'[Symbol.iterator](); undefined"],
            step: "`${pairs.next().value}${letters.next().value}`",
            answers: ["'1,aw'", "'2,b😀'", "'3,cy'", "'4,dz'"],
        },
        Living {
            what: "a promise that is pending, and who waits for it",
            make: &[
                "let settle; const log = []",
                "(async () => { for (;;) log.push(await new Promise(done => { settle = done })) })(); undefined",
            ],
            step: "settle(log.length + 1); await null; log.join()",
            answers: ["'1'", "'1,2'", "'1,2,3'", "'1,2,3,4'"],
        },
        Living {
            what: "an asynchronous generator",
            make: &[
                "const gates = []; const gate = () => new Promise(open => gates.push(open))",
                "async function* steps() { for (let n = 0; ;) yield n += await gate() }",
                "const walk = steps(); let ahead = walk.next(); undefined",
            ],
            step: "gates.shift()(10); const { value: reached } = await ahead; ahead = walk.next(); reached",
            answers: ["10", "20", "30", "40"],
        },
        Living {
            what: "instances with private fields and accessors",
            make: &[
                "class Account { #sum = 1; static #made = 0; constructor() { Account.#made++ } \
                     get doubled() { return this.#sum *= 2 } static has(it) { return #sum in it && Account.#made } } \
                     class Savings extends Account { #rate = 1; get doubled() { return super.doubled * this.#rate } }",
                "const account = new Savings(); undefined",
            ],
            step: "[account.doubled, Account.has(account)]",
            answers: ["[ 2, 1 ]", "[ 4, 1 ]", "[ 8, 1 ]", "[ 16, 1 ]"],
        },
        Living {
            what: "maps, sets and weak ones",
            make: &["const key = {}; const weak = new WeakMap([[key, 1]]); const seen = new WeakSet([key]); \
                     const set = new Set(['x']); const map = new Map([[key, set]]); const ref = new WeakRef(key); undefined"],
            step: "weak.set(key, weak.get(key) * 2); map.get(key).add(weak.get(ref.deref())); \
                   [seen.has(key), ...map.get(key)].join()",
            answers: ["'true,x,2'", "'true,x,2,4'", "'true,x,2,4,8'", "'true,x,2,4,8,16'"],
        },
        Living {
            what: "a regular expression that remembers where it was",
            make: &["const word = /(?<first>\\w)\\w*/g; const sticky = /./uy"],
            step: "word.exec('one two three four').groups.first + sticky.exec('😀bcd')[0]",
            answers: ["'o😀'", "'tb'", "'tc'", "'fd'"],
        },
        Living {
            what: "typed arrays over one buffer",
            make: &["const buffer = new ArrayBuffer(8, { maxByteLength: 64 }); const bytes = new Uint8Array(buffer); \
                     const view = new DataView(buffer); view.setUint16(0, 1); undefined"],
            step: "view.setUint16(0, view.getUint16(0) * 16); buffer.resize(buffer.byteLength + 1); \
                   [bytes[0], bytes[1], bytes.length]",
            answers: ["[ 0, 16, 9 ]", "[ 1, 0, 10 ]", "[ 16, 0, 11 ]", "[ 0, 0, 12 ]"],
        },
        Living {
            what: "symbols, registered and not",
            make: &["const own = Symbol('own'); const object = { [own]: 1, [Symbol.for('shared')]: 2 }"],
            step: "[object[own] *= 2, object[Symbol.for('shared')] *= 2, own.description]",
            answers: ["[ 2, 4, 'own' ]", "[ 4, 8, 'own' ]", "[ 8, 16, 'own' ]", "[ 16, 32, 'own' ]"],
        },
        Living {
            what: "a proxy and one that was revoked",
            make: &["let asked = 0; const proxy = new Proxy({}, { get: (_, name) => `${String(name)}${++asked}` }); \
                     const gone = Proxy.revocable({}, {}); gone.revoke()"],
            step: "try { gone.proxy.x } catch { proxy.x }",
            answers: ["'x1'", "'x2'", "'x3'", "'x4'"],
        },
        Living {
            what: "a timer that goes on while commands let time pass",
            make: &["let fired = 0; const timer = setInterval(() => { fired++ }, 60_000); undefined"],
            step: "await new Promise(done => setTimeout(done, 61_000)); fired",
            answers: ["1", "2", "3", "4"],
        },
        Living {
            what: "bound functions, getters and tagged templates",
            make: &["const add = function (a, b) { return this.n += a + b }.bind({ n: 0 }, 1); \
                     const tag = strings => strings; const same = () => tag`a`; const first = same()"],
            step: "[add(1), same() === first]",
            answers: ["[ 2, true ]", "[ 4, true ]", "[ 6, true ]", "[ 8, true ]"],
        },
    ],
};

/// A text as the parser takes it.
fn literal(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '\'' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{{{:x}}}", u32::from(c)),
        c => c.to_string(),
    });
    format!("'{}'", escaped.collect::<String>())
}
