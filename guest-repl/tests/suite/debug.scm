(define (fact n) (if (= n 0) 1 (* n (fact (- n 1)))))
=> fact
:state
=> error: nothing is being debugged\nhint: :debug (f 1) begins
:debug (+ 1 (fact 3))
=> about to call  (fact 3)\n           in  the expression
:step
=> about to call  (= 3 0)\n           in  (fact 3)\n    called by  the expression
:step
=> about to call  (- 3 1)\n           in  (fact 3)\n    called by  the expression
:step 2
=> about to call  (= 2 0)\n           in  (fact 2)\n    called by  (fact 3)\n    called by  the expression
:state
=> about to call  (= 2 0)\n           in  (fact 2)\n    called by  (fact 3)\n    called by  the expression
:break fact
=> :run stops where fact is about to be called
:run
=> about to call  (fact 1)\n           in  (fact 2)\n    called by  (fact 3)\n    called by  the expression
:run
=> about to call  (fact 0)\n           in  (fact 1)\n    called by  (fact 2)\n    called by  (fact 3)\n    called by  the expression
:break
=> breakpoints: (fact)
:run
=> done: 7
:break off
=> no breakpoints
:debug (car (fact 2))
=> about to call  (fact 2)\n           in  the expression
:run
=> failed: car: expected a pair, got 2
:run
=> failed: car: expected a pair, got 2
:debug (begin (display "seen") 5)
=> about to call  (display "seen")\n           in  the expression
:step
=> seen\n|done: 5
:debug
=> error: :debug needs an expression: :debug (f 1)
:debug (if)
=> error: if: expected (if test then else) or (if test then), got (if)
:debug (
=> error: the text ends inside a list that starts at 1:1
:step x
=> error: :step takes a number of steps up to 1000000000, got x
:break nothing-so
=> error: unbound variable: nothing-so
:trace fact
=> traced: fact
(fact 2)
=> > (fact 2)\n  > (fact 1)\n    > (fact 0)\n    < 1\n  < 1\n< 2\n|2
:trace
=> traced: fact
:trace fact
=> traced: fact
(guard (e (#t 'caught)) (fact 'x))
=> > (fact x)\n|caught
(define (double x) (* 2 x)) (define plain 5)
=> plain
:trace on
=> traced: double fact
(double 4)
=> > (double 4)\n< 8\n|8
:trace off
=> nothing is traced
(fact 5)
=> 120
:trace plain
=> error: not a procedure: plain
:env plain
=> plain = 5, your own
:env car
=> car = #<procedure car>, the library's
:env nothing-so
=> error: unbound variable: nothing-so
(define inner (make-evaluator)) (eval-in inner '(define z 3))
=> z
:undo
=> error: the host keeps the history, not Omega\nhint: POST /api/sessions/{name}/undo does this, and so does :undo in `hostel repl`
:checkpoint noon
=> error: the host keeps the history, not Omega\nhint: PUT /api/sessions/{name}/checkpoints/{checkpoint} does this, and so does :checkpoint in `hostel repl`
:history
=> error: the host keeps the history, not Omega\nhint: GET /api/sessions/{name}/events does this, and so does :history in `hostel repl`
:defs now
=> error: unknown command: :defs now\nhint: :help tells which there are
