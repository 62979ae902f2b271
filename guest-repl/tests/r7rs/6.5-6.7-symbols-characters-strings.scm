(symbol? 'foo)
=> #t
(symbol? (car '(a b)))
=> #t
(symbol? "bar")
=> #f
(symbol? 'nil)
=> #t
(symbol? '())
=> #f
(symbol? #f)
=> #f
(symbol=? 'a 'a 'a)
=> #t
(symbol=? 'a 'b)
=> #f
(symbol->string 'flying-fish)
=> "flying-fish"
(symbol->string 'Martin)
=> "Martin"
(symbol->string (string->symbol "Malvina"))
=> "Malvina"
(string->symbol "mISSISSIppi")
=> mISSISSIppi
(eqv? 'bitBlt (string->symbol "bitBlt"))
=> #t
'|hello world|
=> |hello world|
'|H\x65;llo|
=> Hello
(eq? '|a| 'a)
=> #t
'||
=> ||
(char? #\a)
=> #t
(list #\alarm #\backspace #\delete #\escape #\newline #\null #\return #\space #\tab)
=> (#\alarm #\backspace #\delete #\escape #\newline #\null #\return #\space #\tab)
#\x03BB
=> #\λ
#\(
=> #\(
(char<? #\a #\b #\c)
=> #t
(char-ci=? #\a #\A)
=> #t
(char-alphabetic? #\a)
=> #t
(char-numeric? #\3)
=> #t
(char-whitespace? #\space)
=> #t
(char-upper-case? #\A)
=> #t
(char-lower-case? #\A)
=> #f
(digit-value #\3)
=> 3
(digit-value #\x0EA6)
=> #f
(char->integer #\A)
=> 65
(integer->char 955)
=> #\λ
(char-upcase #\i)
=> #\I
(char-downcase #\Σ)
=> #\σ
(char-foldcase #\A)
=> #\a
"The word \"recursion\" has many meanings."
=> "The word \"recursion\" has many meanings."
"a\x3bb;b"
=> "aλb"
(string? "a")
=> #t
(make-string 3 #\x)
=> "xxx"
(string #\a #\b)
=> "ab"
(string-length "añb")
=> 3
(string-ref "abc" 1)
=> #\b
(let ((s (make-string 3 #\*))) (string-set! s 0 #\?) s)
=> "?**"
(string=? "a" "a" "a")
=> #t
(string<? "abc" "abd")
=> #t
(string>? "b" "a")
=> #t
(string<=? "a" "a" "b")
=> #t
(string-ci=? "HeLLo" "hEllO")
=> #t
(string-upcase "abc")
=> "ABC"
(string-downcase "ABC")
=> "abc"
(substring "hello" 1 3)
=> "el"
(string-append "a" "b" "c")
=> "abc"
(string-append)
=> ""
(string->list "abc")
=> (#\a #\b #\c)
(string->list "abc" 1)
=> (#\b #\c)
(string->list "abc" 1 2)
=> (#\b)
(list->string '(#\a #\b))
=> "ab"
(string-copy "hello" 2)
=> "llo"
(define a "12345")
=> a
(define b (string-copy "abcde"))
=> b
(string-copy! b 1 a 0 2)
=> 
b
=> "a12de"
(let ((s (make-string 4 #\a))) (string-fill! s #\b 1 3) s)
=> "abba"
(string-map char-foldcase "AbdEgH")
=> "abdegh"
(string-map (lambda (c) (integer->char (+ 1 (char->integer c)))) "HAL")
=> "IBM"
(string-map (lambda (c k) ((if (eqv? k #\u) char-upcase char-downcase) c)) "studlycaps xxx" "ululululul")
=> "StUdLyCaPs"
(let ((v '())) (string-for-each (lambda (c) (set! v (cons (char->integer c) v))) "abcde") v)
=> (101 100 99 98 97)
