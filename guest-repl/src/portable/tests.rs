//! States that are saved and loaded again.

use super::super::repl::Repl;
use super::super::world::Nowhere;

/// Commands, and others whose answers must be the same before and after.
const SESSIONS: &[(&str, &[&str])] = &[
    (
        "(define x 5) (define (f y) (+ x y)) (define big (expt 7 100)) (define r 22/7) (define s (string #\\a #\\ñ))",
        &[
            "x",
            "(f 1)",
            "big",
            "(* r 2)",
            "s",
            "(begin (string-set! s 0 #\\b) s)",
            "f",
            "(list 1.5 -3 #\\x 'sym \"\" '() #t (expt 2 40))",
        ],
    ),
    (
        "(define shared (list 1 2)) (define a (cons shared shared)) (define ring (list 1 2 3)) (set-cdr! (cddr ring) ring)",
        &["(eq? (car a) (cdr a))", "(eq? (car a) shared)", "ring", "(begin (set-car! shared 9) a)"],
    ),
    (
        "(define (counter) (let ((n 0)) (lambda () (set! n (+ n 1)) n))) (define c (counter)) (c) (c) (define pair (let ((n 10)) (cons (lambda () n) (lambda (v) (set! n v)))))",
        &["(c)", "(c)", "((counter))", "((car pair))", "(begin ((cdr pair) 7) ((car pair)))"],
    ),
    (
        "(define (deep n) (define a (* n 2)) (define (even? k) (if (= k 0) #t (odd? (- k 1)))) (define (odd? k) (if (= k 0) #f (even? (- k 1)))) (define b (+ a 1)) (let loop ((i 0) (acc '())) (cond ((> i n) (list (even? n) a b acc)) ((or (= i 2) (begin (set! a (+ a 1)) #f)) (loop (+ i 1) (cons 'two acc))) (else (loop (+ i 1) (cons i acc)))))) (define late (lambda () (letrec ((a (lambda () b)) (b 2)) (a))))",
        &["(deep 4)", "(deep 7)", "(late)", "(procedure-arity deep)"],
    ),
    (
        "(define-syntax swap! (syntax-rules () ((_ a b) (let ((tmp a)) (set! a b) (set! b tmp))))) (define-syntax my-or (syntax-rules () ((_) #f) ((_ e) e) ((_ e r ...) (let ((t e)) (if t t (my-or r ...)))))) (register-macro 'twice (lambda (form) (list 'begin (cadr form) (cadr form)))) (define n 0)",
        &[
            "(let ((a 1) (b 2)) (swap! a b) (list a b))",
            "(let ((t 5)) (my-or #f t))",
            "(begin (twice (set! n (+ n 1))) n)",
            "swap!",
        ],
    ),
    (
        "(define-syntax make-mac (syntax-rules () ((_ name v) (define-syntax name (syntax-rules () ((_ x) (list x v helper))))))) (define helper 'h) (make-mac m 3)",
        &["(m 1)", "(begin (make-mac k 4) (k 2))"],
    ),
    (
        "(define-record-type point (make-point x y) point? (x point-x set-point-x!) (y point-y)) (define p (make-point 1 2))",
        &[
            "p",
            "(point-x p)",
            "(begin (set-point-x! p 5) (point-x p))",
            "(point? p)",
            "(point? (make-point 3 4))",
            "(point-y 5)",
        ],
    ),
    (
        "(define t (make-equal-hash-table)) (hash-table-set! t '(1 2) 'list) (hash-table-set! t \"k\" 'text) (hash-table-set! t 1.5 'float) (define k (list 'key)) (define e (make-strong-eqv-hash-table)) (hash-table-set! e k 1) (hash-table-set! t 'me t) (hash-table-delete! t 1.5)",
        &[
            "(hash-table-ref/default t (list 1 2) #f)",
            "(hash-table-ref/default t \"k\" #f)",
            "(hash-table-ref/default e k #f)",
            "(hash-table-count t)",
            "(hash-table-keys t)",
            "(hash-table-ref/default e (list 'key) 'none)",
        ],
    ),
    (
        "(define p (delay (begin (display \"once\") 5))) (define q (make-promise 3)) (define s (integers-from 1)) (stream-head s 3) (define fibs (cons-stream 0 (cons-stream 1 (stream-map + fibs (stream-cdr fibs)))))",
        &["(force p)", "(force p)", "(force q)", "(stream-head s 5)", "(stream-head fibs 10)"],
    ),
    (
        "(define prm (make-parameter 10 (lambda (x) (* x 2)))) (define add (curry + 1)) (define both (compose car cdr)) (define mem (let ((cache '())) (case-lambda ((x) (set! cache (cons x cache)) cache) ((x y) (list x y)))))",
        &[
            "(prm)",
            "(parameterize ((prm 3)) (prm))",
            "(both '(1 2 3))",
            "(mem 1)",
            "(mem 1 2)",
            "(mem 3)",
            "(procedure? add)",
        ],
    ),
    (
        "(define ev (make-evaluator)) (eval-in ev '(define (sq x) (* x x))) (eval-in ev '(define-syntax inc (syntax-rules () ((_ x) (+ x 1))))) (eval-in ev '(define car cdr))",
        &[
            "(eval-in ev '(sq 5))",
            "(eval-in ev '(inc 5))",
            "(eval-in ev '(car '(1 2)))",
            "(car '(1 2))",
            "(eval-in ev '(begin (define z 1) (interaction-environment)))",
            "(eval 'sq)",
        ],
    ),
    (
        "(define in (open-input-string \"one two\")) (read in) (define out (open-output-string)) (write 'x out) (define console (current-output-port))",
        &[
            "(read in)",
            "(read in)",
            "(begin (write 'y out) (get-output-string out))",
            "(eq? console (current-output-port))",
        ],
    ),
    (
        "(define reverse (lambda (x) 'mine)) (set! append (lambda args 'changed)) (define (f) (reverse '(1 2)))",
        &["(f)", "(append)", "(reverse 1)", "(list-copy '(1 2))", ":defs"],
    ),
    (
        "(put 'area '(square) (lambda (s) (* s s))) (define-generic size) (define-method (size (s string?)) (string-length s)) (define-method (size (l list?)) (length l))",
        &["(apply-generic 'area (attach-tag 'square 5))", "(size \"four\")", "(size '(1 2))", "(size 5)"],
    ),
    (
        "(define m (machine-new '(+ 1 2))) (define done (machine-new '(* 2 3))) (machine-run done) (define bad (machine-new '(car 5))) (guard (e (#t 'x)) (machine-run bad)) (define err (guard (e (#t e)) (error \"bad thing:\" 1 2)))",
        &[
            "(machine-run m)",
            "(machine-value done)",
            "(machine-state bad)",
            "(condition/report-string err)",
            "(guard (e (#t (condition/report-string e))) (machine-value bad))",
        ],
    ),
    (
        "(define g (gensym)) (define h (gensym)) (define v (vector 1 \"two\" #u8(1 2 3))) (define vals (list g 'g1 g)) (define 名前 1)",
        &[
            "(eq? g (car vals))",
            "(eq? g (string->symbol (symbol->string g)))",
            "v",
            "(gensym)",
            "名前",
            "(eq? (car vals) (caddr vals))",
        ],
    ),
];

