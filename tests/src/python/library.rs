//! The standard library: what is carried, and what says that it can't be.

use super::{built, python};

#[test]
fn python_that_looks_for_a_network_gets_an_error_that_it_can_catch() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    alice.output("import asyncio, http.client, logging.handlers, socket, urllib.request; address = ('127.0.0.1', 1)");
    for attempt in [
        "socket.create_connection(address)",
        "socket.socket().connect(address)",
        "socket.create_server(address)",
        "socket.socketpair()",
        "socket.getaddrinfo('example.com', 80)",
        "socket.gethostbyname('example.com')",
        "socket.gethostbyname_ex('example.com')",
        "socket.gethostbyaddr('127.0.0.1')",
        "socket.getnameinfo(address, 0)",
        "urllib.request.urlopen('http://example.com')",
        "urllib.request.urlopen('https://example.com')",
        "http.client.HTTPConnection('example.com').request('GET', '/')",
        "logging.handlers.SysLogHandler()",
        "await asyncio.open_connection('127.0.0.1', 1)",
        "await asyncio.open_connection('example.com', 80)",
        "await asyncio.start_server(print, '127.0.0.1', 1)",
    ] {
        let command = format!("try:\n    {attempt}\nexcept OSError as error:\n    told = str(error)\n'went on'");
        assert_eq!(alice.output(&command), "'went on'", "{attempt}");
    }
    assert_eq!(alice.output("socket.getfqdn()"), "'(none)'");
    let told = alice.output("urllib.request.urlopen('http://example.com')");
    assert!(told.ends_with("URLError: <urlopen error [Errno -4] there is no network here>"), "{told}");
}

#[test]
fn python_that_starts_a_thread_is_told_that_there_are_none() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    alice.output("import asyncio, threading\nfrom concurrent.futures import ThreadPoolExecutor");
    for command in [
        "threading.Thread(target=print).start()",
        "with ThreadPoolExecutor() as pool: pool.submit(print)",
        "await asyncio.to_thread(print)",
        "asyncio.run(asyncio.to_thread(print))",
        "await asyncio.get_running_loop().run_in_executor(ThreadPoolExecutor(), print)",
    ] {
        let told = alice.output(command);
        assert!(
            told.ends_with("\nRuntimeError: can't start new thread: there are no threads here"),
            "{command}: {told}"
        );
    }
    assert_eq!(alice.output("threading.active_count()"), "1");
}

/// Modules that commands name, and those that the library itself imports when it first needs them.
#[test]
fn python_has_the_library_that_needs_nothing_from_outside() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    for (command, shown) in [
        ("import optparse; optparse.OptionParser().parse_args(['a'])[1]", "['a']"),
        ("import http.cookies; http.cookies.SimpleCookie('a=b')['a'].value", "'b'"),
        ("import ast; ast.unparse(ast.parse('x+1'))", "'x + 1'"),
        ("import sqlite3; [*sqlite3.connect(':memory:').iterdump()][0]", "'BEGIN TRANSACTION;'"),
        ("import xml.dom.minidom; xml.dom.minidom.parseString('<a/>').documentElement.tagName", "'a'"),
        ("import email.message; str(email.message.EmailMessage())", "'\\n'"),
        ("import unittest; unittest.IsolatedAsyncioTestCase.__name__", "'IsolatedAsyncioTestCase'"),
    ] {
        assert_eq!(alice.output(command), shown, "{command}");
    }
    for module in ["cProfile", "profile"] {
        let shown = alice.output(&format!("import {module}; {module}.run('sum(range(9))')"));
        assert!(shown.contains("function calls"), "{module}: {shown}");
    }
    assert!(alice.output("help('for')").starts_with("The \"for\" statement"));
    assert!(alice.output("import this").contains("Beautiful is better than ugly."));
    assert_eq!(alice.output("import this"), "");
    assert!(python(&server, "bob").output("import this").contains("Beautiful is better than ugly."));
    let missing = alice.output("import bz2");
    assert!(missing.contains("No module named 'bz2'\n") && missing.contains("without bz2, lzma"), "{missing}");
}

#[test]
fn python_checks_the_examples_in_its_documentation() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    alice.output(
        "def f():\n    '''\n    >>> f()\n    3\n    >>> for i in range(2): i\n    0\n    1\n    '''\n    return 3\n",
    );
    let checked = "import doctest; doctest.testmod()";
    assert_eq!(alice.output(checked), "TestResults(failed=0, attempted=2)");
    alice.output("def f():\n    '''\n    >>> f()\n    3\n    '''\n    return 4\n");
    let failed = alice.output(checked);
    assert!(failed.contains("Expected:\n    3\nGot:\n    4\n"), "{failed}");
}

#[test]
fn python_makes_tasks_without_awaiting_anything() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    alice.output("import asyncio\nasync def f(n):\n    print('begun')\n    await asyncio.sleep(0)\n    await go.wait()\n    return n\n");
    alice.output("go = asyncio.Event()");
    assert_eq!(alice.output("t = asyncio.create_task(f(1))"), "begun\n");
    assert_eq!(alice.output("u = asyncio.gather(f(2), f(3)); t.done()"), "begun\nbegun\nFalse");
    assert_eq!(alice.output("asyncio.run(asyncio.sleep(0, 'elsewhere'))"), "'elsewhere'");
    assert_eq!(alice.output("go.set(); await t, await u"), "(1, [2, 3])");
    assert_eq!(alice.output("asyncio.get_event_loop().run_until_complete(f(4))"), "begun\n4");
    let outside = alice.output("asyncio.get_running_loop()");
    assert!(outside.ends_with("RuntimeError: no running event loop"), "{outside}");
    assert_eq!(alice.output("asyncio.create_task(f(5)); 1 / 0").lines().next(), Some("begun"));
}
