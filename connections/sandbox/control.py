"""The sandbox's own API, JSON in and out: scan, unlink, storm, messages, faults, instances. Not Evolution's contract.

What it says of deliveries (receipts, chance, webhooks) is in control_delivery.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from agency.phones import PhoneError
from connections.sandbox.chaos import ChaosError
from connections.sandbox.faults import FaultError
from connections.sandbox.instances import Instance
from connections.sandbox.pace import PaceError
from connections.sandbox.pairings import ScanError
from connections.sandbox.same_site import is_foreign
from connections.sandbox.storms import SECONDS, StormError
from connections.sandbox.wire import Gateway, gateway_of

Answer = dict[str, Any]
Handler = Callable[[Gateway, dict[str, Any]], Answer]


class ControlError(ValueError):
    """The request cannot be understood; the message says why, in pt-BR."""


def endpoint(**handlers: Handler) -> Callable[[HttpRequest], HttpResponse]:
    """A view that hands each method to its handler. A GET's query is read like a body."""

    def view(request: HttpRequest) -> HttpResponse:
        handler = handlers.get(request.method or "")
        if is_foreign(request.headers):
            return _error(403, "Pedido de outra página recusado.")
        if handler is None:
            return _error(405, f"Use {', '.join(handlers)}.")
        try:
            return _answer(200, handler(gateway_of(request), _given(request)))
        except (ChaosError, ControlError, FaultError, PaceError, PhoneError, ScanError, StormError) as error:
            return _error(400, str(error))

    return wraps(next(iter(handlers.values())))(view)


def _given(request: HttpRequest) -> dict[str, Any]:
    if request.method == "GET":
        return {key: str(value) for key, value in request.GET.items()}
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        raise ControlError("O corpo precisa ser JSON.") from None
    if not isinstance(body, dict):
        raise ControlError("O corpo precisa ser um objeto JSON.")
    return body


def _answer(status: int, answer: Answer) -> HttpResponse:
    return JsonResponse(answer, status=status, json_dumps_params={"ensure_ascii": False})


def _error(status: int, sentence: str) -> HttpResponse:
    return _answer(status, {"error": sentence})


def text_of(given: dict[str, Any], key: str, *, needed: bool = True) -> str:
    value = given.get(key, "")
    if not isinstance(value, str) or (needed and not value):
        raise ControlError(f'Falta "{key}", como texto.')
    return value


def _scan(gateway: Gateway, given: dict[str, Any]) -> Answer:
    """With `opens` false a phone reads the QR, and nothing comes of it."""
    name, opens = text_of(given, "instance"), given.get("opens", True)
    if not isinstance(opens, bool):
        raise ControlError("opens precisa ser true ou false.")
    if not opens:
        gateway.store.read_in_vain(name)
        return {"ok": True}
    phone = text_of(given, "phone")
    return {"ok": True, **_row(gateway.store.scan(name, phone, text_of(given, "name", needed=False), qr_needed=True))}


def _unlink(gateway: Gateway, given: dict[str, Any]) -> Answer:
    gateway.store.unlink(text_of(given, "instance"))
    return {"ok": True}


def _exhaust(gateway: Gateway, given: dict[str, Any]) -> Answer:
    gateway.store.exhaust_qr(text_of(given, "instance"))
    return {"ok": True}


def _storm(gateway: Gateway, given: dict[str, Any]) -> Answer:
    """The session of an open instance comes and goes for `seconds`, and `ends` open, close or connecting."""
    seconds = given.get("seconds", SECONDS)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise ControlError("seconds precisa ser um número.")
    ends = text_of(given, "ends", needed=False) or "open"
    gateway.store.storm(text_of(given, "instance"), seconds=seconds, ends=ends)
    return {"ok": True}


def _messages(gateway: Gateway, given: dict[str, Any]) -> Answer:
    found = gateway.store.inbox.received(to=address_of(given, "to"), sender=address_of(given, "from"))
    return {"messages": [one.as_json() for one in found]}


def address_of(given: dict[str, Any], key: str) -> str:
    """E.164; a `+` in a query arrives as a space where the caller did not encode it."""
    value = text_of(given, key, needed=False).strip()
    return value if not value or value.startswith("+") or "@" in value else f"+{value}"


def _empty_messages(gateway: Gateway, given: dict[str, Any]) -> Answer:
    return {"ok": True, "removed": gateway.store.inbox.empty()}


def _faults(gateway: Gateway, given: dict[str, Any]) -> Answer:
    return {"faults": [fault.as_json() for fault in gateway.store.faults.active()]}


def _order_fault(gateway: Gateway, given: dict[str, Any]) -> Answer:
    times, seconds = given.get("times", 1), given.get("seconds")
    if times is not None and (not isinstance(times, int) or isinstance(times, bool)):
        raise ControlError("times precisa ser um número inteiro, ou null até desligar.")
    if seconds is not None and (not isinstance(seconds, int | float) or isinstance(seconds, bool)):
        raise ControlError("seconds precisa ser um número.")
    call, number = text_of(given, "call", needed=False), text_of(given, "number", needed=False)
    event = text_of(given, "event", needed=False)
    fault = gateway.store.faults.add(text_of(given, "kind"), call, times, seconds, number, event)
    return {"ok": True, "fault": fault.as_json()}


def _clear_faults(gateway: Gateway, given: dict[str, Any]) -> Answer:
    gateway.store.faults.clear()
    return {"ok": True}


def _instances(gateway: Gateway, given: dict[str, Any]) -> Answer:
    return {"instances": [_row(one) for one in gateway.store.instances()]}


def _row(instance: Instance) -> Answer:
    """No token: whoever may look here is not therefore whoever may send."""
    return {
        "instance": instance.name,
        "id": instance.id,
        "state": instance.state,
        "phone": instance.phone,
        "name": instance.profile_name,
        "qr": instance.qr_code if instance.has_qr else "",
        "qr_count": instance.qr_count,
    }


scan = endpoint(POST=_scan)
unlink = endpoint(POST=_unlink)
exhaust = endpoint(POST=_exhaust)
storm = endpoint(POST=_storm)
messages = endpoint(GET=_messages, DELETE=_empty_messages)
faults = endpoint(GET=_faults, POST=_order_fault, DELETE=_clear_faults)
instances = endpoint(GET=_instances)
