; What the REPL's own commands use. They hold what they debug and trace here.

(define %debugged #f)
(define %breakpoints '())
(define %traces '())
(define %trace-depth (list 0))

(define (%trace-line mark datum)
  (display (make-string (* 2 (car %trace-depth)) #\space))
  (display mark)
  (write datum)
  (newline))

(define (%traced name procedure)
  (named-lambda (traced . arguments)
    (%trace-line "> " (cons name arguments))
    (let ((result
           (dynamic-wind
            (lambda () (set-car! %trace-depth (+ (car %trace-depth) 1)))
            (lambda () (apply procedure arguments))
            (lambda () (set-car! %trace-depth (- (car %trace-depth) 1))))))
      (%trace-line "< " result)
      result)))

; A procedure that is no primitive, for the REPL to call.
(define (%debug-step machine count)
  (let ((machine (%machine-step machine count)))
    machine))
