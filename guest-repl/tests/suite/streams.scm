(define (ints n) (cons-stream n (ints (+ n 1))))
=> ints
(stream-head (ints 1) 5)
=> (1 2 3 4 5)
(stream-take (ints 1) 3)
=> (1 2 3)
(stream-take (list->stream '(1 2)) 5)
=> (1 2)
(stream-car (stream-tail (ints 0) 100))
=> 100
(stream-ref (integers-from 10) 5)
=> 15
(stream-take (stream-from 0 3) 4)
=> (0 3 6 9)
(stream-take (stream-map + (ints 1) (ints 10) (list->stream '(100 200))) 9)
=> (111 213)
(stream-take (stream-map (lambda (x) (* x x)) (ints 1)) 4)
=> (1 4 9 16)
(stream-for-each (lambda (x) (display x)) (list->stream '(1 2 3)))
=> 123|
(stream-take (stream-filter odd? (ints 1)) 3)
=> (1 3 5)
(stream->list (stream-append (list->stream '(1 2)) the-empty-stream (stream 3) (list->stream '())))
=> (1 2 3)
(stream->list (stream-append))
=> ()
(stream-take (stream-append (stream 1) (ints 5)) 3)
=> (1 5 6)
(stream->list (ints 1) 4)
=> (1 2 3 4)
(stream->list (stream 1 2) 4)
=> (1 2)
(stream->list the-empty-stream)
=> ()
(list (stream-pair? (ints 1)) (stream-pair? '(1 2)) (stream-pair? '()) (stream-null? '()) (empty-stream? the-empty-stream) (stream-null? (ints 1)))
=> (#t #f #f #t #t #f)
(define computed 0)
=> computed
(define s (let loop ((n 0)) (cons-stream n (begin (set! computed (+ computed 1)) (loop (+ n 1))))))
=> s
(list (stream-head s 3) computed (stream-head s 3) computed (stream-take s 3) computed (stream-ref s 2) computed)
=> ((0 1 2) 2 (0 1 2) 2 (0 1 2) 2 2 2)
(define m (stream-map (lambda (x) (set! computed (+ computed 1)) x) s))
=> m
(begin (stream-take m 2) (stream-take m 2) computed)
=> 4
(define (sieve s) (cons-stream (stream-car s) (sieve (stream-filter (lambda (n) (not (= 0 (remainder n (stream-car s))))) (stream-cdr s)))))
=> sieve
(stream-take (sieve (ints 2)) 8)
=> (2 3 5 7 11 13 17 19)
(define fibs (cons-stream 0 (cons-stream 1 (stream-map + fibs (stream-cdr fibs)))))
=> fibs
(stream-ref fibs 40)
=> 102334155
(stream-ref (stream-filter (lambda (x) (> x 500)) (ints 0)) 0)
=> 501
(stream-car 5)
=> error: stream-car: expected a stream with an element, got 5
(stream-cdr '())
=> error: stream-cdr: expected a stream with an element, got ()
(stream-car '(1 2))
=> error: stream-car: expected a stream with an element, got (1 2)
(stream-head (stream 1 2) 3)
=> error: stream-head: expected a stream with an element, got ()
(stream-tail (stream 1) 2)
=> error: stream-tail: expected a stream with an element, got ()
(stream-ref (stream 1) 1)
=> error: stream-ref: expected a stream with an element, got ()
(stream-ref (stream 1) -1)
=> error: stream-ref: expected an index, got -1
(stream-take (ints 1) 'a)
=> error: stream-take: expected an index, got a
(stream-take (cons-stream 1 (error "not needed")) 1)
=> (1)
(stream-take (cons-stream 1 (error "needed")) 2)
=> error: needed
(stream-map car 5)
=> error: stream-map: expected a stream, got 5
(stream-filter odd? 'x)
=> error: stream-filter: expected a stream, got x
(stream->list (cons-stream 1 2))
=> error: stream->list: expected a stream, got 2
(stream-append (stream 1) 5)
=> (1 . #<promise>)
(stream->list (stream-append (stream 1) 5))
=> error: stream-append: expected a stream, got 5
(list->stream 5)
=> error: list->stream: expected a list, got 5
(cons-stream 1)
=> error: cons-stream: expected (cons-stream first rest), got (cons-stream 1)
(promise? (make-promise 5))
=> #t
(list (force (make-promise (make-promise 6))) (force (delay-force (delay 7))) (promise? (delay 1)) (promise? 5) (force 8))
=> (6 7 #t #f 8)
(define r (delay (begin (set! n (+ n 1)) (if (> n 3) n (force r)))))
=> r
(define n 0)
=> n
(list (force r) (force r))
=> (4 4)
(define-values (p q) (values (delay (car 5)) (delay (values 1 2))))
=>
(force p)
=> error: car: expected a pair, got 5
(call-with-values (lambda () (force q)) list)
=> (1 2)
(let loop ((s (ints 0)) (i 0)) (if (= i 500) (stream-car s) (loop (stream-cdr s) (+ i 1))))
=> 500
