(with-restarts ((use-value (lambda (value) (list 'used value)))) (+ 1 2))
=> 3
(with-restarts ((use-value (lambda (value) (list 'used value)))) (+ 1 (invoke-restart 'use-value 5)))
=> (used 5)
(define (parse text) (or (string->number text) (with-restarts ((use-value (lambda (value) value)) (skip (lambda () 0))) (error "not a number:" text))))
=> parse
(parse "12")
=> 12
(parse "x")
=> error: not a number: "x"
(define (total texts) (apply + (map parse texts)))
=> total
(with-condition-handler (lambda (c) (invoke-restart 'skip)) (lambda () (total '("1" "x" "3"))))
=> 4
(with-condition-handler (lambda (c) (invoke-restart 'use-value (string-length (car (condition-irritants c))))) (lambda () (total '("1" "four" "3"))))
=> 8
(with-condition-handler (lambda (c) (display (available-restarts))) (lambda () (total '("1" "x"))))
=> (use-value skip)|error: not a number: "x"
(available-restarts)
=> ()
(with-restarts ((a list)) (with-restarts ((b list) (a vector)) (available-restarts)))
=> (b a a)
(with-restarts ((a list)) (with-restarts ((b list) (a vector)) (invoke-restart 'a 1 2)))
=> #(1 2)
(with-restarts ((a list)) (with-restarts ((b list)) (invoke-restart 'a 1 2)))
=> (1 2)
(with-restarts ((a (lambda () (available-restarts)))) (invoke-restart 'a))
=> ()
(list (restart-available? 'a) (with-restarts ((a list)) (restart-available? 'a)))
=> (#f #t)
(with-restarts ((retry (lambda () (display "out ") 'retried))) (dynamic-wind (lambda () (display "in ")) (lambda () (invoke-restart 'retry)) (lambda () (display "after "))))
=> in after out \n|retried
(invoke-restart 'nope 1)
=> error: invoke-restart: no such restart is available: nope
(guard (e (#t (condition-message e))) (invoke-restart 'nope))
=> "invoke-restart: no such restart is available:"
(with-restarts ((a)) 1)
=> error: with-restarts: expected (with-restarts ((name procedure) …) body …), got (with-restarts ((a)) 1)
(with-restarts (("a" list)) 1)
=> error: with-restarts: expected (with-restarts ((name procedure) …) body …), got (with-restarts (("a" list)) 1)
(with-restarts ((a 5)) 1)
=> error: with-restarts: expected a procedure, got 5
(with-restarts () (values 1 2))
=> 1\n2
(restart-case (+ 1 (invoke-restart 'again 1 2)) (again (a b) (list a b)) (never () 0))
=> (1 2)
(restart-case 5)
=> 5
(restart-case 5 (a))
=> error: restart-case: expected (restart-case expression (name (parameter …) body …) …), got (restart-case 5 (a))
(with-condition-handler (lambda (c) (display "seen ")) (lambda () (guard (e (#t (list 'guarded e))) (raise 'x))))
=> (guarded x)
(guard (e (#t (list 'guarded e))) (with-condition-handler (lambda (c) (display "seen ")) (lambda () (raise 'x))))
=> seen \n|(guarded x)
(with-exception-handler (lambda (c) 10) (lambda () (with-condition-handler (lambda (c) 20) (lambda () (+ 1 (raise-continuable 'c))))))
=> 11
(with-condition-handler (lambda (c) (display "inner ")) (lambda () (car 5)))
=> inner |error: car: expected a pair, got 5
(with-condition-handler (lambda (c) (display "outer ")) (lambda () (with-condition-handler (lambda (c) (display "inner ")) (lambda () (error "declined by all")))))
=> inner outer |error: declined by all
(with-condition-handler 5 (lambda () 1))
=> error: with-condition-handler: expected a procedure, got 5
(define (f) (handler-bind ((string? (lambda (c) (invoke-restart 'use 'string))) (symbol? (lambda (c) (invoke-restart 'use 'symbol)))) (with-restarts ((use list)) (raise 'x))))
=> f
(f)
=> (symbol)
(handler-bind ((string? (lambda (c) 1))) (raise 'x))
=> error: uncaught exception: x
(handler-bind ((string?)) 1)
=> error: handler-bind: expected (handler-bind ((predicate handler) …) body …), got (handler-bind ((string?)) 1)
(guard (e ((condition? e) (list (condition-message e) (condition-irritants e)))) (error "m" 1 2))
=> ("m" (1 2))
(list (condition? 5) (guard (e (#t (condition? e))) (car 5)))
=> (#f #t)
(condition-message 5)
=> error: condition-message: expected an error object, got 5
(list (ignore-errors (lambda () (car 5))) (ignore-errors (lambda () (car 5)) 'none) (ignore-errors (lambda () 1)))
=> (#f none 1)
(define k #f) (define n 0)
=> n
(with-restarts ((a list)) (call/cc (lambda (c) (set! k c))) (set! n (+ n 1)) (available-restarts))
=> (a)
(if (< n 3) (k #f) n)
=> (a)
(let ((with-restarts list)) (with-restarts 1 2))
=> (1 2)
