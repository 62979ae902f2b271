(eval '(+ 1 2))
=> 3
(eval '(define z 5))
=> z
z
=> 5
(let ((x 1)) (eval '(begin (define z 6) (* z 2))))
=> 12
(eval 'z (interaction-environment))
=> 6
(eval '(if))
=> error: if: expected (if test then else) or (if test then), got (if)
(guard (e (#t (condition/report-string e))) (eval '(undefined-thing 1)))
=> "unbound variable: undefined-thing"
(guard (e (#t (condition/report-string e))) (eval '(lambda (x))))
=> "lambda: expected (lambda (parameter …) body …), got (lambda (x))"
(eval '(call/cc (lambda (k) (+ 1 (k 42)))))
=> 42
(map eval '(1 "a" (quote b) (let loop ((i 0)) (if (< i 10) (loop (+ i 1)) i))))
=> (1 "a" b 10)
(eval 1 2)
=> error: eval: expected an environment, got 2
(eval)
=> error: eval: expected at least 1 argument, got 0
(eval (list 'quote (list 1 2)))
=> (1 2)
(eval (list car ''(a b)))
=> a
(define e (make-evaluator))
=> e
e
=> #<environment>
(eval-in e '(define x 10))
=> x
(eval-in e '(* x x))
=> 100
x
=> error: unbound variable: x
(eval-in e 'z)
=> error: unbound variable: z
(define z 7)
=> z
(eval-in e '(define (car x) 'mine))
=> car
(list (eval-in e '(car 1)) (car '(1 2)))
=> (mine 1)
(define (cdr x) 'theirs)
=> cdr
(list (eval-in e '(cdr '(1 2))) (cdr '(1 2)))
=> ((2) theirs)
(set! cadr 5)
=>
(list (eval-in e '(cadr '(1 2))) cadr)
=> (2 5)
(eval-in e '(eval '(define y (+ x 1))))
=> y
(list (eval-in e 'y) (eval 'x e) (eq? e (eval-in e 'system-global-environment)))
=> (11 10 #t)
(eval-in e '(set! z 1))
=> error: unbound variable: z
(eval-in e '(begin (define-syntax twice (syntax-rules () ((_ e) (list e e)))) (twice x)))
=> (10 10)
(twice 1)
=> error: unbound variable: twice
(eval-in e '(let loop ((i 0)) (if (< i 1000) (loop (+ i 1)) `(done ,i))))
=> (done 1000)
(eval-in e '(define-record-type point (make-point x y) point? (x px) (y py)))
=> point
(eval-in e '(px (make-point 3 4)))
=> 3
(eq? (eval-in e '(define q 1)) 'q)
=> #t
(define e2 (make-evaluator))
=> e2
(eval-in e2 'x)
=> error: unbound variable: x
(define f (eval-in e '(lambda (n) (+ n x))))
=> f
(eval-in e '(set! x 100))
=>
(f 1)
=> 101
(eval-in 5 '1)
=> error: eval-in: expected an environment, got 5
(list (environment? e) (environment? 5) (eq? (interaction-environment) (interaction-environment)))
=> (#t #f #t)
(register-macro 'unless2 (lambda (form) (list 'if (cadr form) #f (cons 'begin (cddr form)))))
=> unless2
(define (cdr p) (list-tail p 1)) (define (cadr p) (list-ref p 1))
=> cadr
(unless2 #f 1 2)
=> 2
(define (h x) (unless2 (> x 5) (unless2 (> x 3) 'small)))
=> h
(list (h 1) (h 4) (h 6))
=> (small #f #f)
(register-macro 'swap2! (lambda (form) (let ((t (gensym)) (a (cadr form)) (b (list-ref form 2))) `(let ((,t ,a)) (set! ,a ,b) (set! ,b ,t)))))
=> swap2!
(let ((t 1) (u 2)) (swap2! t u) (list t u))
=> (2 1)
(macroexpand-1 '(unless2 a b c))
=> (if a #f (begin b c))
(macroexpand '(unless2 a b c))
=> (if a #f (begin b c))
(define-syntax my-unless (syntax-rules () ((_ c e) (unless2 c e))))
=> my-unless
(macroexpand-1 '(my-unless a b))
=> (unless2 a b)
(macroexpand '(my-unless a b))
=> (if a #f (begin b))
(my-unless #f 'hygienic)
=> hygienic
(define-syntax with-tmp (syntax-rules () ((_ e) (let ((tmp 1)) (unless2 #f (list tmp e))))))
=> with-tmp
(let ((tmp 2)) (with-tmp tmp))
=> (1 2)
(macroexpand '(car x))
=> (car x)
(macroexpand 5)
=> 5
(list (macroexpand-1 'unless2) (macroexpand '()))
=> (unless2 ())
(register-macro 'forever (lambda (form) form))
=> forever
(forever 1)
=> error: forever: more than 250 macros within each other, the last in (forever 1)
(macroexpand '(forever 1))
=> (forever 1)
(register-macro 'forever (lambda (form) (list 'forever 1)))
=> forever
(macroexpand '(forever 1))
=> error: macroexpand: more than 1000 macros within each other, from (forever 1)
(register-macro 'broken (lambda (form) (error "bad form:" form)))
=> broken
(broken 1 2)
=> error: bad form: (broken 1 2)
(guard (e (#t (list 'caught (error-object-irritants e)))) (eval '(broken x)))
=> (caught ((broken x)))
(+ 1 (call/cc (lambda (k) (register-macro 'escape (lambda (form) (k 5))) (eval '(list (escape))))))
=> 6
(register-macro "name" car)
=> error: register-macro: expected a symbol, got "name"
(register-macro 'name 5)
=> error: register-macro: expected a procedure, got 5
(unless2 . 1)
=> error: list-ref: expected a longer list, got (unless2 . 1)
(let ((unless2 list)) (unless2 1 2))
=> (1 2)
(eval-in e '(unless2 1 2))
=> error: unbound variable: unless2
(eval-in e '(register-macro 'inc (lambda (form) (list '+ 1 (cadr form)))))
=> inc
(eval-in e '(inc x))
=> 101
(inc 1)
=> error: unbound variable: inc
(begin (register-macro 'kind (lambda (form) ''first)) 1)
=> 1
(register-macro 'meta (lambda (form) (register-macro 'kind (lambda (form) ''second)) ''meta))
=> meta
(list (meta) (kind) (meta) (kind))
=> (meta second meta first)
(let ((a (gensym)) (b (gensym))) (list (symbol? a) (eq? a b) (eq? a a)))
=> (#t #f #t)
(list (gensym) (gensym "tmp") (gensym 'x))
=> (g4 tmp5 x6)
(eq? 'g1 (gensym))
=> #f
(gensym 5)
=> error: gensym: expected a string, got 5
(define-syntax m (syntax-rules () ((_ (a b) ...) (list (cons a b) ...))))
=> m
(macroexpand '(m (1 2) (3 4)))
=> (list (cons 1 2) (cons 3 4))
(macroexpand '(m 1))
=> error: m: no rule matches (m 1)
(define macro-value (eval 'm))
=> error: m: not a variable but syntax
(define (nested n) (if (= n 0) 'done (eval (list 'nested (- n 1)))))
=> nested
(nested 300)
=> done
(eval '(begin))
=>
(eval (let ((l (list 1))) (set-cdr! l l) l))
=> error: malformed call: #0=(1 . #0#)
(eval (let ((l (list 'm 1))) (set-cdr! (list-tail l 1) l) l))
=> error: m: no rule matches #0=(m 1 . #0#)
(eval (let ((l (list 'quote 1))) (set-car! (list-tail l 1) l) (with-tmp 1) (eq? (eval l) l)))
=> #t
((eval '(lambda args (apply + args))) 1 2 3)
=> 6
(define own (make-evaluator))
=> own
(eval-in own '(define (car x) 'mine)) (eval-in own '(define (reverse l) 'mine)) (eval-in own '(define (apply . l) 'mine)) (eval-in own '(define (map . l) 'mine)) (eval-in own '(define (call/cc f) 'mine))
=> call/cc
(eval-in own '(list (car '(1 2)) (reverse '(1 2)) (stream-head (stream-map + (integers-from 1) (integers-from 1)) 3) (call-with-prompt 'p (lambda () (+ 1 (abort-to-prompt 'p 5))) (lambda (k v) (k v))) (amb-collect (lambda () (amb 1 2 3))) (machine-run (machine-new '(* 6 7))) (sort '(3 1 2) <) (hash-table->alist (let ((t (make-hash-table))) (hash-table-set! t 1 2) t))))
=> (mine mine (2 4 6) 6 (1 2 3) 42 (1 2 3) ((1 . 2)))
(list (car '(1 2)) (reverse '(1 2)))
=> (1 (2 1))
(define (car x) 'mine) (define (reverse l) 'mine) (define (apply . l) 'mine) (define (map . l) 'mine) (define (call/cc f) 'mine) (define (append . l) 'mine) (define (for-each . l) 'mine) (define (raise x) 'mine)
=> raise
(list (stream-head (stream-map + (integers-from 1) (integers-from 1)) 3) (call-with-prompt 'p (lambda () (dynamic-wind (lambda () #f) (lambda () (+ 1 (abort-to-prompt 'p 5))) (lambda () #f))) (lambda (k v) (k v))) (amb-collect (lambda () (amb 1 2 3))) (machine-run (machine-new '(* 6 7))) (eval-in (make-evaluator) '(list (car '(1 2)) (map - '(1 2)) (with-restarts ((r (lambda (x) x))) (invoke-restart 'r 3)))))
=> ((2 4 6) 6 (1 2 3) 42 (1 (-1 -2) 3))
