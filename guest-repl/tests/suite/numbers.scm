(list (+) (*) (- 5) (/ 2) (+ 1 2 3) (- 10 1 2) (/ 12 3 2))
=> (0 1 -5 1/2 6 7 2)
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
=> 9223372036854775808
9223372036854775808
=> 9223372036854775808
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
=> 5/2
(exact +nan.0)
=> error: exact: no exact number has this value
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
(let loop ((n 30) (acc 1)) (if (= n 0) acc (loop (- n 1) (* acc n))))
=> 265252859812191058636308480000000
(list 1/3 -6/4 6/3 -12345678901234567890 #xFF #b101 #e1.5 #i1/3 1e3 #x-F/10 #e#xA #xFFFFFFFFFFFFFFFFFFFF)
=> (1/3 -3/2 2 -12345678901234567890 255 5 3/2 0.3333333333333333 1000.0 -15/16 10 1208925819614629174706175)
(list #e0.1 #e-1.25e-2 #e1e20 '1+ '-x '1/x '1.5/2 (quote |1/2|))
=> (1/10 -1/80 100000000000000000000 1+ -x 1/x 1.5/2 |1/2|)
1/0
=> error: division by zero: 1/0 at 1:1
#e+inf.0
=> error: no exact number has this value: #e+inf.0 at 1:1
#e1e999999999999
=> error: the number would take more than 16 MiB: #e1e999999999999 at 1:1
#q
=> error: unknown syntax: #q at 1:1
(list (+ 1/2 1/3) (- 1/2 1/3) (* 2/3 3/2) (/ 1 3) (/ 4 -6) (/ 1/2 1/4) (+ 1/2 0.5) (- 1/2) (/ -3))
=> (5/6 1/6 1 1/3 -2/3 2 1.0 -1/2 -1/3)
(list (* 99999999999 99999999999) (- (expt 2 64) (expt 2 64)) (- -9223372036854775808 1) (- -9223372036854775808))
=> (9999999999800000000001 0 -9223372036854775809 9223372036854775808)
(list (* 4611686018427387904 2) (* -4611686018427387904 2) (abs -9223372036854775808) (quotient -9223372036854775808 -1))
=> (9223372036854775808 -9223372036854775808 9223372036854775808 9223372036854775808)
(define big (expt 10 30))
=> big
(list (quotient big 7) (remainder big 7) (modulo (- big) 7) (floor-quotient (- big) 7) (quotient 7 big) (modulo -7 big))
=> (142857142857142857142857142857 1 6 -142857142857142857142857142858 0 999999999999999999999999999993)
(floor/ (- big) 7)
=> -142857142857142857142857142858\n6
(truncate/ (- big) 7)
=> -142857142857142857142857142857\n-1
(floor/ 1/2 2)
=> error: floor-quotient: expected an integer, got 1/2
(quotient big 0)
=> error: quotient: division by zero
(list (quotient 1e30 7.) (remainder -7.0 2) (modulo -7.0 2) (modulo 7 -2.0))
=> (1.4285714285714285e29 -1.0 1.0 -1.0)
(list (gcd big 12) (lcm big 3) (gcd) (lcm) (gcd -4.0 6) (gcd 0 big))
=> (4 3000000000000000000000000000000 0 1 2.0 1000000000000000000000000000000)
(list (abs (- big)) (abs -1/2) (max 1/2 1/3) (min 1/2 0.25) (max 1/2 0.25) (max big 1))
=> (1000000000000000000000000000000 1/2 1/2 0.25 0.5 1000000000000000000000000000000)
(list (numerator 6/4) (denominator 6/4) (numerator 0) (denominator 0) (numerator 0.75) (denominator 0.75) (denominator 2.0))
=> (3 2 0 1 3.0 4.0 1.0)
(numerator +inf.0)
=> error: numerator: expected a rational number, got +inf.0
(denominator 'a)
=> error: denominator: expected a rational number, got a
(map (lambda (x) (list (floor x) (ceiling x) (truncate x) (round x))) '(7/2 -7/2 5/2 -5/2 1/3 -1/3 2/3))
=> ((3 4 3 4) (-4 -3 -3 -4) (2 3 2 2) (-3 -2 -2 -2) (0 1 0 0) (-1 0 0 0) (0 1 0 1))
(list (floor 5) (round big) (floor -2.5) (round 3.5) (round -1.5) (truncate 1e300))
=> (5 1000000000000000000000000000000 -3.0 4.0 -2.0 1e300)
(list (exact 0.1) (exact 1e20) (exact -0.0) (inexact 1/3) (inexact (expt 10 400)) (inexact (/ (expt 10 400) (+ (expt 10 400) 1))))
=> (3602879701896397/36028797018963968 100000000000000000000 0 0.3333333333333333 +inf.0 1.0)
(exact->inexact 123456789012345678901234567890)
=> 1.2345678901234568e29
(list (number->string 1/3 2) (number->string big 36) (number->string -255/256 16) (string->number "zz" 36))
=> ("1/11" "2oy99wnkl1c76diocq9s" "-ff/100" 1295)
(list (string->number "1/3") (string->number "#x1/F") (string->number "-1e2") (string->number "101/11" 2) (string->number "12" 2))
=> (1/3 1/15 -100.0 5/3 #f)
(map string->number '("1/0" "" "-" "1/" "/2" "+5" "1_0" "#e1.5" "#e+inf.0" "#x#x1" "12345678901234567890" "1e400" "#d10"))
=> (#f #f #f #f #f 5 #f 3/2 #f #f 12345678901234567890 +inf.0 10)
(string->number "1" 37)
=> error: string->number: the radix must be from 2 to 36, not 37
(number->string 1 100000000000000000000)
=> error: number->string: the radix must be from 2 to 36, not 100000000000000000000
(list (= 1/2 0.5) (= 1/3 (inexact 1/3)) (< (inexact 1/3) 1/3) (= (expt 2 53) 9007199254740992.0) (= (+ (expt 2 53) 1) 9007199254740992.0))
=> (#t #f #t #t #f)
(list (< (expt 10 400) +inf.0) (> (- (expt 10 400)) -inf.0) (= big 1e30) (< big 1e30) (< 1e30 big) (< 1/3 +nan.0) (= big big))
=> (#t #t #f #t #f #f #t)
(list (< 1/3 1/2 2/3 1 big) (> -1/2 -1/3) (<= 1/2 1/2) (>= big (- big)) (= 1/2 2/4 0.5))
=> (#t #f #t #t #t)
(map (lambda (x) (list (zero? x) (positive? x) (negative? x) (integer? x) (rational? x) (real? x) (exact? x))) (list big (- big) 1/2 -1/2 0.5))
=> ((#f #t #f #t #t #t #t) (#f #f #t #t #t #t #t) (#f #t #f #f #t #t #t) (#f #f #t #f #t #t #t) (#f #t #f #f #t #t #f))
(map (lambda (x) (list (exact-integer? x) (exact-rational? x) (exact-nonnegative-integer? x) (nan? x) (infinite? x) (finite? x))) (list big -1/2 0.5 -inf.0 (expt 10 400)))
=> ((#t #t #t #f #f #t) (#f #t #f #f #f #t) (#f #f #f #f #f #t) (#f #f #f #f #t #f) (#t #t #t #f #f #t))
(map (lambda (test) (test 'a)) (list number? complex? real? rational? integer? exact-integer? exact-rational?))
=> (#f #f #f #f #f #f #f)
(list (rational? +inf.0) (rational? +nan.0) (integer? +inf.0) (integer? 1e300))
=> (#f #f #f #t)
(exact? 'a)
=> error: exact?: expected a number, got a
(list (odd? big) (even? big) (odd? (+ big 1)) (even? 1e300) (odd? -3.0) (odd? -3))
=> (#f #t #t #t #t #t)
(even? 1/2)
=> error: even?: expected an integer, got 1/2
(list (expt 2 100) (expt -2 63) (expt 2 -2) (expt 2/3 3) (expt -2/3 -3) (expt 0 0) (expt 1/2 0) (expt 2 0.5) (expt 2.0 3) (expt 2. -1))
=> (1267650600228229401496703205376 -9223372036854775808 1/4 8/27 -27/8 1 1 1.4142135623730951 8.0 0.5)
(list (expt 1 big) (expt -1 big) (expt -1 (+ big 1)) (expt 0 big) (expt -1.0 (+ big 1)) (expt 4 1/2) (expt 8/27 2/3) (expt 4/9 -3/2))
=> (1 1 -1 0 -1.0 2 0.4444444444444445 27/8)
(expt 0 -1)
=> error: expt: division by zero
(expt 9 (expt 9 9))
=> error: expt: the number would take more than 16 MiB
(expt 9 (expt 9 (expt 9 2)))
=> error: expt: the number would take more than 16 MiB
(expt 1/2 (expt 10 30))
=> error: expt: the number would take more than 16 MiB
(let ((x (arithmetic-shift 1 100000000))) (* x x))
=> error: *: the number would take more than 16 MiB
(list (sqrt 1/4) (sqrt (expt 10 60)) (sqrt 8) (sqrt (+ 1 (expt 10 700))) (sqrt 0) (sqrt 2/9))
=> (1/2 1000000000000000000000000000000 2.8284271247461903 +inf.0 0 0.4714045207910317)
(list (sqrt (+ 1 (expt 10 600))) (sqrt (/ 2 (expt 10 600))) (round (log (expt 10 400))) (round (log (/ 1 (expt 10 400)))) (exp 1/2))
=> (1e300 1.414213562373095e-300 921.0 -921.0 1.6487212707001282)
(sqrt (- big))
=> error: sqrt: expected a number that is not negative, got -1000000000000000000000000000000
(exact-integer-sqrt (+ (expt 10 60) 5))
=> 1000000000000000000000000000000\n5
(exact-integer-sqrt (- big))
=> error: exact-integer-sqrt: expected a number that is not negative, got -1000000000000000000000000000000
(exact-integer-sqrt 4.0)
=> error: exact-integer-sqrt: expected an exact integer, got 4.0
(list (square 1/2) (square big) (1+ 1/2) (-1+ big) (1+ 9223372036854775807))
=> (1/4 1000000000000000000000000000000000000000000000000000000000000 3/2 999999999999999999999999999999 9223372036854775808)
(list (bitwise-and 12 10) (bitwise-or 12 10) (bitwise-ior 12 10) (bitwise-xor 12 10) (bitwise-not 0) (bitwise-and) (bitwise-or) (bitwise-xor))
=> (8 14 14 6 -1 -1 0 0)
(list (bitwise-and -1 big) (bitwise-or big 1) (bitwise-xor big big) (bitwise-not big) (bitwise-and (- (expt 2 70)) (- (expt 2 71) 1)))
=> (1000000000000000000000000000000 1000000000000000000000000000001 0 -1000000000000000000000000000001 1180591620717411303424)
(list (arithmetic-shift 1 100) (arithmetic-shift -1 -5) (arithmetic-shift -5 -1) (arithmetic-shift big -90) (arithmetic-shift 0 (expt 10 30)) (arithmetic-shift 7 (- big)))
=> (1267650600228229401496703205376 -1 -3 807 0 0)
(list (shift-left 3 2) (shift-right -3 1) (shift-right 3 -1) (bit-count 255) (bit-count -1) (bit-count (- big)) (integer-length 255) (integer-length -256) (integer-length big))
=> (12 -2 6 8 0 66 8 8 100)
(arithmetic-shift 1 1000000000000)
=> error: arithmetic-shift: the number would take more than 16 MiB
(arithmetic-shift 1 big)
=> error: arithmetic-shift: the number would take more than 16 MiB
(bitwise-and 1 2.0)
=> error: bitwise-and: expected an exact integer, got 2.0
(arithmetic-shift 1/2 1)
=> error: arithmetic-shift: expected an exact integer, got 1/2
(let loop ((i 0)) (if (= i 100) #t (let ((n (random big))) (and (exact-integer? n) (<= 0 n) (< n big) (loop (+ i 1))))))
=> #t
(random 1/2)
=> error: random: expected a positive integer or float, got 1/2
(random (- big))
=> error: random: expected a positive number, got -1000000000000000000000000000000
(list (eqv? big (expt 10 30)) (eq? big big) (equal? 1/2 (/ 2 4)) (eqv? 1/2 0.5) (eqv? big 1e30) (member 1/2 '(1 1/2)) (assv (expt 10 30) (list (list big 'x))))
=> (#t #t #t #f #f (1/2) (1000000000000000000000000000000 x))
(case (expt 2 70) ((1180591620717411303424) 'yes) (else 'no))
=> yes
(vector-ref (vector 1 2) big)
=> error: vector-ref: expected an index, got 1000000000000000000000000000000
(vector-ref (vector 1 2) (- big))
=> error: vector-ref: expected an index, got -1000000000000000000000000000000
(vector-ref (vector 1 2) 1/2)
=> error: vector-ref: expected an index, got 1/2
(integer->char big)
=> error: integer->char: no character has the number 1000000000000000000000000000000
(car (expt 3 100000))
=> error: car: expected a pair, got #<number of 158497 bits>
(iota 3 1/2 1/3)
=> (1/2 5/6 7/6)
(iota 3 9223372036854775807)
=> (9223372036854775807 9223372036854775808 9223372036854775809)
(list (rationalize 3/10 1/10) (rationalize .3 1/10) (rationalize -3/10 1/10) (rationalize 1/10 1) (rationalize 5 0) (rationalize 1.5 +inf.0))
=> (1/3 0.3333333333333333 -1/3 0 5 0.0)
(rationalize 'a 1)
=> error: rationalize: expected a number, got a
(let fib ((n 300) (a 0) (b 1)) (if (= n 0) a (fib (- n 1) b (+ a b))))
=> 222232244629420445529739893461909967206666939096499764990979600
(let sum ((n 1) (total 0)) (if (> n 40) total (sum (+ n 1) (+ total (/ 1 n)))))
=> 2078178381193813/485721041551200
(string-length (number->string (expt 7 20000)))
=> 16902
(= (string->number (number->string (expt 7 20000))) (expt 7 20000))
=> #t
(list (sin 0) (atan 1/2) (atan 1 -1/2) (exp 0) (log 1))
=> (0.0 0.4636476090008061 2.0344439357957027 1 0)
(list (exp 1) (exp 1.0) (exp 1/2) (exp -1) (exp 10) (exp 0) (exp 0.0))
=> (2.718281828459045 2.718281828459045 1.6487212707001282 0.36787944117144233 22026.465794806718 1 1.0)
(list (exp 1000) (exp -1000) (exp (expt 10 400)))
=> (+inf.0 0.0 +inf.0)
(list (log 8 2) (log 1000 10) (log 1/8 2) (log 9 3) (log 2) (log 10) (log 1))
=> (3.0 3.0 -3.0 2.0 0.6931471805599453 2.302585092994046 0)
(list (sqrt 2) (sin 1) (cos 1) (tan 1) (atan 1) (atan 1 -1) (asin 1) (acos 0.5) (expt 2 0.5) (expt 10 -0.5))
=> (1.4142135623730951 0.8414709848078965 0.5403023058681398 1.5574077246549023 0.7853981633974483 2.356194490192345 1.5707963267948966 1.0471975511965979 1.4142135623730951 0.31622776601683794)
