"""What is not here says so at once, by the errors that programs expect.

The runtime would ask the host for a network before it finds that there is none, and keep the handle: a command that
leaves one open is undone.
"""

import _thread
import errno
import threading

import _socket
import socket

NO_NETWORK = "there is no network here"


def no_threads():
    """What starting a thread raises."""
    return RuntimeError("can't start new thread: there are no threads here")


def _start_thread(*_, **__):
    raise no_threads()


def _look_up(*_, **__):
    raise socket.gaierror(socket.EAI_FAIL, NO_NETWORK)


def _no_socket(self, family=-1, type=-1, proto=-1, fileno=None):
    raise PermissionError(errno.EACCES, NO_NETWORK)


def install():
    """Puts them where programs look."""
    for name in ("getaddrinfo", "gethostbyaddr", "gethostbyname", "gethostbyname_ex", "getnameinfo"):
        setattr(_socket, name, _look_up)
        # The library's own `getaddrinfo` calls the other.
        if name != "getaddrinfo":
            setattr(socket, name, _look_up)
    socket.socket.__init__ = _no_socket
    _thread.start_new_thread = _thread.start_new = _thread.start_joinable_thread = _start_thread
    threading._start_joinable_thread = _start_thread
