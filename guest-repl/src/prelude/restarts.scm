; Restarts: ways to go on that the code below an error offers and a handler above chooses from.

(define %restarts (make-parameter '()))

; A restart is what it is called and what leaves to the form that offers it.
(define (%with-restarts restarts thunk)
  ((call/cc
    (lambda (leave)
      (define (offer restart)
        (if (not (procedure? (cdr restart))) (%wrong 'with-restarts "a procedure" (cdr restart)))
        (cons (car restart)
              (lambda arguments
                (leave (lambda () (apply (cdr restart) arguments))))))
      (let ((result (%parameterize (list (cons %restarts (append (map offer restarts) (%restarts)))) thunk)))
        (lambda () result))))))

(define (available-restarts) (map car (%restarts)))

(define (restart-available? name) (if (assq name (%restarts)) #t #f))

(define (invoke-restart name . arguments)
  (let ((restart (assq name (%restarts))))
    (if restart
        (apply (cdr restart) arguments)
        (raise (%make-condition "invoke-restart: no such restart is available:" (list name))))))

; A handler that returns has declined: the next one outward is asked. Without one, the condition ends the command.
(define (with-condition-handler handler thunk)
  (if (not (procedure? handler)) (%wrong 'with-condition-handler "a procedure" handler))
  (with-exception-handler
   (lambda (condition)
     (handler condition)
     (raise-continuable condition))
   thunk))

(define (%with-condition-handlers handlers thunk)
  (with-condition-handler
   (lambda (condition)
     (for-each (lambda (handler) (if ((car handler) condition) ((cdr handler) condition)))
               handlers))
   thunk))

(define (ignore-errors thunk . default)
  (guard (condition ((error? condition) (if (null? default) #f (car default))))
    (thunk)))
