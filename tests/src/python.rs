//! The Python guest: all of CPython, kept, evicted and replayed. It is not committed, so these tests run only where its
//! component has been built (`examples/guest-python/build`), and otherwise say that they do not.

mod library;
mod values;

use std::io::Write;
use std::process::Stdio;
use std::sync::Once;

use serde_json::json;

use crate::harness::{Server, Session, Setup, program, python_guest, setup};

/// A server's set-up with the guest, where there is one.
fn built() -> Option<Setup> {
    static SAID: Once = Once::new();
    let component = python_guest();
    if component.is_none() {
        // Past what is captured of a test that passes.
        SAID.call_once(|| {
            let _ = writeln!(std::io::stderr(), "the Python guest has not been built: its tests are skipped");
        });
    }
    component.map(|component| setup().guest("python", &component))
}

fn python<'s>(server: &'s Server, name: &str) -> Session<'s> {
    let session = server.session(name);
    let answer = session.create(json!({ "guest": "python" }));
    assert!(answer.status < 300, "{}", answer.text);
    session
}

#[test]
fn python_remembers_what_its_commands_did() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    let bob = python(&server, "bob");
    assert_eq!(alice.output("n = 40\ndef add(x):\n    return n + x\n"), "");
    assert_eq!(alice.output("n += 1; add(1)"), "42");
    assert_eq!(alice.output("_ + 1"), "43");
    assert_eq!(alice.output("None"), "");
    assert_eq!(alice.output("_, {'text': 'it', 'list': [1, 2.5]}"), "(43, {'text': 'it', 'list': [1, 2.5]})");
    assert_eq!(alice.output("import asyncio\nawait asyncio.sleep(0, 'slept')"), "'slept'");
    assert!(bob.output("n").ends_with("NameError: name 'n' is not defined"));
}

#[test]
fn blocks_are_typed_line_by_line_at_a_prompt() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    python(&server, "alice");
    let mut child = program()
        .args(["repl", "alice", "--server", &server.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let typed = "def f(n):\n    m = n + 1\n    return m\n\nif f(1) == 1:\n    print('one')\nelse:\n    print('two')\n\n\
                 match f(2):\n    case 3:\n        print('three')\n\nf(3)\n";
    child.stdin.take().expect("piped").write_all(typed.as_bytes()).expect("it reads");
    let out = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&out.stdout), "two\nthree\n4\n");
    assert_eq!(out.status.code(), Some(0));
}

#[test]
fn python_shows_the_expression_at_the_end_of_a_command() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    for (command, shown) in [
        ("x = 1", ""),
        ("x == 1", "True"),
        ("x = 2; x", "2"),
        ("x = 3\n'it'", "'it'"),
        ("x += 1\rx", "4"),
        ("(lambda a=1: a)()", "1"),
        ("[a := 5, a][1]", "5"),
        ("import math; math.floor(2.5)", "2"),
        ("import_ = passed = 7", ""),
        ("import_ + passed", "14"),
        ("if x: 5", ""),
        ("def f():\n    return 8\n\nf()", "8"),
        ("for i in 'ab':\n    pass\n\x0ci", "'b'"),
        ("class A: pass\n# nothing more", ""),
        ("with __import__('contextlib').nullcontext(9) as y:\n    y\n", ""),
        ("from __future__ import annotations", ""),
        ("def g(a: nowhere): pass\ng.__annotations__", "{'a': 'nowhere'}"),
        ("def h(a: nowhere): pass", ""),
        ("h.__annotations__", "{'a': 'nowhere'}"),
        ("import asyncio\nz = await asyncio.sleep(0, 10)", ""),
        ("z = z + await asyncio.sleep(0, 1)", ""),
        ("z", "11"),
    ] {
        assert_eq!(alice.output(command), shown, "{command:?}");
    }
}

#[test]
fn python_writes_in_order_and_errors_keep_the_state() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    let command =
        "import sys\nkept = 1\nprint('a', end=''); print('err', file=sys.stderr); print('b')\nkept = 2\n1 / 0";
    let answer = alice.execute(command).json();
    assert_eq!(answer["stdout"], "ab\n");
    assert_eq!(answer["stderr"], "err\n");
    assert!(answer["output"].as_str().expect("an output").starts_with("aerr\nb\nTraceback"), "{answer}");
    assert_eq!(alice.output("kept"), "2");
    assert_eq!(alice.execute("exit()").json()["shouldExit"], true);
    let answer = alice.execute("raise SystemExit('bye')").json();
    assert_eq!((&answer["shouldExit"], &answer["stderr"]), (&json!(true), &json!("bye\n")));
    assert_eq!(alice.output("kept"), "2");
}

