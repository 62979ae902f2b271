;; What `output.wat` imports, as the toolchain wants to be told: the world of a module, with the whole interface of the host
;; as `wit/guest.wit` has it. The build puts it into the module.
(component
 (@custom "wit-component-encoding" "\04\00")
 (type (component
   (type (component
     (type (instance
        (type $s0 (enum "stdout" "stderr")) (export "output-stream" (type $s (eq $s0)))
        (type $b (list u8))
        (export "write" (func (param "to" $s) (param "bytes" $b)))
        (type $r0 (record (field "mime" string) (field "data" $b))) (export "representation" (type $r (eq $r0)))
        (type $rs (list $r)) (type $shown (result (error string)))
        (export "display" (func (param "representations" $rs) (result $shown)))
        (type $k0 (enum "denied" "invalid" "limited" "timed-out" "failed")) (export "failure-kind" (type $k (eq $k0)))
        (type $f0 (record (field "kind" $k) (field "message" string))) (export "failure" (type $f (eq $f0)))
        (type $a (result string (error $f)))
        (export "read-line" (func (param "prompt" string) (result $a)))
        (export "call" (func (param "name" string) (param "arguments" string) (result $a)))))
     (import "hostel:guest/host@0.1.0" (instance (type 0)))))
   (export "hostel:output/output" (component (type 0)))))
 (export "output" (type 0)))
