(define v (vector 1 2 3))
=> v
(vector-set! v 1 'x) v
=> #(1 x 3)
(list (vector-length v) (vector-ref v 2) (vector->list v) (vector->list v 1) (list->vector '(1 2)) (vector-copy v 1 2))
=> (3 3 (1 x 3) (x 3) #(1 2) #(x))
(vector-fill! v 0) v
=> #(0 0 0)
(list (vector-map (lambda (x) (* x x)) #(1 2 3)) (vector-map + #(1 2) #(10 20)) (vector-append #(1) #(2)) (make-vector 2 'a))
=> (#(1 4 9) #(11 22) #(1 2) #(a a))
(vector-for-each display #(1 2 3))
=> 123|
(vector-copy! v 1 #(a b)) v
=> #(0 a b)
(vector-grow #(1) 2)
=> #(1 #f)
(vector-binary-search #(1 3 5) 3 -)
=> 3
(vector-ref v 3)
=> error: vector-ref: index 3 is out of range for a vector of length 3
(vector-ref v -1)
=> error: vector-ref: expected an index, got -1
(vector-ref '(1) 0)
=> error: vector-ref: expected a vector, got (1)
(make-vector 1000000000000 0)
=> error: make-vector: 1000000000000 items are more than the 268435456 that can be made at once
(vector-set! v 0 v) v
=> #0=#(#0# a b)
