(list (+) (*) (- 5) (/ 2) (+ 1 2 3) (- 10 1 2) (/ 12 3 2))
=> (0 1 -5 0.5 6 7 2)
(list (quotient -7 2) (remainder -7 2) (modulo -7 2) (floor-quotient -7 2))
=> (-3 -1 1 -4)
(list (max 1 2.0) (min 1 2) (abs -5) (gcd 12 18) (lcm 4 6))
=> (2.0 1 5 6 12)
(list (exact 2.0) (inexact 1) (exact->inexact 1) (floor 2.7) (ceiling 2.2) (round 2.5) (truncate -2.7))
=> (2 1.0 1.0 2.0 3.0 2.0 -2.0)
(list (sqrt 16) (sqrt 2.25) (expt 2 10) (expt 2.0 0.5) (exp 0) (log 1) (square 5))
=> (4 1.5 1024 1.4142135623730951 1 0 25)
(list (number->string 255 16) (string->number "ff" 16) (string->number "abc") (string->number "#b101"))
=> ("ff" 255 #f 5)
(list 1e3 .5 -0.25 1e100 +inf.0 -inf.0 +nan.0)
=> (1000.0 0.5 -0.25 1e100 +inf.0 -inf.0 +nan.0)
(list (= 1 1.0) (eqv? 1 1.0) (equal? 1 1.0) (< 1 2 3) (< 1 3 2) (>= 3 3 2))
=> (#t #f #f #t #f #t)
(list (even? 10) (odd? 7) (zero? 0.0) (positive? -1) (negative? -1) (integer? 2.0) (exact? 2.0) (nan? +nan.0))
=> (#t #t #t #f #t #t #f #t)
9223372036854775807
=> 9223372036854775807
(+ 9223372036854775807 1)
=> error: +: the result does not fit in an integer of 64 bits
9223372036854775808
=> error: integer too large: 9223372036854775808 at 1:1
(* 1073741824 4)
=> 4294967296
(eqv? 4294967296 (* 65536 65536))
=> #t
(- (* 1073741823 1) -1)
=> 1073741824
(let loop ((n 20) (acc 1)) (if (= n 0) acc (loop (- n 1) (* acc n))))
=> 2432902008176640000
(/ 1 0)
=> error: /: division by zero
(/ 1.0 0.0)
=> +inf.0
(modulo 5 0)
=> error: modulo: division by zero
(exact 2.5)
=> error: exact: no exact integer has this value
(exact-integer-sqrt 17)
=> 4\n1
(number->string 10 1)
=> error: number->string: the radix must be from 2 to 36, not 1
(truncate/ -7 2)
=> -3\n-1
(begin (random 10) (< -1 (random 10) 10))
=> #t
(< -1 (random 1.0) 1)
=> #t
(random 0)
=> error: random: expected a positive number, got 0
(atan 1 1)
=> 0.7853981633974483
(list (1+ 5) (-1+ 5) (exact-rational? 1) (number? 'a))
=> (6 4 #t #f)