#[test]
fn python_tracebacks_begin_at_the_users_code_and_show_it() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    alice.output("def f(n):\n    return 1 / n\n");
    assert_eq!(
        alice.output("f(0)"),
        "Traceback (most recent call last):\n  File \"<command 2>\", line 1, in <module>\n    f(0)\n    ~^^^\n  \
         File \"<command 1>\", line 2, in f\n    return 1 / n\n           ~~^~~\nZeroDivisionError: division by zero"
    );
    assert_eq!(
        alice.output("x = = 2"),
        "  File \"<command 3>\", line 1\n    x = = 2\n        ^\nSyntaxError: invalid syntax"
    );
    let denied = alice.output("input('name? ')");
    let told = "EOFError: there is nobody to ask: the client does not follow the command; one that does (Accept: \
                application/x-ndjson) can answer its question";
    assert!(denied.ends_with(told), "{denied}");
    assert!(!denied.contains("guest"), "{denied}");
    let missing = alice.output("import numpy");
    assert!(missing.contains("No module named 'numpy'\nThis Python has the part"), "{missing}");
}

#[test]
fn python_knows_a_whole_command_from_a_beginning() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    alice.output("from guest import completeness\ndef of(source): return completeness.of(source).name.lower()");
    for (source, expected) in [
        ("x + 2", "complete"),
        ("x = 1\ny = 2", "complete"),
        ("await f()", "complete"),
        ("", "complete"),
        ("def f(): return 1", "complete"),
        ("def f():\n    return 1\n", "complete"),
        ("if x:\n    y\nz", "complete"),
        ("def f():", "incomplete"),
        ("def f():\n    return 1", "incomplete"),
        ("def f():\n    return 1\n# not the end", "incomplete"),
        ("match x:\n  case 1:\n    pass", "incomplete"),
        ("match x:\n  case 1:\n    pass\n", "complete"),
        ("match x:\n  case 1: pass\nz", "complete"),
        ("try:\n  x\nexcept* OSError:\n  pass", "incomplete"),
        ("x = \"\"\"a\n  b\"\"\"", "complete"),
        ("x = [1,\n  2]\n# done", "complete"),
        ("f(1,", "incomplete"),
        ("\"\"\"text", "incomplete"),
        ("@cached", "incomplete"),
        ("x = = 1", "invalid"),
        ("  x", "invalid"),
    ] {
        assert_eq!(alice.output(&format!("of({source:?})")), format!("'{expected}'"), "{source}");
    }
}

/// Puts things of every kind into a session, half-way through something where that can be.
fn furnish(session: &Session<'_>) {
    for command in [
        "import abc, collections, dataclasses, decimal, functools, io, itertools, json, random, re, sqlite3",
        "class Shape(abc.ABC):\n    @abc.abstractmethod\n    def area(self): ...\n\
         class Square(Shape):\n    __slots__ = ('side',)\n    def __init__(self, side): self.side = side\n    \
         def area(self): return self.side ** 2\n\
         class Named(Square):\n    def area(self): return ('named', super().area())\nshape = Named(3)",
        "@dataclasses.dataclass(order=True)\nclass Point:\n    x: int\n    tags: list = dataclasses.field(default_factory=list)\n\
         points = [Point(2), Point(1, ['a'])]",
        "def count():\n    n = 0\n    while True:\n        try:\n            n += yield n\n        finally:\n            log.append(n)\n\
         log = []; counter = count(); next(counter); counter.send(5)",
        "def make():\n    n = 0\n    def tick():\n        nonlocal n\n        n += 1\n        return n\n    return tick\n\
         tick = make(); tick(); double = lambda f: (f(), f())",
        "dice = random.Random(7); rolled = [dice.random() for _ in range(5)]; dice.gauss(0, 1)",
        "pattern = re.compile(r'(?P<word>\\w+)-(\\d+)'); matches = pattern.finditer('a-1 b-2 c-3'); next(matches)",
        "walk = iter({'a': 1, 'b': 2, 'c': 3}.items()); next(walk); pairs = itertools.pairwise(range(9)); next(pairs)",
        "decimal.getcontext().prec = 7; third = decimal.Decimal(1) / 3",
        "text = io.StringIO('one\\ntwo\\n'); text.readline()",
        "@functools.cache\ndef slow(n):\n    log.append('slow')\n    return n * 2\nslow(4)",
        "db = sqlite3.connect(':memory:'); _ = db.execute('create table t (a)')\n\
         _ = db.executemany('insert into t values (?)', [(n,) for n in range(100)])\nrows = db.execute('select a from t order by a')\n\
         rows.fetchone()",
        "try:\n    Point()\nexcept TypeError as error:\n    caught = error",
    ] {
        let output = session.output(command);
        assert!(!output.contains("Error"), "{command}: {output}");
    }
}

