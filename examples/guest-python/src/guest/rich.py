"""Values in more forms than text, by the methods that notebooks know."""

import base64
import json

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


def forms_of(value):
    """The forms that a value has beside its text: data by media type."""
    kind = type(value)
    forms = {}
    bundle = getattr(kind, "_repr_mimebundle_", None)
    if bundle is not None:
        forms.update(_first(bundle(value, include=None, exclude=None)) or {})
        forms.pop("text/plain", None)
    for name, mime in METHODS.items():
        # Looked up on the type, for some objects have an attribute of any name.
        method = getattr(kind, name, None)
        if method is not None and mime not in forms:
            forms[mime] = _first(method(value))
    return {mime: data for mime, data in forms.items() if data is not None}


def show(forms):
    """Shows the forms of one value. What is wrong with them, or nothing."""
    console.flush()
    try:
        host.display([host.Representation(mime, _encode(mime, data)) for mime, data in forms.items()])
    except Err as error:
        return error.value


def _first(returned):
    """Methods return data, or data and something about it."""
    return returned[0] if isinstance(returned, tuple) else returned


def _encode(mime, data):
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if mime == "application/json" or mime.endswith("+json"):
        return (data if isinstance(data, str) else json.dumps(data, allow_nan=False)).encode()
    if not isinstance(data, str):
        raise TypeError(f"data of {mime} must be bytes or str, not {type(data).__name__}")
    if mime.startswith("image/") and mime != "image/svg+xml":
        return base64.b64decode(data)
    return data.encode()
