; Hash tables: what calls procedures of the program. All of it works on what was there when it began.

(define %absent (cons 'absent '()))

(define (hash-table-ref table key . options)
  (let ((value (%hash-table-ref table key %absent)))
    (cond ((not (eq? value %absent))
           (if (or (null? options) (null? (cdr options)) (not (cadr options)))
               value
               ((cadr options) value)))
          ((and (pair? options) (car options)) ((car options)))
          (else (raise (%make-condition "hash-table-ref: no such key:" (list key)))))))

(define (hash-table-update! table key f . options)
  (hash-table-set! table key
    (f (let ((value (%hash-table-update! table key %absent)))
         (cond ((not (eq? value %absent))
                (if (or (null? options) (null? (cdr options))) value ((cadr options) value)))
               ((pair? options) ((car options)))
               (else (raise (%make-condition "hash-table-update!: no such key:" (list key)))))))))

(define (hash-table-update!/default table key f default)
  (hash-table-set! table key (f (%hash-table-update!/default table key default))))

(define (hash-table-intern! table key make)
  (let ((value (%hash-table-intern! table key %absent)))
    (if (eq? value %absent)
        (let ((value (make)))
          (hash-table-set! table key value)
          value)
        value)))

; The older standard has the table first, the newer one last.
(define (%table-first table f who)
  (cond ((hash-table? table) (cons table f))
        ((hash-table? f) (cons f table))
        (else (%wrong who "a hash table" table))))

(define (hash-table-walk table f)
  (let ((both (%table-first table f 'hash-table-walk)))
    (for-each (lambda (entry) ((cdr both) (car entry) (cdr entry)))
              (hash-table->alist (car both)))))
(define (hash-table-for-each table f) (hash-table-walk table f))

(define (hash-table-fold table f init)
  (if (hash-table? table)
      (let loop ((entries (hash-table->alist table)) (done init))
        (if (null? entries)
            done
            (loop (cdr entries) (f (caar entries) (cdar entries) done))))
      (if (hash-table? init)
          (hash-table-fold init table f)
          (%wrong 'hash-table-fold "a hash table" table))))

(define (hash-table-map! f table)
  (hash-table-walk table (lambda (key value) (hash-table-set! table key (f key value)))))
(define (hash-table-remove! table drop?)
  (hash-table-walk table (lambda (key value) (if (drop? key value) (hash-table-delete! table key)))))
(define (hash-table-empty? table) (= (hash-table-count table) 0))
