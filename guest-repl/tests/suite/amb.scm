(amb 1 2 3)
=> 1
(amb)
=> 2
(amb)
=> 3
(amb)
=> error: amb: no choices are left
(amb-reset)
=>
(let ((a (amb 1 2 3 4 5 6 7)) (b (amb 1 2 3 4 5 6 7)) (c (amb 1 2 3 4 5 6 7))) (require (= (* c c) (+ (* a a) (* b b)))) (require (< a b)) (list a b c))
=> (3 4 5)
(amb-reset)
=>
(bag-of (let ((x (amb 1 2 3)) (y (amb 'a 'b))) (list x y)))
=> ((1 a) (1 b) (2 a) (2 b) (3 a) (3 b))
(bag-of (let ((x (amb 1 2 3 4))) (require (even? x)) x))
=> (2 4)
(bag-of (amb))
=> ()
(amb-collect (lambda () (* 10 (amb 1 2))))
=> (10 20)
(amb-collect 5)
=> error: amb-collect: expected a procedure, got 5
(amb)
=> error: amb: no choices are left
(guard (e (#t (condition/report-string e))) (require #f))
=> "amb: no choices are left"
(require #t)
=>
(bag-of (let ((x (amb 1 2))) (cons x (bag-of (amb x (+ x 10))))))
=> ((1 1 11) (2 2 12))
(let ((x (amb 1 2 3))) (let ((all (bag-of (amb 'p 'q)))) (require (> x 1)) (list x all)))
=> (2 (p q))
(amb-reset)
=>
(define (an-element-of items) (require (pair? items)) (amb (car items) (an-element-of (cdr items))))
=> an-element-of
(let ((x (an-element-of '(1 3 5 8 9)))) (require (even? x)) x)
=> 8
(let ((x (an-element-of '(1 3 5)))) (require (even? x)) x)
=> error: amb: no choices are left
(let ((trace '())) (bag-of (let ((x (amb (begin (set! trace (cons 1 trace)) 1) (begin (set! trace (cons 2 trace)) 2)))) (require (= x 2)))) (reverse trace))
=> (1 2)
(begin (display (amb 'x 'y)) (amb))
=> xy|error: amb: no choices are left
(amb-reset)
=>
(define x (amb 1 2 3))
=> x
(require (> x 1))
=> x
x
=> 2
(amb-reset)
=>
(guard (e (#t 'error)) (bag-of (begin (amb 1 2) (car 5))))
=> error
(amb)
=> error: amb: no choices are left
(let ((amb list)) (amb 1 2))
=> (1 2)
(define (queens n) (let loop ((row 1) (placed '())) (if (> row n) (map cdr placed) (let ((col (an-element-of (iota n 1)))) (require (every (lambda (q) (and (not (= (cdr q) col)) (not (= (abs (- (cdr q) col)) (- row (car q)))))) placed)) (loop (+ row 1) (cons (cons row col) placed))))))
=> queens
(queens 6)
=> (5 3 1 6 4 2)
(length (bag-of (queens 5)))
=> 10
(bag-of)
=> error: bag-of: expected (bag-of expression …), got (bag-of)
(bag-of (dynamic-wind (lambda () (display "<")) (lambda () (amb 1 2)) (lambda () (display ">"))))
=> <><>\n|(1 2)
