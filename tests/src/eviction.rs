//! Eviction and restore: a session comes back exactly as it was, however often it goes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::harness::{eventually, setup};

#[test]
fn a_hundred_evictions_change_nothing_and_the_snapshot_does_not_grow() {
    let server = setup().with("max-live-sessions", 1).start();
    let alice = server.session("alice");
    let other = server.session("other");
    alice.output("(define (make) (let ((n 0)) (lambda () (set! n (+ n 1)) n)))");
    alice.output("(define tick (make)) (define items (vector 1 2 3)) (define text \"abc\")");
    alice.output("(define saved #f) (define k (call/cc (lambda (c) (set! saved c) 0)))");
    other.output("1");
    let mut sizes = Vec::new();
    for turn in 1..=100 {
        assert_eq!(alice.output("(tick)"), turn.to_string());
        assert_eq!(alice.output("(list (vector-ref items 1) text k)"), "(2 \"abc\" 0)");
        other.output("1");
        let metadata = alice.metadata();
        assert_eq!(metadata["live"], false);
        // It is saved already, so that this only tells.
        let saved = alice.save().json();
        assert_eq!(saved["written"], false);
        sizes.push(saved["snapshotBytes"].as_u64().expect("a size"));
    }
    let (early, late) = (sizes[10], sizes[99]);
    assert!(late <= early + early / 4 + 4096, "the snapshot grew from {early} to {late} bytes: {sizes:?}");
    assert!(server.metric("hostel_evictions_total") > 190.0);
}

#[test]
fn an_idle_session_is_evicted_and_comes_back() {
    let server = setup().with("idle-timeout", "50ms").start();
    let alice = server.session("alice");
    alice.output("(define x 5)");
    eventually("it is evicted", || alice.metadata()["live"] == false);
    assert_eq!(alice.metadata()["dirty"], false);
    assert_eq!(alice.output("x"), "5");
}

#[test]
fn memory_counts_too_and_makes_others_go() {
    let server = setup().with("memory-budget", "64MiB").with("session-memory", "32MiB").start();
    for n in 0..6 {
        let session = server.session(&format!("s{n}")).behave();
        session.output("alloc 20000000");
        session.output("count");
    }
    assert!(server.metric("hostel_budget_used_bytes") <= f64::from(64 << 20));
    assert!(server.metric("hostel_evictions_total") > 2.0);
    for n in 0..6 {
        let session = server.session(&format!("s{n}"));
        assert_eq!(session.execute("count").json()["event"], 3);
    }
}

/// Two hundred sessions in a pool of four answer as two hundred evaluators that are never evicted.
#[test]
fn sessions_in_a_small_pool_answer_as_if_each_had_a_machine_of_its_own() {
    const SESSIONS: usize = 200;
    const COMMANDS: usize = 4000;
    let server = setup().with("max-live-sessions", 4).start();
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut models: HashMap<usize, Model> = HashMap::new();
    let step = (0..SESSIONS, command());
    let steps: Vec<_> = (0..COMMANDS).map(|_| step.new_tree(&mut runner).expect("a step").current()).collect();
    // Four clients, each with sessions of its own, so that evictions and restores overlap.
    let mut expected = Vec::new();
    for (session, command) in &steps {
        let model = models.entry(*session).or_default();
        expected.push(model.answer(command));
    }
    std::thread::scope(|scope| {
        for client in 0..4 {
            let (server, steps, expected) = (&server, &steps, &expected);
            scope.spawn(move || {
                for ((session, command), expected) in steps.iter().zip(expected) {
                    if session % 4 == client {
                        let answered = server.session(&format!("s{session}")).output(command);
                        assert_eq!(&answered, expected, "session {session}: {command}");
                    }
                }
            });
        }
    });
    assert!(server.metric("hostel_evictions_total") > 1000.0);
}

/// An evaluator of its own, in this process: the language without a host.
struct Model {
    repl: Box<guest_repl::Repl>,
    written: Rc<RefCell<Vec<u8>>>,
}

impl Default for Model {
    fn default() -> Self {
        let written = Rc::default();
        Self { repl: guest_repl::Repl::new(Box::new(Paper(Rc::clone(&written)))), written }
    }
}

impl Model {
    /// What a terminal would show.
    fn answer(&mut self, command: &str) -> String {
        let shown = self.repl.execute(command).map_or_else(|error| error, |reply| reply.output);
        let mut written = String::from_utf8(self.written.take()).expect("it writes text");
        if !written.is_empty() && !shown.is_empty() && !written.ends_with('\n') {
            written.push('\n');
        }
        written + &shown
    }
}

/// A world that only takes notes.
struct Paper(Rc<RefCell<Vec<u8>>>);

impl guest_repl::World for Paper {
    fn write(&mut self, text: &[u8]) {
        self.0.borrow_mut().extend_from_slice(text);
    }

    fn wall_clock(&mut self) -> u128 {
        0
    }

    fn monotonic_clock(&mut self) -> u64 {
        0
    }

    fn random(&mut self) -> u64 {
        0
    }
}

/// Commands that build on what the session has: closures with state, mutated structures, growing lists, errors.
fn command() -> impl Strategy<Value = String> {
    let n = 0..1000_i64;
    prop_oneof![
        n.clone().prop_map(|n| format!("(define x {n})")),
        n.clone().prop_map(|n| format!("(define (f y) (+ (* y {n}) 1)) (f 3)")),
        Just("(define next (let ((n 0)) (lambda () (set! n (+ n 1)) n)))".to_owned()),
        Just("(next)".to_owned()),
        Just("(list (next) (next))".to_owned()),
        Just("(define items '())".to_owned()),
        n.clone().prop_map(|n| format!("(set! items (cons {n} items)) (length items)")),
        Just("(apply + items)".to_owned()),
        Just("(map (lambda (i) (* i 2)) items)".to_owned()),
        Just("(define v (make-vector 8 0))".to_owned()),
        (0..8, n.clone()).prop_map(|(i, n)| format!("(vector-set! v {i} {n}) v")),
        Just("(vector-ref v 9)".to_owned()),
        Just("(define p (delay (begin (set! x (+ x 1)) x))) (force p) (force p)".to_owned()),
        Just("(define k #f) (+ 1 (call/cc (lambda (c) (set! k c) 1)))".to_owned()),
        Just("(string-append \"a\" (number->string x))".to_owned()),
        n.clone().prop_map(|n| format!("(display {n}) (newline) 'done")),
        Just("(f x)".to_owned()),
        Just("(car x)".to_owned()),
        Just("(undefined-name 1)".to_owned()),
        n.prop_map(|n| format!(
            "(let loop ((i 0) (acc '())) (if (= i (modulo {n} 50)) (length acc) (loop (+ i 1) (cons i acc))))"
        )),
    ]
}
