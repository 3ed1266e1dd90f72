"""What a client's card, and its row in the list view, show: each part drawn here, the templates only place them.

Fifty of them are a page that must be quick and small. So an icon is a class of the word that it stands before (see
static/src/make_icons.py), addresses and single words stand without quotes, and a part
that many cards share, or that stays the same from visit to visit, is drawn once. Related rows are read by name, as in
`agency.cards`; runs no query where they were joined.
"""

from __future__ import annotations

import html
import secrets
import uuid
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from django import template
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from agency.cards import Note, accounts_of, related
from agency.models import Client
from agency.phones import show_phone
from agency.templatetags.ui import FULL_BAR_DAYS, balance_bar, most_urgent
from agency.templatetags.ui_states import State, state_of_connection, state_of_message
from agency.templatetags.ui_words import ago, at, money, since, when

register = template.Library()

_PLATFORMS = {"meta": "Meta Ads", "google": "Google Ads"}
_NOBODY = uuid.UUID(int=0)
_DIALOG = SafeString(" data-dialog")
_HELD = State("Retido", "pause-circle", "warn", is_message=True)


def escaped(part: Any) -> str:
    """Django's `conditional_escape` without its care for lazy texts, which takes most of its time."""
    return part if isinstance(part, SafeString) else html.escape(str(part))


def _html(frame: str, *parts: Any) -> SafeString:
    """Django's `format_html`, quicker by the same care: whatever is not safe already is escaped."""
    return SafeString(frame.format(*map(escaped, parts)))


@cache
def brief(state: State) -> SafeString:
    """`ui/state.html` in few bytes: icon and word, never a bare colour."""
    kind = "ticks" if state.is_message else "state"
    return _html('<span class="{} is-{} i i-{}">{}</span>', kind, state.tone, state.icon, state.word)


@cache
def _around(name: str) -> tuple[str, str]:
    """What stands before and after a client's key in an address: resolving one takes longer than drawing a line."""
    before, _, after = reverse(name, args=[_NOBODY]).partition(str(_NOBODY))
    return before, after


def address(name: str, pk: str) -> str:
    before, after = _around(name)
    return f"{before}{pk}{after}"


@lru_cache(maxsize=20_000)
def _phone(e164: str) -> str:
    return show_phone(e164)


@lru_cache(maxsize=20_000)
def _accounts(accounts: tuple[tuple[str, str], ...]) -> SafeString:
    if not accounts:
        return SafeString("Nenhuma conta de anúncio")
    parts = ((platform, _PLATFORMS[platform], name) for platform, name in accounts)
    return format_html_join("", '<span class="i i-{}" title="{}">{}</span>', parts)


@lru_cache(maxsize=20_000)
def _marks(accounts: tuple[tuple[str, str], ...]) -> SafeString:
    """The same in a row, which has room for the platforms only."""
    parts = ((platform, _PLATFORMS[platform], name, _PLATFORMS[platform]) for platform, name in accounts)
    return format_html_join("", '<span class="i i-{}" title="{}: {}"><span class="sr-only">{}</span></span>', parts)


@lru_cache(maxsize=20_000)
def _note(level: str, cause: str, consequence: str) -> SafeString:
    more = f" {consequence}" if consequence else ""
    return _html('<p class="note note-{}"><span><strong>{}</strong>{}</span></p>', level, cause, more)


@lru_cache(maxsize=20_000)
def _why(cause: str, consequence: str) -> SafeString:
    return _html('<small class=why title="{} {}">{}</small>', cause, consequence, cause)


@cache
def _demo() -> SafeString:
    return SafeString(render_to_string("ui/demo_mark.html").strip())


@cache
def _bar(days: int, tone: str, limit: int | None) -> SafeString:
    """`ui/balance_bar.html` in whole days and few bytes; how long it lasts stands in words beside it."""
    label = "Verba que resta" if limit is None else f"Alerta com {limit} dia{'' if limit == 1 else 's'}"
    where = "" if limit is None else f" l{min(limit, FULL_BAR_DAYS)}"
    looks = f"lasts d{min(days, FULL_BAR_DAYS)}{where} {tone}".strip()
    return _html('<b class="{}" role=img aria-label="{}"></b>', looks, label)


