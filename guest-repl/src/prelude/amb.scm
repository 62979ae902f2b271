; Choices, searched in depth. What is left to try is a list of thunks in a cell, the last choice first.

(define %choices (list '()))

(define (%amb-fail)
  (let ((left (car %choices)))
    (if (null? left)
        (raise (%make-condition "amb: no choices are left" '()))
        (begin
          (set-car! %choices (cdr left))
          ((car left))))))

(define (%amb thunks)
  (cond ((null? thunks) (%amb-fail))
        ((null? (cdr thunks)) ((car thunks)))
        (else
         ((call/cc
           (lambda (choose)
             (set-car! %choices
                       (cons (lambda () (choose (lambda () (%amb (cdr thunks))))) (car %choices)))
             (car thunks)))))))

(define (require condition)
  (if (not condition) (%amb-fail)))

(define (amb-reset) (set-car! %choices '()))

; All values of a thunk. Choices made before are not touched, and none that it makes are left.
(define (%amb-collect thunk)
  (let ((other '()) (found '()))
    (define (swap)
      (let ((mine other))
        (set! other (car %choices))
        (set-car! %choices mine)))
    (dynamic-wind
      swap
      (lambda ()
        (call/cc
          (lambda (done)
            (set-car! %choices (list (lambda () (done #f))))
            (set! found (cons (thunk) found))
            (%amb-fail))))
      swap)
    (reverse found)))
(define (amb-collect thunk)
  (if (not (procedure? thunk)) (%wrong 'amb-collect "a procedure" thunk))
  (%amb-collect thunk))
