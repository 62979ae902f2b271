(+ 1 (call/cc (lambda (k) (+ 10 (k 1)))))
=> 2
(define r '())
=> r
(define k #f)
=> k
(begin (set! r (cons (call/cc (lambda (c) (set! k c) 0)) r)) (if (< (length r) 4) (k (length r)) r))
=> (3 2 1 0)
(define (tree-walk tree) (call/cc (lambda (return) (for-each (lambda (x) (call/cc (lambda (next) (return (cons x next))))) tree) (return '()))))
=> tree-walk
(define (make-generator items) (define return #f) (define (start) (for-each (lambda (x) (call/cc (lambda (next) (set! start (lambda () (next #f))) (return x)))) items) (return 'done)) (lambda () (call/cc (lambda (r) (set! return r) (start)))))
=> make-generator
(define g (make-generator '(1 2 3)))
=> g
(list (g) (g))
=> (1 2)
(g)
=> 3
(g)
=> done
(let ((path '()) (c #f)) (let ((add (lambda (s) (set! path (cons s path))))) (dynamic-wind (lambda () (add 'connect)) (lambda () (add (call/cc (lambda (c0) (set! c c0) 'talk1)))) (lambda () (add 'disconnect))) (if (< (length path) 4) (c 'talk2) (reverse path))))
=> (connect talk1 disconnect connect talk2 disconnect)
(call/cc (lambda (k) (dynamic-wind (lambda () (display "in ")) (lambda () (k 'out)) (lambda () (display "after ")))))
=> in after \n|out
(call/cc (lambda (k) (map (lambda (x) (if (= x 2) (k 'escaped) x)) '(1 2 3))))
=> escaped
(define saved #f)
=> saved
(define result (map (lambda (x) (call/cc (lambda (k) (if (= x 2) (set! saved k)) x))) '(1 2 3)))
=> result
result
=> (1 2 3)
(if saved (let ((k saved)) (set! saved #f) (k 20)))
=> result
result
=> (1 20 3)
(call/cc (lambda (k) (sort '(3 1 2) (lambda (a b) (k 'in-sort)))))
=> in-sort
(call-with-values (lambda () (call/cc (lambda (k) (k 1 2)))) list)
=> (1 2)
(define (amb-test) (define fail-stack '()) (define (fail) (let ((k (car fail-stack))) (set! fail-stack (cdr fail-stack)) (k k))) (define (amb items) (let ((left items)) (call/cc (lambda (k) (set! fail-stack (cons k fail-stack)))) (if (null? left) (begin (fail)) (let ((item (car left))) (set! left (cdr left)) (call/cc (lambda (k) (set! fail-stack fail-stack))) item)))) (let* ((a 3) (b 4)) (+ a b)))
=> amb-test
(amb-test)
=> 7
(define (deep n) (if (= n 0) (call/cc (lambda (k) (set! saved k) 0)) (+ 1 (deep (- n 1)))))
=> deep
(define d 0)
=> d
(define times 0)
=> times
(begin (set! d (deep 100)) (set! times (+ times 1)) (if (< times 3) (saved times) (list times d)))
=> (3 102)
(call/cc procedure?)
=> #t
(call/cc (lambda (k) (with-exception-handler (lambda (e) (k (list 'caught e))) (lambda () (raise 'oops)))))
=> (caught oops)
(let ((p (make-parameter 1))) (call/cc (lambda (k) (parameterize ((p 2)) (k (p))))) (p))
=> 1
(apply call/cc (list (lambda (k) (k 5))))
=> 5
(within-continuation (call/cc (lambda (k) k)) (lambda () (lambda (x) x)))
=> #<procedure>
