;; Module `_output`: `_output.out(bytes)` and `_output.err(bytes)` write to the host.
;;
;; What the toolchain makes of `host.write` copies the bytes for each call and never lets go of the copy: a session would
;; grow by all that it has ever written. This hands over the bytes where they are, and needs no memory.
(module
  (@dylink.0 (mem-info (memory 120 2) (table 2 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__indirect_function_table" (table 2 funcref))
  (import "env" "__memory_base" (global $base i32))
  (import "env" "__table_base" (global $table i32))
  (import "env" "PyModule_Create2" (func $module (param i32 i32) (result i32)))
  (import "env" "PyLong_FromLong" (func $number (param i32) (result i32)))
  (import "hostel:guest/host@0.1.0" "write" (func $write (param i32 i32 i32)))

  ;; Bytes: their length at 8, they themselves from 16 on. The console calls it with nothing else.
  (func $send (param $to i32) (param $bytes i32) (result i32)
    (call $write
      (local.get $to) (i32.add (local.get $bytes) (i32.const 16)) (i32.load offset=8 (local.get $bytes)))
    (call $number (i32.const 0)))

  (func $out (param $self i32) (param $bytes i32) (result i32) (call $send (i32.const 0) (local.get $bytes)))
  (func $err (param $self i32) (param $bytes i32) (result i32) (call $send (i32.const 1) (local.get $bytes)))

  (elem (global.get $table) $out $err)

  (func (export "PyInit__output") (result i32)
    (i32.store offset=20 (global.get $base) (i32.add (global.get $base) (i32.const 104)))
    (i32.store offset=32 (global.get $base) (i32.add (global.get $base) (i32.const 56)))
    (i32.store offset=56 (global.get $base) (i32.add (global.get $base) (i32.const 112)))
    (i32.store offset=60 (global.get $base) (global.get $table))
    (i32.store offset=72 (global.get $base) (i32.add (global.get $base) (i32.const 116)))
    (i32.store offset=76 (global.get $base) (i32.add (global.get $table) (i32.const 1)))
    (call $module (global.get $base) (i32.const 1013)))

  ;; A PyModuleDef: reference count 1, name at 20, size -1 at 28, methods at 32; from 56 the methods: name, function, that
  ;; it takes one argument, documentation, and one that is none; then the names.
  (data (global.get $base)
    "\01\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\ff\ff\ff\ff" "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\08\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\08\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "_output\00out\00err\00"))
