; Numbers.

; The simplest number from low to high, both positive: by continued fractions.
(define (%simplest low high)
  (let ((whole (floor low)))
    (cond ((= whole low) whole)
          ((< whole (floor high)) (+ whole 1))
          (else (+ whole (/ 1 (%simplest (/ 1 (- high whole)) (/ 1 (- low whole)))))))))

(define (rationalize number tolerance)
  (if (not (real? number)) (%wrong 'rationalize "a number" number))
  (if (not (real? tolerance)) (%wrong 'rationalize "a number" tolerance))
  (let ((low (- number (abs tolerance)))
        (high (+ number (abs tolerance))))
    (cond ((positive? low) (%simplest low high))
          ((negative? high) (- (%simplest (- high) (- low))))
          ((not (= low low)) low)
          ((and (exact? number) (exact? tolerance)) 0)
          (else 0.0))))
