(define add3 (lambda (x) (+ x 3)))
=> add3
(add3 3)
=> 6
(define first car)
=> first
(first '(1 2))
=> 1
(let ((x 5)) (define foo (lambda (y) (bar x y))) (define bar (lambda (a b) (+ (* a b) a))) (foo (+ x 3)))
=> 45
(define-values (x y) (exact-integer-sqrt 17))
=> 
(list x y)
=> (4 1)
(let () (define-values (x y) (values 1 2)) (+ x y))
=> 3
(define-values (a . rest) (values 1 2 3))
=> 
(list a rest)
=> (1 (2 3))
(let ((x 1) (y 2)) (define-syntax swap! (syntax-rules () ((swap! a b) (let ((tmp a)) (set! a b) (set! b tmp))))) (swap! x y) (list x y))
=> (2 1)
(define-record-type <pare> (kons x y) pare? (x kar set-kar!) (y kdr))
=> <pare>
(pare? (kons 1 2))
=> #t
(pare? (cons 1 2))
=> #f
(kar (kons 1 2))
=> 1
(kdr (kons 1 2))
=> 2
(let ((k (kons 1 2))) (set-kar! k 3) (kar k))
=> 3
(begin (define u 1) (define w 2) (+ u w))
=> 3
