; What Omega leaves out on purpose: there are no files, no command line and no other processes, no libraries of a
; program's own, and numbers are real.
; Ports are of characters, data are read without labels, shared parts are written as often as they occur, and letters
; are folded one by one.
(open-input-file "x")
=> error: unbound variable: open-input-file
(with-output-to-file "x" (lambda () 1))
=> error: unbound variable: with-output-to-file
(file-exists? "x")
=> error: unbound variable: file-exists?
(delete-file "x")
=> error: unbound variable: delete-file
(load "x")
=> error: unbound variable: load
(command-line)
=> error: unbound variable: command-line
(get-environment-variable "PATH")
=> error: unbound variable: get-environment-variable
(emergency-exit)
=> error: unbound variable: emergency-exit
(make-rectangular 1 2)
=> error: unbound variable: make-rectangular
(make-polar 1 2)
=> error: unbound variable: make-polar
(scheme-report-environment 5)
=> error: unbound variable: scheme-report-environment
(include "x")
=> error: unbound variable: include
(open-input-bytevector #u8(1))
=> error: unbound variable: open-input-bytevector
(open-output-bytevector)
=> error: unbound variable: open-output-bytevector
(read-u8)
=> error: unbound variable: read-u8
'#1=(a . #1#)
=> error: unknown syntax: #1= at 1:2
(let ((x (list 1))) (write-shared (list x x)))
=> ((1) (1))|
(digit-value #\x0664)
=> #f
(string-foldcase "Straße")
=> "straße"
(define-library)
=> error: define-library: a session has no libraries of its own; its definitions are all in one place, at top level
