(force (delay (+ 1 2)))
=> 3
(force 5)
=> 5
(define n 0)
=> n
(define p (delay (begin (set! n (+ n 1)) n)))
=> p
(list (force p) (force p) n)
=> (1 1 1)
p
=> #<promise>
(force (make-promise 7))
=> 7
(promise? (make-promise (delay 1)))
=> #t
(define (stream-loop n) (if (= n 0) (delay 'done) (delay-force (stream-loop (- n 1)))))
=> stream-loop
(force (stream-loop 500))
=> done
(define (ints n) (cons-stream n (ints (+ n 1))))
=> ints
(stream-head (ints 1) 5)
=> (1 2 3 4 5)
(stream-car (stream-tail (ints 0) 100))
=> 100
(define x 5)
=> x
(define q (delay (begin (set! x (+ x 1)) (if (> x 10) x (force q)))))
=> q
(force q)
=> 11
(begin (set! x 0) (force q))
=> 11
(force (delay (error "in a promise")))
=> error: in a promise
