(list (string-length "añb") (string-ref "añb" 1) (substring "hello" 1 3) (string-append "a" "b" "c"))
=> (3 #\ñ "el" "abc")
(list (string-upcase "abc") (string-downcase "ABC") (string->list "abc") (list->string '(#\a #\b)) (string #\a #\b))
=> ("ABC" "abc" (#\a #\b #\c) "ab" "ab")
(list (string=? "a" "a") (string<? "a" "b" "c") (string-ci=? "Ab" "aB") (string-null? "") (string-prefix? "ab" "abc"))
=> (#t #t #t #t #t)
(list (string->symbol "abc") (symbol->string 'abc) (string->number "12") (number->string 12))
=> (abc "abc" 12 "12")
(define s (make-string 3 #\a))
=> s
(string-set! s 1 #\ñ) s
=> "aña"
(string-fill! s #\z) s
=> "zzz"
(list (string-join '("a" "b") ", ") (string-split "a,b,c" #\,) (string-contains "hello" "ll") (string-search-forward "l" "hello" 3) (string-contains "a" "b"))
=> ("a, b" ("a" "b" "c") 2 3 #f)
(list (string-pad-left "42" 5) (string-pad-right "42" 5 #\-) (string-pad-left "12345" 3) (string-trim "  a ") (string-reverse "abc"))
=> ("   42" "42---" "345" "a" "cba")
(list (char-upcase #\a) (char->integer #\A) (integer->char 955) (char-alphabetic? #\a) (char-numeric? #\1) (char-whitespace? #\space) (digit-value #\7))
=> (#\A 65 #\λ #t #t #t 7)
'(#\space #\newline #\a #\x41 #\( #\nul)
=> (#\space #\newline #\a #\A #\( #\null)
"line\nbreak\ttab \"quoted\" back\\slash \x41;"
=> "line\nbreak\ttab \"quoted\" back\\slash A"
(display "a\nb")
=> a\nb|
(write "a\nb")
=> "a\nb"|
(write #\a) (display #\a) (write 'sym) (display '("a" #\b))
=> #\aasym(a b)|
(begin (display "x") 5)
=> x\n|5
(string-map char-upcase "abc")
=> "ABC"
(string-for-each (lambda (a b) (display a) (display b)) "abc" "123")
=> a1b2c3|
(string-count "banana" #\a)
=> 3
(string-ref "abc" 3)
=> error: string-ref: index 3 is out of range for a string of length 3
(substring "abc" 2 1)
=> error: substring: the range 2 to 1 is not within 0 to 3
(string-append "a" 5)
=> error: string-append: expected a string, got 5
(integer->char 55296)
=> error: integer->char: no character has the number 55296
(string<? "a" "b" "a")
=> #f
