(define in (open-input-string "one\ntwo ñ\n\nlast"))
=> in
(list (read-char in) (peek-char in) (read-char in) (read-line in) (read-string 3 in) (read-char in) (read-char in) (read-line in))
=> (#\o #\n #\n "e" "two" #\space #\ñ "")
(list (read-line in) (read-line in) (read-line in) (read-char in) (peek-char in) (read-string 1 in))
=> ("" "last" #<eof> #<eof> #<eof> #<eof>)
(read-string 0 in)
=> ""
(define data (open-input-string "(a . b) 5 ; comment\n\"text\" #u8(1) 'q #;hidden  "))
=> data
(list (read data) (read data) (read data) (read data) (read data) (read data) (read data))
=> ((a . b) 5 "text" #u8(1) 'q #<eof> #<eof>)
(define broken (open-input-string "a (b"))
=> broken
(read broken)
=> a
(read broken)
=> error: read: the text ends inside a list that starts at 1:2
(read (open-input-string ")"))
=> error: read: unexpected `)` at 1:1
(read-char (open-input-string ""))
=> #<eof>
(read-line)
=> "first line"
(list (read-char) (peek-char) (read-string 3) (read-line) (read-line (current-input-port)))
=> (#\s #\e "eco" "nd" "(third")
(begin (display "more? ") (list (read) (read)))
=> more? \n|((a b) 5)
(read)
=> error: read: nobody is there to answer (denied)
(guard (e ((eq? (effect-failure-kind e) 'denied) 'alone)) (read-line))
=> alone
(prompt-for-line "name? ")
=> "you said name? "
(read-char (current-output-port))
=> error: read-char: nobody is there to answer (denied)
(define out (open-output-string))
=> out
(write "a" out) (display "b" out) (write-string "cdef" out 1 3) (write-char #\ñ out) (newline out) (write-line '("x") out) (fresh-line out) (display 1 out) (fresh-line out) (get-output-string out)
=> "\"a\"bdeñ\n(\"x\")\n1\n"
(get-output-string out)
=> "\"a\"bdeñ\n(\"x\")\n1\n"
(list in out (current-output-port))
=> (#<port string-input> #<port string-output> #<port console>)
(list (port? in) (port? 5) (input-port? in) (output-port? in) (input-port? out) (output-port? out) (textual-port? in) (binary-port? in))
=> (#t #f #t #f #f #t #t #f)
(close-port in) (list (input-port-open? in) (output-port-open? out) (input-port-open? out))
=> (#f #t #f)
(read-char in)
=> error: read-char: the port is closed
(close-output-port out) (write 1 out)
=> error: write: the port is closed\n  in the expression at 1:25
(close-port (current-output-port)) (display "still there")
=> still there|
(display "x" (current-output-port))
=> x|
(with-output-to-string (lambda () (display "in") (write "side")))
=> "in\"side\""
(call-with-output-string (lambda (port) (write 'a port) (display "b" port) (display "to the user")))
=> to the user\n|"ab"
(with-output-to-string (lambda () (display "a") (display (with-output-to-string (lambda () (display "b")))) (display "c")))
=> "abc"
(call/cc (lambda (leave) (with-output-to-string (lambda () (display "lost") (leave 'left)))))
=> left
(display "seen")
=> seen|
(with-output-to-string (lambda () (display "lost") (car 5)))
=> error: car: expected a pair, got 5
(display "seen again")
=> seen again|
(guard (e (#t (display "handled") 'ok)) (with-output-to-string (lambda () (raise 'x))))
=> handled\n|ok
(define k #f) (define n 0)
=> n
(with-output-to-string (lambda () (call/cc (lambda (c) (set! k c))) (set! n (+ n 1)) (display n)))
=> "1"
(if (< n 3) (k #f))
=> "12"
(let ((port (open-output-string))) (parameterize ((current-output-port port)) (display "there")) (display "here ") (get-output-string port))
=> here \n|"there"
(with-output-to-string (lambda () (exit)))
=> exit
(display "after")
=> after|
(parameterize ((current-output-port 5)) 1)
=> error: current-output-port: expected an output port, got 5
(call-with-port (open-input-string "abc") read-line)
=> "abc"
(call-with-input-string "1 2" (lambda (port) (+ (read port) (read port))))
=> 3
(display "a" 5)
=> error: display: expected an output port, got 5
(write "a" (open-input-string "b"))
=> error: write: expected an output port, got #<port string-input>
(read-line out)
=> error: read-line: expected an input port, got #<port string-output>
(get-output-string (open-input-string ""))
=> error: get-output-string: expected a string output port, got #<port string-input>
(open-input-string 5)
=> error: open-input-string: expected a string, got 5
(let ((port (open-input-string "1 2 3"))) (let loop ((sum 0)) (let ((datum (read port))) (if (eof-object? datum) sum (loop (+ sum datum))))))
=> 6
(flush-output) (flush-output-port (current-output-port)) (char-ready?)
=> #t
