"""Serves a sandbox as a process of the product, until a signal ends it. Knows nothing of what it serves."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Callable
from typing import NoReturn, Protocol

from django.core.management.base import CommandError, OutputWrapper


class Server(Protocol):
    """What both sandboxes' servers have of `socketserver`."""

    server_port: int

    def serve_forever(self, poll_interval: float = ...) -> None: ...

    def server_close(self) -> None: ...


def serve(open_server: Callable[[], Server], host: str, port: int, out: OutputWrapper, greeting: str) -> NoReturn:
    """`greeting` names the address as `{}`. Raises CommandError where the port is taken."""
    try:
        server = open_server()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise CommandError(f"Port {port} of {host} is taken: stop what uses it, or set another PORT.") from None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    out.write(greeting.format(f"http://{host}:{server.server_port}"))
    out.flush()
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    sys.exit(0)