/// Takes out what [`furnish`] put in.
fn look(session: &Session<'_>) {
    for (command, output) in [
        (
            "shape.area(), isinstance(shape, Shape), [c.__name__ for c in Named.__mro__[:2]]",
            "(('named', 9), True, ['Named', 'Square'])",
        ),
        ("sorted(points)", "[Point(x=1, tags=['a']), Point(x=2, tags=[])]"),
        ("counter.send(2), counter.close(), log[-1]", "(7, None, 7)"),
        ("double(tick)", "(2, 3)"),
        ("same = random.Random(7); [same.random() for _ in range(5)] == rolled", "True"),
        ("same.gauss(0, 1); (same.random(), same.gauss(0, 1)) == (dice.random(), dice.gauss(0, 1))", "True"),
        ("[found['word'] for found in matches]", "['b', 'c']"),
        ("list(walk), next(pairs)", "([('b', 2), ('c', 3)], (1, 2))"),
        ("third, decimal.Decimal(2) / 3", "(Decimal('0.3333333'), Decimal('0.6666667'))"),
        ("text.readline()", "'two\\n'"),
        ("slow(4), log.count('slow')", "(8, 1)"),
        ("rows.fetchone(), db.execute('select sum(a) from t').fetchone()", "((1,), (4950,))"),
    ] {
        assert_eq!(session.output(command), output, "{command}");
    }
    let raised = session.output("raise caught");
    assert!(raised.contains("File \"<command 13>\", line 2, in <module>\n    Point()\n"), "{raised}");
    assert!(raised.ends_with("TypeError: Point.__init__() missing 1 required positional argument: 'x'"), "{raised}");
}

#[test]
fn python_comes_back_from_an_eviction_as_it_was() {
    let Some(setup) = built() else { return };
    let server = setup.with("max-live-sessions", 1).start();
    let alice = python(&server, "alice");
    let other = python(&server, "other");
    furnish(&alice);
    other.output("1");
    assert_eq!(alice.metadata()["live"], false);
    look(&alice);
}

#[test]
fn python_comes_back_from_a_restart_as_it_was() {
    let Some(setup) = built() else { return };
    let mut server = setup.start();
    furnish(&python(&server, "stopped"));
    server.restart();
    furnish(&python(&server, "killed"));
    server.kill();
    server.start();
    look(&server.session("stopped"));
    look(&server.session("killed"));
}

#[test]
fn python_is_replayed_to_the_same_state() {
    let Some(setup) = built() else { return };
    let mut server = setup.start();
    let alice = python(&server, "alice");
    for command in [
        "import time, random, secrets, os, uuid, datetime, json, asyncio\nseen = [random.random(), time.time(), time.monotonic()]",
        "seen += [secrets.token_hex(8), os.urandom(4).hex(), str(uuid.uuid4()), random.randrange(10**9)]",
        "time.sleep(0.02); seen += [str(datetime.datetime.now()), time.perf_counter()]",
        "async def nap(n):\n    await asyncio.sleep(n / 100)\n    seen.append(time.time_ns())\nawait asyncio.gather(nap(2), nap(1))",
        "seen += [hash('text'), id(seen), list({'c', 'a', 'b'}), repr(object())]",
    ] {
        assert!(!alice.output(command).contains("Error"), "{command}");
    }
    let seen = alice.output("json.dumps(seen)");
    server.kill();
    server.start();
    assert_eq!(server.session("alice").output("json.dumps(seen)"), seen);
    assert_eq!(server.session("alice").output("time.time_ns() >= seen[9]"), "True");
}

#[test]
fn python_does_not_grow_by_what_it_writes() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    let written = || alice.execute("for _ in range(300): print('x' * 2000)").json()["usage"]["memoryBytes"].clone();
    let before = written();
    assert!(before.is_number());
    (0..5).for_each(|_| assert_eq!(written(), before));
}

