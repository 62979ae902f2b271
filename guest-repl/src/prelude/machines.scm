; Machines: computations as values, run step by step. A step is a call of a procedure.

(define (%check-machine who machine)
  (if (not (machine? machine)) (%wrong who "a machine" machine)))

(define (machine-new form . environment)
  (if (pair? environment) (%check-environment 'machine-new (car environment)))
  (%machine-new (lambda () (%eval form (and (pair? environment) (car environment)) #f))))

(define (machine-step machine . count)
  (let ((count (if (pair? count) (car count) 1)))
    (%check-machine 'machine-step machine)
    (%check-count 'machine-step count)
    (if (> count 0) (%machine-step machine (min count 1000000000)) machine)))

(define (machine-run machine)
  (%check-machine 'machine-run machine)
  (%machine-step machine -1)
  (machine-value machine))

(define (machine-fork machine)
  (%check-machine 'machine-fork machine)
  (%machine-fork machine))

(define (machine-state machine)
  (%check-machine 'machine-state machine)
  (car (%machine-state machine)))

(define (machine-done? machine)
  (%check-machine 'machine-done? machine)
  (and (memq (car (%machine-state machine)) '(done failed)) #t))

; The value of a machine that is done; what a machine that failed has raised is raised here.
(define (machine-value machine)
  (%check-machine 'machine-value machine)
  (let ((state (%machine-state machine)))
    (cond ((eq? (car state) 'done) (cdr state))
          ((eq? (car state) 'failed) (raise (cdr state)))
          (else (%wrong 'machine-value "a machine that is done" machine)))))
