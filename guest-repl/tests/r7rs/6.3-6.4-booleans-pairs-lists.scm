(not 3)
=> #f
(not (list 3))
=> #f
(not #f)
=> #t
(not '())
=> #f
(not 'nil)
=> #f
(boolean? #f)
=> #t
(boolean? 0)
=> #f
(boolean? '())
=> #f
(boolean=? #f #f #t)
=> #f
(define x (list 'a 'b 'c))
=> x
(define y x)
=> y
(list? y)
=> #t
(set-cdr! x 4)
=> 
x
=> (a . 4)
(eqv? x y)
=> #t
(list? y)
=> #f
(pair? '(a . b))
=> #t
(pair? '(a b c))
=> #t
(pair? '())
=> #f
(pair? '#(a b))
=> #f
(cons 'a '())
=> (a)
(cons '(a) '(b c d))
=> ((a) b c d)
(cons "a" '(b c))
=> ("a" b c)
(cons 'a 3)
=> (a . 3)
(cons '(a b) 'c)
=> ((a b) . c)
(car '(a b c))
=> a
(car '((a) b c d))
=> (a)
(car '(1 . 2))
=> 1
(car '())
=> error: car: expected a pair, got ()
(cdr '((a) b c d))
=> (b c d)
(cdr '(1 . 2))
=> 2
(cdr '())
=> error: cdr: expected a pair, got ()
(caddr '(1 2 3))
=> 3
(cdddr '(1 2 3 4))
=> (4)
(cadddr '(1 2 3 4))
=> 4
(caar '((1) 2))
=> 1
(null? '())
=> #t
(list? '(a b c))
=> #t
(list? '())
=> #t
(list? '(a . b))
=> #f
(let ((x (list 'a))) (set-cdr! x x) (list? x))
=> #f
(make-list 2 3)
=> (3 3)
(list 'a (+ 3 4) 'c)
=> (a 7 c)
(list)
=> ()
(length '(a b c))
=> 3
(length '(a (b) (c d e)))
=> 3
(length '())
=> 0
(append '(x) '(y))
=> (x y)
(append '(a) '(b c d))
=> (a b c d)
(append '(a (b)) '((c)))
=> (a (b) (c))
(append '(a b) '(c . d))
=> (a b c . d)
(append '() 'a)
=> a
(append)
=> ()
(reverse '(a b c))
=> (c b a)
(reverse '(a (b c) d (e (f))))
=> ((e (f)) d (b c) a)
(list-tail '(a b c d) 2)
=> (c d)
(list-ref '(a b c d) 2)
=> c
(list-ref '(a b c d) (exact (round 1.8)))
=> c
(let ((ls (list 'one 'two 'five!))) (list-set! ls 2 'three) ls)
=> (one two three)
(memq 'c '(a b c d e))
=> (c d e)
(memq 'd '(a b c))
=> #f
(memq (list 'a) '(b (a) c))
=> #f
(member (list 'a) '(b (a) c))
=> ((a) c)
(member "B" '("a" "b" "c") string-ci=?)
=> ("b" "c")
(memv 101 '(100 101 102))
=> (101 102)
(define e '((a 1) (b 2) (c 3)))
=> e
(assq 'a e)
=> (a 1)
(assq 'b e)
=> (b 2)
(assq 'd e)
=> #f
(assq (list 'a) '(((a)) ((b)) ((c))))
=> #f
(assoc (list 'a) '(((a)) ((b)) ((c))))
=> ((a))
(assoc 2.0 '((1 1) (2 4) (3 9)) =)
=> (2 4)
(assv 5 '((2 3) (5 7) (11 13)))
=> (5 7)
(define a '(1 8 2 8))
=> a
(define b (list-copy a))
=> b
(begin (set-car! b 3) (list a b))
=> ((1 8 2 8) (3 8 2 8))
(list-copy 5)
=> 5
