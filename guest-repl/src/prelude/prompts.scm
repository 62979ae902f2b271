; Delimited control. A prompt is a frame of %prompt on the stack, which the machine finds by its tag, so a continuation
; that holds prompts can be put on top of any other.

(define %default-prompt-tag (list 'default))
(define (default-prompt-tag) %default-prompt-tag)
(define (make-prompt-tag . stem) (list (if (pair? stem) (car stem) 'prompt)))

; The machine knows this procedure, and the order of its parameters.
(define (%prompt tag handler winders handlers thunk)
  (let ((result (thunk)))
    result))

(define (call-with-prompt tag thunk . handler)
  (let ((handler (if (pair? handler) (car handler) (lambda (continuation . values) (apply %values values)))))
    (if (not (procedure? thunk)) (%wrong 'call-with-prompt "a procedure" thunk))
    (if (not (procedure? handler)) (%wrong 'call-with-prompt "a procedure" handler))
    (%prompt tag handler (%winders) (%handlers) thunk)))

(define (abort-to-prompt tag . arguments)
  (let ((outer (%prompt-winders tag 'abort-to-prompt)) (inner (%winders)))
    (%call-with-part tag
      (lambda (part handlers)
        (let ((continuation (%composable part inner outer (%handlers) handlers)))
          (%rewind outer)
          (%abort tag (cons continuation arguments)))))))

; A procedure that puts a part of a computation on top of its caller's: enters the extents that the part is in, and
; brings its handlers along. Without any it is a tail call, so that a loop of parts takes constant space.
(define (%composable part inner outer inner-handlers outer-handlers)
  (let ((winders (%prefix inner outer)) (handlers (%prefix inner-handlers outer-handlers)))
    (if (and (null? winders) (null? handlers))
        (lambda arguments (%reinstate part (apply %values arguments)))
        (lambda arguments
          (let* ((around (%handlers))
                 (result (begin
                           (for-each (lambda (winder)
                                       ((car winder))
                                       (%set-winders! (cons winder (%winders))))
                                     (reverse winders))
                           (%set-handlers! (append handlers around))
                           (%reinstate part (apply %values arguments)))))
            (%set-handlers! around)
            result)))))

; What a list has before its end.
(define (%prefix list end)
  (let loop ((list list) (items '()))
    (if (or (eq? list end) (null? list))
        (reverse items)
        (loop (cdr list) (cons (car list) items)))))

(define %reset-tag (list 'reset))
(define (%reset thunk)
  (call-with-prompt %reset-tag thunk (lambda (continuation receiver)
                                       (%reset (lambda () (receiver (lambda arguments
                                                                      (%reset (lambda () (apply continuation arguments))))))))))
(define (%shift receiver)
  (%prompt-winders %reset-tag 'shift)
  (abort-to-prompt %reset-tag receiver))
