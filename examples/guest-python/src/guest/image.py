"""Makes the image that all sessions begin as one that they leave as it is.

A session has a page of memory for itself from the first time that it writes to it, and its snapshots hold that page. So
what is in the image by now should not be written to, and what commands make should not come to lie in between.
"""

import gc
import sys

import _immortal

# Objects that are looked at in one go.
BATCH = 4096
# Sizes in bytes of the gaps that are filled, from the largest on: what is larger is used from its beginning on. Up to
# SMALL the allocator has every multiple of its alignment.
LARGE, SMALL, ALIGNMENT = 64 * 1024, 1024, 8
# The smallest `bytes` that is an object of its own.
LEAST = 2

_filling = []


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
            if type(item) is _Code:
                waiting += (item.co_consts, item.co_names, item.co_filename, item.co_name, item.co_qualname)


_Code = type(settle.__code__)


def _fill_gaps():
    """Fills the gaps between objects, so that those of sessions lie together behind all that there is."""
    end = max(id(item) for item in (bytes(LARGE * 4), object()))
    size, last = LARGE, []
    while size > LEAST:
        end, at_end = _fill_gaps_of(lambda: bytes(size), end)
        last.append(at_end)
        size -= max(ALIGNMENT, 0 if size <= SMALL else size // 8)
    end, at_end = _fill_gaps_of(object, end)


def _fill_gaps_of(make, end):
    """Calls `make` until what it made lies past `end`. Where that is, and the last that was made."""
    while True:
        made = make()
        if id(made) > end:
            return id(made), made
        _filling.append(made)
