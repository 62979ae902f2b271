"""Exceptions as text, without the frames of the guest."""

import os
import traceback

# Longest report in characters: the beginning and the end of longer ones are kept.
REPORT_MAX = 64 * 1024

MISSING_NOTE = (
    "This Python has the part of the standard library that makes sense without files, processes, threads and sockets, as "
    "far as CPython is built here (without bz2, lzma, zstd, ssl, ctypes, readline); nothing can be installed."
)

# Where the guest's own files were when it was built: frames in them are not shown.
_GUEST = os.path.dirname(os.path.dirname(__file__)) + "/"


def render(error):
    """An exception as Python shows it, beginning at the user's code."""
    _note(error)
    try:
        shown = traceback.TracebackException.from_exception(error)
        for part in _parts(shown):
            part.stack[:] = _of_user(part.stack)
        text = "".join(shown.format())
    except (RecursionError, MemoryError):
        text = f"{type(error).__name__}: {error}"
    text = text.rstrip("\n").encode("utf-8", "backslashreplace").decode()
    if len(text) > REPORT_MAX:
        half = REPORT_MAX // 2
        text = f"{text[:half]}\n  ...\n{text[-half:]}"
    return text


def _of_user(stack):
    """Without the frames of the guest, and without those of the event loop between it and the command."""
    if stack and stack[0].filename.startswith(_GUEST):
        commands = (at for at, frame in enumerate(stack) if frame.filename.startswith("<command "))
        stack = stack[next(commands, len(stack)) :]
    return [frame for frame in stack if not frame.filename.startswith(_GUEST)]


def _parts(shown):
    """The exception and those that it follows or groups."""
    waiting, seen = [shown], set()
    while waiting:
        part = waiting.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        waiting += [part.__cause__, part.__context__, *(part.exceptions or ())]


def _note(error):
    if isinstance(error, ModuleNotFoundError) and MISSING_NOTE not in getattr(error, "__notes__", ()):
        error.add_note(MISSING_NOTE)

