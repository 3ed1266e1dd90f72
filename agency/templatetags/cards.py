"""What a client's card, and its row in the list view, show: each part drawn here, the templates only place them.

Fifty of them are a page that must be quick and small. So an icon is a class of the word that it stands before (see
static/src/make_icons.py), addresses and single words stand without quotes, and a part that many cards share, or that
stays the same from visit to visit, is drawn once. Takes rows of `agency.rows` and runs no query.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django import template
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from agency.cards import Note
from agency.rows import ClientRow
from agency.templatetags.card_parts import (
    accounts_line,
    address,
    bar_of,
    brief,
    demo_mark,
    escaped,
    html_of,
    note_line,
    phone,
    platform_marks,
    uptime_line,
    why_line,
)
from agency.templatetags.ui import FULL_BAR_DAYS, balance_bar, most_urgent
from agency.templatetags.ui_states import State, state_of_connection, state_of_message
from agency.templatetags.ui_words import ago, at, money, since, when

register = template.Library()

_DIALOG = SafeString(" data-dialog")
_HELD = State("Retido", "pause-circle", "warn", is_message=True)
_MUTED = State("Silenciado", "pause-circle", "off", is_message=True)


class Face:
    """A dressed client as a card or a row of the page shows it: strings, and parts that are drawn already."""

    def __init__(self, client: ClientRow, agency_connection: Any, gateway_down_since: Any) -> None:
        self.client = client
        self.pk = SafeString(client.pk)
        self.url = address("agency:client", self.pk)
        self.note: Note | None = client.note
        self.down = gateway_down_since
        self.connection = client.whatsapp_connection
        self.settings = client.report_settings
        self.newest = client.delivery.last_message if client.delivery else None
        self.rows = client.accounts_read
        self.state = state_of_connection(self.connection, client, agency_connection, gateway_down_since)
        self.agency_phone = agency_connection.phone if agency_connection else ""

    def both(self) -> dict[str, Any]:
        """What card and row have in common."""
        return {
            "pk": self.pk,
            "name": self.client.name,
            "url": self.url,
            "demo": demo_mark() if self.client.is_demo else "",
            "poll": self.poll(),
            "state": brief(self.state),
            "last": self.last(),
            "more": self.more(),
        }

    def card(self) -> dict[str, Any]:
        note = self.note
        return self.both() | {
            "accounts": accounts_line(tuple((account.platform, account.name) for account in self.rows)),
            "number": self.number(),
            "note": note_line(note.level, str(note.cause), str(note.consequence)) if note else "",
            "next": self.next(),
            "balance": self.balance(),
            "uptime": uptime_line(self.client.uptime_days, self.client.uptime_share),
            "action": self.action(),
            "pages": self.pages(),
        }

    def row(self) -> dict[str, Any]:
        account, note, connection = most_urgent(self.rows), self.note, self.connection
        known = account is not None and account.balance is not None
        bar = balance_bar(account) if known else None
        lasts = bar["ends"].removeprefix("acaba em ").split(" (")[0] if bar else ""
        amount = money(account.balance, account.currency) if known else "—"
        return self.both() | {
            "marks": platform_marks(tuple((account.platform, account.name) for account in self.rows)),
            "action": self.row_action(),
            "why": why_line(str(note.cause), str(note.consequence)) if note else "",
            "phone": phone(connection.phone) if connection and connection.phone else "—",
            "next": self.next(is_short=True),
            "amount": html_of("<span class=is-bad>{}</span>", amount) if known and account.is_low else amount,
            "bar": html_of("<span>{}<small>{}</small></span>", self.bar(bar), lasts) if bar else "",
        }

    def more(self) -> SafeString:
        """The link that app.js makes a menu of: `agency/_client_menu.html`."""
        connection, settings = self.connection, self.settings
        is_there = connection and not self.down and (connection.is_connected or connection.is_pending)
        lacks = "" if is_there else "d"
        lacks += "pr" if settings is None else "r" if settings.active else "p"
        said = "" if lacks == "r" else html_of(" data-lacks={}", lacks)
        return html_of(
            '<a class=more{} href={} aria-label="Mais ações de {}"></a>',
            said, self.url, self.client.name,
        )  # fmt: skip

    def pages(self) -> SafeString:
        return html_of(
            '<a href={} aria-label="Relatório de {}">Relatório</a><a href={} aria-label="Abrir {}">Abrir</a>',
            address("reports:settings", self.pk), self.client.name, self.url, self.client.name,
        )  # fmt: skip

    def poll(self) -> SafeString:
        """A card asks again by the clock while something is under way; else it waits until it is told."""
        message, connection = self.newest, self.connection
        pending = (connection and connection.is_pending) or (message and message.status == "sending")
        if not pending and not (message and (message.status == "queued" or message.may_arrive)):
            return SafeString("")
        seconds = 30 if not pending and message and (message.reason or message.may_arrive) else 4
        return html_of(' hx-get={} hx-trigger="every {}s"', address("agency:client_card", self.pk), seconds)

    def number(self) -> SafeString | str:
        """Whose number it is and since when, beside the state."""
        connection, client = self.connection, self.client
        if self.down and connection and connection.last_seen_at:
            return f"lido {at(connection.last_seen_at, client)}"
        if self.state.icon == "building-office-2":
            return phone(self.agency_phone)
        if connection and connection.is_open:
            return html_of("<b>{}</b> {}", phone(connection.phone), ago(connection.connected_at))
        if self.state.icon == "link-slash":
            return html_of("<b>{}</b> {}", phone(connection.phone), since(connection.disconnected_at, client))
        return ""

    def next(self, *, is_short: bool = False) -> SafeString:
        """The next report, or why there is none; a held one comes first."""
        settings, client = self.settings, self.client
        if client.held_at:
            return html_of("{} <small>das {}</small>", brief(_HELD), when(client.held_at, client).removeprefix("hoje "))
        if settings is None:
            return SafeString("<small>Não configurado</small>")
        if settings.next_run_at is None:
            return SafeString("<small>Desligado</small>")
        how = settings.get_frequency_display() + ("" if is_short else f", {settings.get_period_display()}")
        return html_of("{} <small>{}</small>", when(settings.next_run_at, client), how.lower())

    def balance(self) -> SafeString:
        """The most urgent ad account's balance and how long it lasts. Unknown is a sentence, never zero."""
        account = most_urgent(self.rows)
        if account is None:
            return SafeString("<small>Nenhuma conta de anúncio</small>")
        if account.balance is None:
            return html_of("<small>Não informado por {}</small>", account.get_platform_display())
        bar = balance_bar(account)
        amount = money(account.balance, account.currency)
        if account.is_low:
            amount = html_of("<span class=is-bad>{}</span>", amount)
        if account.is_muted:
            amount = html_of("{} {}", amount, brief(_MUTED))
        if bar is None:
            return html_of("<p>{}<small>sem previsão</small></p>", amount)
        # On a narrow card the verb gives way to the weekday.
        before, _, left = bar["ends"].rpartition("acaba em ")
        verb = SafeString("<i>acaba em </i>") if (before or left != bar["ends"]) and not account.is_muted else ""
        return html_of("<p>{}<small>{}{}</small></p>{}", amount, verb, left, self.bar(bar))

    def bar(self, bar: dict[str, Any]) -> SafeString:
        days = round(float(bar["fill"]) / 100 * FULL_BAR_DAYS)
        limit = None if bar["limit"] is None else round(float(bar["limit"]) / 100 * FULL_BAR_DAYS)
        return bar_of(days, bar["tone"], limit)

    def last(self) -> SafeString:
        """The newest message: how it stands, when, and whether the agency's number carried it."""
        message = self.newest
        if message is None:
            return SafeString("<small>Nada enviado ainda</small>")
        moment = when(message.sent_at or message.created_at, self.client)
        shown = f"{moment}, pela agência" if message.by_agency_number else moment
        why = html_of(' title="{}"', message.reason) if message.reason else ""
        return html_of("{}<small{}>{}</small>", brief(state_of_message(message)), why, shown)

    def action(self) -> SafeString:
        """The one thing to do for this client; the buttons of connections rest while the gateway is down."""
        label, name, url, is_dialog = self.what_to_do()
        if label == "Enviar agora":
            # app.js sends it without leaving the page; the token makes of two clicks one report.
            return html_of(
                '<button class="btn btn-quiet" form=send formaction={} name=token value={} aria-label="{}">'
                '<span class="i i-paper-airplane">Enviar agora</span></button>',
                url, SafeString(secrets.token_hex(6)), name,
            )  # fmt: skip
        is_first = label == "Conectar WhatsApp"
        icon = SafeString(' class="i i-qr-code"') if is_first else ""
        look = "btn-quiet" if is_first and not self.note else "btn-soft btn-primary"
        if self.down and is_dialog:
            return html_of(
                '<button class="btn {}" type=button disabled title="O servidor do WhatsApp está fora do ar" '
                'aria-label="{}"><span{}>{}</span></button>',
                look, name, icon, label,
            )  # fmt: skip
        return html_of(
            '<a class="btn {}"{} href={} aria-label="{}"><span{}>{}</span></a>',
            look, _DIALOG if is_dialog else "", url, name, icon, label,
        )  # fmt: skip

    def row_action(self) -> SafeString:
        """The same in a row, as a link, and only where somebody is needed."""
        label, name, url, is_dialog = self.what_to_do()
        if not self.note or label == "Enviar agora" or (self.down and is_dialog):
            return SafeString("")
        return html_of(
            '<a class="link link-primary link-hover"{} href={} aria-label="{}">{}</a>',
            _DIALOG if is_dialog else "", url, name, label,
        )  # fmt: skip

    def what_to_do(self) -> tuple[str, str, str, bool]:
        """Its label, its whole name, its address, and whether the dialog shows it."""
        kind: str = self.client.action
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
    drawn = render_to_string(template_name, {"part": {name: SafeString(f"{{{name}}}") for name in parts}})
    return "".join(drawn.splitlines())


def _draw(template_name: str, parts: dict[str, Any]) -> str:
    safe = {name: part if type(part) is SafeString else escaped(part) for name, part in parts.items()}
    return _frame(template_name, tuple(parts)).format_map(safe)


def _faces(context: RequestContext, clients: Iterable[ClientRow]) -> Iterator[Face]:
    agency_connection, gateway_down_since = context.get("agency_connection"), context.get("gateway_down_since")
    return (Face(client, agency_connection, gateway_down_since) for client in clients)


@register.simple_tag(takes_context=True)
def client_cards(context: RequestContext, clients: Iterable[ClientRow]) -> SafeString:
    """A card for each dressed client, as `agency_connection` and `gateway_down_since` of the page have it."""
    drawn = [_draw("agency/_client_card.html", face.card()) for face in _faces(context, clients)]
    return SafeString("".join(drawn))


@register.simple_tag(takes_context=True)
def client_rows(context: RequestContext, clients: Iterable[ClientRow]) -> SafeString:
    """The same clients as rows of the list view."""
    drawn = [_draw("agency/_client_row.html", face.row()) for face in _faces(context, clients)]
    return SafeString("".join(drawn))
