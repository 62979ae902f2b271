"""The guest's exports."""

import importlib.machinery
import platform
import sys

import _stack_limit
from guest import absent, carried, completeness, console, image, loop, report, rich, session

import wit_world
from componentize_py_types import Err
from wit_world.exports.repl import LanguageInfo, Reply

HELP = """\
Python, with the standard library but for what needs files, processes, threads or sockets. Names stay from command to
command; the value of an expression at the end of a command is shown, and is _ in the next. await works at top level.
display(value) shows a value, as HTML or a picture where it has such a form. import host: host.call(name, args) calls a
function that the session was granted. exit() leaves."""


class _Leave:
    """`exit` and `quit`."""

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return f"Use {self._name}() to leave"

    def __call__(self, code=None):
        raise SystemExit(code)


def prepare():
    """All that is the same in every session, done while the guest is built."""
    import builtins

    carried.load()
    import host  # noqa: F401, for users

    builtins.display = rich.display
    builtins.exit, builtins.quit = _Leave("exit"), _Leave("quit")
    for name in ("copyright", "credits", "license"):
        vars(builtins).pop(name, None)
    absent.install()
    loop.install()
    session.begin()
    # No files are left from here on: only what is built in or imported can be found.
    sys.path[:] = []
    sys.path_importer_cache.clear()
    sys.meta_path[:] = [importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter, carried.Later]
    sys.ps1, sys.ps2 = ">>> ", "... "
    console.install()


def leave(error):
    """What `SystemExit` does: its code is shown when it is neither a number nor nothing."""
    if error.code is not None and not isinstance(error.code, int):
        print(error.code, file=sys.stderr)
    return Reply("", True)


class Repl(wit_world.exports.Repl):
    def execute(self, command):
        try:
            return Reply(session.execute(command), False)
        except SystemExit as error:
            return leave(error)
        except BaseException as error:
            sys.last_exc = error
            text = report.render(error)
        finally:
            console.flush()
        raise Err(text)

    def info(self):
        warm_up()
        return LanguageInfo("Python", platform.python_version(), ">>> ", HELP)

    def is_complete(self, input):
        return completeness.of(input)


WARM_UP = (
    "import json, re, math, dataclasses, collections, datetime, random, asyncio",
    "x = 40\ny = {'a': [1, 2.5, None], 'b': 'text'}",
    "x + 2",
    "def f(n):\n    return f(n - 1) if n else 1 / 0\n",
    "f(3)",
    "f(",
    "import nothing_of_this_name",
    "[n * n for n in range(5) if n % 2]; sum(n for n in y['a'] if n)",
    "class A:\n    def __init__(self, a): self.a = a\n    def __repr__(self): return f'A({self.a!r:>5})'\n",
    "json.loads(json.dumps(y)), re.findall(r'\\w+', 'a bc'), str(datetime.datetime(2024, 1, 1)), A(1)",
    "@dataclasses.dataclass\nclass D:\n    a: int\n    b: list = dataclasses.field(default_factory=list)\nD(1)",
    "async def g():\n    await asyncio.sleep(0)\n    return 1\nawait g()",
    "f'{1/3:.3f} {\"x\":>8}', 'a-b'.split('-'), sorted('cab'), 2**100, 1e300 * 10, b'x', {1}, (1,)",
    "with __import__('contextlib').suppress(KeyError):\n    {}[1]",
)
# So often that the interpreter has adapted its code to what runs there: it writes to that code until it has.
WARM_UP_ROUNDS = 40


def warm_up():
    """Runs what sessions run, so that what is made on first use is in the image that they share."""
    image.gather((session, console, report, rich, completeness, loop))
    repl = Repl()
    for _ in range(WARM_UP_ROUNDS):
        for command in WARM_UP:
            completeness.of(command)
            try:
                repl.execute(command)
            except Err:
                pass
        session.begin()
    image.settle()


prepare()
