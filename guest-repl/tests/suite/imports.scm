(import (scheme base) (scheme write))
=>
(import (scheme case-lambda) (scheme char) (scheme complex) (scheme cxr) (scheme eval) (scheme file) (scheme inexact) (scheme lazy) (scheme load) (scheme process-context) (scheme r5rs) (scheme read) (scheme repl) (scheme time) (srfi 1) (srfi 69))
=>
(import (only (scheme base) car cdr) (except (scheme write) display))
=>
(list (car '(1 2)) (display "there"))
=> there\n|(1 #<unspecified>)
(import (prefix (only (scheme base) car when) b:))
=>
(b:when #t (b:car '(1 2)))
=> 1
(import (rename (srfi 1) (fold foldl) (reduce red)))
=>
(list (foldl + 0 '(1 2)) (red + 0 '(1 2 3)))
=> (3 6)
(import (prefix (rename (only (scheme base) car cdr) (car first)) pair-))
=>
(list (pair-first '(1 2)) (pair-cdr '(1 2)))
=> (1 (2))
(import (prefix (scheme cxr) c:))
=>
(list (c:cadddr '(1 2 3 4)) (c:caaddr '(1 2 (3))))
=> (4 3)
(import (only (scheme base) display))
=> error: import: (scheme base) has no display here
(import (scheme base) (except (scheme base) read-u8))
=> error: import: (scheme base) has no read-u8 here
(import (rename (srfi 1) (fold mine) (lset-union mine)))
=> error: import: (srfi 1) has no lset-union here
mine
=> error: unbound variable: mine
(import (my library))
=> error: import: there is no library (my library); there are (scheme …) with base, case-lambda, char, complex, cxr, eval, file, inexact, lazy, load, process-context, r5rs, read, repl, time, write and (srfi …) with 0, 1, 6, 8, 9, 11, 16, 23, 30, 34, 39, 62, 69, 87
(map (lambda (form) (guard (e (#t (substring (condition-message e) 0 35))) (eval form (interaction-environment)))) '((import scheme base) (import "base") (import (srfi 5000)) (import (scheme base more))))
=> ("import: there is no library scheme;" "import: there is no library \"base\";" "import: there is no library (srfi 5" "import: there is no library (scheme")
(import)
=> error: import: expected (import (scheme base) …), got (import)
(import (prefix (scheme base)))
=> error: import: expected (prefix set prefix), got (prefix (scheme base))
(import (rename (scheme base) car))
=> error: import: expected (rename set (from to) …), got (rename (scheme base) car)
(define set (list 'only 5 'car))
=> set
(set-car! (cdr set) set)
=>
(guard (e (#t 'refused)) (eval (list 'import set) (interaction-environment)))
=> refused
(define (f) (import (scheme base)) 1)
=> error: import: allowed at top level only
(define-library (my library) (export x) (begin (define x 1)))
=> error: define-library: a session has no libraries of its own; its definitions are all in one place, at top level
(define e (make-evaluator))
=> e
(eval '(import (prefix (only (scheme base) car) my-)) e)
=>
(eval '(my-car '(1 2)) e)
=> 1
my-car
=> error: unbound variable: my-car
(define-syntax use (syntax-rules () ((_ name) (import (only (scheme base) name)))))
=> use
(use car)
=>
(cond-expand ((and (library (scheme base)) (library (srfi 8))) 'yes) (else 'no))
=> yes
(cond-expand ((or (library (scheme file)) (library (srfi 1)) (library (my library))) 'yes) (else 'no))
=> no
(let ((import list)) (import 'scheme 'base))
=> (scheme base)
(define (import goods) (* 2 goods))
=> import
(list (import 4) (map import '(1 2)))
=> (8 (2 4))
(set! import 5)
=>
import
=> 5
