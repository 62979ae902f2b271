; Effects: what the host grants. One that fails offers to be tried again, or to be taken as done with another value.

(define (perform-effect name . arguments)
  (%with-restarts
   (list (cons 'retry (lambda () (apply perform-effect name arguments)))
         (cons 'use-value (lambda (value) value)))
   (lambda () (%effect name arguments))))

; Why an effect has failed, or #f for another condition.
(define (effect-failure-kind condition)
  (and (error-object? condition)
       (let ((irritants (error-object-irritants condition)))
         (and (pair? irritants)
              (null? (cdr irritants))
              (pair? (car irritants))
              (memq (caar irritants) '(denied invalid limited timed-out failed))
              (caar irritants)))))
