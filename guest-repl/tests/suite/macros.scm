(define-syntax swap! (syntax-rules () ((_ a b) (let ((tmp a)) (set! a b) (set! b tmp)))))
=> swap!
(define tmp 1) (define other 2) (swap! tmp other) (list tmp other)
=> (2 1)
(let ((if list) (tmp 5) (o 6)) (swap! tmp o) (list tmp o))
=> (6 5)
(define-syntax my-or (syntax-rules () ((_) #f) ((_ e) e) ((_ e r ...) (let ((t e)) (if t t (my-or r ...))))))
=> my-or
(let ((t 5) (if list)) (my-or #f t))
=> 5
(define-syntax my-let (syntax-rules () ((_ ((n v) ...) . body) ((lambda (n ...) . body) v ...))))
=> my-let
(my-let ((a 1) (b 2)) (define c 3) (+ a b c))
=> 6
(define-syntax my-cond (syntax-rules (else) ((_ (else e ...)) (begin e ...)) ((_ (c e ...) clause ...) (if c (begin e ...) (my-cond clause ...)))))
=> my-cond
(my-cond (#f 1) (else 2))
=> 2
(let ((else #f)) (my-cond (#f 1) (else 2)))
=> error: my-cond: no rule matches (my-cond)
(define-syntax be-like-begin (syntax-rules () ((_ name) (define-syntax name (syntax-rules () ((_ expr (... ...)) (begin expr (... ...))))))))
=> be-like-begin
(be-like-begin sequence)
=> sequence
(sequence 1 2 3 4)
=> 4
(let ((=> #f)) (cond (#t => 'ok)))
=> ok
(define-syntax my-list (syntax-rules ::: () ((_ (a b :::) :::) '((a ::: ) (b ::: :::) ...))))
=> my-list
(my-list (1 2 3) (4 5))
=> ((1 4) (2 3 5) ...)
(define-syntax ten (syntax-rules () ((_ x ... last) '(last x ...))))
=> ten
(ten 1 2 3)
=> (3 1 2)
(ten)
=> error: ten: no rule matches (ten)
(define-syntax vec (syntax-rules () ((_ #(a b ...) . rest) '(a #(b ...) rest (q . #(r b ... end))))))
=> vec
(vec #(1 2 3) 4 5)
=> (1 #(2 3) (4 5) (q . #(r 2 3 end)))
(define-syntax loop (syntax-rules () ((_ x) (loop x))))
=> loop
(loop 1)
=> error: loop: more than 10000 macros within each other, the last in (loop 1)
(define-syntax grow (syntax-rules () ((_ x ...) (grow x ... x ...))))
=> grow
(grow 1 2)
=> error: grow: macros made more than 2097152 data of one form
(let () (define-syntax foo (syntax-rules () ((_ n) (define n 10)))) (foo z) (+ z 1))
=> 11
(define-syntax def (syntax-rules () ((_ n v) (begin (define helper v) (define (n) helper)))))
=> def
(def getter 42)
=> getter
(getter)
=> 42
helper
=> 42
(letrec-syntax ((ev? (syntax-rules () ((_) #t) ((_ a . r) (od? . r)))) (od? (syntax-rules () ((_) #f) ((_ a . r) (ev? . r))))) (ev? 1 2 3 4))
=> #t
(let ((x 'outer)) (let-syntax ((m (syntax-rules () ((m) x)))) (let ((x 'inner)) (m))))
=> outer
(define-syntax while (syntax-rules () ((_ c b ...) (let lp () (when c b ... (lp))))))
=> while
(let ((i 0) (lp 7)) (while (< i 3) (display i) (display lp) (set! i (+ i 1))))
=> 071727|
swap!
=> error: swap!: not a variable but syntax
(swap! 1)
=> error: swap!: no rule matches (swap! 1)
(define-syntax a 1)
=> error: a: expected (syntax-rules …), got 1
(define-syntax b (syntax-rules () ((_ x x) 1)))
=> error: b: a pattern has two variables called x
(define-syntax b (syntax-rules () ((_ x ...) x)))
=> error: b: too few ellipses in a template after x
(define-syntax b (syntax-rules () ((_ x) (x ...))))
=> error: b: nothing says how often to repeat x
(define-syntax b (syntax-rules () ((_ ... x) (x))))
=> error: b: nothing to repeat in a pattern before ...
(define-syntax my-if if)
=> my-if
(my-if #t 1 2)
=> 1
(define-syntax q (syntax-rules () ((_ a) `(foo ,a ,@(list 'b a) #(tmp)))))
=> q
(q 5)
=> (foo 5 b 5 #(tmp))
(syntax-error "bad thing" 1 (a b))
=> error: bad thing 1 (a b)
(define-syntax nest (syntax-rules () ((_ (a b ...) ...) '((a (b a) ...) ...))))
=> nest
(nest (1 2 3) (4 5))
=> ((1 (2 1) (3 1)) (4 (5 4)))
(define-syntax flat (syntax-rules () ((_ (a ...) ...) '(a ... ...))))
=> flat
(flat (1 2) () (3))
=> (1 2 3)
(let-syntax ((foo (syntax-rules () ((_ a) (quote a))))) (foo (x . y)))
=> (x . y)
(define-syntax rec (syntax-rules () ((_ name field) (define-record-type name (mk field) pred? (field field)))))
=> rec
(define-syntax my-do (syntax-rules () ((_ n) (do ((i 0 (+ i 1)) (acc '() (cons i acc))) ((= i n) acc)))))
=> my-do
(my-do 3)
=> (2 1 0)
(define-syntax kons (syntax-rules () ((_ a _) 'a)))
=> kons
(kons 1 2)
=> 1
(define-syntax tail (syntax-rules () ((_ a ... . r) '((a ...) r))))
=> tail
(tail 1 2 . 3)
=> ((1 2) 3)
(define-syntax lit (syntax-rules (...) ((_ ...) 'dots) ((_ x) 'other)))
=> lit
(list (lit ...) (lit 5))
=> (dots other)
(define-syntax my-guard (syntax-rules () ((_ e) (guard (x (#t (list 'caught x))) e))))
=> my-guard
(my-guard (raise 'boom))
=> (caught boom)
(define-syntax (foo x) 1)
=> error: define-syntax: expected (define-syntax name (syntax-rules …)), got (define-syntax (foo x) 1)
(+ 1 (let () (define-syntax k (syntax-rules () ((_) 1)))  (k)))
=> 2
(define-syntax pairs (syntax-rules () ((_ (a b ...) ...) '(((a b) ...) ...))))
=> pairs
(pairs (1 2 3) (4) (5 6))
=> (((1 2) (1 3)) () ((5 6)))
(define-syntax cross (syntax-rules () ((_ (a ...) (b ...)) '((a b ...) ...))))
=> cross
(cross (1 2) (x y))
=> ((1 x y) (2 x y))
(define-syntax my-let* (syntax-rules () ((_ () . b) (let () . b)) ((_ ((n v) r ...) . b) (let ((n v)) (my-let* (r ...) . b)))))
=> my-let*
(my-let* ((x 1) (y (+ x 1)) (x (* y 10))) (list x y))
=> (20 2)
(define-syntax for (syntax-rules (in) ((_ x in l b ...) (for-each (lambda (x) b ...) l))))
=> for
(for y in '(1 2 3) (display (* y y)))
=> 149|
(for y on '(1 2 3) (display y))
=> error: for: no rule matches (for y on '(1 2 3) (display y))
(let ((in 5)) (for y in '(1) y))
=> error: for: no rule matches (for y in '(1) y)
(define (f) (define-syntax inc! (syntax-rules () ((_ v) (set! v (+ v 1))))) (define n 1) (inc! n) (inc! n) n)
=> f
(f)
=> 3
(define (g) (define (swap! a b) (list b a)) (swap! 1 2))
=> g
(g)
=> (2 1)
(let ((swap! -)) (swap! 5 3))
=> 2
(let loop2 ((i 0)) (define-syntax next (syntax-rules () ((_) (loop2 (+ i 1))))) (if (< i 5) (next) i))
=> 5
(define-syntax ck (syntax-rules () ((_ "text" x) 'text) ((_ 5 x) 'five) ((_ #\a x) 'char) ((_ #t x) 'true) ((_ () x) 'nil)))
=> ck
(list (ck "text" 1) (ck 5 1) (ck #\a 1) (ck #t 1) (ck () 1))
=> (text five char true nil)
(let-syntax () 5)
=> 5
(let-syntax ((a (syntax-rules () ((_) 1))) (b (syntax-rules () ((_) 2)))) (define x (a)) (+ x (b)))
=> 3
(let-syntax ((a 5)) 1)
=> error: a: expected (syntax-rules …), got 5
(let-syntax ((m (syntax-rules () ((_) 1)))) (set! m 2))
=> error: m: not a variable but syntax
(let-syntax ((m (syntax-rules () ((_) 1)))) m)
=> error: m: not a variable but syntax
(define swap! 5)
=> swap!
swap!
=> 5
(let () (define-syntax d (syntax-rules () ((_) 1))) (define d 2) d)
=> error: d is defined twice in one body
(if #t (let () (define-syntax d (syntax-rules () ((_) 1)))) 2)
=> error: let: expected (let ((name value) …) body …), got (let () (define-syntax d (syntax-rules () ((_) 1))))
(+ 1 (begin (define-syntax one (syntax-rules () ((_) 1))) (one)))
=> 2
(lambda () (+ 1 (define-syntax one 5)))
=> error: define-syntax: not allowed here: (define-syntax one 5)
(define-syntax my-struct (syntax-rules () ((_ n (f d) ...) (define (n) (list (cons 'f d) ...)))))
=> my-struct
(my-struct point (x 1) (y 2))
=> point
(point)
=> ((x . 1) (y . 2))
(define-syntax named (syntax-rules () ((_ f) (lambda (x) f))))
=> named
(procedure-name (let ((it (lambda () 1))) it))
=> it
(define-syntax gen (syntax-rules () ((_ n v) (define-syntax n (syntax-rules () ((_ x) (let ((tmp 1)) (list tmp v x))))))))
=> gen
(define tmp 'mine)
=> tmp
(gen probe tmp)
=> probe
(probe tmp)
=> (1 mine mine)
(let ((list +)) (probe tmp))
=> (1 mine mine)
(define-syntax deep (syntax-rules () ((_ ((((a ...) ...) ...) ...)) '(a ... ... ... ...))))
=> deep
(deep ((((1 2) (3)) ((4))) (((5)))))
=> (1 2 3 4 5)
(define-syntax quasi (syntax-rules () ((_ x) `(x ,(+ x 1) ,@(map (lambda (i) (* i i)) '(1 2))))))
=> quasi
(quasi 3)
=> (3 4 1 4)
(define-syntax vals (syntax-rules () ((_ (n ...) e b) (let-values (((n ...) e)) b))))
=> vals
(vals (a b) (values 1 2) (+ a b))
=> 3
(define-syntax my-case (syntax-rules () ((_ k) (case k ((a b) 'ab) ((1) => (lambda (x) (list x))) (else 'no)))))
=> my-case
(list (my-case 'b) (my-case 1) (my-case "x"))
=> (ab (1) no)
(define-syntax param (syntax-rules () ((_ p v b) (parameterize ((p v)) b))))
=> param
(let ((p (make-parameter 1))) (param p 2 (p)))
=> 2
(define-syntax under (syntax-rules () ((_ _ x) 'x)))
=> under
(under 1 2)
=> 2
(define-syntax bad)
=> error: define-syntax: expected (define-syntax name (syntax-rules …)), got (define-syntax bad)
(define-syntax bad (syntax-rules))
=> error: bad: malformed: (syntax-rules)
(define-syntax bad (syntax-rules (5) ((_) 1)))
=> error: bad: malformed: (syntax-rules (5) ((_) 1))
(define-syntax bad (syntax-rules () (_ 1)))
=> error: bad: expected a pattern that is a list, got _
(define-syntax bad (syntax-rules () ((_ a ... b ...) 1)))
=> error: bad: nothing to repeat in a pattern before ...
(define-syntax bad (syntax-rules () ((_ a) (... ...  a))))
=> error: bad: expected one template after the ellipsis in (... ... a)
(syntax-rules () ((_) 1))
=> error: syntax-rules: not allowed here: (syntax-rules () ((_) 1))
(define-syntax fail (syntax-rules () ((_ x) (syntax-error "can't do" x))))
=> fail
(fail (a b c))
=> error: can't do (a b c)
(define-syntax zip (syntax-rules () ((_ (a ...) (b ...)) '((a b) ...))))
=> zip
(list (zip (1 2) (3 4)) (zip () ()))
=> (((1 3) (2 4)) ())
(zip (1 2) (3))
=> error: zip: what (a b) repeats does not come equally often
(define-syntax rest-all (syntax-rules () ((_ . all) 'all)))
=> rest-all
(list (rest-all) (rest-all 1 . 2))
=> (() (1 . 2))
((lambda (x) (let-syntax ((x! (syntax-rules () ((_) (set! x (+ x 1)))))) (x!) (x!) x)) 5)
=> 7
(define-syntax count-to (syntax-rules () ((_ n) (let loop ((i 0) (acc 0)) (if (= i n) acc (loop (+ i 1) (+ acc i)))))))
=> count-to
(let ((loop 3) (i 4)) (count-to (+ loop i)))
=> 21
