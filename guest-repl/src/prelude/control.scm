; Control: values, continuations, conditions, promises, parameters.

(define (call-with-values producer consumer)
  (%apply-values consumer (producer)))

; --- dynamic extents ---
; The winders are a list of (before . after), the innermost first. To go from one list to another is to leave the
; extents that only the first has, then to enter those that only the second has.

(define (dynamic-wind before thunk after)
  (before)
  (%set-winders! (cons (cons before after) (%winders)))
  (let ((result (thunk)))
    (%set-winders! (cdr (%winders)))
    (after)
    result))

(define (%common-tail a b)
  (let loop ((a a) (b b) (more-a (length a)) (more-b (length b)))
    (cond ((eq? a b) a)
          ((> more-a more-b) (loop (cdr a) b (- more-a 1) more-b))
          ((> more-b more-a) (loop a (cdr b) more-a (- more-b 1)))
          (else (loop (cdr a) (cdr b) (- more-a 1) (- more-b 1))))))

(define (%rewind to)
  (let ((common (%common-tail (%winders) to)))
    (let leave ()
      (let ((winders (%winders)))
        (if (not (eq? winders common))
            (begin
              (%set-winders! (cdr winders))
              ((cdar winders))
              (leave)))))
    (let enter ((left to) (todo '()))
      (if (not (eq? left common))
          (enter (cdr left) (cons left todo))
          (for-each (lambda (winders)
                      ((caar winders))
                      (%set-winders! winders))
                    todo)))))

(define (%rewind-and-resume continuation winders value)
  (%rewind winders)
  (%resume continuation value))

(define (call-with-escape-continuation procedure) (call/cc procedure))
(define (within-continuation continuation thunk)
  (call-with-values thunk continuation))

; --- conditions ---

(define (%with-handlers handlers thunk)
  (let ((outer (%handlers)))
    (%set-handlers! handlers)
    (let ((result (thunk)))
      (%set-handlers! outer)
      result)))

(define (with-exception-handler handler thunk)
  (if (not (procedure? handler)) (%wrong 'with-exception-handler "a procedure" handler))
  (%with-handlers (cons handler (%handlers)) thunk))

(define (raise obj)
  (let ((handlers (%handlers)))
    (if (null? handlers)
        (%uncaught obj)
        (%with-handlers (cdr handlers)
          (lambda ()
            ((car handlers) obj)
            (raise (%make-condition "a handler returned from a condition that can't be continued:" (list obj))))))))

(define (raise-continuable obj)
  (let ((handlers (%handlers)))
    (if (null? handlers)
        (%uncaught obj)
        (%with-handlers (cdr handlers) (lambda () ((car handlers) obj))))))

(define (error message . irritants)
  (raise (%make-condition message irritants)))

(define (%guard body handler)
  ((call/cc
    (lambda (leave)
      (with-exception-handler
       (lambda (condition)
         ((call/cc
           (lambda (back)
             (leave
              (lambda ()
                (handler condition
                         (lambda () (back (lambda () (raise-continuable condition)))))))))))
       (lambda ()
         (let ((result (body)))
           (lambda () result))))))))

(define (%assertion-failed expression . irritants)
  (raise (%make-condition "assertion failed:" (cons expression irritants))))

(define (error? obj) (error-object? obj))
(define (error-message obj) (error-object-message obj))
(define (error-irritants obj) (error-object-irritants obj))

; --- promises ---

(define (make-promise value) (%make-promise value))

(define (force promise)
  (if (promise? promise)
      (let loop ()
        (if (%promise-done? promise)
            (%promise-value promise)
            (let ((next ((%promise-value promise))))
              (if (not (%promise-done? promise))
                  (%promise-chain! promise next))
              (loop))))
      promise))

; --- parameters and procedures of several arities ---

(define %parameter-swap (cons 'swap '()))

(define (make-parameter init . converter)
  (let ((convert (if (null? converter) values (car converter))))
    (let ((value (convert init)))
      (lambda arguments
        (cond ((null? arguments) value)
              ((eq? (car arguments) %parameter-swap)
               (let ((old value))
                 (set! value (cadr arguments))
                 old))
              ((eq? (car arguments) %parameter-convert) (convert (cadr arguments)))
              (else (set! value (convert (car arguments)))))))))

(define %parameter-convert (cons 'convert '()))

(define (%parameterize bindings thunk)
  (let ((values (map (lambda (binding) ((car binding) %parameter-convert (cdr binding))) bindings)))
    (define (swap)
      (set! values (map (lambda (binding value) ((car binding) %parameter-swap value)) bindings values)))
    (dynamic-wind swap thunk swap)))

(define (%case-lambda . clauses)
  (lambda arguments
    (let ((count (length arguments)))
      (let loop ((left clauses))
        (cond ((null? left)
               (raise (%make-condition "case-lambda: no clause takes these arguments:" arguments)))
              ((or (eqv? (car left) count)
                   (and (<= (car left) 0) (not (eqv? (car left) 0)) (>= count (- (+ (car left) 1)))))
               (apply (cadr left) arguments))
              (else (loop (cddr left))))))))
