"""Makes the image that all sessions begin as one that they leave as it is.

A session has a page of memory for itself from the first time that it writes to it, and its snapshots hold that page. So
what is in the image should not be written to, what is written to after all should lie together, and what commands make
should not come to lie in between.
"""

import gc
import sys
import types

import _immortal

# Objects that are looked at in one go.
BATCH = 4096
# Bytes of the first objects that gaps are filled with, and of those from which on each multiple of ALIGNMENT is tried: the
# allocator has gaps of every such size.
LARGE, SMALL, ALIGNMENT = 64 * 1024, 1024, 8
# The shortest `bytes` that is an object of its own.
LEAST = 2

_filling = []


def gather(modules):
    """Puts the code of the modules' functions, where the interpreter counts what it is used for, close together."""
    _fill_gaps()
    for module in modules:
        for item in vars(module).values():
            if isinstance(item, types.FunctionType) and item.__module__ == module.__name__:
                # Kept, for the next would be put where it was.
                _filling.append(item.__code__)
                item.__code__ = item.__code__.replace()


def settle():
    """Called when everything has been made that sessions share."""
    gc.collect()
    _make_immortal()
    # The collector never looks at it: its marks are in the objects too.
    gc.freeze()
    _fill_gaps()


def _make_immortal():
    """Makes all objects that there are live for ever, for then the references to them are not counted."""
    waiting = gc.get_objects()
    while waiting:
        batch = [item for item in waiting[-BATCH:] if not sys._is_immortal(item)]
        del waiting[-BATCH:]
        _immortal.make(batch)
        waiting += gc.get_referents(*batch)
        for item in batch:
            # The collector knows nothing of what is in code.
            if isinstance(item, types.CodeType):
                waiting += (item.co_consts, item.co_names, item.co_filename, item.co_name, item.co_qualname)


def _fill_gaps():
    """Fills the gaps between objects, so that those made from here on lie together behind all that there is."""
    end, at_end, size = max(map(id, gc.get_objects())), [], LARGE
    while size > LEAST:
        end = _fill_gaps_of(lambda: bytes(size), end, at_end)
        size -= ALIGNMENT if size <= SMALL else size // 8
    _fill_gaps_of(object, end, at_end)


def _fill_gaps_of(make, end, at_end):
    """Calls `make` until what it makes lies past `end`. Where that is; it stays until all gaps have been filled."""
    while True:
        made = make()
        if id(made) > end:
            at_end.append(made)
            return id(made)
        _filling.append(made)
