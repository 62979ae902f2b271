; Ports: where output goes, as a parameter.

(define (%check-output-port who port)
  (if (output-port? port) port (%wrong who "an output port" port)))

(define (current-output-port . arguments)
  (cond ((null? arguments) (%output-port))
        ((eq? (car arguments) %parameter-swap)
         (let ((old (%output-port)))
           (%set-output-port! (%check-output-port 'current-output-port (cadr arguments)))
           old))
        ((eq? (car arguments) %parameter-convert)
         (%check-output-port 'current-output-port (cadr arguments)))
        (else (%set-output-port! (%check-output-port 'current-output-port (car arguments))))))

(define (with-output-to-string thunk)
  (let ((port (open-output-string)))
    (%parameterize (list (cons current-output-port port)) thunk)
    (get-output-string port)))

(define (call-with-output-string f)
  (let ((port (open-output-string)))
    (f port)
    (get-output-string port)))

(define (call-with-input-string string f) (f (open-input-string string)))

(define (call-with-port port f)
  (let ((result (f port)))
    (close-port port)
    result))
