(call-with-current-continuation (lambda (k) (with-exception-handler (lambda (e) (display "condition: ") (write e) (newline) (k 'exception)) (lambda () (+ 1 (raise 'an-error))))))
=> condition: an-error\n|exception
(with-exception-handler (lambda (con) (cond ((string? con) (display con)) (else (display "a warning has been issued"))) 42) (lambda () (+ (raise-continuable "should be a number") 23)))
=> should be a number\n|65
(guard (e (#t (list (error-object-message e) (error-object-irritants e)))) (error "null-list?: argument out of domain" 'x 5))
=> ("null-list?: argument out of domain" (x 5))
(guard (e ((error-object? e) 'object)) (error "x"))
=> object
(error-object? 'x)
=> #f
(guard (e ((symbol? e) (list 'symbol e))) (raise 'boom))
=> (symbol boom)
(guard (e ((string? e) 'no)) (guard (e2 ((number? e2) 'inner)) (raise 'boom)))
=> error: uncaught exception: boom
(guard (e (else 'caught)) (vector-ref (vector 1) 5))
=> caught
(guard (e (#f 'never)) 'fine)
=> fine
(read-error? (guard (e (#t e)) (read (open-input-string "("))))
=> #t
(read-error? (guard (e (#t e)) (error "x")))
=> #f
(file-error? (guard (e (#t e)) (error "x")))
=> #f
(raise 'some-error)
=> error: uncaught exception: some-error
(with-exception-handler (lambda (e) 'ignored) (lambda () (raise 'oops)))
=> error: a handler returned from a condition that can't be continued: oops
