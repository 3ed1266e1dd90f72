"""The sandbox's own API about deliveries: what was handed over, receipts, chance, pace, webhooks."""

from __future__ import annotations

from typing import Any

from connections.sandbox import receipts
from connections.sandbox.control import Answer, ControlError, address_of, endpoint, text_of
from connections.sandbox.wire import Gateway

_MOST_TURNS = 500


def _sent(gateway: Gateway, given: dict[str, Any]) -> Answer:
    """All that the gateway took, also what no phone got: each message with its receipts so far."""
    inbox, now = gateway.store.inbox, gateway.store.now()
    found = inbox.handed_over(to=address_of(given, "to"), sender=address_of(given, "from"))
    rows = [
        {**one.as_json(), "jid": one.jid, "receipts": one.receipts_by(now), "arrived": one.has_arrived} for one in found
    ]
    return {"messages": rows}


def _read(gateway: Gateway, given: dict[str, Any]) -> Answer:
    to, key = address_of(given, "to"), text_of(given, "id", needed=False)
    return {"ok": True, "read": receipts.read(gateway.store, to=to, key=key)}


def _chat(gateway: Gateway, given: dict[str, Any]) -> Answer:
    turns = given.get("turns", 1)
    if not isinstance(turns, int) or isinstance(turns, bool) or not 1 <= turns <= _MOST_TURNS:
        raise ControlError(f"turns precisa ser um número inteiro entre 1 e {_MOST_TURNS}.")
    return {"ok": True, "written": gateway.store.chat(text_of(given, "instance"), turns)}


def _chaos(gateway: Gateway, given: dict[str, Any]) -> Answer:
    return gateway.store.faults.chaos.status()


def _start_chaos(gateway: Gateway, given: dict[str, Any]) -> Answer:
    """`rates` for each kind, or one `rate` for the usual kinds together; `seed`; `seconds` for the slow kinds."""
    rates: dict[str, float] | float = (
        _number(given["rate"], "rate") if "rate" in given else _numbers(given.get("rates"), "rates")
    )
    seed = given.get("seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise ControlError("seed precisa ser um número inteiro.")
    return gateway.store.faults.start_chaos(rates, seed, _numbers(given.get("seconds", {}), "seconds"))


def _end_chaos(gateway: Gateway, given: dict[str, Any]) -> Answer:
    gateway.store.faults.chaos.stop()
    return {"ok": True}


def _pace(gateway: Gateway, given: dict[str, Any]) -> Answer:
    return gateway.store.clockwork.pace.as_json()


def _set_pace(gateway: Gateway, given: dict[str, Any]) -> Answer:
    clockwork = gateway.store.clockwork
    clockwork.pace = clockwork.pace.changed(given)
    return clockwork.pace.as_json()


def _webhooks(gateway: Gateway, given: dict[str, Any]) -> Answer:
    return {"webhooks": {name: state.as_json() for name, state in gateway.webhooks.states().items()}}


def _number(value: Any, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ControlError(f"{name} precisa ser um número.")
    return float(value)


def _numbers(value: Any, name: str) -> dict[str, float]:
    if not isinstance(value, dict):
        raise ControlError(f"{name} precisa dizer um número para cada falha.")
    return {str(kind): _number(one, name) for kind, one in value.items()}


sent = endpoint(GET=_sent)
read = endpoint(POST=_read)
chats = endpoint(POST=_chat)
chaos = endpoint(GET=_chaos, POST=_start_chaos, DELETE=_end_chaos)
pace = endpoint(GET=_pace, POST=_set_pace)
webhooks = endpoint(GET=_webhooks)
