"""What a client's card says: its one note, its one action, and whether somebody is needed. Pure: reads related rows by
name (`whatsapp_connection`, `delivery`, …), which upper rooms own, and imports none of them.

Whoever changes what is read here calls `agency.standing.refresh`, which keeps the answers beside the client.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist

from agency.phones import show_phone

#: After this long without a receipt a message is "Sem entrega": the phone may be off, or the number no one's.
RECEIPT_EXPECTED = timedelta(minutes=10)
#: A client: the model's instance, or a row of `agency.rows`.
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Note:
    """`level` is ok, wait, warn or bad; `cause` is set in bold, `consequence` says what it changes or what to do.

    `about` names what can be put right on a page of its own: report or balance. `until` is a moment that ends the
    consequence; `dress` writes it out, in the client's zone, which takes the agency's row.
    """

    level: str
    cause: str
    consequence: str = ""
    about: str = ""
    until: datetime | None = None


def related(owner: Any, name: str) -> Any:
    """A reverse one-to-one that may be missing."""
    try:
        return getattr(owner, name)
    except ObjectDoesNotExist:
        return None


#: Open by the gateway's word, but nothing is sent through it.
NOT_USABLE = ("unstable", "restricted")


def has_connected_number(client: Any) -> bool:
    connection = related(client, "whatsapp_connection")
    return connection is not None and connection.status == "connected"


def number_state(client: Any) -> str:
    """How the client's own number stands, as the page's filters tell it: a value of `NumberState`."""
    connection = related(client, "whatsapp_connection")
    if connection is None:
        return "none"
    if connection.status == "connected":
        return "own"
    if connection.status in ("awaiting_scan", "connecting"):
        return "waiting"
    return "fallen" if connection.connected_at or connection.status in NOT_USABLE else "none"


def accounts_of(client: Any) -> list[Any]:
    """The client's ad accounts: those that a page has read already (`listing.with_cards`), else from their table."""
    read: list[Any] | None = getattr(client, "accounts_read", None)
    if read is not None:
        return read
    accounts: Any = getattr(client, "ad_accounts")  # noqa: B009  a name of an upper room
    return list(accounts.all())


def low_accounts(client: Any) -> list[Any]:
    """The ad accounts whose balance is at its limit or under it."""
    return [account for account in accounts_of(client) if account.is_low]


def note_of(client: Any, *, agency_is_up: bool) -> Note | None:
    """The most urgent thing to say of a client, while the agency's own number is connected or is not."""
    return (
        _connection_note(client, related(client, "whatsapp_connection"), agency_is_up)
        or _message_note(client)
        or _balance_note(client)
        or _report_note(client)
    )


def calls_for_attention(note: Note | None) -> bool:
    return note is not None and note.level in ("warn", "bad")


def dress(client: C, agency_connection: Any) -> C:
    """Give a client what its card shows: `note` (or None), `action` (connect, open_qr, reconnect, send_now) and
    `needs_attention`. `agency_connection` is the row of the agency's own connection, or None."""
    note = note_of(client, agency_is_up=is_up(agency_connection))
    dressed: Any = client
    dressed.note = _with_its_end(note, client)
    dressed.action = _action(related(client, "whatsapp_connection"))
    dressed.needs_attention = calls_for_attention(note)
    return client


def _with_its_end(note: Note | None, client: Any) -> Note | None:
    if note is None or note.until is None:
        return note
    return replace(note, consequence=f"{note.consequence} até {note.until.astimezone(client.zone):%H:%M}.")


def is_up(agency_connection: Any) -> bool:
    return agency_connection is not None and agency_connection.status == "connected"


def _action(connection: Any) -> str:
    if connection is None:
        return "connect"
    if connection.status == "connected" or connection.status in NOT_USABLE:
        return "send_now"
    if connection.status in ("awaiting_scan", "connecting"):
        return "open_qr"
    return "reconnect" if connection.connected_at else "connect"


def _connection_note(client: Any, connection: Any, agency_is_up: bool) -> Note | None:
    if connection is not None and connection.status == "awaiting_scan":
        return Note("wait", "QR aberto.", "Falta escanear com o celular do cliente.")
    if connection is not None and connection.status == "connecting":
        return Note("wait", "Conectando.", "Deixe o WhatsApp aberto no celular.")
    if connection is not None and connection.status in NOT_USABLE:
        return _not_usable_note(client, connection, covered=agency_is_up and client.use_agency_number)
    if connection is not None and connection.status == "disconnected" and connection.connected_at:
        if connection.reason == "by_user":
            return (
                None if agency_is_up and client.use_agency_number else _nothing_leaves("Desconectado por aqui.", client)
            )
        cause = connection.get_reason_display()
        if agency_is_up and client.use_agency_number:
            return Note("bad", cause, "Até reconectar, os envios saem pelo número da agência.")
        return _nothing_leaves(cause, client)
    if not has_connected_number(client) and not (agency_is_up and client.use_agency_number):
        return _nothing_leaves("Sem WhatsApp conectado.", client)
    return None


def _not_usable_note(client: Any, connection: Any, *, covered: bool) -> Note:
    instead = "Os envios saem pelo número da agência" if covered else "Nada sai por ele"
    if connection.status == "restricted":
        return Note("bad", "O WhatsApp pausou este número.", instead, until=connection.paused_until)
    return Note("warn", "Conectado, mas não entrega.", f"{instead} até melhorar.")


def _nothing_leaves(cause: str, client: Any) -> Note:
    help_ = (
        "Nada sai até conectar."
        if client.use_agency_number
        else "Nada sai até conectar: ele não usa o número da agência."
    )
    return Note("bad", cause, help_)


def _message_note(client: Any) -> Note | None:
    delivery = related(client, "delivery")
    if delivery is None:
        return None
    newest = delivery.last_message
    return _problem_note(newest, "O último envio") or _earlier_problem(delivery) or _waiting_note(newest)


def _problem_note(message: Any, what: str) -> Note | None:
    if message.status == "uncertain" and message.looked_for_until:
        return Note("warn", "Envio incerto.", "Conferindo no WhatsApp", until=message.looked_for_until)
    if message.status == "uncertain":
        return Note("warn", "Envio incerto.", f"{message.reason} Pode ter chegado: confira e decida.".strip())
    if message.status in ("failed", "expired"):
        return Note("bad", f"{what} não saiu.", message.reason)
    return None


def _earlier_problem(delivery: Any) -> Note | None:
    """One that a newer message must not hide: of another recipient, or about something else."""
    problem = delivery.problem
    return _problem_note(problem, f"Um envio a {problem.to_name or show_phone(problem.to)}") if problem else None


def _waiting_note(message: Any) -> Note | None:
    if message.status == "queued" and message.reason:
        return Note("warn", "Envio esperando.", message.reason)
    return None


def _balance_note(client: Any) -> Note | None:
    low = low_accounts(client)
    if not low:
        return None
    by_limit = any(account.alert_by == "limit" for account in low)
    cause = "Saldo no limite ou abaixo." if by_limit else "Verba perto do fim."
    return Note("bad", cause, ", ".join(account.name for account in low), about="balance")


def _report_note(client: Any) -> Note | None:
    settings = related(client, "report_settings")
    if settings is None or not settings.last_problem:
        return None
    return Note("warn", "O último relatório não saiu.", settings.last_problem, about="report")
