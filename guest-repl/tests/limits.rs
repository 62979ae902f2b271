//! What may go on for ever does so in constant space, and what is deep is limited by memory only.

mod harness;

use guest_repl::{Completeness, Repl};
use harness::Session;

/// More values than a session that keeps nothing holds at any time, between two collections of 32 KiB.
const VALUES_MAX: usize = 6_000;

/// Runs commands, and asserts that they leave no more behind than garbage of one collection's time.
fn runs_in_constant_space(commands: &[&str], expected: &str) {
    let mut session = Session::new();
    let mut last = String::new();
    for command in commands {
        last = session.told(command);
        let held = session.repl.heap_count();
        assert!(held < VALUES_MAX, "{command}: {held} values");
    }
    assert_eq!(last, expected);
}

#[test]
fn a_named_let_runs_in_constant_space() {
    runs_in_constant_space(&["(let loop ((i 0)) (if (< i 1000000) (loop (+ i 1)) i))"], "1000000");
}

#[test]
fn mutual_recursion_runs_in_constant_space() {
    let commands = [
        "(define (even n) (if (= n 0) #t (odd (- n 1))))",
        "(define (odd n) (if (= n 0) #f (even (- n 1))))",
        "(even 1000000)",
    ];
    runs_in_constant_space(&commands, "#t");
}

#[test]
fn closures_made_in_a_loop_are_collected() {
    let loops = "(let loop ((i 0)) (let ((f (lambda () i))) (if (< (f) 300000) (loop (+ (f) 1)) i)))";
    runs_in_constant_space(&[loops], "300000");
}

#[test]
fn cyclic_garbage_is_collected() {
    let closures =
        "(let loop ((i 0)) (letrec ((a (lambda () b)) (b (lambda () a))) (a)) (if (< i 300000) (loop (+ i 1)) i))";
    runs_in_constant_space(&[closures], "300000");
    let pairs = "(let loop ((i 0)) (let ((p (list 1 2))) (set-cdr! p p)) (if (< i 300000) (loop (+ i 1)) i))";
    runs_in_constant_space(&[pairs], "300000");
}

#[test]
fn tail_calls_through_every_form_run_in_constant_space() {
    let forms = "(define (loop i) (cond ((= i 0) 'done) (else (when #t (unless #f (let* ((j (- i 1))) (letrec ((k j)) \
                 (begin (and #t (or #f (case 1 ((1) (do () (#t (apply loop (list k)))))))))))))))) (loop 100000)";
    runs_in_constant_space(&[forms], "done");
}

#[test]
fn continuations_handlers_and_promises_in_a_loop_run_in_constant_space() {
    runs_in_constant_space(
        &["(let loop ((i 0)) (call/cc (lambda (k) (k i))) (if (< i 100000) (loop (+ i 1)) i))"],
        "100000",
    );
    runs_in_constant_space(
        &["(let loop ((i 0)) (guard (e (#t e)) (raise i)) (if (< i 30000) (loop (+ i 1)) i))"],
        "30000",
    );
    let lazy = "(define (down n) (if (= n 0) (delay 'done) (delay-force (down (- n 1))))) (force (down 100000))";
    runs_in_constant_space(&[lazy], "done");
    let jump =
        "(define k #f) (define n 0) (call/cc (lambda (c) (set! k c))) (set! n (+ n 1)) (if (< n 100000) (k n) n)";
    runs_in_constant_space(&[&jump.replace(") (call", ") (begin (call").replace("(k n) n)", "(k n) n))")], "100000");
}

