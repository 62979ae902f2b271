(complex? 3)
=> #t
(real? 3)
=> #t
(real? 1e10)
=> #t
(real? +inf.0)
=> #t
(real? +nan.0)
=> #t
(rational? -inf.0)
=> #f
(rational? 3.5)
=> #t
(rational? 6/10)
=> #t
(rational? 6/3)
=> #t
(integer? 3.0)
=> #t
(integer? 8/4)
=> #t
(number? 'a)
=> #f
(exact? 3.0)
=> #f
(exact? #e3.0)
=> #t
(inexact? 3.)
=> #t
(exact-integer? 32)
=> #t
(exact-integer? 32.0)
=> #f
(exact-integer? 32/5)
=> #f
(finite? 3)
=> #t
(finite? +inf.0)
=> #f
(infinite? -inf.0)
=> #t
(infinite? +nan.0)
=> #f
(nan? +nan.0)
=> #t
(nan? 32)
=> #f
(= 1 1.0 1)
=> #t
(< 1 2 3)
=> #t
(< 1 3 2)
=> #f
(>= 3 3 2)
=> #t
(zero? 0.0)
=> #t
(positive? 1/2)
=> #t
(negative? -1)
=> #t
(odd? 3)
=> #t
(even? 0)
=> #t
(max 3 4)
=> 4
(max 3.9 4)
=> 4.0
(min 1 2.0)
=> 1.0
(+ 3 4)
=> 7
(+ 3)
=> 3
(+)
=> 0
(* 4)
=> 4
(*)
=> 1
(- 3 4)
=> -1
(- 3 4 5)
=> -6
(- 3)
=> -3
(/ 3 4 5)
=> 3/20
(/ 3)
=> 1/3
(/ 0.0 0)
=> error: /: division by zero
(abs -7)
=> 7
(abs -1/2)
=> 1/2
(call-with-values (lambda () (floor/ 5 2)) list)
=> (2 1)
(call-with-values (lambda () (floor/ -5 2)) list)
=> (-3 1)
(call-with-values (lambda () (floor/ 5 -2)) list)
=> (-3 -1)
(call-with-values (lambda () (floor/ -5 -2)) list)
=> (2 -1)
(call-with-values (lambda () (truncate/ 5 2)) list)
=> (2 1)
(call-with-values (lambda () (truncate/ -5 2)) list)
=> (-2 -1)
(call-with-values (lambda () (truncate/ 5 -2)) list)
=> (-2 1)
(call-with-values (lambda () (truncate/ -5 -2)) list)
=> (2 -1)
(call-with-values (lambda () (truncate/ -5.0 2)) list)
=> (-2.0 -1.0)
(floor-quotient -7 2)
=> -4
(floor-remainder -7 2)
=> 1
(truncate-quotient -7 2)
=> -3
(truncate-remainder -7 2)
=> -1
(modulo 13 4)
=> 1
(remainder 13 4)
=> 1
(modulo -13 4)
=> 3
(remainder -13 4)
=> -1
(modulo 13 -4)
=> -3
(remainder 13 -4)
=> 1
(remainder -13 -4.0)
=> -1.0
(gcd 32 -36)
=> 4
(gcd)
=> 0
(lcm 32 -36)
=> 288
(lcm 32.0 -36)
=> 288.0
(lcm)
=> 1
(numerator (/ 6 4))
=> 3
(denominator (/ 6 4))
=> 2
(denominator (inexact (/ 6 4)))
=> 2.0
(floor -4.3)
=> -5.0
(ceiling -4.3)
=> -4.0
(truncate -4.3)
=> -4.0
(round -4.3)
=> -4.0
(floor 3.5)
=> 3.0
(ceiling 3.5)
=> 4.0
(truncate 3.5)
=> 3.0
(round 3.5)
=> 4.0
(round 2.5)
=> 2.0
(round 7/2)
=> 4
(round 7)
=> 7
(rationalize (exact .3) 1/10)
=> 1/3
(rationalize .3 1/10)
=> 0.3333333333333333
(exp 0)
=> 1
(log 1)
=> 0
(log 8 2)
=> 3.0
(sin 0.0)
=> 0.0
(cos 0.0)
=> 1.0
(atan 1 0)
=> 1.5707963267948966
(square 42)
=> 1764
(square 2.0)
=> 4.0
(sqrt 9)
=> 3
(sqrt 16)
=> 4
(sqrt 1/4)
=> 1/2
(call-with-values (lambda () (exact-integer-sqrt 4)) list)
=> (2 0)
(call-with-values (lambda () (exact-integer-sqrt 5)) list)
=> (2 1)
(expt 2 10)
=> 1024
(expt 0 0)
=> 1
(expt 2 -2)
=> 1/4
(expt 2.0 0.5)
=> 1.4142135623730951
(exact 2.0)
=> 2
(exact 0.5)
=> 1/2
(inexact 1/4)
=> 0.25
(number->string 255 16)
=> "ff"
(number->string -10 2)
=> "-1010"
(string->number "100")
=> 100
(string->number "100" 16)
=> 256
(string->number "1e2")
=> 100.0
(string->number "x")
=> #f
(string->number "#xff")
=> 255
(string->number "1/3")
=> 1/3
(list #b101 #o17 #xFF #d10 #e1.5 #i1/2)
=> (5 15 255 10 3/2 0.5)
(boolean=? #t #t #t)
=> #t
(exact-rational? 1/2)
=> #t
