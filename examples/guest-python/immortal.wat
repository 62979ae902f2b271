;; Module `_immortal`: `_immortal.make(list)` makes the items of a list, and the list, objects that live for ever.
;;
;; CPython counts the references to an object in the object, so whoever looks at one writes to its page of memory, and a
;; session has that page for itself from then on. It does not count those whose count is past a bound: they are never let
;; go, and never written to for being used.
(module
  (@dylink.0 (mem-info (memory 112 2) (table 1 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__indirect_function_table" (table 1 funcref))
  (import "env" "__memory_base" (global $base i32))
  (import "env" "__table_base" (global $table i32))
  (import "env" "PyModule_Create2" (func $module (param i32 i32) (result i32)))

  ;; What CPython itself gives its immortal objects where addresses have 32 bits. It counts below 1 << 30.
  (func $make_one (param $object i32)
    (if (i32.lt_u (i32.load (local.get $object)) (i32.const 0x40000000))
      (then (i32.store (local.get $object) (i32.const 0x50000000)))))

  ;; A list: its length at 8, the address of its items at 12.
  (func $make (param $self i32) (param $list i32) (result i32)
    (local $at i32) (local $end i32)
    (local.set $at (i32.load offset=12 (local.get $list)))
    (local.set $end (i32.add (local.get $at) (i32.shl (i32.load offset=8 (local.get $list)) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (call $make_one (i32.load (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (call $make_one (local.get $list))
    (local.get $list))

  (elem (global.get $table) $make)

  (func (export "PyInit__immortal") (result i32)
    (i32.store offset=20 (global.get $base) (i32.add (global.get $base) (i32.const 96)))
    (i32.store offset=32 (global.get $base) (i32.add (global.get $base) (i32.const 56)))
    (i32.store offset=56 (global.get $base) (i32.add (global.get $base) (i32.const 106)))
    (i32.store offset=60 (global.get $base) (global.get $table))
    (call $module (global.get $base) (i32.const 1013)))

  ;; A PyModuleDef: reference count 1, name at 20, size -1 at 28, methods at 32; at 56 the methods: name, function, that
  ;; it takes one argument, documentation, and one that is none; then the names.
  (data (global.get $base)
    "\01\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\ff\ff\ff\ff" "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\08\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00"
    "_immortal\00make\00"))
