; What the implementation offers, and kinds of errors that the standard tells apart.

(define (features) (list-copy '(r7rs exact-closed full-unicode ieee-float ratios omega)))

; What `read` finds wrong with a text; there are no files.
(define (read-error? obj)
  (and (error-object? obj)
       (null? (error-object-irritants obj))
       (string? (error-object-message obj))
       (string-prefix? "read: " (error-object-message obj))))
(define (file-error? obj) #f)
