"""An event loop without files and sockets: it has callbacks and timers, and sleeps until the next is due.

A session has one. It runs while something is awaited at top level; tasks that are made outside of it belong to it too.
"""

import asyncio
import socket
import time

from guest import absent


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

    def run_in_executor(self, executor, func, *args):
        """Others make a pool of threads here, and would stumble over it again when they are closed."""
        if executor is None and self._default_executor is None:
            raise absent.no_threads()
        return super().run_in_executor(executor, func, *args)

    async def getaddrinfo(self, host, port, *, family=0, type=0, proto=0, flags=0):
        """Without the thread in which others wait for the answer."""
        return socket.getaddrinfo(host, port, family, type, proto, flags)

    async def getnameinfo(self, sockaddr, flags=0):
        """As `getaddrinfo`."""
        return socket.getnameinfo(sockaddr, flags)

    def _process_events(self, events):
        """There are none."""

    def _write_to_self(self):
        """Nobody sleeps who could be woken."""


class _Session:
    # Runs what is awaited at top level.
    runner = None
    # Whether a command may have made tasks for the loop while it did not run.
    waits = False


def run(coroutine):
    """Runs what a command awaits."""
    return _runner().run(coroutine)


def begin_tasks():
    """Lets tasks that a command has made without awaiting anything go as far as they get by themselves."""
    if _Session.waits:
        _Session.waits = False
        run(asyncio.sleep(0))


def _runner():
    if _Session.runner is None:
        _Session.runner = asyncio.Runner()
    return _Session.runner


def _loop():
    """The session's loop, which does not run."""
    _Session.waits = True
    return _runner().get_loop()


_get_event_loop = asyncio.get_event_loop


def get_event_loop():
    """The loop that runs, the one that was set, or that which runs what is awaited at top level."""
    if asyncio._get_running_loop() is not None:
        return _get_event_loop()
    loop = _loop()
    try:
        return _get_event_loop()
    except RuntimeError:
        return loop


def create_task(coro, **kwargs):
    """Schedules a coroutine: in the loop that runs, or else in that which runs what is awaited at top level."""
    return (asyncio._get_running_loop() or _loop()).create_task(coro, **kwargs)


def install():
    """Makes it the loop that asyncio makes, and lets tasks be made at top level.

    `get_running_loop` still fails there: programs ask it whether they may call `asyncio.run`.
    """
    asyncio.EventLoop = asyncio.SelectorEventLoop = Loop
    asyncio.unix_events._DefaultEventLoopPolicy._loop_factory = Loop
    asyncio.create_task = asyncio.tasks.create_task = create_task
    asyncio.get_event_loop = asyncio.events.get_event_loop = get_event_loop
