; Tagged data, and procedures that do what the kinds of their arguments call for.

; --- tags, and operations by the types of their operands (Abelson and Sussman, 2.4 and 2.5) ---

; Numbers are their own contents, of the type scheme-number.
(define (attach-tag tag contents)
  (if (and (eq? tag 'scheme-number) (number? contents))
      contents
      (cons tag contents)))
(define (type-tag datum)
  (cond ((pair? datum) (car datum))
        ((number? datum) 'scheme-number)
        (else (%wrong 'type-tag "a tagged datum" datum))))
(define (contents datum)
  (cond ((pair? datum) (cdr datum))
        ((number? datum) datum)
        (else (%wrong 'contents "a tagged datum" datum))))

(define %operations (make-equal-hash-table))
(define %coercions (make-equal-hash-table))

(define (put operation types item) (hash-table-set! %operations (cons operation types) item))
(define (get operation types) (hash-table-ref/default %operations (cons operation types) #f))
(define (put-coercion from to coerce) (hash-table-set! %coercions (cons from to) coerce))
(define (get-coercion from to) (hash-table-ref/default %coercions (cons from to) #f))

; Data made to be of one type; #f when one of them can't be.
(define (%coerce-all data type)
  (let loop ((left data) (done '()))
    (if (null? left)
        (reverse done)
        (let* ((own (type-tag (car left)))
               (coerce (if (equal? own type) identity (get-coercion own type))))
          (and coerce (loop (cdr left) (cons (coerce (car left)) done)))))))

; The method for the data as they are; else for all of them coerced to the type of one of them, the first first.
(define (apply-generic operation . data)
  (let* ((types (map type-tag data)) (method (get operation types)))
    (if method
        (apply method (map contents data))
        (let try ((left types))
          (if (null? left)
              (raise (%make-condition "apply-generic: no method for these types:" (list operation types)))
              (let* ((coerced (%coerce-all data (car left)))
                     (method (and coerced (get operation (map type-tag coerced)))))
                (if method
                    (apply method (map contents coerced))
                    (try (cdr left)))))))))

; --- generic procedures ---
; A method is (tests rest? . procedure); a test of #f takes anything. Those with more tests are tried first, of several
; with as many the one defined last.

(define %add-method (cons 'add '()))

(define (%make-generic name otherwise)
  (let ((methods '()))
    (define (no-method . arguments)
      (if otherwise
          (apply otherwise arguments)
          (raise (%make-condition
                  (string-append (symbol->string name) ": no method for these arguments:") arguments))))
    (named-lambda (generic-procedure . arguments)
      (if (and (pair? arguments) (eq? (car arguments) %add-method))
          (set! methods (%with-method (cadr arguments) methods))
          (let loop ((left methods))
            (cond ((null? left) (apply no-method arguments))
                  ((%method-takes? (car left) arguments) (apply (cddar left) arguments))
                  (else (loop (cdr left)))))))))

(define (generic-procedure? obj)
  (and (procedure? obj) (eq? (procedure-name obj) 'generic-procedure)))

; In place of one with the same tests.
(define (%with-method method methods)
  (define (replaced? other)
    (and (equal? (car other) (car method)) (eq? (cadr other) (cadr method))))
  (define (tests method) (count identity (car method)))
  (define (more? other) (> (tests other) (tests method)))
  (let ((others (remove replaced? methods)))
    (append (filter more? others) (list method) (remove more? others))))

(define (%method-takes? method arguments)
  (let loop ((tests (car method)) (left arguments))
    (cond ((null? tests) (or (null? left) (cadr method)))
          ((null? left) #f)
          ((or (not (car tests)) ((car tests) (car left))) (loop (cdr tests) (cdr left)))
          (else #f))))

(define (%add-method! generic tests rest? procedure)
  (if (not (generic-procedure? generic))
      (%wrong 'define-method "a generic procedure" generic))
  (generic %add-method (cons tests (cons rest? procedure)))
  (void))
