(let ((x 'outer)) (let-syntax ((m (syntax-rules () ((m) x)))) (let ((x 'inner)) (m))))
=> outer
(let-syntax ((given-that (syntax-rules () ((_ test stmt1 stmt2 ...) (if test (begin stmt1 stmt2 ...)))))) (let ((if #t)) (given-that if (set! if 'now)) if))
=> now
(letrec-syntax ((my-or (syntax-rules () ((my-or) #f) ((my-or e) e) ((my-or e1 e2 ...) (let ((temp e1)) (if temp temp (my-or e2 ...))))))) (let ((x #f) (y 7) (temp 8) (let odd?) (if even?)) (my-or x (let temp) (if y) y)))
=> 7
(define-syntax be-like-begin (syntax-rules () ((be-like-begin name) (define-syntax name (syntax-rules () ((name expr (... ...)) (begin expr (... ...))))))))
=> be-like-begin
(be-like-begin sequence)
=> sequence
(sequence 1 2 3 4)
=> 4
(let ((=> #f)) (cond (#t => 'ok)))
=> ok
(define-syntax simple-let (syntax-rules () ((_ (head ... ((x . y) val) . tail) body1 body2 ...) (syntax-error "expected an identifier but got" (x . y))) ((_ ((name val) ...) body1 body2 ...) ((lambda (name ...) body1 body2 ...) val ...))))
=> simple-let
(simple-let ((a 1) (b 2)) (+ a b))
=> 3
(simple-let (((a . b) 1)) a)
=> error: expected an identifier but got (a . b)
(define-syntax tail-pattern (syntax-rules () ((_ a ... z) '(z a ...))))
=> tail-pattern
(tail-pattern 1 2 3)
=> (3 1 2)
(define-syntax vector-pattern (syntax-rules () ((_ #(a b ...)) '(a (b ...)))))
=> vector-pattern
(vector-pattern #(1 2 3))
=> (1 (2 3))
(define-syntax my-ellipsis (syntax-rules ::: () ((_ a :::) '(a ::: ...))))
=> my-ellipsis
(my-ellipsis 1 2)
=> (1 2 ...)
(define-syntax underscore (syntax-rules () ((_ _ a) 'a)))
=> underscore
(underscore 1 2)
=> 2
(define-syntax while (syntax-rules () ((_ c body ...) (let loop () (when c body ... (loop))))))
=> while
(let ((n 0)) (while (< n 5) (set! n (+ n 1))) n)
=> 5
(define-syntax nested (syntax-rules () ((_ (a b ...) ...) '((b ... a) ...))))
=> nested
(nested (1 2 3) (4 5))
=> ((2 3 1) (5 4))
