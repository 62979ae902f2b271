(guard (e (#t (condition/report-string e))) (error "bad thing:" 1 "two" 'three))
=> "bad thing: 1 \"two\" three"
(guard (e ((symbol? e) (list 'sym e)) ((string? e) 'str)) (raise 'boom))
=> (sym boom)
(guard (e ((string? e) 'str)) (raise 'boom))
=> error: uncaught exception: boom
(guard (e ((assq 'a e) => cdr) ((assq 'b e))) (raise (list (cons 'a 42))))
=> 42
(guard (e ((assq 'a e) => cdr) ((assq 'b e))) (raise (list (cons 'b 23))))
=> (b . 23)
(guard (e (else (error-object-message e))) (car 5))
=> "car: expected a pair, got 5"
(guard (e (else (error-object-message e))) (undefined-thing))
=> "unbound variable: undefined-thing"
(guard (e (else (error-object-message e))) ((lambda (x) x)))
=> "procedure: expected 1 argument, got 0"
(guard (e (else (error-object-message e))) (5 5))
=> "not a procedure: 5"
(guard (e (else (list (error-object-message e) (error-object-irritants e)))) (error "m" 1 2))
=> ("m" (1 2))
(with-exception-handler (lambda (e) 10) (lambda () (+ 1 (raise-continuable 'c))))
=> 11
(with-exception-handler (lambda (e) 10) (lambda () (+ 1 (raise 'c))))
=> error: a handler returned from a condition that can't be continued: c
(with-exception-handler (lambda (e) 'ignored) (lambda () (car 5)))
=> error: a handler returned from a condition that can't be continued: #<error "car: expected a pair, got 5">
(guard (e (#t (list 'outer e))) (guard (e ((number? e) 'number)) (raise 'x)))
=> (outer x)
(guard (e (#t (list 'again e))) (guard (e (#t (raise (list e 'more)))) (raise 'x)))
=> (again (x more))
(with-exception-handler (lambda (e) 42) (lambda () (guard (e ((string? e) 0)) (+ 1 (raise-continuable 'c)))))
=> 43
(define trace '())
=> trace
(define (note x) (set! trace (cons x trace)))
=> note
(guard (e (#t (note 'handler))) (dynamic-wind (lambda () (note 'in)) (lambda () (raise 'x)) (lambda () (note 'out))))
=>
(reverse trace)
=> (in out handler)
(set! trace '())
=>
(dynamic-wind (lambda () (note 'in)) (lambda () (error "left")) (lambda () (note 'out)))
=> error: left
(reverse trace)
=> (in out)
(dynamic-wind (lambda () #f) (lambda () (error "first")) (lambda () (error "second")))
=> error: first
(let loop ((i 0)) (guard (e (#t #f)) (raise i)) (if (< i 300) (loop (+ i 1)) i))
=> 300
(guard (e (#f 'never)) 'value)
=> value
(guard (e (#t (apply + e))) (raise '(1 2)))
=> 3
(guard (e (#t 'caught)) (sort '(1 2) (lambda (a b) (error "in sort"))))
=> caught
(list (error-object? 5) (guard (e (#t (error-object? e))) (error "x")) (error? 'a))
=> (#f #t #f)
(with-exception-handler 5 (lambda () 1))
=> error: with-exception-handler: expected a procedure, got 5
(raise 42)
=> error: uncaught exception: 42
(define x 1)
=> x
(begin (set! x 2) (error "after the change"))
=> error: after the change
x
=> 2
