;; Module `_stack_limit`: importing it tells the interpreter how much stack it may use.
;;
;; CPython raises RecursionError when its stack in linear memory has grown by 1 MiB. The stack that WebAssembly itself
;; keeps grows faster in most recursions, and Hostel gives a call 1 MiB of that: the guest would trap first. The limits are
;; three words of the thread's state that nothing sets from outside:
;;
;;   top            a multiple of 4096, where the stack begins
;;   soft limit     below it RecursionError is raised
;;   hard limit     below it the interpreter gives up
;;
;; They are looked for by what is known of them. When they are not there the import fails, and with it the build.
(module
  (@dylink.0 (mem-info (memory 96 2)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (import "env" "PyThreadState_Get" (func $thread (result i32)))
  (import "env" "PyModule_Create2" (func $module (param i32 i32) (result i32)))

  ;; Whether a limit is what CPython makes of its 1 MiB: between 960 and 1088 KiB below the top.
  (func $is_limit (param $top i32) (param $limit i32) (result i32)
    (i32.lt_u
      (i32.sub (i32.sub (local.get $top) (local.get $limit)) (i32.const 983040))
      (i32.const 131072)))

  (func $is_top (param $at i32) (result i32)
    (local $top i32)
    (local.set $top (i32.load (local.get $at)))
    (i32.and
      (i32.eqz (i32.and (local.get $top) (i32.const 4095)))
      (i32.and
        (call $is_limit (local.get $top) (i32.load offset=4 (local.get $at)))
        (call $is_limit (local.get $top) (i32.load offset=8 (local.get $at))))))

  ;; Sets the soft limit, within the first 4 KiB of the thread's state. Whether it was there.
  (func $set (result i32)
    (local $at i32) (local $end i32)
    (local.set $at (call $thread))
    (local.set $end (i32.add (local.get $at) (i32.const 4096)))
    (loop $next
      (if (call $is_top (local.get $at))
        (then
          ;; 224 KiB. Of the recursions that were tried, the one that takes most of the other stack for each byte of
          ;; this one (a function cached by functools that calls itself) has used four fifths of it then.
          (i32.store offset=4 (local.get $at) (i32.sub (i32.load (local.get $at)) (i32.const 229376)))
          (return (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (i32.const 0))

  (func (export "PyInit__stack_limit") (result i32)
    (if (i32.eqz (call $set)) (then (return (i32.const 0))))
    (i32.store offset=20 (global.get $base) (i32.add (global.get $base) (i32.const 56)))
    (call $module (global.get $base) (i32.const 1013)))

  ;; A PyModuleDef: reference count 1, name (set above) at 20, size -1 at 28; then the name.
  (data (global.get $base)
    "\01\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\ff\ff\ff\ff" "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "_stack_limit\00"))
