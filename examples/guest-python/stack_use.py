#!/usr/bin/env python3
"""Makes functions of the interpreter use stack that it counts: stack_use.py COMPONENT.

CPython tells how deep a recursion is by its stack in linear memory. Functions that keep all they have in locals of
WebAssembly use none of that, so a list nested too deep, or a long chain of objects let go at once, would exhaust the
other stack and trap. Each function of NAMES becomes one that takes some of the counted stack, calls what it was, and
gives it back:

    f(a, b) = { stack_pointer -= USE; result = f'(a, b); stack_pointer += USE; result }

The new functions are appended, so that no index changes.
"""

import sys

# Bytes for each call. With a limit of 224 KiB (`stack_limit.wat`) that is 900 levels; those that were measured take 200
# to 700 bytes of WebAssembly's own stack, which has 1 MiB.
USE = 256

# Functions that are in every turn of a recursion through C alone and look at how deep it is.
NAMES = """
    _Py_Dealloc PyObject_Repr PyObject_Str PyObject_RichCompare object_recursive_isinstance scan_once_unicode
    encoder_listencode_obj save ast2obj_expr validate_expr
""".split()


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def number(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def take(self, length):
        self.at += length
        return self.data[self.at - length : self.at]

    def name(self):
        return self.take(self.number()).decode()

    def more(self):
        return self.at < len(self.data)


def number(value):
    """Unsigned LEB128."""
    out = bytearray()
    while True:
        out.append(value & 127 | (128 if value > 127 else 0))
        value >>= 7
        if not value:
            return bytes(out)


def signed(value):
    """Signed LEB128 of a number that is not negative."""
    out = number(value)
    return out[:-1] + bytes([out[-1] | 128, 0]) if out[-1] & 64 else out


def sections(binary):
    """A module's or a component's sections: id and contents."""
    reader = Reader(binary, 8)
    while reader.more():
        yield reader.byte(), reader.take(reader.number())


def binary(head, parts):
    return head + b"".join(bytes([kind]) + number(len(data)) + data for kind, data in parts)


def vector(data, item):
    reader = Reader(data)
    return [item(reader) for _ in range(reader.number())]


def limits(reader):
    flags = reader.byte()
    return [reader.number() for _ in range(1 + (flags & 1))]


def imported(reader):
    """Kind and name of an import."""
    reader.name()
    name, kind = reader.name(), reader.byte()
    if kind == 0:
        reader.number()
    elif kind == 1:
        reader.byte(), limits(reader)
    elif kind == 2:
        limits(reader)
    elif kind == 3:
        reader.take(2)
    else:
        raise SystemExit(f"import {name} is of an unknown kind")
    return kind, name


def parameters(reader):
    """How many parameters a type of function has."""
    assert reader.byte() == 0x60, "a type that is no function's"
    count = len(reader.take(reader.number()))
    reader.take(reader.number())
    return count


def function_names(custom):
    """Indices by name; several functions of several files may have the same one."""
    indices = {}
    reader = Reader(custom)
    if reader.name() == "name":
        while reader.more():
            kind, data = reader.byte(), reader.take(reader.number())
            if kind == 1:
                for index, name in vector(data, lambda item: (item.number(), item.name())):
                    indices.setdefault(name, []).append(index)
    return indices


def wrapper(stack_pointer, count, function):
    def move(operation):
        return b"\x23" + number(stack_pointer) + b"\x41" + signed(USE) + operation + b"\x24" + number(stack_pointer)

    arguments = b"".join(b"\x20" + number(index) for index in range(count))
    return b"\x00" + move(b"\x6b") + arguments + b"\x10" + number(function) + move(b"\x6a") + b"\x0b"


def rewrite(module):
    """The module with its functions replaced, or nothing when it is not the interpreter's."""
    parts = list(sections(module))
    names = {}
    for kind, data in parts:
        if kind == 0:
            names |= function_names(data)
    if "_Py_Dealloc" not in names:
        return None
    first = {kind: data for kind, data in parts if kind != 0}
    imports = vector(first[2], imported)
    functions = sum(kind == 0 for kind, _ in imports)
    stack_pointer = [name for kind, name in imports if kind == 3].index("__stack_pointer")
    counts = vector(first[1], parameters)
    types = vector(first[3], Reader.number)
    bodies = vector(first[10], lambda reader: reader.take(reader.number()))
    for name in NAMES:
        [index] = names[name]
        at = index - functions
        bodies.append(bodies[at])
        types.append(types[at])
        bodies[at] = wrapper(stack_pointer, counts[types[at]], functions + len(bodies) - 1)
    first[3] = number(len(types)) + b"".join(map(number, types))
    first[10] = number(len(bodies)) + b"".join(number(len(body)) + body for body in bodies)
    return binary(module[:8], [(kind, first.get(kind, data)) for kind, data in parts])


def main():
    path = sys.argv[1]
    with open(path, "rb") as file:
        component = file.read()
    done, parts = 0, []
    for kind, data in sections(component):
        rewritten = rewrite(data) if kind == 1 else None
        done += rewritten is not None
        parts.append((kind, rewritten or data))
    if done != 1:
        raise SystemExit("the interpreter was not found in the component")
    with open(path, "wb") as file:
        file.write(binary(component[:8], parts))


main()
