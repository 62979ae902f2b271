"""What the host offers to programs: functions that the session was granted, and results that are more than text.

    import host
    host.call("weather", {"city": "Basel"})
    host.display(mime="text/html", data="<b>bold</b>")
"""

import json as _json

from componentize_py_types import Err as _Err
from guest import console as _console, rich as _rich
from wit_world.imports import host as _host

__all__ = ["call", "display", "HostError", "Denied", "Invalid", "Limited", "TimedOut", "Failed"]


class HostError(Exception):
    """The host has no answer. `kind` is one of `denied`, `invalid`, `limited`, `timed-out` and `failed`."""

    kind = None


class Denied(HostError):
    """The session has not been granted it, or nobody is there to answer."""

    kind = "denied"


class Invalid(HostError):
    """It was not asked as it should be."""

    kind = "invalid"


class Limited(HostError):
    """A limit was reached."""

    kind = "limited"


class TimedOut(HostError):
    """No answer came in time."""

    kind = "timed-out"


class Failed(HostError):
    """It was done, and failed."""

    kind = "failed"


_CLASSES = {
    _host.FailureKind.DENIED: Denied,
    _host.FailureKind.INVALID: Invalid,
    _host.FailureKind.LIMITED: Limited,
    _host.FailureKind.TIMED_OUT: TimedOut,
    _host.FailureKind.FAILED: Failed,
}


def call(name, args=None):
    """Calls a function that the session was granted. `args` and the result are what JSON can say."""
    arguments = _json.dumps(args, allow_nan=False)
    _console.flush()
    try:
        answer = _host.call(name, arguments)
    except _Err as error:
        # Without the chain: what it would show is of the guest, not of the user.
        failure = error.value
    else:
        return _json.loads(answer)
    raise _CLASSES[failure.kind](failure.message)


_NOTHING = object()


def display(value=_NOTHING, *, mime=None, data=None):
    """Shows a value in the forms that it has (`_repr_html_`, `_repr_png_` and so on), or `data` as what `mime` says.

    `data` is bytes, text, or for JSON types anything that JSON can say.
    """
    if (mime is None) == (value is _NOTHING):
        raise TypeError("display takes either a value, or mime and data")
    if mime is None:
        return _rich.display(value)
    error = _rich.send({mime: _rich.encode(mime, data)})
    if error is not None:
        raise ValueError(error)