#[test]
fn streams_prompts_choices_and_evaluation_in_a_loop_run_in_constant_space() {
    let stream = "(define (ints n) (cons-stream n (ints (+ n 1)))) (stream-ref (stream-filter odd? (ints 0)) 30000)";
    runs_in_constant_space(&[stream], "60001");
    let prompt = "(define t (make-prompt-tag)) (let loop ((i 0)) (if (< i 30000) \
                  (loop (call-with-prompt t (lambda () (+ 1 (abort-to-prompt t i))) (lambda (k v) (k v)))) i))";
    runs_in_constant_space(&[prompt], "30000");
    let generator = "(define (run thunk n) (call-with-prompt t thunk (lambda (k v) (if (< v n) (run (lambda () (k v)) n) v)))) \
                     (run (lambda () (let loop ((i 0)) (abort-to-prompt t i) (loop (+ i 1)))) 30000)";
    runs_in_constant_space(&["(define t (make-prompt-tag))", generator], "30000");
    runs_in_constant_space(
        &["(define (from n) (amb n (from (+ n 1)))) (let ((n (from 0))) (require (= n 30000)) n)"],
        "30000",
    );
    runs_in_constant_space(&["(let loop ((i 0)) (if (< i 10000) (begin (eval '(+ 1 2)) (loop (+ i 1))) i))"], "10000");
    let evaluators =
        "(let loop ((i 0)) (if (< i 1000) (begin (eval-in (make-evaluator) '(define x (list 1))) (loop (+ i 1))) i))";
    runs_in_constant_space(&[evaluators], "1000");
}

