(define z (attach-tag 'rectangular '(3 . 4)))
=> z
(list z (type-tag z) (contents z) (type-tag 5) (contents 5) (attach-tag 'scheme-number 5))
=> ((rectangular 3 . 4) rectangular (3 . 4) scheme-number 5 5)
(type-tag 'x)
=> error: type-tag: expected a tagged datum, got x
(contents "x")
=> error: contents: expected a tagged datum, got "x"
(get 'add '(scheme-number scheme-number))
=> #f
(put 'add '(scheme-number scheme-number) +) (put 'add '(complex complex) (lambda (a b) (attach-tag 'complex (cons (+ (car a) (car b)) (+ (cdr a) (cdr b))))))
=>
(define (add a b) (apply-generic 'add a b))
=> add
(list (add 1 2) (add (attach-tag 'complex '(1 . 2)) (attach-tag 'complex '(3 . 4))))
=> (3 (complex 4 . 6))
(add 1 (attach-tag 'complex '(1 . 2)))
=> error: apply-generic: no method for these types: add (scheme-number complex)
(put-coercion 'scheme-number 'complex (lambda (n) (attach-tag 'complex (cons n 0))))
=>
(list (add 1 (attach-tag 'complex '(1 . 2))) (add (attach-tag 'complex '(1 . 2)) 10) ((get-coercion 'scheme-number 'complex) 7) (get-coercion 'complex 'scheme-number))
=> ((complex 2 . 2) (complex 11 . 2) (complex 7 . 0) #f)
(apply-generic 'mul 1 2)
=> error: apply-generic: no method for these types: mul (scheme-number scheme-number)
(put 'magnitude 'rectangular 'by-symbol) (get 'magnitude 'rectangular)
=> by-symbol
(put 'add '(scheme-number scheme-number) -) (add 1 2)
=> -1
(define-generic area)
=> area
(define-record-type circle (make-circle r) circle? (r circle-r))
=> circle
(define-method (area (shape circle?)) (* 3 (circle-r shape) (circle-r shape)))
=>
(area (make-circle 2))
=> 12
(area 5)
=> error: area: no method for these arguments: 5
(define-method (area (side number?)) (* side side)) (define-method (area (a number?) (b number?)) (* a b)) (define-method (area (text string?) . rest) (cons text rest)) (define-method (area anything) 'unknown)
=>
(list (area 5) (area 5 6) (area "a" 1 2) (area 'x) (area (make-circle 1)))
=> (25 30 ("a" 1 2) unknown 3)
(define-method (area (n number?)) (list 'same n)) (area 2)
=> (same 2)
(area 1 'x)
=> error: area: no method for these arguments: 1 x
(area)
=> error: area: no method for these arguments:
(define-method (area (side number?)) (list 'square side)) (list (area 5) (area 'x))
=> ((square 5) unknown)
(define-generic (describe x) (list 'default x))
=> describe
(define-method (describe (x symbol?)) (list 'symbol x)) (list (describe 1) (describe 'a))
=> ((default 1) (symbol a))
(list (generic-procedure? area) (generic-procedure? car) (generic-procedure? 5))
=> (#t #f #f)
(define-method (car (x number?)) x)
=> error: define-method: expected a generic procedure, got #<procedure car>
(define-method (no-such (x number?)) x)
=> error: unbound variable: no-such
(define-method area 1)
=> error: define-method: expected (define-method (name (parameter predicate) …) body …), got (define-method area 1)
(define-method (area (x number? y)) 1)
=> error: define-method: expected (define-method (name (parameter predicate) …) body …), got (define-method (area (x number? y)) 1)
(define-generic area 5)
=> error: define-generic: expected (define-generic name) or (define-generic (name parameter …) body …), got (define-generic area 5)
(define (local) (define-generic g) (define-method (g (x number?)) 'number) (g 1))
=> local
(local)
=> number
