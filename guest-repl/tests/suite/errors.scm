foo
=> error: unbound variable: foo
(set! foo 1)
=> error: unbound variable: foo
(car 5)
=> error: car: expected a pair, got 5
(+ 1 'a)
=> error: +: expected a number, got a
(car 1 2)
=> error: car: expected 1 argument, got 2
(number->string)
=> error: number->string: expected 1 to 2 arguments, got 0
(apply)
=> error: apply: expected at least 2 arguments, got 0
(define (f a b) a)
=> f
(f 1)
=> error: f: expected 2 arguments, got 1
(define (g a . b) a)
=> g
(g)
=> error: g: expected at least 1 argument, got 0
("not" 1)
=> error: not a procedure: "not"
(if)
=> error: if: malformed: (if)
(let ((x)) x)
=>
(let ((x 1 2)) x)
=> error: let: malformed: (let ((x 1 2)) x)
(let ((x 1) (x 2)) x)
=> error: x is bound twice in (let ((x 1) (x 2)) x)
(lambda (x))
=> error: lambda: malformed: (lambda (x))
(define)
=> error: define: malformed: (define)
(+ 1 (define x 2))
=> error: +: expected a number, got x
(lambda () (+ 1 (define x 2)))
=> error: define: not allowed here: (define x 2)
if
=> error: if: not a variable but syntax
()
=> error: () is not an expression; quote it: '()
(1 . 2)
=> error: malformed call: (1 . 2)
(letrec ((a b) (b 2)) a)
=> error: variable used before its definition: b
(define (h) (define a (k)) (define (k) b) (define b 1) a)
=> h
(h)
=> error: variable used before its definition: k
(define x 1)
(car x)
=> error: car: expected a pair, got 1\n  in the expression at 2:1
(define y 1) (undefined) (define y 2)
=> error: unbound variable: undefined\n  in the expression at 1:14
y
=> 1
(display "before") (car '())
=> before|error: car: expected a pair, got ()\n  in the expression at 1:20
(let loop ((i 0)) (if (< i 100) (loop (+ i 1)) (vector-ref (vector) i)))
=> error: vector-ref: index 100 is out of range for a vector of length 0
(cond (else))
=> error: cond: malformed: (cond (else))
(else)
=> error: else: malformed: (else)
,x
=> error: ,x outside of a list in a quasiquotation
(a b
=> error: the text ends inside a list that starts at 1:1
)
=> error: unexpected `)` at 1:1
"abc
=> error: the text ends inside a string that starts at 1:1
#\unknown
=> error: unknown character: #\unknown at 1:1
#<procedure>
=> error: unknown syntax: #<procedure> at 1:1
(error 'my-procedure "went wrong:" 5)
=> error: my-procedure "went wrong:" 5
(car (list->string (list #\a)))
=> error: car: expected a pair, got "a"
(car (make-string 100 #\x))
=> error: car: expected a pair, got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
