(define tag (make-prompt-tag "mine"))
=> tag
(call-with-prompt tag (lambda () (+ 1 2)) (lambda (k . v) 'aborted))
=> 3
(call-with-prompt tag (lambda () (+ 1 (abort-to-prompt tag 5 6))) (lambda (k a b) (list a b)))
=> (5 6)
(+ 1 (call-with-prompt tag (lambda () (+ 10 (abort-to-prompt tag))) (lambda (k) (k 100))))
=> 111
(call-with-prompt tag (lambda () (+ 10 (abort-to-prompt tag))) (lambda (k) (list (k 1) (k 2) (k (k 3)))))
=> (11 12 23)
(define saved #f)
=> saved
(call-with-prompt tag (lambda () (list 'got (abort-to-prompt tag))) (lambda (k) (set! saved k) 'first))
=> first
(saved 1)
=> (got 1)
(list (saved 2) (saved (saved 3)))
=> ((got 2) (got (got 3)))
(saved)
=> (got #<0 values>)
(call-with-values (lambda () (call-with-prompt tag (lambda () (abort-to-prompt tag)) (lambda (k) (k 1 2)))) list)
=> (1 2)
(abort-to-prompt tag 1)
=> error: abort-to-prompt: no prompt has the tag ("mine")
(guard (e (#t (condition/report-string e))) (abort-to-prompt (default-prompt-tag)))
=> "abort-to-prompt: no prompt has the tag (default)"
(call-with-prompt (default-prompt-tag) (lambda () (* 2 (abort-to-prompt (default-prompt-tag) 21))) (lambda (k n) (k n)))
=> 42
(call-with-prompt tag (lambda () (abort-to-prompt tag 1 2)))
=> 1\n2
(call-with-prompt tag 5)
=> error: call-with-prompt: expected a procedure, got 5
(call-with-prompt tag (lambda () 1) 5)
=> error: call-with-prompt: expected a procedure, got 5
(define inner (make-prompt-tag))
=> inner
(call-with-prompt tag (lambda () (list 'outer (call-with-prompt inner (lambda () (list 'inner (abort-to-prompt tag 'x))) (lambda (k v) 'no)))) (lambda (k v) (list v (k 'y))))
=> (x (outer (inner y)))
(define k2 #f)
=> k2
(call-with-prompt tag (lambda () (list 'outer (call-with-prompt inner (lambda () (let ((v (abort-to-prompt tag))) (abort-to-prompt inner v))) (lambda (k v) (list 'inner-handler v (k 'again)))))) (lambda (k) (set! k2 k) 'saved))
=> saved
(k2 5)
=> (outer (inner-handler 5 again))
(list 1 (k2 6) (k2 7))
=> (1 (outer (inner-handler 6 again)) (outer (inner-handler 7 again)))
(call-with-prompt tag (lambda () (call-with-prompt tag (lambda () (+ 1 (abort-to-prompt tag 'inner))) (lambda (k v) (list v (abort-to-prompt tag 'outer))))) (lambda (k v) (list v (k 'back))))
=> (outer (inner back))
(call-with-prompt tag (lambda () (dynamic-wind (lambda () (display "[in]")) (lambda () (+ 1 (abort-to-prompt tag))) (lambda () (display "[out]")))) (lambda (k) (display "handler") (list (k 1) (k 2))))
=> [in][out]handler[in][out][in][out]\n|(2 3)
(define p (make-parameter 'outside))
=> p
(call-with-prompt tag (lambda () (parameterize ((p 'inside)) (let ((a (p)) (b (abort-to-prompt tag))) (list a b (p))))) (lambda (k) (let ((seen (p))) (parameterize ((p 'later)) (list seen (k 1) (p))))))
=> (outside (inside 1 inside) later)
(call-with-prompt tag (lambda () (with-exception-handler (lambda (e) 10) (lambda () (+ 1 (abort-to-prompt tag) (raise-continuable 'c))))) (lambda (k) (k 100)))
=> 111
(guard (e (#t (list 'caught e))) (call-with-prompt tag (lambda () (abort-to-prompt tag) (raise 'later)) (lambda (k) (k 1))))
=> (caught later)
(define k3 #f)
=> k3
(guard (e (#t (list 'first e))) (call-with-prompt tag (lambda () (abort-to-prompt tag) (raise 'boom)) (lambda (k) (set! k3 k))))
=>
(guard (e (#t (list 'second e))) (k3 1))
=> (second boom)
(reset (+ 1 (shift k (k (k 5)))))
=> 7
(reset (+ 1 (shift k 5)))
=> 5
(list 'a (reset (list 'b (shift k (list 'c (k 'd))))))
=> (a (c (b d)))
(reset (let ((x (shift k (append (k 1) (k 2)))) (y (shift k (append (k 'a) (k 'b))))) (list (cons x y))))
=> ((1 . a) (1 . b) (2 . a) (2 . b))
(define (yield x) (shift k (cons-stream x (k #f))))
=> yield
(define (tree->stream t) (reset (let walk ((t t)) (cond ((pair? t) (walk (car t)) (walk (cdr t))) ((null? t) #f) (else (yield t)))) the-empty-stream))
=> tree->stream
(stream->list (tree->stream '((1 2) (3 (4)) 5)))
=> (1 2 3 4 5)
(shift k 1)
=> error: shift: no prompt has the tag (reset)
(shift 5 1)
=> error: shift: expected (shift name expression …), got (shift 5 1)
(reset)
=> error: reset: expected (reset expression …), got (reset)
(define (make-gen proc) (define (resume) (call-with-prompt tag (lambda () (proc (lambda (v) (abort-to-prompt tag v))) 'done) (lambda (k v) (set! resume (lambda () (call-with-prompt tag k (lambda (k2 v) (set! k k2) v)))) v))) (lambda () (resume)))
=> make-gen
(define g (make-gen (lambda (yield) (yield 1) (yield 2) (yield 3))))
=> g
(list (g) (g))
=> (1 2)
(g)
=> 3
(g)
=> done
(define (deep n) (if (= n 0) (abort-to-prompt tag) (+ 1 (deep (- n 1)))))
=> deep
(call-with-prompt tag (lambda () (deep 100)) (lambda (k) (list (k 0) (k 1))))
=> (100 101)
(call/cc (lambda (out) (call-with-prompt tag (lambda () (out 'escaped)) (lambda (k) 'no))))
=> escaped
(let ((n 0)) (call-with-prompt tag (lambda () (let loop ((i 0)) (if (< i 300) (begin (abort-to-prompt tag) (loop (+ i 1))) i))) (letrec ((h (lambda (k) (set! n (+ n 1)) (call-with-prompt tag k h)))) h)))
=> 300
(let ((%prompt list)) (call-with-prompt tag (lambda () (abort-to-prompt tag 1)) (lambda (k v) v)))
=> 1
