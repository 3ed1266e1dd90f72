"""The sandbox's page: instances, the phone that scans, faults, webhooks, events, what phones received. Changes nothing.

Each part knows the state it was drawn from. A page that is looked at asks every two seconds, says which states it
shows, and gets back only the parts that have changed since, so that nothing jumps under a hand or a reader.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpResponse, QueryDict
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils import timezone

from agency.phones import show_phone
from connections.qr import qr_svg
from connections.sandbox import qr
from connections.sandbox.faults import KINDS
from connections.sandbox.groups import GROUPS
from connections.sandbox.inbox import Received
from connections.sandbox.instances import Instance
from connections.sandbox.markup import as_html
from connections.sandbox.numbers import is_group
from connections.sandbox.page_webhooks import seen_webhooks
from connections.sandbox.store import Store
from connections.sandbox.wire import Gateway

BUBBLES = 50  # of a chat, the newest; the control API gives them all


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the page that is renewed by itself. `seen` changes when, and only when, it would look different."""

    name: str
    template: str
    seen: str
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which instance's phone and which recipient's messages a page is showing.

    The pinned ones are what its person has asked for; a page without them follows what happens.
    """

    instance: str
    recipient: str
    pinned_instance: str
    pinned_to: str


def chosen(asked: QueryDict, store: Store) -> Choice:
    """What a query or a form asks for, else an instance that waits for a scan, and the phone that received last."""
    instances, recipients = store.instances(), store.inbox.recipients()
    names = [one.name for one in instances]
    waiting = [one.name for one in instances if one.has_qr]
    instance = asked.get("instance", "") if asked.get("instance") in names else ""
    to = asked.get("to", "") if asked.get("to") in recipients else ""
    return Choice(instance or (waiting or names or [""])[0], to or (recipients or [""])[0], instance, to)


def render_page(gateway: Gateway, choice: Choice, notice: str = "", error: str = "", typed: str = "") -> str:
    pieces = {part.name: _draw(part) for part in _parts(gateway, choice, typed)}
    context = {"pieces": pieces, "choice": choice, "notice": notice, "error": error, "app_url": gateway.app_url}
    return render_to_string("sandbox/page.html", context)


def render_changes(gateway: Gateway, choice: Choice, seen: list[str]) -> HttpResponse:
    """The parts that look different from what the page shows, to be swapped in by their ids; 204 when none does."""
    changed = [_draw(part, swap=True) for part in _parts(gateway, choice) if part.seen not in seen]
    return HttpResponse("".join(changed), status=200 if changed else 204)


def _draw(part: Part, *, swap: bool = False) -> str:
    return render_to_string("sandbox/_part.html", {"part": part, "swap": swap, **part.context})


def _parts(gateway: Gateway, choice: Choice, typed: str = "") -> list[Part]:
    store = gateway.store
    instances = store.instances()
    one = next((row for row in instances if row.name == choice.instance), None)
    faults = _seen_faults(store)
    expiry = _part("expiry", {"seconds": _seconds_left(one, store.now())})
    return [
        _part("instances", {"instances": [_seen_instance(row) for row in instances], "choice": choice}),
        _part(
            "phone",
            {"instance": _seen_instance(one) if one else None, "choice": choice},
            {**_drawn_qr(one, typed), "expiry": _draw(expiry)},
        ),
        expiry,
        _part(
            "faults",
            {
                "groups": [(name, list(rows)) for name, rows in groupby(faults, key=lambda row: row["group"])],
                "on": sum(row["on"] for row in faults),
                "chance": _seen_chance(store),
                "choice": choice,
            },
        ),
        _part("webhooks", seen_webhooks(one, instances, gateway.webhooks.states(), choice.pinned_to)),
        _part("events", {"events": store.events.latest()}),
        _part(
            "received",
            {"choice": choice, "recipients": _seen_recipients(store), "chats": _chats(store, choice.recipient)},
        ),
    ]


def _part(name: str, context: dict[str, Any], unseen: dict[str, Any] | None = None) -> Part:
    """`unseen` is drawn, too, but follows from the rest, or must not count as a change."""
    digest = hashlib.sha256(repr(sorted(context.items())).encode()).hexdigest()[:16]
    return Part(name, f"sandbox/_{name}.html", f"{name}-{digest}", {**context, **(unseen or {})})


def _seen_instance(instance: Instance) -> dict[str, Any]:
    word, icon, tone = _state_of(instance)
    shown = show_phone(instance.phone) if instance.phone else ""
    return {
        "name": instance.name,
        "title": instance.profile_name or shown or "Sem celular ainda",
        "phone": shown,
        "is_open": instance.is_open and not instance.is_stormy,
        "is_stormy": instance.is_stormy,
        "stuck": instance.stuck,
        "has_qr": instance.has_qr and not instance.stuck,
        "count": instance.qr_count if instance.has_qr else 0,
        "limit": qr.LIMIT,
        "at_limit": instance.state == "close" and instance.qr_count >= qr.LIMIT and not instance.is_open,
        "word": word,
        "icon": icon,
        "tone": tone,
    }


#: Of an instance whose session is not quiet: words that stay while its state comes and goes.
_STUCK = {
    "read": ("Lido, não abre", "exclamation-triangle", "warn"),
    "code": ("Código recusado", "exclamation-triangle", "warn"),
    "lost": ("Reconectando", "arrow-path", "wait"),
}


def _state_of(instance: Instance) -> tuple[str, str, str]:
    """Word, icon, tone."""
    if instance.is_stormy:
        return "Oscilando", "arrow-path", "warn"
    if instance.stuck:
        return _STUCK[instance.stuck]
    words = {"open": ("Conectado", "check-circle", "ok"), "connecting": ("Aguardando QR", "qr-code", "wait")}
    return words.get(instance.state, ("Desconectado", "link-slash", "bad" if instance.phone else "off"))


def _drawn_qr(instance: Instance | None, typed: str) -> dict[str, Any]:
    if instance is None:
        return {}
    drawn = qr_svg(instance.qr_code) if instance.has_qr else ""
    return {"svg": drawn, "typed": typed or (show_phone(instance.phone) if instance.phone else "")}


def _seconds_left(instance: Instance | None, now: float) -> int | None:
    """None while no QR is on show that renews itself."""
    renews = instance is not None and instance.has_qr and not instance.stuck
    return max(int(instance.qr_at + qr.LIFE - now), 0) if instance and renews else None


def _seen_faults(store: Store) -> list[dict[str, Any]]:
    active = store.faults.active()
    rows = []
    for kind in KINDS.values():
        ordered = [fault for fault in active if fault.kind == kind.name]
        left = [fault.left for fault in ordered if fault.left is not None]
        calls = sum(left) if left and len(left) == len(ordered) else None
        words = {"name": kind.name, "label": kind.label, "effect": kind.effect, "group": kind.group}
        rows.append({**words, "on": bool(ordered), "left": calls})
    return rows


def _seen_chance(store: Store) -> dict[str, Any]:
    status = store.faults.chaos.status()
    percent = round(100 * sum(status["rates"].values()))
    return {"on": status["on"], "percent": percent, "struck": sum(status["struck"].values())}


def _seen_recipients(store: Store) -> list[tuple[str, str]]:
    return [(one, _address(one)) for one in store.inbox.recipients()]


def _address(recipient: str) -> str:
    if not is_group(recipient):
        return show_phone(recipient)
    return GROUPS[recipient].subject if recipient in GROUPS else recipient


def _chats(store: Store, recipient: str) -> list[dict[str, Any]]:
    """One per number that wrote to this phone, the one that wrote last first; each in the order of its bubbles."""
    if not recipient:
        return []
    names = {one.phone: one.profile_name for one in store.instances() if one.phone}
    chats: dict[str, list[Received]] = {}
    for message in store.inbox.shown(recipient):
        chats.setdefault(message.sender, []).append(message)
    newest_first = sorted(chats.items(), key=lambda item: item[1][-1].row, reverse=True)
    now, held = store.now(), store.inbox.files.held()
    return [
        {
            "sender": sender,
            "name": names.get(sender) or "Número sem nome",
            "phone": show_phone(sender),
            "bubbles": [_bubble(one, now, held) for one in messages[-BUBBLES:]],
        }
        for sender, messages in newest_first
    ]


#: The newest receipt of a message, as the phone that wrote it would show it.
_RECEIPTS = {
    "": ("Sem recibo", "clock"),
    "SERVER_ACK": ("Enviada", "check"),
    "DELIVERY_ACK": ("Entregue", "check-circle"),
    "READ": ("Lida", "eye"),
}


def _bubble(message: Received, now: float, held: set[int]) -> dict[str, Any]:
    receipts = message.receipts_by(now)
    word, icon = _RECEIPTS.get(receipts[-1] if receipts else "", ("", ""))
    if not message.has_arrived:
        word, icon = ("Recusada: ERROR" if "ERROR" in receipts else "Pendente: não chegou", "exclamation-triangle")
    elif is_group(message.jid):
        word, icon = "", ""  # of a group nobody is told
    html = as_html(message.text)
    return {
        "day": _day(message),
        "at": message.at,
        "html": html,
        "word": word,
        "icon": icon,
        "arrived": message.has_arrived,
        "file": _shown_file(message, held) if message.file else None,
    }


def _shown_file(message: Received, held: set[int]) -> dict[str, Any]:
    """Without an address where the phone never got it, or where it was forgotten."""
    file = message.file
    there = message.has_arrived and message.row in held
    return {
        "name": file.name if file else "",
        "size": filesizeformat(file.size) if file else "",
        "icon": "photo" if file and file.kind == "image" else "document-text",
        "url": f"/page/file/{message.id}" if there else "",
        "picture": file if file and file.kind == "image" and there else None,
    }


def _day(message: Received) -> str:
    day, today = timezone.localdate(message.at), timezone.localdate()
    return {0: "Hoje", 1: "Ontem"}.get((today - day).days, f"{day:%d/%m/%Y}")
