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
=> error: if: expected (if test then else) or (if test then), got (if)
(let ((x)) x)
=>
(let ((x 1 2)) x)
=> error: let: expected a binding (name value), got (x 1 2)
(let ((x 1) (x 2)) x)
=> error: x is bound twice in (let ((x 1) (x 2)) x)
(lambda (x))
=> error: lambda: expected (lambda (parameter …) body …), got (lambda (x))
(define)
=> error: define: expected (define name value) or (define (name parameter …) body …), got (define)
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
=> error: cond: expected a clause (else expression …), got (else)
(else)
=> error: else: not allowed here: (else)
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
(let (x 1) x)
=> error: let: expected a binding (name value), got x
(let ((1 2)) 3)
=> error: let: expected a binding (name value), got (1 2)
(let ((x 1)))
=> error: let: expected (let ((name value) …) body …), got (let ((x 1)))
(let* ((a 1) (b 2 3) (c 4)) c)
=> error: let*: expected a binding (name value), got (b 2 3)
(letrec (x 1) x)
=> error: letrec: expected a binding (name value), got x
(let loop (i 0) i)
=> error: let: expected a binding (name value), got i
(do (i 0) ((= i 3)) i)
=> error: do: expected a binding (name value step), got i
(lambda (x 1) x)
=> error: lambda: expected a name, got 1
(define (f x x) x)
=> error: x is bound twice in (lambda (x x) x)
(define x 1 2)
=> error: define: expected (define name value) or (define (name parameter …) body …), got (define x 1 2)
(cond ((= 1 2) 1) (else 3) ((= 1 1) 2))
=> error: cond: expected the clause with else to be the last, got (else 3)
(cond (#f 1) 5)
=> error: cond: expected a clause (test expression …), got 5
(case 1 (else 2) ((1) 3))
=> error: case: expected the clause with else to be the last, got (else 2)
(case 1 (1 2))
=> error: case: expected a clause ((datum …) expression …), got (1 2)
(map (lambda (x) (else x)) '(1))
=> error: else: not allowed here: (else x)
(let* ((a 1) (b 2)) (if))
=> error: if: expected (if test then else) or (if test then), got (if)
(define-values (a b) (values 1))
=> error: expected 2 values, got 1
(let-values (((a) (values 1 2))) a)
=> error: expected 1 value, got 2
(let*-values (((a b) (values 1 2)) ((c d . e) 1)) a)
=> error: expected at least 2 values, got 1
(receive (a b) (values 1 2 3) a)
=> error: expected 2 values, got 3
(call-with-values (lambda () (values 1 2)) (lambda (x) x))
=> error: procedure: expected 1 argument, got 2
(define-record-type point (make-point x z) point? (x point-x) (y point-y))
=> error: define-record-type: z is no field of point
(define-record-type <account> (make-account owner) account? (owner account-owner set-account-owner!))
=> <account>
(account-owner 5)
=> error: account-owner: expected an account, got 5
(set-account-owner! 'x 5)
=> error: set-account-owner!: expected an account, got x
(map (lambda (f) (guard (e (#t (condition-message e))) (f))) (list (lambda () (reduce + 0 5)) (lambda () (count even? 5)) (lambda () (any even? 5)) (lambda () (every even? '(2 . 3))) (lambda () (list-index even? '(1 . 3)))))
=> ("reduce: expected a list, got 5" "count: expected a list, got 5" "any: expected a list, got 5" "every: expected a list, got (2 . 3)" "list-index: expected a list, got (1 . 3)")
