(eval '(* 7 3) (interaction-environment))
=> 21
(let ((f (eval '(lambda (f x) (f x x)) (interaction-environment)))) (f + 10))
=> 20
(input-port? (open-input-string ""))
=> #t
(output-port? (open-output-string))
=> #t
(textual-port? (current-output-port))
=> #t
(port? 'x)
=> #f
(parameterize ((current-output-port (open-output-string))) (display "piece") (display " by piece ") (display "by piece.") (get-output-string (current-output-port)))
=> "piece by piece by piece."
(let ((p (open-input-string "(a b) c"))) (list (read p) (read p) (eof-object? (read p))))
=> ((a b) c #t)
(let ((p (open-input-string "ab"))) (list (peek-char p) (read-char p) (read-char p) (eof-object? (read-char p))))
=> (#\a #\a #\b #t)
(let ((p (open-input-string "one\ntwo"))) (list (read-line p) (read-line p) (eof-object? (read-line p))))
=> ("one" "two" #t)
(let ((p (open-input-string "hello"))) (list (read-string 2 p) (read-string 10 p)))
=> ("he" "llo")
(eof-object? (eof-object))
=> #t
(let ((p (open-output-string))) (write '(1 "a" #\b sym) p) (get-output-string p))
=> "(1 \"a\" #\\b sym)"
(let ((p (open-output-string))) (display '(1 "a" #\b sym) p) (get-output-string p))
=> "(1 a b sym)"
(let ((p (open-output-string)) (x (list 1 2))) (set-cdr! (cdr x) x) (write x p) (get-output-string p))
=> "#0=(1 2 . #0#)"
(let ((p (open-output-string)) (x (list 1))) (write (list x x) p) (get-output-string p))
=> "((1) (1))"
(let ((p (open-output-string))) (write-string "abc" p 1) (write-char #\d p) (newline p) (get-output-string p))
=> "bcd\n"
(begin (newline) (write-string "x") (flush-output-port))
=> \nx|
(let ((p (open-input-string "x"))) (close-port p) (input-port-open? p))
=> #f
(call-with-port (open-output-string) (lambda (p) (write 1 p) (get-output-string p)))
=> "1"
(char-ready? (open-input-string "x"))
=> #t
(< 0 (current-second))
=> #t
(exact-integer? (current-jiffy))
=> #t
(exact-integer? (jiffies-per-second))
=> #t
(and (memq 'r7rs (features)) #t)
=> #t
(exit)
=> exit
(cond-expand (r7rs 'yes) (else 'no))
=> yes
(cond-expand ((and r7rs (not nonsense)) 'yes) (else 'no))
=> yes
(cond-expand ((or nonsense full-unicode) 'yes) (else 'no))
=> yes
(cond-expand ((library (scheme base)) 'yes) (else 'no))
=> yes
(cond-expand (nonsense 'yes) (else 'no))
=> no