/// The collector and the counts of references leave what all sessions share as it is.
#[test]
fn python_writes_to_little_of_what_its_sessions_share() {
    let Some(setup) = built() else { return };
    let server = setup.with("max-live-sessions", 1).start();
    let alice = python(&server, "alice");
    alice.output(
        "import gc, json, re\nfor _ in range(100): made = [[n] for n in range(2000)]\ndel made; gc.collect() >= 0",
    );
    alice.output("len(re.findall('a+', json.dumps(['aab', 'b'])))");
    python(&server, "other").output("1");
    assert_eq!(alice.metadata()["live"], false);
    let written = server.metric("hostel_snapshot_bytes_total");
    assert!(written > 0.0 && written < f64::from(2 << 20), "{written} bytes");
}

#[test]
fn two_sessions_of_python_draw_different_numbers() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let drawn = |name| python(&server, name).output("import random, uuid; random.random(), uuid.uuid4()");
    assert_ne!(drawn("alice"), drawn("bob"));
}

#[test]
fn python_past_a_limit_is_stopped_and_undone() {
    let Some(setup) = built() else { return };
    let server = setup.with("command-timeout", "2s").with("session-memory", "64MiB").start();
    let alice = python(&server, "alice");
    alice.output("import re, time; kept = {'n': 1}; items = []");
    for (command, code) in [
        ("kept['n'] = 2\nwhile True: pass", "time-exceeded"),
        ("kept['n'] = 2; time.sleep(60)", "time-exceeded"),
        ("kept['n'] = 2; re.match(r'(a|b|ab)*c', 'ab' * 1000)", "time-exceeded"),
        ("kept['n'] = 2\nwhile True: print('x' * 1000)", "output-exceeded"),
        ("kept['n'] = 2; 'x' * 2000000", "output-exceeded"),
        ("kept['n'] = 2\nimport os; os.abort()", "trapped"),
        ("kept['n'] = 2\nimport os; os.write(1, b'x')", "handles-held"),
    ] {
        let answer = alice.execute(command);
        assert_eq!(answer.code(), code, "{command}");
        assert_eq!(answer.json()["rolledBack"], true, "{command}");
        assert_eq!(alice.output("kept, items"), "({'n': 1}, [])", "{command}");
    }
    assert!(alice.output("while True: items.append(bytearray(1 << 20))").ends_with("MemoryError"));
    assert_eq!(alice.output("items.clear(); kept"), "{'n': 1}");
}

#[test]
fn python_that_recurses_too_deep_is_told_so() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    alice.output("import functools, json, re, sys; sys.setrecursionlimit(1_000_000)");
    for command in [
        "def f(n): return list(map(f, [n]))\nf(1)",
        "def f(n): return sorted([n], key=f)\nf(1)",
        "class A:\n    def __repr__(self): return repr(A())\nA()",
        "class B:\n    def __getattr__(self, name): return getattr(self, name + '_')\nB().x",
        "class C:\n    def __eq__(self, other): return C() == other\nC() == 1",
        "@functools.cache\ndef g(n): return g(n + 1)\ng(0)",
        "def e(n): return re.sub('a', e, 'a')\ne(1)",
        "l = []\nfor _ in range(100_000): l = [l]\nrepr(l)",
        "m = []\nfor _ in range(100_000): m = [m]\nl == m",
        "json.loads('[' * 100_000)",
        "json.dumps(l)",
        "import pickle; pickle.dumps(l)",
        "'+'.join(['a'] * 1000) and compile('+'.join(['a'] * 1000), '', 'exec')",
    ] {
        let output = alice.output(command);
        assert!(output.contains("RecursionError: "), "{command}: {output}");
    }
    let deep = alice.output("sys.setrecursionlimit(1000)\ndef r(): return r()\nr()");
    assert!(deep.contains("[Previous line repeated"), "{deep}");
    // What is deep without a limit that Python knows traps, and then has never been.
    assert_eq!(alice.execute("l = ()\nfor _ in range(100_000): l = (l,)\nhash(l)").code(), "trapped");
    assert_eq!(alice.output("type(l)"), "<class 'list'>");
    // Long chains are let go of one by one.
    alice
        .output("class Node: pass\nhead = None\nfor _ in range(100_000): node = Node(); node.next = head; head = node");
    assert_eq!(alice.output("del head, node, l, m; 'gone'"), "'gone'");
}
