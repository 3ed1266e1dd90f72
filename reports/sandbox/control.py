"""The ads sandbox's own API, JSON in and out: faults, and how often what was asked. Neither platform's contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connections.sandbox.same_site import is_foreign
from reports.sandbox.faults import Fault, FaultError, Faults
from reports.sandbox.tally import Tally
from reports.sandbox.wire import Answer, Request, as_json

_TEXTS = ("platform", "call", "account", "access")


def faults(request: Request, known: Faults) -> Answer:
    if is_foreign(request.headers):
        return _error(403, "Pedido de outra página recusado.")
    if request.method == "GET":
        return as_json(200, {"faults": [fault.as_json() for fault in known.active()]})
    if request.method == "DELETE":
        known.clear()
        return as_json(200, {"ok": True})
    try:
        return as_json(200, {"ok": True, "fault": _order(request, known).as_json()})
    except FaultError as error:
        return _error(400, str(error))


def calls(request: Request, tally: Tally) -> Answer:
    if is_foreign(request.headers):
        return _error(403, "Pedido de outra página recusado.")
    if request.method == "DELETE":
        tally.clear()
    return as_json(200, {"calls": tally.counts()})


def _order(request: Request, known: Faults) -> Fault:
    given = _body(request)
    texts = {name: given.get(name, "") for name in _TEXTS}
    if not all(isinstance(value, str) for value in (*texts.values(), given.get("kind"))):
        raise FaultError(f"kind, {', '.join(_TEXTS)} precisam ser texto.")
    for name in ("times", "value"):
        if isinstance(given.get(name), bool) or not isinstance(given.get(name), int | None):
            raise FaultError(f"{name} precisa ser um número inteiro ou null.")
    times = given.get("times", 1)
    return known.add(str(given["kind"]), times=times, value=given.get("value"), **texts)


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        raise FaultError("O corpo precisa ser JSON.") from None
    if not isinstance(body, dict):
        raise FaultError("O corpo precisa ser um objeto JSON.")
    return body


def _error(status: int, sentence: str) -> Answer:
    return as_json(status, {"error": sentence})
