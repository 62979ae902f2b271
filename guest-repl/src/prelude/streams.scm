; Streams: pairs of a value and a promise of the rest.

(define the-empty-stream '())
(define stream-nil '())
(define (stream-pair? obj) (and (pair? obj) (promise? (cdr obj))))
(define (stream-null? obj) (null? obj))
(define (empty-stream? obj) (null? obj))

(define (%check-stream who stream)
  (if (not (stream-pair? stream)) (%wrong who "a stream with an element" stream)))
(define (%check-end who stream)
  (if (not (null? stream)) (%wrong who "a stream" stream)))
(define (%check-count who count)
  (if (not (and (exact-integer? count) (>= count 0))) (%wrong who "an index" count)))

(define (stream-car stream) (%check-stream 'stream-car stream) (car stream))
(define (stream-cdr stream) (%check-stream 'stream-cdr stream) (force (cdr stream)))
(define (stream-first stream) (%check-stream 'stream-first stream) (car stream))
(define (stream-rest stream) (%check-stream 'stream-rest stream) (force (cdr stream)))

; --- parts ---

(define (stream-head stream count)
  (%check-count 'stream-head count)
  (let loop ((stream stream) (count count) (items '()))
    (if (= count 0)
        (reverse items)
        (begin
          (%check-stream 'stream-head stream)
          (let ((items (cons (car stream) items)))
            ; The rest is not computed when nothing of it is wanted.
            (if (= count 1) (reverse items) (loop (force (cdr stream)) (- count 1) items)))))))

; Ends in a call, so that nothing here holds the beginning of a stream that is walked along.
(define (%stream-walk who stream count finish)
  (%check-count who count)
  (let loop ((stream stream) (count count))
    (if (= count 0)
        (finish stream)
        (begin
          (%check-stream who stream)
          (loop (force (cdr stream)) (- count 1))))))
(define (stream-tail stream count) (%stream-walk 'stream-tail stream count %values))
(define (stream-ref stream index)
  (%stream-walk 'stream-ref stream index (lambda (tail) (%check-stream 'stream-ref tail) (car tail))))

(define (%stream-take who stream count)
  (let loop ((stream stream) (left count) (items '()))
    (cond ((eqv? left 0) (reverse items))
          ((stream-pair? stream)
           (let ((items (cons (car stream) items)))
             (if (eqv? left 1)
                 (reverse items)
                 (loop (force (cdr stream)) (and left (- left 1)) items))))
          (else (%check-end who stream) (reverse items)))))

; At most so many elements, as a list.
(define (stream-take stream count)
  (%check-count 'stream-take count)
  (%stream-take 'stream-take stream count))
(define (stream->list stream . count)
  (if (pair? count) (%check-count 'stream->list (car count)))
  (%stream-take 'stream->list stream (if (pair? count) (car count) #f)))

; --- making ---

(define (list->stream list)
  (cond ((pair? list) (cons-stream (car list) (list->stream (cdr list))))
        ((null? list) '())
        (else (%wrong 'list->stream "a list" list))))
(define (stream . items) (list->stream items))
(define (stream-from start . step)
  (let ((step (if (pair? step) (car step) 1)))
    (let loop ((n start)) (cons-stream n (loop (+ n step))))))
(define (integers-from start) (stream-from start))

; --- element by element ---

(define (%all-streams? who streams)
  (or (null? streams)
      (if (stream-pair? (car streams))
          (%all-streams? who (cdr streams))
          (begin (%check-end who (car streams)) #f))))
(define (%stream-tails streams) (map (lambda (stream) (force (cdr stream))) streams))

(define (stream-map f first . rest)
  (let loop ((streams (cons first rest)))
    (if (%all-streams? 'stream-map streams)
        (cons-stream (apply f (map car streams)) (loop (%stream-tails streams)))
        '())))

(define (stream-for-each f first . rest)
  (let loop ((streams (cons first rest)))
    (if (%all-streams? 'stream-for-each streams)
        (begin
          (apply f (map car streams))
          (loop (%stream-tails streams))))))

(define (stream-filter keep? stream)
  (cond ((stream-pair? stream)
         (if (keep? (car stream))
             (cons-stream (car stream) (stream-filter keep? (force (cdr stream))))
             (stream-filter keep? (force (cdr stream)))))
        (else (%check-end 'stream-filter stream) '())))

(define (stream-append . streams)
  (let outer ((streams streams))
    (if (null? streams)
        '()
        (let inner ((stream (car streams)))
          (cond ((stream-pair? stream) (cons-stream (car stream) (inner (force (cdr stream)))))
                (else (%check-end 'stream-append stream) (outer (cdr streams))))))))