class Face:
    """A dressed client as a card or a row of the page shows it: strings, and parts that are drawn already."""

    def __init__(self, client: Client, agency_connection: Any, gateway_down_since: Any) -> None:
        self.client = client
        self.pk = str(client.pk)
        self.url = address("agency:client", self.pk)
        self.note: Note | None = client.note  # type: ignore[attr-defined]
        self.down = gateway_down_since
        self.connection = related(client, "whatsapp_connection")
        self.settings = related(client, "report_settings")
        delivery = related(client, "delivery")
        self.newest = delivery.last_message if delivery else None
        self.rows = accounts_of(client)
        self.state = state_of_connection(self.connection, client, agency_connection, gateway_down_since)
        self.agency_phone = agency_connection.phone if agency_connection else ""

    def both(self) -> dict[str, Any]:
        """What card and row have in common."""
        return {
            "pk": self.pk,
            "name": self.client.name,
            "url": self.url,
            "demo": _demo() if self.client.is_demo else "",
            "poll": self.poll(),
            "state": brief(self.state),
            "last": self.last(),
            "more": self.more(),
        }

    def card(self) -> dict[str, Any]:
        note = self.note
        return self.both() | {
            "accounts": _accounts(tuple((account.platform, account.name) for account in self.rows)),
            "number": self.number(),
            "note": _note(note.level, note.cause, note.consequence) if note else "",
            "next": self.next(),
            "balance": self.balance(),
            "action": self.action(),
            "pages": self.pages(),
        }

    def row(self) -> dict[str, Any]:
        account, note, connection = most_urgent(self.rows), self.note, self.connection
        known = account is not None and account.balance is not None
        bar = balance_bar(account, self.client) if known else None
        lasts = bar["ends"].removeprefix("acaba em ").split(" (")[0] if bar else ""
        amount = money(account.balance, account.currency) if known else "—"
        return self.both() | {
            "marks": _marks(tuple((account.platform, account.name) for account in self.rows)),
            "action": self.row_action(),
            "why": _why(note.cause, note.consequence) if note else "",
            "phone": _phone(connection.phone) if connection and connection.phone else "—",
            "next": self.next(is_short=True),
            "amount": _html("<span class=is-bad>{}</span>", amount) if known and account.is_low else amount,
            "bar": _html("<span>{}<small>{}</small></span>", self.bar(bar), lasts) if bar else "",
        }

    def more(self) -> SafeString:
        """The link that app.js makes a menu of: `agency/_client_menu.html`."""
        connection, settings = self.connection, self.settings
        is_there = connection and not self.down and (connection.is_connected or connection.is_pending)
        lacks = "" if is_there else "d"
        lacks += "pr" if settings is None else "r" if settings.active else "p"
        said = "" if lacks == "r" else _html(" data-lacks={}", lacks)
        return _html(
            '<a class=more{} href={} aria-label="Mais ações de {}"></a>',
            said, self.url, self.client.name,
        )  # fmt: skip

    def pages(self) -> SafeString:
        return _html(
            '<a href={} aria-label="Relatório de {}">Relatório</a><a href={} aria-label="Abrir {}">Abrir</a>',
            address("reports:settings", self.pk), self.client.name, self.url, self.client.name,
        )  # fmt: skip

    def poll(self) -> SafeString:
        """A card asks again by the clock while something is under way; else it waits until it is told."""
        message, connection = self.newest, self.connection
        pending = (connection and connection.is_pending) or (message and message.status == "sending")
        if not pending and not (message and message.status == "queued"):
            return SafeString("")
        seconds = 30 if not pending and message and message.reason else 4
        return _html(' hx-get={} hx-trigger="every {}s"', address("agency:client_card", self.pk), seconds)

    def number(self) -> SafeString | str:
        """Whose number it is and since when, beside the state."""
        connection, client = self.connection, self.client
        if self.down and connection and connection.last_seen_at:
            return f"lido {at(connection.last_seen_at, client)}"
        if self.state.icon == "building-office-2":
            return _phone(self.agency_phone)
        if connection and connection.is_connected:
            return _html("<b>{}</b> {}", _phone(connection.phone), ago(connection.connected_at))
        if self.state.icon == "link-slash":
            return _html("<b>{}</b> {}", _phone(connection.phone), since(connection.disconnected_at, client))
        return ""

    def next(self, *, is_short: bool = False) -> SafeString:
        """The next report, or why there is none; a held one comes first."""
        settings, client = self.settings, self.client
        held_at = getattr(client, "held_at", None)
        if held_at:
            return _html("{} <small>das {}</small>", brief(_HELD), when(held_at, client).removeprefix("hoje "))
        if settings is None:
            return SafeString("<small>Não configurado</small>")
        if settings.next_run_at is None:
            return SafeString("<small>Desligado</small>")
        how = settings.get_frequency_display() + ("" if is_short else f", {settings.get_period_display()}")
        return _html("{} <small>{}</small>", when(settings.next_run_at, client), how.lower())

    def balance(self) -> SafeString:
        """The most urgent ad account's balance and how long it lasts. Unknown is a sentence, never zero."""
        account = most_urgent(self.rows)
        if account is None:
            return SafeString("<small>Nenhuma conta de anúncio</small>")
        if account.balance is None:
            return _html("<small>Não informado por {}</small>", account.get_platform_display())
        bar = balance_bar(account, self.client)
        amount = money(account.balance, account.currency)
        if account.is_low:
            amount = _html("<span class=is-bad>{}</span>", amount)
        if bar is None:
            return _html("<p>{}<small>sem gasto recente</small></p>", amount)
        # On a narrow card the verb gives way to the weekday.
        before, _, left = bar["ends"].rpartition("acaba em ")
        verb = SafeString("<i>acaba em </i>") if before or left != bar["ends"] else ""
        return _html("<p>{}<small>{}{}</small></p>{}", amount, verb, left, self.bar(bar))

    def bar(self, bar: dict[str, Any]) -> SafeString:
        days = round(float(bar["fill"]) / 100 * FULL_BAR_DAYS)
        limit = None if bar["limit"] is None else round(float(bar["limit"]) / 100 * FULL_BAR_DAYS)
        return _bar(days, bar["tone"], limit)

    def last(self) -> SafeString:
        """The newest message: how it stands, when, and whether the agency's number carried it."""
        message = self.newest
        if message is None:
            return SafeString("<small>Nada enviado ainda</small>")
        moment = when(message.sent_at or message.created_at, self.client)
        shown = f"{moment}, pela agência" if message.by_agency_number else moment
        why = _html(' title="{}"', message.reason) if message.reason else ""
        return _html("{}<small{}>{}</small>", brief(state_of_message(message.status)), why, shown)

    def action(self) -> SafeString:
        """The one thing to do for this client; the buttons of connections rest while the gateway is down."""
        label, name, url, is_dialog = self.what_to_do()
        if label == "Enviar agora":
            # app.js sends it without leaving the page; the token makes of two clicks one report.
            return _html(
                '<button class="btn btn-quiet" form=send formaction={} name=token value={} aria-label="{}">'
                '<span class="i i-paper-airplane">Enviar agora</span></button>',
                url, secrets.token_hex(6), name,
            )  # fmt: skip
        is_first = label == "Conectar WhatsApp"
        icon = SafeString(' class="i i-qr-code"') if is_first else ""
        look = "btn-quiet" if is_first and not self.note else "btn-soft btn-primary"
        if self.down and is_dialog:
            return _html(
                '<button class="btn {}" type=button disabled title="O servidor do WhatsApp está fora do ar" '
                'aria-label="{}"><span{}>{}</span></button>',
                look, name, icon, label,
            )  # fmt: skip
        return _html(
            '<a class="btn {}"{} href={} aria-label="{}"><span{}>{}</span></a>',
            look, _DIALOG if is_dialog else "", url, name, icon, label,
        )  # fmt: skip

    def row_action(self) -> SafeString:
        """The same in a row, as a link, and only where somebody is needed."""
        label, name, url, is_dialog = self.what_to_do()
        if not self.note or label == "Enviar agora" or (self.down and is_dialog):
            return SafeString("")
        return _html(
            '<a class="link link-primary link-hover"{} href={} aria-label="{}">{}</a>',
            _DIALOG if is_dialog else "", url, name, label,
        )  # fmt: skip

    def what_to_do(self) -> tuple[str, str, str, bool]:
        """Its label, its whole name, its address, and whether the dialog shows it."""
        kind: str = self.client.action  # type: ignore[attr-defined]
        about = self.note.about if self.note else ""
        client = self.client.name
        if kind == "send_now" and about == "report":
            return "Revisar", f"Revisar o relatório de {client}", self.url, False
        if kind == "send_now" and about == "balance":
            return "Ver saldo", f"Ver saldo de {client}", address("reports:balance", self.pk), False
        if kind == "send_now":
            return (
                "Enviar agora",
                f"Enviar agora o relatório de {client}",
                address("reports:send_now", self.pk),
                False,
            )
        label = {"open_qr": "Abrir QR", "reconnect": "Reconectar"}.get(kind, "Conectar WhatsApp")
        return label, f"{label} de {client}", address("connections:qr_modal", self.pk), True


