"""The ads sandbox's process: a small threaded HTTP server on loopback that keeps connections. Refused in production.

An answer of an API passes none of Django's middleware, so that a thousand accounts are read within seconds.
"""

from __future__ import annotations

import logging
import socketserver
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings

from connections.sandbox.same_site import is_local_host
from reports.sandbox.keys import Keys
from reports.sandbox.routes import Cut, Sandbox, answer
from reports.sandbox.wire import Answer, Request, as_json

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
_LARGEST_BODY = 1_000_000


class AdsSandboxRefused(RuntimeError):
    """The ads sandbox must not run here; the message says why."""


class Handler(BaseHTTPRequestHandler):
    """One connection. Logs no call: addresses and headers hold tokens, and the page counts the calls."""

    protocol_version = "HTTP/1.1"
    #: Head and body leave in one piece, so nothing has to wait for more.
    disable_nagle_algorithm = True
    timeout = 300

    def do_GET(self) -> None:
        server = cast("AdsSandboxServer", self.server)
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return self._send(as_json(413, {"error": "Too large, or of unknown length."}))
        body = self.rfile.read(int(length))
        headers = cast("Mapping[str, str]", self.headers)
        if not is_local_host(headers):
            return self._send(as_json(421, {"error": "Only as 127.0.0.1 or localhost."}))
        parts = urlsplit(self.path)
        base = f"http://{self.headers.get('Host')}"
        request = Request(self.command, parts.path, parts.query, headers, body, base, server.clock())
        try:
            return self._send(answer(request, server.sandbox))
        except Cut:
            self.close_connection = True
        except Exception:
            logger.exception("the ads sandbox itself failed on %s", parts.path)
            self._send(as_json(500, {"error": "Sandbox error: see its log"}))

    do_POST = do_DELETE = do_GET

    def _send(self, told: Answer) -> None:
        fields = {
            "Content-Type": told.type,
            "Content-Length": str(len(told.body)),
            "X-Content-Type-Options": "nosniff",
            **told.headers,
            **({"Connection": "close"} if self.close_connection else {}),
        }
        lines = [f"HTTP/1.1 {told.status} {HTTPStatus(told.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + told.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name of the base class)
        pass


class AdsSandboxServer(socketserver.ThreadingTCPServer):
    """Serves until `shutdown`; `server_port` is the port it got."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, keys: Keys, port: int = 0, *, clock: Callable[[], datetime] | None = None) -> None:
        """Raises AdsSandboxRefused in production, OSError where the port is taken. Port 0 takes a free one."""
        if settings.IS_PRODUCTION:
            raise AdsSandboxRefused(
                "The ads sandbox is for demos and tests and does not run with ADSCAPE_ENV=production."
            )
        super().__init__((HOST, port), Handler)
        self.server_port: int = self.server_address[1]
        self.clock = clock or (lambda: datetime.now(UTC))
        self.sandbox = Sandbox(keys)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is no fault of ours."""
