"""An event loop without files and sockets: it has callbacks and timers, and sleeps until the next is due."""

import asyncio
import time


class _Waiter:
    """Stands where other loops have a selector."""

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("nothing is left that could wake what is awaited: there are no threads and no sockets here")
        if timeout > 0:
            time.sleep(timeout)
        return []


class Loop(asyncio.BaseEventLoop):
    """The loop of `asyncio.run` and of `await` at top level."""

    def __init__(self):
        super().__init__()
        self._selector = _Waiter()

    def _process_events(self, events):
        """There are none."""

    def _write_to_self(self):
        """Nobody sleeps who could be woken."""


def install():
    """Makes it the loop that asyncio makes."""
    asyncio.EventLoop = asyncio.SelectorEventLoop = Loop
    asyncio.unix_events._DefaultEventLoopPolicy._loop_factory = Loop