#[test]
fn macros_take_forms_of_any_depth() {
    let mut session = Session::new();
    session.told("(define-syntax second-of (syntax-rules () ((_ a b) 'b)))");
    let depth = 100_000;
    let nested = format!("{}{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(session.told(&format!("(second-of {nested} {nested})")), nested);
    let uses = format!("{}x{}", "(second-of 1 ".repeat(1000), ")".repeat(1000));
    assert!(session.told(&format!("(second-of {uses} done)")).starts_with("done"));
    session.told("(define-syntax id (syntax-rules () ((_ a) a)))");
    assert_eq!(session.told(&format!("{}5{}", "(id ".repeat(5000), ")".repeat(5000))), "5");
    let levels = 100_000;
    let pattern = format!("{}x{}", "(".repeat(levels), ")".repeat(levels));
    let told = session.told(&format!("(define-syntax deep (syntax-rules () ((_ {pattern}) x)))"));
    assert!(told.starts_with("error: deep: more than 200 levels in"), "{told}");
}

#[test]
fn numbers_of_any_size_made_in_a_loop_are_collected() {
    let large = "(let loop ((i 0) (n (expt 10 50))) (if (< i 300000) (loop (+ i 1) (+ n 1)) (- n (expt 10 50))))";
    runs_in_constant_space(&[large], "300000");
    let ratios = "(let loop ((i 0) (n 1/3)) (if (< i 100000) (loop (+ i 1) (+ n 1/3)) n))";
    runs_in_constant_space(&[ratios], "100001/3");
}

#[test]
fn symbols_made_in_a_loop_are_collected() {
    let loops = "(let loop ((i 0)) (string->symbol (number->string i)) (if (< i 200000) (loop (+ i 1)) i))";
    runs_in_constant_space(&[loops], "200000");
}

#[test]
fn repeated_commands_leave_nothing_behind() {
    let mut session = Session::new();
    for number in 0..30_000 {
        assert_eq!(session.told("(+ 1 2)"), "3");
        session.told(&format!("(undefined-{number})"));
        session.told("5");
    }
    assert!(session.repl.heap_count() < VALUES_MAX, "{} values", session.repl.heap_count());
}

#[test]
fn a_million_calls_nest() {
    let mut session = Session::new();
    session.told("(define (deep n) (if (= n 0) 0 (+ 1 (deep (- n 1)))))");
    assert_eq!(session.told("(deep 1000000)"), "1000000");
    assert_eq!(session.told("(apply + (map (lambda (x) 1) (iota 1000000)))"), "1000000");
    assert_eq!(session.told("(fold-right + 0 (iota 1000000 1 0))"), "1000000");
}

#[test]
fn a_continuation_of_a_million_frames_is_taken_and_resumed() {
    let mut session = Session::new();
    session.told("(define k #f) (define n 0)");
    session.told("(define (deep n) (if (= n 0) (call/cc (lambda (c) (set! k c) 0)) (+ 1 (deep (- n 1)))))");
    let command = "(let ((r (deep 1000000))) (set! n (+ n 1)) (if (< n 3) (k n) (list n r)))";
    assert_eq!(session.told(command), "(3 1000002)");
}

#[test]
fn a_million_levels_of_data_are_made_compared_printed_read_and_dropped() {
    let mut session = Session::new();
    session.told("(define (nest n) (let loop ((i 0) (l '())) (if (= i n) l (loop (+ i 1) (list l)))))");
    assert_eq!(session.told("(define a (nest 1000000)) (define b (nest 1000000)) (equal? a b)"), "#t");
    let printed = session.told("a");
    assert_eq!(printed.len(), 2_000_002);
    assert_eq!(session.told(&format!("(equal? a '{printed})")), "#t");
    assert_eq!(session.told("(set! a #f) (set! b #f) (gc)"), "");
    assert!(session.repl.heap_count() < VALUES_MAX);
}

#[test]
fn a_hundred_thousand_levels_of_program_are_compiled() {
    let mut session = Session::new();
    let depth = 100_000;
    let sum = format!("{}0{}", "(+ 1 ".repeat(depth), ")".repeat(depth));
    assert_eq!(session.told(&sum), depth.to_string());
    // Names are looked up scope by scope, so this takes the square of the depth.
    let depth = 5_000;
    let lets = format!("{}x{}", "(let ((x 1)) ".repeat(depth), ")".repeat(depth));
    assert_eq!(session.told(&lets), "1");
    let quasi = format!("(begin `{}x{} 'done)", "(a ".repeat(depth), ")".repeat(depth));
    assert_eq!(session.told(&quasi), "done");
}

#[test]
fn multi_line_input_is_waited_for() {
    let incomplete = ["(define (f x)", "\"abc", "#| comment", "'", "(a . ", "#(1 2", "#\\", "(display \")\"", "#;"];
    for text in incomplete {
        assert_eq!(Repl::completeness(text), Completeness::Incomplete, "{text}");
    }
    for text in ["(a)", "", "; (", ":help", "a b c", "\"a)\"", "#\\(", "(a) #| ( |#"] {
        assert_eq!(Repl::completeness(text), Completeness::Complete, "{text}");
    }
    for text in [")", "(a))", "(a]", "#\\nonsense", "\"\\q\""] {
        assert_eq!(Repl::completeness(text), Completeness::Invalid, "{text}");
    }
}

#[test]
fn hash_tables_and_string_ports_in_a_loop_run_in_constant_space() {
    let tables = "(let loop ((i 0)) (let ((t (make-hash-table))) (hash-table-set! t i t) \
                  (if (< i 30000) (loop (+ i 1)) (hash-table-count t))))";
    runs_in_constant_space(&[tables], "1");
    let queue = "(define t (make-hash-table)) (let loop ((i 0)) (hash-table-set! t i i) (hash-table-delete! t (- i 5)) \
                 (if (< i 100000) (loop (+ i 1)) (hash-table-keys t)))";
    runs_in_constant_space(&[queue], "(99996 99997 99998 99999 100000)");
    let ports = "(let loop ((i 0)) (with-output-to-string (lambda () (display i))) (if (< i 10000) (loop (+ i 1)) i))";
    runs_in_constant_space(&[ports], "10000");
}

#[test]
fn a_hash_table_holds_a_hundred_thousand_keys_and_deep_ones() {
    let mut session = Session::new();
    session.told("(define t (make-hash-table))");
    session
        .told("(let loop ((i 0)) (hash-table-set! t (list i (number->string i)) i) (if (< i 99999) (loop (+ i 1))))");
    assert_eq!(session.told("(list (hash-table-count t) (hash-table-ref t '(77777 \"77777\")))"), "(100000 77777)");
    session.told("(define (nest n) (let loop ((i 0) (l '())) (if (= i n) l (loop (+ i 1) (list l)))))");
    session.told("(hash-table-set! t (nest 1000000) 'deep)");
    assert_eq!(session.told("(hash-table-ref t (nest 1000000))"), "deep");
    assert_eq!(session.told("(let loop ((i 0)) (hash-table-set! t t t) (if (< i 9) (loop (+ i 1)) i))"), "9");
    assert_eq!(session.told("(length (flatten (nest 1000000)))"), "0");
}

#[test]
fn many_data_are_read_from_one_string_in_linear_time() {
    let mut session = Session::new();
    session.told("(define text (string-repeat \"(a b) \" 100000))");
    let command =
        "(let ((port (open-input-string text))) (let loop ((n 0)) (if (eof-object? (read port)) n (loop (+ n 1)))))";
    assert_eq!(session.told(command), "100000");
}
