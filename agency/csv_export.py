"""`clientes.csv`: the clients that the page's search and filter keep, in its order, for a spreadsheet in Brazil.

UTF-8 with a byte order mark, `;` between cells, decimal comma. Streamed in chunks, each of two queries, so that ten
thousand clients need no more memory than five hundred. No cell can be read as a formula.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from agency.cards import accounts_of, dress, related
from agency.listing import Asked, matching
from agency.models import Agency
from agency.phones import show_phone
from agency.rows import ClientRow, agency_connection_of, joined, read
from agency.templatetags.ui import most_urgent
from agency.templatetags.ui_states import state_of_connection, state_of_message
from agency.templatetags.ui_words import money

HEADER = (
    *("Cliente", "E-mail", "WhatsApp", "Número", "Próximo relatório", "Frequência", "Saldo", "Conta(s)"),
    *("Último envio", "Resultado", "Precisa de atenção", "Motivo"),
)
CHUNK = 500
#: Before the first line: a spreadsheet then reads UTF-8.
BYTE_ORDER_MARK = "\ufeff"
#: What a spreadsheet takes for the beginning of a formula, also in the wide forms of East Asian keyboards.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"-[\d.]+,\d\d")
_PLATFORMS = {"meta": "Meta Ads", "google": "Google Ads"}


class _Line:
    """Takes what `csv.writer` writes and gives it back."""

    def write(self, line: str) -> str:
        return line


def line_writer() -> Any:
    """What gives each row back as its line, `;` between its cells."""
    return csv.writer(_Line(), delimiter=";")


def lines(agency: Agency, asked: Asked) -> Iterator[str]:
    """The file, line by line."""
    writer = line_writer()
    own = agency_connection_of(agency)
    keys = list(matching(agency, asked, own).values_list("pk", flat=True))
    yield BYTE_ORDER_MARK + writer.writerow(HEADER)
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        rows = {client.pk: client for client in read(joined().filter(pk__in=chunk), agency)}
        for key in chunk:
            if key in rows:  # else deleted since
                yield writer.writerow([harmless(cell) for cell in _cells(dress(rows[key], own), own)])


def harmless(cell: str) -> str:
    """A text that a spreadsheet shows as it is; an apostrophe goes before what it would compute."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _cells(client: ClientRow, agency_connection: Any) -> tuple[str, ...]:
    connection = related(client, "whatsapp_connection")
    settings = related(client, "report_settings")
    delivery = related(client, "delivery")
    message = delivery.last_message if delivery else None
    accounts = accounts_of(client)
    note = client.note if client.needs_attention else None
    return (
        client.name,
        client.email,
        state_of_connection(connection, client, agency_connection, None).word,
        show_phone(connection.phone) if connection and connection.phone else "",
        _moment(settings.next_run_at if settings else None, client),
        settings.get_frequency_display() if settings and settings.active else "",
        _balance(most_urgent(accounts)),
        ", ".join(f"{_PLATFORMS[account.platform]}: {account.name}" for account in accounts),
        _moment(message.sent_at or message.created_at if message else None, client),
        state_of_message(message).word if message else "",
        "Sim" if note else "Não",
        f"{note.cause} {note.consequence}".strip() if note else "",
    )


def _moment(moment: datetime | None, client: ClientRow) -> str:
    return f"{moment.astimezone(client.zone):%d/%m/%Y %H:%M}" if moment else ""


def _balance(account: Any) -> str:
    """The number alone, so that a spreadsheet can add it up; with its currency where that is not the real."""
    if account is None or account.balance is None:
        return ""
    return money(account.balance, account.currency).replace("R$ ", "")
