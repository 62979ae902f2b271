; Strings: procedures that take procedures.

(define (%char-test who wanted)
  (cond ((char? wanted) (lambda (char) (char=? char wanted)))
        ((procedure? wanted) wanted)
        (else (%wrong who "a character or a procedure" wanted))))

(define (string-count string wanted . range)
  (count (%char-test 'string-count wanted) (apply string->list string range)))

(define (string-index string wanted . range)
  (let ((found (list-index (%char-test 'string-index wanted) (apply string->list string range))))
    (and found (if (null? range) found (+ found (car range))))))

(define (string-rindex string wanted)
  (let ((found (list-index (%char-test 'string-rindex wanted) (reverse (string->list string)))))
    (and found (- (string-length string) found 1))))

(define (%drop-chars chars drop?)
  (if (and (pair? chars) (drop? (car chars)))
      (%drop-chars (cdr chars) drop?)
      chars))

(define (string-trim-left string . wanted)
  (if (null? wanted)
      (%string-trim-left string)
      (list->string (%drop-chars (string->list string) (%char-test 'string-trim-left (car wanted))))))
(define (string-trim-right string . wanted)
  (if (null? wanted)
      (%string-trim-right string)
      (let ((drop? (%char-test 'string-trim-right (car wanted))))
        (list->string (reverse (%drop-chars (reverse (string->list string)) drop?))))))
(define (string-trim string . wanted)
  (if (null? wanted)
      (%string-trim string)
      (string-trim-left (string-trim-right string (car wanted)) (car wanted))))

(define (string-filter keep? string)
  (list->string (filter (%char-test 'string-filter keep?) (string->list string))))
(define (string-any holds? string) (any (%char-test 'string-any holds?) (string->list string)))
(define (string-every holds? string) (every (%char-test 'string-every holds?) (string->list string)))