fn session() -> Box<Repl> {
    Repl::new(Box::new(Nowhere))
}

fn told(repl: &mut Repl, command: &str) -> String {
    match repl.execute(command) {
        Ok(reply) => reply.output,
        Err(text) => format!("error: {text}"),
    }
}

fn loaded(saved: &[u8]) -> Box<Repl> {
    let mut repl = session();
    repl.load(saved).expect("what was saved can be loaded");
    repl
}

#[test]
fn what_a_session_has_made_does_the_same_after_it_was_saved_and_loaded() {
    for (made, asked) in SESSIONS {
        let mut before = session();
        before.execute(made).expect("the session is made");
        let saved = before.save().expect("it has a portable form");
        let mut after = loaded(&saved);
        after.set_stress(true);
        assert_eq!(after.save().as_ref(), Ok(&saved), "{made}: what is saved again is the same");
        for command in *asked {
            assert_eq!(told(&mut after, command), told(&mut before, command), "{made}\n{command}");
        }
    }
}

/// A state of the first version of the format. It is never made again.
const GOLDEN_V1: &[u8] = include_bytes!("golden/v1.omega-state");

/// What made it: all sessions after one another.
fn golden_session() -> Box<Repl> {
    let mut repl = session();
    for (made, _) in SESSIONS {
        repl.execute(made).expect("the session is made");
    }
    repl
}

