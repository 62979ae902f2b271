(let* ((a 1) (b (+ a 1)) (c (* b 2))) (list a b c))
=> (1 2 4)
(letrec* ((a 1) (b (+ a 1))) b)
=> 2
(when (> 1 0) 'a 'b)
=> b
(when (< 1 0) 'a)
=>
(unless (< 1 0) 'a 'b)
=> b
(cond ((assv 'b '((a 1) (b 2))) => cadr) (else 'nope))
=> 2
(cond (#f 1) (2))
=> 2
(cond (#f 1))
=>
(case (* 2 3) ((2 3 5 7) 'prime) ((1 4 6 8 9) 'composite))
=> composite
(case 'z ((a) 1) (else => (lambda (x) (list x))))
=> (z)
(case 5 ((1) 'one))
=>
(do ((vec (make-vector 5)) (i 0 (+ i 1))) ((= i 5) vec) (vector-set! vec i i))
=> #(0 1 2 3 4)
(do ((i 0 (+ i 1)) (acc '() (cons i acc))) ((= i 5) acc))
=> (4 3 2 1 0)
`(1 ,@(list 2 3) . 4)
=> (1 2 3 . 4)
`#(1 ,(+ 1 1) ,@(list 3 4))
=> #(1 2 3 4)
`(a `(b ,(foo ,(+ 1 3) d) e) f)
=> (a `(b ,(foo 4 d) e) f)
(let ((name1 'x) (name2 'y)) `(a `(b ,,name1 ,',name2 d) e))
=> (a `(b ,x ,'y d) e)
`(1 . ,(+ 1 1))
=> (1 . 2)
`,@(list 1)
=> error: ,@(list 1) outside of a list in a quasiquotation
(let-values (((a b) (values 1 2)) ((c . d) (values 3 4 5))) (list a b c d))
=> (1 2 3 (4 5))
(let ((a 1)) (let-values (((a) (values 2)) ((b) (values a))) (list a b)))
=> (2 1)
(let*-values (((a b) (values 1 2)) ((c) (values (+ a b)))) c)
=> 3
(define-values (x y . z) (values 1 2 3 4))
=>
(list x y z)
=> (1 2 (3 4))
(let () (define-values (p q) (values 1 2)) (+ p q))
=> 3
(call-with-values (lambda () (values 4 5)) (lambda (a b) b))
=> 5
(call-with-values * -)
=> -1
(values 1 2)
=> 1\n2
(values)
=>
(define-record-type point (make-point x y) point? (x point-x set-point-x!) (y point-y))
=> point
(define p (make-point 1 2))
=> p
(set-point-x! p 10)
=>
(list (point-x p) (point-y p) (point? p) (point? 5) p)
=> (10 2 #t #f #<point 10 2>)
(let () (define-record-type thing (make) thing? (a get put!)) (let ((t (make))) (put! t 7) (get t)))
=> 7
(point-x 5)
=> error: point-x: expected a point, got 5
(%record-ref (make-point 1 2) point 99 'x)
=> error: x: the record has no field 99
(%record-ref (make-point 1 2) point -1 'x)
=> error: record-ref: expected an index, got -1
(%record-set! (make-point 1 2) 3 point 2 'x)
=> error: x: the record has no field 2
(%record-ref (%record point) point 0 'x)
=> error: x: the record has no field 0
(define pp (make-parameter 10 (lambda (x) (* x 2))))
=> pp
(list (pp) (parameterize ((pp 4)) (pp)) (pp))
=> (20 8 20)
(define cl (case-lambda ((a) (list 'one a)) ((a b) (list 'two a b)) ((a . rest) (list 'more a rest))))
=> cl
(list (cl 1) (cl 1 2) (cl 1 2 3))
=> ((one 1) (two 1 2) (more 1 (2 3)))
(assert (= 1 1))
=>
(assert (= 1 2))
=> error: assertion failed: (= 1 2)
(let ((else #f)) (cond (else 1) (#t 2)))
=> 2
(define t 5)
=> t
(or #f t)
=> 5
(let ((it 3)) (cond ((memv 1 '(1)) => (lambda (x) (list it x)))))
=> (3 (1))
(receive (a . rest) (values 1 2 3) (define sum (apply + rest)) (list a rest sum))
=> (1 (2 3) 5)
(receive all (values) all)
=> ()
(let () (define-record-type point (make-point x y) point? (x point-x) (y point-y)) (point-x (make-point 1 2)))
=> 1
