"""A session: its namespace, and how a command runs in it."""

import __future__
import ast
import builtins
import inspect
import linecache
import os
import random
import re
import sys
import types

from guest import loop, rich

# Sources of commands that are kept for tracebacks, the newest. Older functions show their frames without the lines.
SOURCES_MAX = 1000

# What `random` begins from in each session.
SEED_BYTES = 32

_FEATURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)

# One statement on one line that can't be an expression, and a block that begins with such a word.
_STATEMENT = re.compile(
    r"[A-Za-z_][\w.]*[ \t]*(?:[-+*/%&|^@]|//|\*\*|<<|>>)?=(?!=)|(?:import|from|del|assert|raise|global|nonlocal|pass)\b"
).match
_BLOCK = re.compile(r"@|(?:def|class|for|while|with|try|if|async)\b").match
# What may end the first statement, and a line that may begin another one after a block.
_END = re.compile(r"[\n\r;]").search
_OTHER_LINE = re.compile(r"[\n\r\f][^ \t\n\r\f]").search


# Types whose values have no form but their text.
_PLAIN = frozenset((bool, int, float, complex, str, bytes, tuple, list, dict, set, frozenset, type, types.FunctionType))


class _State:
    """What lasts from command to command."""

    namespace = {}
    commands = 0
    # Features that commands have imported from `__future__`, as the compiler's flags.
    features = 0
    # The text of the command's value.
    shown = ""
    # Whether the next value to be shown is the command's.
    at_end = False


def begin():
    """Makes a session in which nothing has happened."""
    module = types.ModuleType("__main__")
    module.__builtins__ = builtins
    sys.modules["__main__"] = module
    sys.displayhook = displayhook
    while _State.commands > 0:
        linecache.cache.pop(_name(_State.commands), None)
        _State.commands -= 1
    _State.namespace = module.__dict__
    _State.features = 0
    # There from the beginning: code that has adapted to the names of `builtins` adapts anew when one is added.
    builtins._ = None
    vars(sys).pop("last_exc", None)


def execute(command):
    """Runs a command. The text of its value; what it raises comes through."""
    if _State.commands == 0:
        _begin_for_itself()
    _State.commands += 1
    _State.shown, _State.at_end = "", False
    name = _name(_State.commands)
    _remember(name, command)
    try:
        _run_all(command, name)
    finally:
        loop.begin_tasks()
    return _State.shown


def _run_all(command, name):
    """Runs a command's statements, and shows the value of an expression at its end."""
    if _is_statement(command):
        _run(_compile_statement(command, name))
        return
    body, last = _compile_expression(command, name) or _compile(command, name)
    if body is not None:
        _run(body)
    if last is not None:
        value = _run(last)
        _State.at_end = True
        sys.displayhook(value)


def _begin_for_itself():
    """What a session can't have in common with others, though all begin from the same memory."""
    # Without this they would draw the same numbers. The seed comes from the host, which records it.
    random.seed(int.from_bytes(os.urandom(SEED_BYTES)))
    # The toolchain's runtime sets it when it first runs, to no arguments at all.
    sys.argv = [""]


def _name(number):
    """What stands for a file in tracebacks."""
    return f"<command {number}>"


def displayhook(value):
    """Shows the value of a command, and keeps it as `_`.

    Values of other interactive code (`doctest`, `code`, what was compiled as `single`) are printed as usual.
    """
    at_end, _State.at_end = _State.at_end, False
    if not at_end:
        return sys.__displayhook__(value)
    if value is None:
        return
    builtins._ = None
    text = repr(value)
    if type(value) in _PLAIN or rich.show_beside(value):
        _State.shown = text.encode("utf-8", "backslashreplace").decode()
    builtins._ = value


def _remember(name, command):
    lines = [line + "\n" for line in command.split("\n")]
    linecache.cache[name] = (len(command), None, lines, name)
    linecache.cache.pop(_name(_State.commands - SOURCES_MAX), None)


def _is_statement(command):
    """Whether there is surely no expression at a command's end. To compile such a command takes a third of the time."""
    if _STATEMENT(command):
        return not _END(command)
    return _BLOCK(command) and not _OTHER_LINE(command)


def _compile_statement(command, name):
    code = compile(command, name, "exec", _State.features | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    _State.features |= code.co_flags & _FEATURES
    return code


def _compile_expression(command, name):
    """As `_compile`, for a command that is an expression and nothing else: without a tree it takes half the time."""
    if not command or command[0].isspace():
        return None
    try:
        return None, compile(command, name, "eval", _State.features | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError:
        return None


def _compile(command, name):
    """The code of a command's statements, and that of the expression at its end when there is one."""
    flags = _State.features | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(command, name, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    body = compile(tree, name, "exec", flags, dont_inherit=True)
    _State.features |= body.co_flags & _FEATURES
    return body, last and compile(last, name, "eval", flags | _State.features, dont_inherit=True)


def _run(code):
    value = eval(code, _State.namespace)
    if code.co_flags & inspect.CO_COROUTINE:
        value = loop.run(value)
    return value

