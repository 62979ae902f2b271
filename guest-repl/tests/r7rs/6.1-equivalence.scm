(eqv? 'a 'a)
=> #t
(eqv? 'a 'b)
=> #f
(eqv? 2 2)
=> #t
(eqv? 2 2.0)
=> #f
(eqv? '() '())
=> #t
(eqv? 100000000 100000000)
=> #t
(eqv? 0.0 +nan.0)
=> #f
(eqv? 0.0 -0.0)
=> #f
(= 0.0 -0.0)
=> #t
(eqv? (cons 1 2) (cons 1 2))
=> #f
(eqv? (lambda () 1) (lambda () 2))
=> #f
(let ((p (lambda (x) x))) (eqv? p p))
=> #t
(eqv? #f 'nil)
=> #f
(define gen-counter (lambda () (let ((n 0)) (lambda () (set! n (+ n 1)) n))))
=> gen-counter
(let ((g (gen-counter))) (eqv? g g))
=> #t
(eqv? (gen-counter) (gen-counter))
=> #f
(letrec ((f (lambda () (if (eqv? f g) 'f 'both))) (g (lambda () (if (eqv? f g) 'g 'both)))) (eqv? f g))
=> #f
(let ((x '(a))) (eqv? x x))
=> #t
(eq? 'a 'a)
=> #t
(eq? (list 'a) (list 'a))
=> #f
(eq? '() '())
=> #t
(eq? car car)
=> #t
(let ((x '#())) (eq? x x))
=> #t
(equal? 'a 'a)
=> #t
(equal? '(a) '(a))
=> #t
(equal? '(a (b) c) '(a (b) c))
=> #t
(equal? "abc" "abc")
=> #t
(equal? 2 2)
=> #t
(equal? (make-vector 5 'a) (make-vector 5 'a))
=> #t
(equal? #u8(1 2) #u8(1 2))
=> #t
