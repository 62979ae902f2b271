; Evaluation: programs as data.

; A form is compiled whole, once all procedures of macros that it needs have answered.
(define (%eval form environment state)
  (let ((code (%compile form environment state)))
    (if (procedure? code)
        (code)
        (let ((answer (cons (vector-ref code 1) ((vector-ref code 0) (vector-ref code 1)))))
          (%eval form environment (cons (cons answer (vector-ref code 2)) (vector-ref code 3)))))))

(define (%check-environment who environment)
  (if (not (environment? environment)) (%wrong who "an environment" environment)))

(define system-global-environment (%global-environment))
(define user-initial-environment system-global-environment)
(define (interaction-environment) system-global-environment)

(define (eval form . environment)
  (if (pair? environment) (%check-environment 'eval (car environment)))
  (%eval form (and (pair? environment) (car environment)) #f))

(define (eval-in environment form)
  (%check-environment 'eval-in environment)
  (%eval form environment #f))

(define (register-macro name transformer)
  (%checked-register-macro name transformer #f))

(define (%checked-register-macro name transformer environment)
  (if (not (symbol? name)) (%wrong 'register-macro "a symbol" name))
  (if (not (procedure? transformer)) (%wrong 'register-macro "a procedure" transformer))
  (%register-macro name transformer environment))

(define (%expand-1 form environment)
  (let ((transformer (%transformer form environment)))
    (if transformer (transformer form) (%expand-once form environment))))

(define (%expand form environment)
  (let loop ((left 1000) (now form))
    (if (= left 0)
        (raise (%make-condition "macroexpand: more than 1000 macros within each other, from" (list form))))
    (let ((next (%expand-1 now environment)))
      (if (eq? next now) now (loop (- left 1) next)))))

(define (macroexpand-1 form) (%expand-1 form #f))
(define (macroexpand form) (%expand form #f))

; The procedures that speak of the environment that they are called in are each environment's own.
(define (make-evaluator)
  (define environment (%make-environment))
  (define (interaction-environment) environment)
  (define (eval form . other)
    (if (pair? other) (%check-environment 'eval (car other)))
    (%eval form (if (pair? other) (car other) environment) #f))
  (define (register-macro name transformer) (%checked-register-macro name transformer environment))
  (define (macroexpand-1 form) (%expand-1 form environment))
  (define (macroexpand form) (%expand form environment))
  (%environment-define! environment 'interaction-environment interaction-environment)
  (%environment-define! environment 'system-global-environment environment)
  (%environment-define! environment 'user-initial-environment environment)
  (%environment-define! environment 'eval eval)
  (%environment-define! environment 'register-macro register-macro)
  (%environment-define! environment 'macroexpand-1 macroexpand-1)
  (%environment-define! environment 'macroexpand macroexpand)
  environment)