#[test]
fn a_state_of_the_first_version_can_be_read() {
    let mut repl = loaded(GOLDEN_V1);
    let mut made = golden_session();
    for (_, asked) in SESSIONS {
        for command in *asked {
            assert_eq!(told(&mut repl, command), told(&mut made, command), "{command}");
        }
    }
    assert_eq!(told(&mut repl, "(list (deep 4) (late))"), "((#t 12 9 (4 3 two 1 0)) 2)");
}

#[test]
fn what_has_no_portable_form_is_refused_by_name() {
    for (made, told) in [
        (
            "(define k #f) (+ 1 (call/cc (lambda (c) (set! k c) 1)))",
            "k holds a captured continuation, which has no portable form",
        ),
        (
            "(define box (list 1 (make-vector 2 (call/cc (lambda (c) c)))))",
            "box holds a captured continuation, which has no portable form",
        ),
        (
            "(define m (machine-new '(let loop () (loop)))) (machine-step m 10)",
            "m holds a machine in the middle of its work, which has no portable form",
        ),
        ("(amb 1 2)", "amb has choices left, which hold captured continuations\nhint: (amb-reset) forgets them"),
    ] {
        let mut repl = session();
        repl.execute(made).expect("the session is made");
        assert_eq!(repl.save(), Err(told.to_owned()));
    }
    let mut repl = session();
    repl.execute("(amb 1 2) (amb-reset)").expect("choices");
    assert!(repl.save().is_ok());
}

#[test]
fn damaged_states_are_refused_or_loaded_and_never_end_the_guest() {
    let mut random = 1_u64;
    let mut next = move |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    let asked = ":defs";
    for (made, commands) in SESSIONS {
        let mut repl = session();
        repl.execute(made).expect("the session is made");
        let saved = repl.save().expect("it has a portable form");
        let cuts: Vec<usize> = (0..6).map(|_| next(saved.len())).collect();
        for cut in cuts {
            assert!(session().load(&saved[..cut]).is_err(), "{made} cut at {cut}");
        }
        assert!(session().load(&[&saved[..], &[0]].concat()).is_err());
        for _ in 0..25 {
            let mut damaged = saved.clone();
            for _ in 0..=next(3) {
                let at = super::FORMAT_V1.len() + next(saved.len() - super::FORMAT_V1.len());
                damaged[at] = match next(3) {
                    0 => damaged[at] ^ 1 << next(8),
                    1 => u8::try_from(next(256)).unwrap_or(0),
                    _ => damaged[next(saved.len())],
                };
            }
            let mut repl = session();
            if repl.load(&damaged).is_ok() {
                repl.set_stress(true);
                let _ = repl.save();
                for command in commands.iter().chain([&asked]) {
                    // A damaged program may never end, which is the host's to stop.
                    let command = match command.starts_with('(') {
                        true => format!("(machine-step (machine-new '{command}) 2000)"),
                        false => (*command).to_owned(),
                    };
                    let _ = told(&mut repl, &command);
                }
            }
        }
    }
}

#[test]
fn counts_that_nothing_follows_take_no_memory() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for before in [&[][..], &[0], &[0, 0], &[0, 0, 0], &[0, 0, 1, 6]] {
        let saved = [super::FORMAT_V1, before, &huge].concat();
        assert!(session().load(&saved).is_err());
    }
    assert_eq!(
        session().load(b"omega-state 2\n"),
        Err("it is no saved state of a version that this one knows".to_owned())
    );
}

