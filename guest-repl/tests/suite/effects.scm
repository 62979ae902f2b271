(effect http-get "http://example.org" 5)
=> error: no function http-get is granted (denied)
(guard (e (#t (list (condition-message e) (effect-failure-kind e)))) (effect "send" '(1 2)))
=> ("no function send is granted" denied)
(effect 5)
=> error: effect: expected the name of an effect, got 5
(effect)
=> error: effect: expected (effect name argument …), got (effect)
(effect echo 1 "two" '(3 "four") #\x 1.5 #t 'sym 'null '() (vector 1 (vector)) 1/4 (expt 10 20))
=> ("echo" (1 "two" (3 "four") "x" 1.5 #t "sym" null () (1 ()) 0.25 100000000000000000000))
(effect echo)
=> ("echo" ())
(effect echo '((a . 1) (b "x" "y")))
=> ("echo" #<hash-table ("a" . 1) ("b" "x" "y")>)
(effect echo '(("a" "b") ("c" "d")))
=> ("echo" ((("a" "b") ("c" "d"))))
(effect echo (make-equal-hash-table))
=> ("echo" #<hash-table>)
(effect echo 1 '((a . ((b . 2)))))
=> ("echo" (1 #<hash-table ("a" . #<hash-table ("b" . 2)>)>))
(effect infer.op "say \"hi\"\n")
=> ("infer" #<hash-table ("prompt" . "say \"hi\"\n")>)
(effect infer.op "hi" '((max_tokens . 5)))
=> ("infer" #<hash-table ("prompt" . "hi") ("max_tokens" . 5)>)
(effect 'infer.op '((messages . #(((role . user) (content . "hi"))))))
=> ("infer" #<hash-table ("messages" #<hash-table ("role" . "user") ("content" . "hi")>)>)
(list (effect kv.put "a" 1) (effect kv.get "a") (effect kv.list) (effect kv.delete "a"))
=> (("kv.put" #<hash-table ("key" . "a") ("value" . 1)>) ("kv.get" #<hash-table ("key" . "a")>) ("kv.list" #<hash-table>) ("kv.delete" #<hash-table ("key" . "a")>))
(effect kv.get 1 2)
=> error: kv.get: expected an alist or a hash table after the other arguments
(effect kv.get 1 2 3)
=> error: kv.get: expected at most 2 arguments, got 3
(define getter "kv.get") (effect getter "b")
=> ("kv.get" #<hash-table ("key" . "b")>)
(let ((fail 'echo)) (effect fail 1))
=> ("echo" (1))
(map (lambda (name) (guard (e (#t (effect-failure-kind e))) (perform-effect name))) '(denied invalid limited timed-out failed nonsense))
=> (denied invalid limited timed-out failed #f)
(effect nonsense)
=> error: nonsense: the answer is no JSON at byte 0
(effect failed)
=> error: failed: out of order (failed)
(handler-bind ((error? (lambda (e) (invoke-restart 'use-value 42)))) (+ 1 (effect failed)))
=> 43
(define tries 0)
=> tries
(handler-bind ((error? (lambda (e) (set! tries (+ tries 1)) (if (< tries 3) (invoke-restart 'retry))))) (effect failed))
=> error: failed: out of order (failed)
tries
=> 3
(effect-failure-kind (guard (e (#t e)) (error "x" 'other)))
=> #f
(effect echo car)
=> error: echo: no JSON form has #<procedure car>
(effect echo (/ 0. 0.))
=> error: echo: no JSON form has +nan.0
(define ring (list 1 2)) (set-cdr! (cdr ring) ring) (effect echo ring)
=> error: echo: no JSON form has #0=(1 2 . #0#)\n  in the expression at 1:53
(define deep (list 1)) (set-car! deep deep) (effect echo deep)
=> error: echo: more than 500 levels of lists within each other have no JSON form\n  in the expression at 1:45
(string->json "{\"a\": [1, -2.5e3, true, false, null, \"\\u00e9\\ud83d\\ude00\\n\\/\"], \"a\": {}, \"b\": []}")
=> #<hash-table ("a" . #<hash-table>) ("b")>
(string->json " [1, -2.5e3, 1E2, 0, -0, true, false, null, \"\\u00e9\\ud83d\\ude00\\n\\/\\ud800\"] ")
=> (1 -2500.0 100.0 0 0 #t #f null "é😀\n/�")
(map (lambda (text) (guard (e (#t (condition-message e))) (string->json text))) '("" "[1,]" "01" "1." "+1" "'a'" "{\"a\" 1}" "{a:1}" "[1] 2" "\"\\x\"" "nul" "1/2" "[" "\"" "-" "1e" "#t"))
=> ("string->json: no JSON at byte 0" "string->json: no JSON at byte 3" "string->json: no JSON at byte 0" "string->json: no JSON at byte 0" "string->json: no JSON at byte 0" "string->json: no JSON at byte 0" "string->json: no JSON at byte 5" "string->json: no JSON at byte 1" "string->json: no JSON at byte 4" "string->json: no JSON at byte 1" "string->json: no JSON at byte 0" "string->json: no JSON at byte 1" "string->json: no JSON at byte 1" "string->json: no JSON at byte 1" "string->json: no JSON at byte 0" "string->json: no JSON at byte 0" "string->json: no JSON at byte 0")
(string->json (make-string 501 #\[))
=> error: string->json: more than 500 levels of JSON
(json->string (list 1 "a\tb\x1;\\" 'null (vector) #f 2.0 1e300 -1/3 (if #f #f)))
=> "[1,\"a\\tb\\u0001\\\\\",null,[],false,2.0,1e300,-0.3333333333333333,null]"
(string->json (json->string '((a . 1) (b . ((c . #t))))))
=> #<hash-table ("a" . 1) ("b" . #<hash-table ("c" . #t)>)>
(json->string (let ((t (make-equal-hash-table))) (hash-table-set! t 1 'one) t))
=> "{\"1\":\"one\"}"
(json->string (let ((t (make-equal-hash-table))) (hash-table-set! t '(1) 'one) t))
=> error: json->string: no key of a JSON object is (1)
(show (cons "text/html" "<b>x</b>") (cons "text/plain" "x"))
=> [text/html 8][text/plain 1]|
(begin (display "before ") (display-as "image/png" (bytevector 1 2 3)) 'after)
=> before [image/png 3]\n|after
(display-as "application/json" '((a . 1)))
=> [application/json 7]|
(show (cons "image/png" "iVBORw0KGgo=") (cons "image/svg+xml" "<svg/>") (cons "application/json" "[1]"))
=> [image/png 8][image/svg+xml 6][application/json 3]|
(display-as "image/png" "no picture")
=> error: display-as: a string for image/png must be base64; raw data are a bytevector
(display-as "text/html")
=> error: display-as: expected at least 2 arguments, got 1
(display-as "text/html" "a" "b")
=> error: display-as: expected a media type and data, and further pairs of those
(display-as "nonsense" "a")
=> error: display-as: no media type: nonsense
(show "text/html")
=> error: show: expected a pair, got "text/html"
(show (cons "text/html" 5))
=> error: show: expected a string or a bytevector, got 5
(eval '(effect echo 1) (make-evaluator))
=> ("echo" (1))
