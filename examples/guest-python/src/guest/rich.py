"""Values in more forms than text, by the methods that notebooks know."""

import base64
import contextlib
import json
import sys
import traceback

from componentize_py_types import Err
from guest import console
from wit_world.imports import host

# Methods, and the type of what each returns.
METHODS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_latex_": "text/latex",
    "_repr_json_": "application/json",
}

TEXT = "text/plain"


def display(*values):
    """Shows each value in the forms that it has (`_repr_html_`, `_repr_png_` and so on), its text among them."""
    for value in values:
        if not _shows_itself(value):
            text = {TEXT: _bytes_of(repr(value))}
            if not _show(_forms_of(value) | text):
                send(text)


def show_beside(value):
    """Shows the forms that a command's value has beside its text. Whether its text is still to be shown."""
    if _shows_itself(value):
        return False
    forms = _forms_of(value)
    if forms:
        # A client that takes none of it has the text.
        _show(forms)
    return True


def encode(mime, data):
    """Data of a media type, as bytes."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if mime == "application/json" or mime.endswith("+json"):
        return _bytes_of(data if isinstance(data, str) else json.dumps(data, allow_nan=False))
    if not isinstance(data, str):
        raise TypeError(f"data of {mime} must be bytes or str, not {type(data).__name__}")
    if mime.startswith("image/") and mime != "image/svg+xml":
        return base64.b64decode(data)
    return _bytes_of(data)


def send(forms):
    """Shows the forms of one value: bytes by media type. What is wrong with them, or nothing."""
    console.flush()
    try:
        host.display([host.Representation(mime, data) for mime, data in forms.items()])
    except Err as error:
        return error.value


def _show(forms):
    """Shows the forms of one value. False, and told of, where the host refuses them."""
    refused = send(forms)
    if refused is not None:
        _tell("other forms", refused)
    return refused is None


def _shows_itself(value):
    """Whether a value has a method of its own for that, which has been called."""
    # Methods are looked for on the type, since some objects have an attribute of any name.
    if getattr(type(value), "_ipython_display_", None) is None:
        return False
    with _telling("own display"):
        value._ipython_display_()
        return True
    return False


def _forms_of(value):
    """The forms that a value has beside its text. One that it fails to make is told of, and the others are had."""
    kind, forms = type(value), {}
    if getattr(kind, "_repr_mimebundle_", None) is not None:
        with _telling("other forms"):
            bundle = _first(value._repr_mimebundle_(include=None, exclude=None)) or {}
            for mime, data in bundle.items():
                if mime != TEXT and data is not None:
                    forms[mime] = encode(mime, data)
    for name, mime in METHODS.items():
        if getattr(kind, name, None) is not None and mime not in forms:
            with _telling(f"form {mime}"):
                data = _first(getattr(value, name)())
                if data is not None:
                    forms[mime] = encode(mime, data)
    return forms


def _first(returned):
    """Methods return data, or data and something about it."""
    return returned[0] if isinstance(returned, tuple) else returned


@contextlib.contextmanager
def _telling(what):
    """Tells of what fails: it takes nothing from the value."""
    try:
        yield
    except NotImplementedError:
        # The custom of classes that have the method and sometimes not the form.
        pass
    except Exception as error:
        _tell(what, "".join(traceback.format_exception_only(error)))


def _tell(what, why):
    print(f"Its {what} can't be shown: {' '.join(why.split())}", file=sys.stderr)


def _bytes_of(text):
    return text.encode("utf-8", "backslashreplace")
