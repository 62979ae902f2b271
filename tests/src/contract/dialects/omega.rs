//! Omega Lisp.

use crate::contract::dialect::{Dialect, Living};

pub static DIALECT: Dialect = Dialect {
    guest: "omega",
    built_in: true,
    define: Some(|name, value| format!("(define {name} {value})")),
    read: Some(str::to_owned),
    add: Some(|name, value| format!("(set! {name} (+ {name} {value})) {name}")),
    unknown: Some("(+ 1 nowhere)"),
    fail: Some(|message| format!("(error {})", literal(message))),
    then: Some(|commands| commands.join(" ")),
    print: Some(|text| format!("(display {}) (newline)", literal(text))),
    warn: None,
    keep_text: Some(|text| format!("(define text {})", literal(text))),
    print_text: "(display text) (newline)",
    spin: Some("(let loop () (loop))"),
    hoard: Some("(let loop ((l '())) (loop (cons (make-vector 10000 0) l)))"),
    recurse: Some("(define (deep n) (+ 1 (deep (+ n 1)))) (deep 0)"),
    flood: Some("(let loop () (display \"abcdefghijklmnopqrstuvwxyz\") (loop))"),
    quit: Some(":quit"),
    chance: Some(("(define seen (list (current-time) (random 1000000)))", "seen")),
    bind: Some(|name, expression| format!("(define {name} {expression})")),
    line: Some(|prompt| format!("(prompt-for-line {})", literal(prompt))),
    call: Some(|name, arguments| format!("(effect {name} (string->json {}))", literal(arguments))),
    failure_kind: Some(|call| format!("(guard (e (#t (effect-failure-kind e))) {call})")),
    display: Some(|mime, data| format!("(display-as {} {})", literal(mime), literal(data))),
    nothing: &["", " ", "\n", "\r\n\t", "; a comment", "#| a comment\n of two lines |#"],
    complete: &["1", "(+ 1\n 2)", "\"a\nb\"", ""],
    incomplete: &["(+ 1", "(display \"a", "'(1 . ", "#| a comment"],
    invalid: &[")", "(1 . 2 3)", "'(1 . 2 3", "#nothing"],
    living: &[
        Living {
            what: "a closure",
            make: &["(define tick (let ((n 0)) (lambda () (set! n (+ n 1)) n)))"],
            step: "(tick)",
            answers: ["1", "2", "3", "4"],
        },
        Living {
            what: "a continuation in the middle of a loop",
            make: &[
                "(define out #f) (define go #f)",
                "(define (yield x) (call/cc (lambda (k) (set! go k) (out x))))",
                "(define (walk l) (for-each yield l) (out 'done))",
                "(define (next) (call/cc (lambda (k) (set! out k) (if go (go #f) (walk '(10 20 30))))))",
            ],
            step: "(next)",
            answers: ["10", "20", "30", "done"],
        },
        Living {
            what: "a promise",
            make: &["(define n 0) (define p (delay (begin (set! n (+ n 1)) n)))"],
            step: "(let ((v (force p))) (set! p (delay (begin (set! n (+ n v)) n))) v)",
            answers: ["1", "2", "4", "8"],
        },
        Living {
            what: "a stream",
            make: &["(define s (stream-map (lambda (x) (* x x)) (integers-from 1)))"],
            step: "(let ((x (stream-car s))) (set! s (stream-cdr s)) x)",
            answers: ["1", "4", "9", "16"],
        },
        Living {
            what: "a hash table",
            make: &["(define t (make-hash-table)) (hash-table-set! t 'n 1)"],
            step: "(hash-table-update! t 'n (lambda (n) (* n 2))) (hash-table-ref t 'n)",
            answers: ["2", "4", "8", "16"],
        },
        Living {
            what: "a port half-way through its text",
            make: &["(define in (open-input-string \"(a b) 17 #\\\\x \\\"y\\\"\"))"],
            step: "(read in)",
            answers: ["(a b)", "17", "#\\x", "\"y\""],
        },
    ],
};

/// A text as the reader takes it.
fn literal(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\x{:x};", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