@cache
def _frame(template_name: str, parts: tuple[str, ...]) -> str:
    """A template that only places parts, drawn once with a gap for each of them: filling gaps is what a page of fifty
    has time for."""
    return render_to_string(template_name, {"part": {name: SafeString(f"{{{name}}}") for name in parts}}).strip()


def _draw(template_name: str, parts: dict[str, Any]) -> str:
    return _frame(template_name, tuple(parts)).format_map({name: escaped(part) for name, part in parts.items()})


def _faces(context: RequestContext, clients: Iterable[Client]) -> Iterator[Face]:
    agency_connection, gateway_down_since = context.get("agency_connection"), context.get("gateway_down_since")
    return (Face(client, agency_connection, gateway_down_since) for client in clients)


@register.simple_tag(takes_context=True)
def client_cards(context: RequestContext, clients: Iterable[Client]) -> SafeString:
    """A card for each dressed client, as `agency_connection` and `gateway_down_since` of the page have it."""
    drawn = [_draw("agency/_client_card.html", face.card()) for face in _faces(context, clients)]
    return SafeString("".join(drawn))


@register.simple_tag(takes_context=True)
def client_rows(context: RequestContext, clients: Iterable[Client]) -> SafeString:
    """The same clients as rows of the list view."""
    drawn = [_draw("agency/_client_row.html", face.row()) for face in _faces(context, clients)]
    return SafeString("".join(drawn))
