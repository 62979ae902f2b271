(+ 1 2)
=> 3
(define x 10)
=> x
x
=> 10
(set! x (+ x 1)) x
=> 11
(set! x 5)
=>
((lambda (a b) (* a b)) 3 4)
=> 12
((lambda args args) 1 2 3)
=> (1 2 3)
((lambda (a . rest) (list a rest)) 1 2 3)
=> (1 (2 3))
(define (square x) (* x x))
=> square
(square 12)
=> 144
(define ((adder n) m) (+ n m))
=> adder
((adder 3) 4)
=> 7
(if #f 1)
=>
(if '() 'true 'false)
=> true
(begin 1 2 3)
=> 3
(begin)
=>
(let ((x 1) (y 2)) (+ x y))
=> 3
(let ((x 'outer)) (let ((f (lambda () x)) (x 'inner)) (f)))
=> outer
(let loop ((i 0) (acc '())) (if (= i 3) acc (loop (+ i 1) (cons i acc))))
=> (2 1 0)
(letrec ((even? (lambda (n) (if (= n 0) #t (odd? (- n 1))))) (odd? (lambda (n) (if (= n 0) #f (even? (- n 1)))))) (even? 101))
=> #f
(define (f) (define a 1) (define (g) (* a 2)) (g))
=> f
(f)
=> 2
(define (counter) (let ((n 0)) (lambda () (set! n (+ n 1)) n)))
=> counter
(define c (counter))
=> c
(c) (c) (c)
=> 3
(define d (counter))
=> d
(list (d) (c))
=> (1 4)
(and) (and 1 2) 
=> 2
(list (and) (and 1 #f 2) (or) (or #f 3) (or #f #f))
=> (#t #f #f 3 #f)
(let () (define a 1) (set! a 2) (define (get) a) (set! a 3) (get))
=> 3
(define (outer) (define (first) (second)) (define (second) (third)) (define (third) 'deep) (first))
=> outer
(outer)
=> deep
(define fs (map (lambda (i) (lambda () i)) '(1 2 3)))
=> fs
(map (lambda (f) (f)) fs)
=> (1 2 3)
(define fs '())
=> fs
(do ((i 0 (+ i 1))) ((= i 3)) (set! fs (cons (lambda () i) fs)))
=>
(map (lambda (f) (f)) fs)
=> (2 1 0)
(let ((if list)) (if 1 2 3))
=> (1 2 3)
(define (list . items) (apply vector items))
=> list
`(1 ,(+ 1 1))
=> (1 2)
(list 1 2)
=> #(1 2)
(let ((cons 5)) `(a ,cons))
=> (a 5)
'|hello world|
=> |hello world|
(quote a)
=> a
''a
=> 'a
'(quote a b)
=> (quote a b)
(let loop ((i 0)) (cond ((< i 10) (loop (+ i 1))) (else i)))
=> 10
(let* () 5)
=> 5
[let ([a 1] [b 2]) (+ a b)]
=> 3
(eq? 'abc 'AbC)
=> #f
#;(hidden) 'shown ; comment
=> shown