#[test]
fn deep_data_and_deep_code_are_saved_and_loaded() {
    let mut repl = session();
    repl.execute("(define deep (let loop ((n 200000) (l '())) (if (= n 0) l (loop (- n 1) (list l)))))")
        .expect("deep data");
    let nested = (0..20_000).fold("x".to_owned(), |inner, _| format!("(+ 1 {inner})"));
    repl.execute(&format!("(define (f x) {nested})")).expect("deep code");
    let lambdas = (0..300).fold("x".to_owned(), |inner, _| format!("((lambda (y) {inner}) 1)"));
    repl.execute(&format!("(define (g x) {lambdas})")).expect("deep lambdas");
    let mut repl = loaded(&repl.save().expect("it has a portable form"));
    assert_eq!(told(&mut repl, "(list (f 1) (g 7))"), "(20001 7)");
    assert_eq!(told(&mut repl, "(let loop ((n 0) (l deep)) (if (null? l) n (loop (+ n 1) (car l))))"), "200000");
}

/// Random programs of a small grammar, whose expressions are all numbers.
struct Programs(u64);

impl Programs {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn expression(&mut self, depth: usize, names: &[String]) -> String {
        let name = |this: &mut Self| names[this.below(names.len())].clone();
        if depth == 0 {
            return if self.below(3) == 0 { self.below(10).to_string() } else { name(self) };
        }
        let part = |this: &mut Self| this.expression(depth - 1, names);
        let fresh = format!("v{depth}{}", self.below(3));
        let inner: Vec<String> = names.iter().cloned().chain([fresh.clone()]).collect();
        match self.below(11) {
            0 => format!("(+ {} {})", part(self), part(self)),
            1 => format!("(if (< {} {}) {} {})", part(self), part(self), part(self), part(self)),
            2 => format!("(or (and (> {} 3) {}) {})", part(self), part(self), part(self)),
            3 => format!("(let (({fresh} {})) {})", part(self), self.expression(depth - 1, &inner)),
            4 => format!("(begin (set! {} {}) {})", name(self), part(self), part(self)),
            5 => format!("((lambda ({fresh}) {}) {})", self.expression(depth - 1, &inner), part(self)),
            6 => format!(
                "(let () (define {fresh} {}) (define (f) {}) (+ {fresh} (f)))",
                part(self),
                self.expression(depth - 1, &inner)
            ),
            7 => format!(
                "(let () (define (f n) (if (= n 0) {} (g (- n 1)))) (define (g n) (if (= n 0) {} (f (- n 1)))) (f {}))",
                part(self),
                part(self),
                self.below(5)
            ),
            8 => format!(
                "(do ((i 0 (+ i 1)) ({fresh} {} (+ {fresh} i))) ((= i 3) {}))",
                part(self),
                self.expression(depth - 1, &inner)
            ),
            9 => format!(
                "(apply + (map (lambda ({fresh}) {}) (list {} 2)))",
                self.expression(depth - 1, &inner),
                part(self)
            ),
            _ => format!(
                "(case {} ((1 2) {}) ((3) => (lambda (x) {})) (else {}))",
                part(self),
                part(self),
                part(self),
                part(self)
            ),
        }
    }
}

#[test]
fn random_programs_do_the_same_after_they_were_saved_and_loaded() {
    let mut programs = Programs(7);
    for _ in 0..60 {
        let names = ["a", "b", "x"].map(str::to_owned);
        let (body, hidden) = (programs.expression(5, &names), programs.expression(4, &names));
        let made = format!(
            "(define a 1) (define b 2) (define f (let ((x 3)) (lambda (b) {body}))) (define (g x) (lambda (b) {hidden})) (define h (g 2)) (f 1)"
        );
        let mut before = session();
        let _ = before.execute(&made);
        let mut after = loaded(&before.save().expect("it has a portable form"));
        for command in ["(f 2)", "(h 3)", "((g 4) 5)", "(list a b)", "(f 9)"] {
            assert_eq!(told(&mut after, command), told(&mut before, command), "{made}\n{command}");
        }
    }
}

#[test]
#[ignore = "makes the golden file of a new version of the format"]
fn make_golden() {
    let saved = golden_session().save().expect("it has a portable form");
    std::fs::write("src/portable/golden/new.omega-state", saved).expect("written");
}
