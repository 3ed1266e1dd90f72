"""The sandbox's process: a threaded HTTP server on loopback, with a short chain of middleware of its own.

No session, no login, no database of the application. Refused in production.
"""

from __future__ import annotations

import os
import select
import socket
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

from csp.middleware import CSPMiddleware
from django.conf import UserSettingsHolder, settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from connections.sandbox.pace import Pace
from connections.sandbox.same_site import is_local_host
from connections.sandbox.store import Store
from connections.sandbox.webhooks import Webhooks
from connections.sandbox.wire import CUT_KEY, GATEWAY_KEY, WIRE_KEY, Gateway

HOST = "127.0.0.1"
_TICK = 1.0  # seconds after which time passes though nobody looks: QR Codes turn, and their webhooks leave

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SandboxRefused(RuntimeError):
    """The sandbox must not run here; the message says why."""


class RequestHandler(WSGIRequestHandler):
    """Lets a view see whether its client has gone, and reset the connection. Logs nothing: the page shows the calls."""

    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), WIRE_KEY: self}

    def client_is_gone(self) -> bool:
        readable, _, _ = select.select([self._socket], [], [], 0)
        if not readable:
            return False
        try:
            return self._socket.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def cut(self) -> None:
        # With a linger of zero, closing sends a reset at once. The socket is taken from its object first: the server
        # would otherwise shut it down politely, and the client would read an orderly end.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self._socket.detach())
        self.close_connection = True

    @property
    def _socket(self) -> socket.socket:
        return cast("socket.socket", self.connection)  # the stubs call it a request

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name of the base class)
        pass


class SandboxHandler(WSGIHandler):
    """Django's, with the sandbox's addresses and middleware in place of the application's."""

    def load_middleware(self, is_async: bool = False) -> None:
        chain: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for wrap in (CSPMiddleware, XFrameOptionsMiddleware, _static_files, _own_addresses):
            chain = convert_exception_to_response(wrap(chain))
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = chain

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """As Django's, but a refused call is no warning in the log: refusing is this server's trade."""
        response: Any = self._middleware_chain(request)
        response._resource_closers.append(request.close)
        return cast("HttpResponseBase", response)


def _static_files(get_response: GetResponse) -> WhiteNoiseMiddleware:
    """Collected or not: both the names with a digest and the plain ones are served."""
    holder = UserSettingsHolder(settings)
    holder.WHITENOISE_USE_FINDERS = True
    return WhiteNoiseMiddleware(get_response, settings=holder)


def _own_addresses(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.urlconf = "connections.sandbox.urls"
        if not is_local_host(request.headers):
            return HttpResponse("Only as 127.0.0.1 or localhost.", status=421, content_type="text/plain")
        response = get_response(request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "no-store"
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    return middleware


def _application(gateway: Gateway) -> Callable[..., Iterable[bytes]]:
    handler = SandboxHandler()

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[GATEWAY_KEY] = gateway
        answer = handler(environ, start_response)
        if environ.get(CUT_KEY):
            answer.close()
            environ[WIRE_KEY].cut()
            raise ConnectionResetError("Cut by a fault.")  # the server takes it for a client that left
        return answer

    return application


class SandboxServer(ThreadedWSGIServer):
    """Serves until `shutdown`; `server_port` is the port it got."""

    #: Hundreds of senders may knock at once, each with a connection of its own; the usual five would refuse some.
    request_queue_size = 512

    def __init__(
        self,
        folder: Path,
        api_key: str,
        port: int = 0,
        *,
        app_url: str = "",
        qr_delay: float = 0.3,
        pace: Pace | None = None,
    ) -> None:
        """Raises SandboxRefused in production, OSError where the port is taken. Port 0 takes a free one."""
        if settings.IS_PRODUCTION:
            raise SandboxRefused(
                "The sandbox gateway is for demos and tests and does not run with ADSCAPE_ENV=production."
            )
        super().__init__((HOST, port), RequestHandler)
        self.store = Store(folder)
        self.store.clockwork.pace = pace or Pace()
        self.store.boot()
        self.webhooks = Webhooks(self.store, f"http://{HOST}:{self.server_port}")
        self.store.announce = self.webhooks.announce
        self.webhooks.every(_TICK, self.store.pass_time)
        self.set_app(_application(Gateway(self.store, api_key, self.webhooks, app_url, qr_delay)))

    def server_close(self) -> None:
        super().server_close()
        if hasattr(self, "webhooks"):
            self.webhooks.close()
        if hasattr(self, "store"):
            self.store.close()
