(cond ((> 3 2) 'greater) ((< 3 2) 'less))
=> greater
(cond ((> 3 3) 'greater) ((< 3 3) 'less) (else 'equal))
=> equal
(cond ((assv 'b '((a 1) (b 2))) => cadr) (else #f))
=> 2
(cond (5))
=> 5
(case (* 2 3) ((2 3 5 7) 'prime) ((1 4 6 8 9) 'composite))
=> composite
(case (car '(c d)) ((a e i o u) 'vowel) ((w y) 'semivowel) (else => (lambda (x) x)))
=> c
(case 2 ((1 2) => (lambda (x) (* x 10))) (else 0))
=> 20
(and (= 2 2) (> 2 1))
=> #t
(and (= 2 2) (< 2 1))
=> #f
(and 1 2 'c '(f g))
=> (f g)
(and)
=> #t
(or (= 2 2) (> 2 1))
=> #t
(or (= 2 2) (< 2 1))
=> #t
(or #f #f #f)
=> #f
(or (memq 'b '(a b c)) (/ 3 0))
=> (b c)
(or)
=> #f
(when (> 1 0) 1 2)
=> 2
(unless (> 1 0) 1 2)
=> 
(unless (> 0 1) 1 2)
=> 2
(let ((x 2) (y 3)) (* x y))
=> 6
(let ((x 2) (y 3)) (let ((x 7) (z (+ x y))) (* z x)))
=> 35
(let ((x 2) (y 3)) (let* ((x 7) (z (+ x y))) (* z x)))
=> 70
(letrec ((even? (lambda (n) (if (zero? n) #t (odd? (- n 1))))) (odd? (lambda (n) (if (zero? n) #f (even? (- n 1)))))) (even? 88))
=> #t
(letrec* ((p (lambda (x) (+ 1 (q (- x 1))))) (q (lambda (y) (if (zero? y) 0 (+ 1 (p (- y 1)))))) (x (p 5)) (y x)) y)
=> 5
(let-values (((root rem) (exact-integer-sqrt 32))) (* root rem))
=> 35
(let ((a 'a) (b 'b) (x 'x) (y 'y)) (let*-values (((a b) (values x y)) ((x y) (values a b))) (list a b x y)))
=> (x y x y)
(let-values (((a b . c) (values 1 2 3 4)) (d (values 5 6))) (list a b c d))
=> (1 2 (3 4) (5 6))
(define x 0)
=> x
(and (= x 0) (begin (set! x 5) (+ x 1)))
=> 6
(do ((vec (make-vector 5)) (i 0 (+ i 1))) ((= i 5) vec) (vector-set! vec i i))
=> #(0 1 2 3 4)
(let ((x '(1 3 5 7 9))) (do ((x x (cdr x)) (sum 0 (+ sum (car x)))) ((null? x) sum)))
=> 25
(let loop ((numbers '(3 -2 1 6 -5)) (nonneg '()) (neg '())) (cond ((null? numbers) (list nonneg neg)) ((>= (car numbers) 0) (loop (cdr numbers) (cons (car numbers) nonneg) neg)) ((< (car numbers) 0) (loop (cdr numbers) nonneg (cons (car numbers) neg)))))
=> ((6 1 3) (-5 -2))
(force (delay (+ 1 2)))
=> 3
(let ((p (delay (+ 1 2)))) (list (force p) (force p)))
=> (3 3)
(define integers (letrec ((next (lambda (n) (delay (cons n (next (+ n 1))))))) (next 0)))
=> integers
(define (head stream) (car (force stream)))
=> head
(define (tail stream) (cdr (force stream)))
=> tail
(head (tail (tail integers)))
=> 2
(define (stream-filter p? s) (delay-force (if (null? (force s)) (delay '()) (let ((h (car (force s))) (t (cdr (force s)))) (if (p? h) (delay (cons h (stream-filter p? t))) (stream-filter p? t))))))
=> stream-filter
(head (tail (tail (stream-filter odd? integers))))
=> 5
(define count 0)
=> count
(define p (delay (begin (set! count (+ count 1)) (if (> count x) count (force p)))))
=> p
(promise? p)
=> #t
(force p)
=> 6
(begin (set! x 10) (force p))
=> 6
(promise? (make-promise 1))
=> #t
(force (make-promise (make-promise 7)))
=> 7
(force 5)
=> 5
(define radix (make-parameter 10 (lambda (x) (if (and (exact-integer? x) (<= 2 x 16)) x (error "invalid radix")))))
=> radix
(define (f n) (number->string n (radix)))
=> f
(f 12)
=> "12"
(parameterize ((radix 2)) (f 12))
=> "1100"
(f 12)
=> "12"
(parameterize ((radix 0)) (f 12))
=> error: invalid radix
(guard (condition ((assq 'a condition) => cdr) ((assq 'b condition))) (raise (list (cons 'a 42))))
=> 42
(guard (condition ((assq 'a condition) => cdr) ((assq 'b condition))) (raise (list (cons 'b 23))))
=> (b . 23)
`(list ,(+ 1 2) 4)
=> (list 3 4)
(let ((name 'a)) `(list ,name ',name))
=> (list a 'a)
`(a ,(+ 1 2) ,@(map abs '(4 -5 6)) b)
=> (a 3 4 5 6 b)
`((foo ,(- 10 3)) ,@(cdr '(c)) . ,(car '(cons)))
=> ((foo 7) . cons)
`#(10 5 ,(sqrt 4) ,@(map sqrt '(16 9)) 8)
=> #(10 5 2 4 3 8)
(let ((foo '(foo bar)) (@baz 'baz)) `(list ,@foo , @baz))
=> (list foo bar baz)
`(a `(b ,(c ,(+ 1 2))))
=> (a `(b ,(c 3)))
`(a `(b ,(foo ,(+ 1 3) d) e) f)
=> (a `(b ,(foo 4 d) e) f)
`(1 . ,(+ 1 1))
=> (1 . 2)
(quasiquote (list (unquote (+ 1 2)) 4))
=> (list 3 4)
'(quasiquote (list (unquote (+ 1 2)) 4))
=> `(list ,(+ 1 2) 4)
(define range (case-lambda ((e) (range 0 e)) ((b e) (do ((r '() (cons e r)) (e (- e 1) (- e 1))) ((< e b) r)))))
=> range
(range 3)
=> (0 1 2)
(range 3 5)
=> (3 4)
(do ((i 0 (+ i 1))) ((= i 2)) i)
=> 
