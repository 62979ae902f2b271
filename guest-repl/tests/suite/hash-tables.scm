(define t (make-hash-table))
=> t
(hash-table-set! t 'a 1) (hash-table-set! t "key" 2) (hash-table-set! t '(1 #(2 "x")) 3) (hash-table-set! t 1.5 4) t
=> #<hash-table (a . 1) ("key" . 2) ((1 #(2 "x")) . 3) (1.5 . 4)>
(list (hash-table-ref t 'a) (hash-table-ref t (string #\k #\e #\y)) (hash-table-ref t (list 1 (vector 2 "x"))) (hash-table-ref t (/ 3.0 2)))
=> (1 2 3 4)
(hash-table-ref t 'b)
=> error: hash-table-ref: no such key: b
(hash-table-ref t 'b (lambda () 'none))
=> none
(hash-table-ref t 'a (lambda () 'none) (lambda (value) (list 'found value)))
=> (found 1)
(hash-table-ref t 'a #f)
=> 1
(list (hash-table-ref/default t 'a 0) (hash-table-ref/default t 'b 0))
=> (1 0)
(list (hash-table-contains? t 'a) (hash-table-exists? t 'b) (hash-table-count t) (hash-table-size t))
=> (#t #f 4 4)
(hash-table-delete! t "key") (hash-table-delete! t 'not-there) (hash-table-set! t 'a 'new) (hash-table-set! t 'z '(26)) t
=> #<hash-table (a . new) ((1 #(2 "x")) . 3) (1.5 . 4) (z 26)>
(list (hash-table-keys t) (hash-table-values t) (hash-table->alist t))
=> ((a (1 #(2 "x")) 1.5 z) (new 3 4 (26)) ((a . new) ((1 #(2 "x")) . 3) (1.5 . 4) (z 26)))
(hash-table-walk t (lambda (key value) (write key) (display " ")))
=> a (1 #(2 "x")) 1.5 z |
(hash-table-walk (lambda (key value) (write key) (display " ")) t)
=> a (1 #(2 "x")) 1.5 z |
(hash-table-walk t (lambda (key value) (hash-table-delete! t key) (hash-table-set! t (list key) value))) t
=> #<hash-table ((a) . new) (((1 #(2 "x"))) . 3) ((1.5) . 4) ((z) 26)>
(hash-table-clear! t) (list t (hash-table-count t) (hash-table-empty? t))
=> (#<hash-table> 0 #t)
(hash-table-update! t 'n (lambda (n) (+ n 1)))
=> error: hash-table-update!: no such key: n
(hash-table-update! t 'n (lambda (n) (+ n 1)) (lambda () 0)) (hash-table-update! t 'n (lambda (n) (+ n 1))) (hash-table-update!/default t 'm (lambda (l) (cons 'x l)) '()) t
=> #<hash-table (n . 2) (m x)>
(hash-table-intern! t 'o (lambda () 'made)) (hash-table-intern! t 'o (lambda () 'again))
=> made
(define copy (hash-table-copy t)) (hash-table-set! copy 'n 100) (list (hash-table-ref t 'n) (hash-table-ref copy 'n))
=> (2 100)
(hash-table-fold (alist->hash-table '((a . 1) (b . 2) (a . 3))) (lambda (key value total) (+ value total)) 0)
=> 3
(hash-table-fold cons* '() (alist->hash-table '((a . 1) (b . 2))))
=> (b 2 a 1)
(let ((t (alist->hash-table '((a . 1) (b . 2) (c . 3))))) (hash-table-map! (lambda (key value) (* value value)) t) (hash-table-remove! t (lambda (key value) (= value 4))) t)
=> #<hash-table (a . 1) (c . 9)>
(define same (map (lambda (make) (let ((t (make)) (key (list 'k))) (hash-table-set! t key 'list) (hash-table-set! t 4294967296 'big) (hash-table-set! t "s" 'text) (list (hash-table-ref/default t key #f) (hash-table-ref/default t (list 'k) #f) (hash-table-ref/default t (* 65536 65536) #f) (hash-table-ref/default t "s" #f)))) (list make-equal-hash-table make-eqv-hash-table make-eq-hash-table make-string-hash-table)))
=> same
(car same)
=> (list list big text)
(cadr same)
=> (list #f big #f)
(caddr same)
=> (list #f #f #f)
(equal? (car same) (cadddr same))
=> #t
(list (make-hash-table eq?) (make-hash-table string=? 100) (make-hash-table 10) (hash-table? (make-hash-table)) (hash-table? '()))
=> (#<hash-table> #<hash-table> #<hash-table> #t #f)
(make-hash-table car)
=> error: make-hash-table: expected eq?, eqv?, equal? or string=?, got #<procedure car>
(let ((t (make-hash-table))) (hash-table-set! t "" 1) (hash-table-set! t (string) 2) (hash-table-set! t 0.0 'zero) (hash-table-set! t -0.0 'minus) (hash-table-set! t #u8(1 2) 'bytes) (list t (hash-table-ref t (bytevector 1 2))))
=> (#<hash-table ("" . 2) (0.0 . zero) (-0.0 . minus) (#u8(1 2) . bytes)> bytes)
(let ((t (make-eqv-hash-table))) (hash-table-set! t "" 1) (hash-table-ref t (string)))
=> 1
(define big (make-hash-table))
=> big
(do ((i 0 (+ i 1))) ((= i 2000)) (hash-table-set! big i (* i i)) (if (odd? i) (hash-table-delete! big (- i 1))))
=>
(list (hash-table-count big) (hash-table-ref big 1999) (hash-table-ref/default big 1998 'gone) (list-head (hash-table-keys big) 3))
=> (1000 3996001 gone (1 3 5))
(define ring (list 1 2)) (set-cdr! (cdr ring) ring) (hash-table-set! big ring 'ring) (hash-table-ref big (let ((r (list 1 2))) (set-cdr! (cdr r) r) r))
=> ring
(let ((t (make-hash-table))) (hash-table-set! t 'self t) (hash-table-set! t t 'key) t)
=> #0=#<hash-table (self . #0#) (#0# . key)>
(let ((t (make-hash-table))) (hash-table-set! t 'l '(1 . 2)) (display t) (list (list t)))
=> #<hash-table (l 1 . 2)>\n|((#<hash-table (l 1 . 2)>))
(equal? (make-hash-table) (make-hash-table))
=> #f
(gc) (hash-table-ref big 1001)
=> 1002001
(hash-table-set! '() 1 2)
=> error: hash-table-set!: expected a hash table, got ()
(hash-table-update! 5 1 car)
=> error: hash-table-update!: expected a hash table, got 5
(hash-table-ref 5 1)
=> error: hash-table-ref: expected a hash table, got 5
(hash-table-walk 5 car)
=> error: hash-table-walk: expected a hash table, got 5
(alist->hash-table '(1))
=> error: alist->hash-table: expected a pair, got 1
(hash-table-keys)
=> error: hash-table-keys: expected 1 argument, got 0
(define numbers (make-equal-hash-table))
=> numbers
(hash-table-set! numbers (expt 10 30) 'big) (hash-table-set! numbers (- (expt 10 30)) 'negative) (hash-table-set! numbers (/ 1 3) 'third) (hash-table-set! numbers 1e30 'float) (hash-table-set! numbers (expt 2 40) 'int)
=>
(map (lambda (key) (hash-table-ref/default numbers key #f)) (list (* (expt 10 15) (expt 10 15)) (- 5 (expt 10 30) 5) (/ 2 6) (exact->inexact (expt 10 30)) (/ (expt 2 80) (expt 2 40)) (/ 1 4) 0.5))
=> (big negative third float int #f #f)
(hash-table-ref/default (let ((t (make-eqv-hash-table))) (hash-table-set! t (expt 7 40) 'found) t) (* 7 (expt 7 39)) 'lost)
=> found
(hash-table-ref/default (let ((t (make-equal-hash-table))) (hash-table-set! t (list (/ 22 7) (vector (expt 7 40))) 'found) t) (list (/ 44 14) (vector (expt 7 40))) 'lost)
=> found
