"""What every view of the sandbox reaches through its request: the server's state, and the raw connection for faults.

Kept in the WSGI environ, so that two servers in one process (tests) do not share anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse

from connections.sandbox.store import Store
from connections.sandbox.webhooks import Webhooks

GATEWAY_KEY = "sandbox.gateway"
WIRE_KEY = "sandbox.wire"
CUT_KEY = "sandbox.cut"


class Wire(Protocol):
    """The connection a request came through."""

    def client_is_gone(self) -> bool: ...

    def cut(self) -> None:
        """Close it with a reset (RST) instead of an answer."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """One running sandbox. `qr_delay` is how long (seconds) a first QR takes; `app_url` is where Adscape stands."""

    store: Store
    api_key: str
    webhooks: Webhooks
    app_url: str = ""
    qr_delay: float = 0.3


def gateway_of(request: HttpRequest) -> Gateway:
    gateway = request.META[GATEWAY_KEY]
    if not isinstance(gateway, Gateway):
        raise TypeError("This request did not come through the sandbox's own server.")
    return gateway


def wire_of(request: HttpRequest) -> Wire:
    wire: Wire = request.META[WIRE_KEY]
    return wire


def cut_off(request: HttpRequest) -> HttpResponse:
    """Have the server reset the connection; the answer returned here is never written."""
    environ: dict[str, Any] = request.META
    environ[CUT_KEY] = True
    return HttpResponse()
