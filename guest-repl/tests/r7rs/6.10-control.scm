(procedure? car)
=> #t
(procedure? 'car)
=> #f
(procedure? (lambda (x) (* x x)))
=> #t
(procedure? '(lambda (x) (* x x)))
=> #f
(call-with-current-continuation procedure?)
=> #t
(apply + (list 3 4))
=> 7
(apply + 1 2 '(3))
=> 6
(define compose2 (lambda (f g) (lambda args (f (apply g args)))))
=> compose2
((compose2 sqrt *) 12 75)
=> 30
(map cadr '((a b) (d e) (g h)))
=> (b e h)
(map (lambda (n) (expt n n)) '(1 2 3 4 5))
=> (1 4 27 256 3125)
(map + '(1 2 3) '(4 5 6))
=> (5 7 9)
(map + '(1 2 3) '(4 5))
=> (5 7)
(let ((v (make-vector 5))) (for-each (lambda (i) (vector-set! v i (* i i))) '(0 1 2 3 4)) v)
=> #(0 1 4 9 16)
(call-with-current-continuation (lambda (exit) (for-each (lambda (x) (if (negative? x) (exit x))) '(54 0 37 -3 245 19)) #t))
=> -3
(define list-length (lambda (obj) (call-with-current-continuation (lambda (return) (letrec ((r (lambda (obj) (cond ((null? obj) 0) ((pair? obj) (+ (r (cdr obj)) 1)) (else (return #f)))))) (r obj))))))
=> list-length
(list-length '(1 2 3 4))
=> 4
(list-length '(a b . c))
=> #f
(call-with-values (lambda () (values 4 5)) (lambda (a b) b))
=> 5
(call-with-values * -)
=> -1
(call-with-values (lambda () (values)) list)
=> ()
(let ((path '()) (c #f)) (let ((add (lambda (s) (set! path (cons s path))))) (dynamic-wind (lambda () (add 'connect)) (lambda () (add (call-with-current-continuation (lambda (c0) (set! c c0) 'talk1)))) (lambda () (add 'disconnect))) (if (< (length path) 4) (c 'talk2) (reverse path))))
=> (connect talk1 disconnect connect talk2 disconnect)
(let ((k1 #f)) (let ((n 0)) (call/cc (lambda (k) (set! k1 k))) (set! n (+ n 1)) (if (< n 3) (k1 #f) n)))
=> 3
