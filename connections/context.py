"""What every page may ask about the gateway; asked only when a template uses it."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from connections import gateway


def gateway_outage(request: HttpRequest) -> dict[str, object]:
    """`gateway_outage` (None, or with `since` and `sentence`) and `gateway_down_since` for the banner."""

    def since() -> object:
        found = gateway.outage()
        return found.since if found else ""

    return {
        "gateway_outage": SimpleLazyObject(lambda: gateway.outage() or ""),
        "gateway_down_since": SimpleLazyObject(since),
    }
