(list (string-split "a b  c ") (string-split "  ") (string-split "a,b,,c" #\,) (string-split "a--b" "--") (string-split "" ","))
=> (("a" "b" "c") () ("a" "b" "" "c") ("a" "b") (""))
(string-split "a" "")
=> error: string-split: expected a string that is not empty, got ""
(string-split "a b" 5)
=> error: string-split: expected a string or a character, got 5
(list (string-contains? "banana" "nan") (string-contains? "banana" "x") (string-contains "banana" "nan") (string-contains "banana" "x") (string-search-all "ana" "banana"))
=> (#t #f 2 #f (1 3))
(list (string-index "añb c" #\space) (string-index "abc" char-numeric?) (string-index "a1b2" char-numeric? 2) (string-rindex "banana" #\a) (string-rindex "abc" #\z))
=> (3 #f 3 5 #f)
(string-index "abc" 5)
=> error: string-index: expected a character or a procedure, got 5
(list (string-prefix? "ab" "abc") (string-suffix? "bc" "abc") (string-prefix? "abc" "ab"))
=> (#t #t #f)
(list (string-trim " \ta ") (string-trim-left " a ") (string-trim-right " a ") (string-trim "xxaxx" #\x) (string-trim-left "12ab" char-numeric?) (string-trim-right "ab12" char-numeric?))
=> ("a" "a " " a" "a" "ab" "ab")
(list (string-upcase "straße") (string-downcase "ÀB") (string-foldcase "AB"))
=> ("STRASSE" "àb" "ab")
(list (string-pad-left "42" 5) (string-pad-left "abcdef" 3) (string-pad-right "ñ" 3 #\.) (string-pad-right "abcdef" 3))
=> ("   42" "def" "ñ.." "abc")
(list (string-replace "banana" "an" "AN") (string-replace "a-b-c" #\- "") (string-replace "aaa" "a" #\b) (string-replace "abc" "x" "y"))
=> ("bANANa" "abc" "bbb" "abc")
(string-replace "abc" "" "y")
=> error: string-replace: expected a string that is not empty, got ""
(list (string-repeat "ab" 3) (string-repeat #\- 5) (string-repeat "" 1000000000000) (string-repeat "x" 0))
=> ("ababab" "-----" "" "")
(string-repeat "ab" 1000000000)
=> error: string-repeat: the result would be longer than 268435456 bytes
(list (string-join '("a" "b" "c") "-") (string-join '("a" "b")) (string-join '() ",") (string-reverse "añb") (string-concatenate '("a" "b")))
=> ("a-b-c" "a b" "" "bña" "ab")
(string-for-each (lambda (a b) (write a) (write b)) "ab" "xyz")
=> #\a#\x#\b#\y|
(list (string-map char-upcase "añ") (string-map (lambda (a b) (if (char<? a b) a b)) "adc" "bbbz") (string-count "banana" #\a) (string-count "a1b2" char-numeric?) (string-count "banana" #\a 2))
=> ("AÑ" "abb" 3 2 2)
(list (string->list "hello" 2) (string->list "hello" 1 3) (string->vector "abc" 1) (vector->string #(#\a #\b #\c) 1 2) (string-copy "hello" 3))
=> ((#\l #\l #\o) (#\e #\l) #(#\b #\c) "b" "lo")
(string->list "hello" 3 9)
=> error: string->list: the range 3 to 9 is not within 0 to 5
(define s (string-copy "hello"))
=> s
(string-copy! s 1 "añb" 1) s
=> "hñblo"
(string-copy! s 1 s 0 4) s
=> "hhñbl"
(string-copy! s 3 "abc")
=> error: string-copy!: 3 characters from index 3 on do not fit in a string of length 5
(string-fill! s #\ñ 1 3) s
=> "hññbl"
(list (string-filter char-alphabetic? "a1b2") (string-any char-numeric? "ab1") (string-every char-numeric? "12a"))
=> ("ab" #t #f)
(list (string-ci=? "Straße" "STRASSE") (string-ci<? "a" "B") (string-ci>? "a" "B") (string-ci<=? "a" "A") (string-ci>=? "b" "A"))
=> (#f #t #f #t #t)
(list (char-ci=? #\a #\A) (char-ci<? #\a #\B #\c) (char-ci>? #\b #\A) (char-ci<=? #\a #\A) (char-ci>=? #\a #\B))
=> (#t #t #t #t #f)
(list (char-alphabetic? #\ñ) (char-numeric? #\5) (char-whitespace? #\tab) (char-upper-case? #\A) (char-lower-case? #\A) (char-foldcase #\A) (digit-value #\a))
=> (#t #t #t #t #f #\a #f)
(bytevector 1 2 255)
=> #u8(1 2 255)
'(#u8() #u8(0 1))
=> (#u8() #u8(0 1))
#u8(1 256)
=> error: a bytevector holds integers from 0 to 255 at 1:1
#u8(1 a)
=> error: a bytevector holds integers from 0 to 255 at 1:1
(define b (make-bytevector 3 7))
=> b
(bytevector-u8-set! b 1 200) (list b (bytevector-u8-ref b 1) (bytevector-length b) (bytevector? b) (bytevector? "a") (equal? b (bytevector 7 200 7)) (eqv? b b))
=> (#u8(7 200 7) 200 3 #t #f #t #t)
(list (bytevector-copy b 1) (bytevector-append b #u8(1) #u8()) (bytevector-copy #u8(1 2 3) 1 2) (bytevector->list b) (list->bytevector '(1 2)))
=> (#u8(200 7) #u8(7 200 7 1) #u8(2) (7 200 7) #u8(1 2))
(bytevector-copy! b 0 b 1) b
=> #u8(200 7 7)
(bytevector-fill! b 9 2) b
=> #u8(200 7 9)
(list (utf8->string (bytevector 97 195 177)) (string->utf8 "añ") (string->utf8 "añb" 1 2) (utf8->string #u8(97 98 99) 1 2))
=> ("añ" #u8(97 195 177) #u8(195 177) "b")
(utf8->string #u8(97 255))
=> error: utf8->string: no UTF-8 at byte 1
(bytevector 256)
=> error: bytevector: expected an integer from 0 to 255, got 256
(bytevector-u8-ref b 3)
=> error: bytevector-u8-ref: index 3 is out of range for a bytevector of length 3
(bytevector-u8-set! b 0 -1)
=> error: bytevector-u8-set!: expected an integer from 0 to 255, got -1
(bytevector-copy! b 2 #u8(1 2))
=> error: bytevector-copy!: 2 bytes from index 2 on do not fit in a bytevector of length 3
(bytevector-length '(1))
=> error: bytevector-length: expected a bytevector, got (1)
(make-bytevector 2)
=> #u8(0 0)
