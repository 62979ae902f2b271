"""Standard streams that write to the host, and questions that it asks the person at the client.

Output goes to the host at the end of each line, when the other stream is written to, and at the end of a command: it
appears as it is written, in order, and a `print` is one call whatever it is made of.
"""

import io
import sys

import _output
from componentize_py_types import Err
from wit_world.imports import host

# Without a line end this many characters are kept at most.
PENDING_MAX = 8192

NOBODY = (
    "there is nobody to ask: the client does not follow the command; one that does (Accept: application/x-ndjson) can "
    "answer its question"
)

_pending = []
_pending_size = 0
_pending_to = _output.out


def write(to, data):
    """Keeps `data`, bytes, for one of the streams, which is the function that sends it; sends what has to go."""
    global _pending_size, _pending_to
    if to is not _pending_to:
        flush()
        _pending_to = to
    _pending.append(data)
    _pending_size += len(data)
    if b"\n" in data or _pending_size > PENDING_MAX:
        flush()


def flush():
    """Sends everything."""
    global _pending_size
    if _pending:
        data = b"".join(_pending)
        _pending.clear()
        _pending_size = 0
        _pending_to(data)


class _Bytes(io.BufferedIOBase):
    """The stream of bytes below a stream of text."""

    def __init__(self, to, name):
        self._to = to
        self.name = name
        self.mode = "wb"

    def writable(self):
        return True

    def write(self, data):
        data = bytes(data)
        write(self._to, data)
        return len(data)

    def flush(self):
        flush()

    def close(self):
        flush()


class _Writer(io.TextIOBase):
    """Standard output or standard error."""

    encoding = "utf-8"
    errors = "backslashreplace"
    newlines = None
    line_buffering = True

    def __init__(self, to, name):
        self._to = to
        self.name = name
        self.mode = "w"
        self.buffer = _Bytes(to, name)

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        write(self._to, text.encode("utf-8", "backslashreplace"))
        return len(text)

    def flush(self):
        flush()

    def reconfigure(self, **_):
        """Nothing here can be set."""

    def close(self):
        flush()


class _Reader(io.TextIOBase):
    """Standard input: the lines that the person at the client writes."""

    encoding = "utf-8"
    errors = "strict"
    newlines = None
    name = "<stdin>"
    mode = "r"

    def readable(self):
        return True

    def readline(self, size=-1):
        return ask("") + "\n"

    def read(self, size=-1):
        raise io.UnsupportedOperation("the input has no end here: ask for a line with input()")

    def close(self):
        """Stays open: `exit()` closes it."""


def ask(prompt):
    """A line from the person at the client."""
    flush()
    try:
        return host.read_line(prompt)
    except Err as error:
        failure = error.value
    if failure.kind is host.FailureKind.DENIED:
        raise EOFError(NOBODY)
    if failure.kind is host.FailureKind.TIMED_OUT:
        raise TimeoutError(f"no line came in time ({failure.message})")
    raise RuntimeError(failure.message)


def read_input(prompt="", /):
    """Reads a line from the person at the client, who is shown `prompt`. The line comes without its end."""
    return ask(str(prompt))


# What was there at first is kept, for letting go of it would close files.
_first = (sys.stdin, sys.stdout, sys.stderr)


def install():
    """Puts the streams and `input` where programs look for them."""
    import builtins

    read_input.__name__ = read_input.__qualname__ = "input"
    builtins.input = read_input
    sys.stdin = sys.__stdin__ = _Reader()
    sys.stdout = sys.__stdout__ = _Writer(_output.out, "<stdout>")
    sys.stderr = sys.__stderr__ = _Writer(_output.err, "<stderr>")
