:defs
=> nothing is defined yet
(define (square x) (* x x)) (define v '(1 2)) (define any (lambda args args))
=> any
:defs
=> any: procedure of 0 or more\nsquare: procedure of 1\nv = (1 2)
:nonsense
=> error: unknown command: :nonsense\nhint: :help tells which there are
:quit
=> exit
(exit)
=> exit
(begin (display "bye") (exit))
=> bye|exit
  :quit  
=> exit

=>
; only a comment
=>
(list (procedure-name square) car square (lambda (x) x))
=> (square #<procedure car> #<procedure square> #<procedure>)
(begin (current-time) (current-jiffy) (number? (runtime)))
=> #t
(gc)
=>
(square 3)
=> 9
(define set-car-on-library-data! (lambda () (set-car! %parameter-swap (list 'kept 'alive))))
=> set-car-on-library-data!
(set-car-on-library-data!) (gc) (map (lambda (x) (list x x)) (iota 50)) (gc)
=>
%parameter-swap
=> ((kept alive))
(define-syntax a 1)
=> error: a: expected (syntax-rules …), got 1
