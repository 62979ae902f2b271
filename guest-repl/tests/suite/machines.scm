(define m (machine-new '(let loop ((i 0)) (if (< i 10) (loop (+ i 1)) (list 'done i)))))
=> m
m
=> #<machine>
(list (machine-done? m) (machine-state m))
=> (#f new)
(machine-step m 5)
=> #<machine>
(list (machine-done? m) (machine-state m))
=> (#f waiting)
(define fork (machine-fork m))
=> fork
(machine-run m)
=> (done 10)
(list (machine-done? m) (machine-value m) (machine-done? fork))
=> (#t (done 10) #f)
(machine-value fork)
=> error: machine-value: expected a machine that is done, got #<machine>
(machine-run fork)
=> (done 10)
(machine-run fork)
=> (done 10)
(define n 0)
=> n
(define c (machine-new '(let loop () (set! n (+ n 1)) (loop))))
=> c
(machine-step c 100)
=> #<machine>
(> n 5)
=> #t
(let ((before n)) (machine-step c 100) (> n before))
=> #t
(machine-done? c)
=> #f
(define bad (machine-new '(+ 1 (car 5))))
=> bad
(machine-step bad 100)
=> #<machine>
(list (machine-done? bad) (machine-state bad))
=> (#t failed)
(machine-value bad)
=> error: car: expected a pair, got 5
(guard (e (#t (list 'caught (condition/report-string e)))) (machine-run bad))
=> (caught "car: expected a pair, got 5")
(machine-run (machine-new '(if)))
=> error: if: expected (if test then else) or (if test then), got (if)
(machine-run (machine-new '(guard (e (#t (list 'inside e))) (raise 'x))))
=> (inside x)
(guard (e (#t (list 'outside e))) (machine-run (machine-new '(raise 'y))))
=> (outside y)
(define (steps m) (let loop ((n 0)) (if (machine-done? m) n (begin (machine-step m) (loop (+ n 1))))))
=> steps
(let ((m (machine-new '(* 2 (+ 1 2))))) (let ((n (steps m))) (list (> n 2) (machine-value m))))
=> (#t 6)
(machine-run (machine-new '(list 1 (machine-run (machine-new '(+ 1 1))))))
=> (1 2)
(let ((outer (machine-new '(machine-run (machine-new '(let loop ((i 0)) (if (< i 50) (loop (+ i 1)) i))))))) (steps outer) (machine-value outer))
=> 50
(define self (machine-new '(machine-run self)))
=> self
(machine-run self)
=> error: machine-value: expected a machine that is done, got #<machine>
(machine-step 5)
=> error: machine-step: expected a machine, got 5
(machine-step m -1)
=> error: machine-step: expected an index, got -1
(machine-step (machine-new 1) 0)
=> #<machine>
(let ((m (machine-new '(call/cc (lambda (k) (+ 1 (k 42))))))) (steps m) (machine-value m))
=> 42
(machine-run (machine-new '(begin (define made-inside 5) made-inside)))
=> 5
made-inside
=> 5
(machine-run (machine-new '(define q 1) (make-evaluator)))
=> q
(let ((k2 #f)) (list (call/cc (lambda (k) (set! k2 k) (machine-run (machine-new 1)))) (procedure? k2)))
=> (1 #t)
(machine-run (machine-new '(exit)))
=> exit
(+ 1 2)
=> 3
(define gens (map (lambda (i) (machine-new `(let loop ((n 0)) (if (< n ,i) (loop (+ n 1)) n)))) '(1 5 3)))
=> gens
(let run () (for-each (lambda (m) (machine-step m 4)) gens) (if (every machine-done? gens) (map machine-value gens) (run)))
=> (1 5 3)
