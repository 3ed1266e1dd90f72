"""One step of bringing a connection up, or of re-reading it: read the gateway's state, do the next thing, store it.

Creating and connecting are serialised per connection by `claims`. No HTTP call happens inside a transaction.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from agency import standing
from agency.phones import phone_of_jid
from connections import claims, events, health
from connections.classification import Code
from connections.evolution import (
    EvolutionClient,
    EvolutionError,
    InstanceInfo,
    NotSent,
    QrAnswer,
    Refused,
    Uncertain,
)
from connections.gateway import evolution, watched
from connections.models import WhatsAppConnection
from connections.observation import RECONNECT_GRACE, Known, Outcomes, must_wait_for_session, observe, pairing_is_over
from connections.pairing_rules import Offer, Shown, is_fresh, was_read, was_refused
from connections.states import OPEN, SESSION_IS_GONE, Reason, Status
from connections.webhooks import registration

#: How long the gateway may keep a deleted name while it tries to tell its webhook (ten tries, some twenty minutes).
DELETION = timedelta(minutes=25)


def step(connection: WhatsAppConnection, *, read: tuple[str | None] | None = None) -> bool:
    """Go one step on; the row is fresh afterwards. Raises EvolutionError, with what was stored before left as it was.

    False where another request is at it already: that one's result is what this one shows.

    `read` is a state that was read a moment ago; where a pairing is under way, which creates and connects, it is read
    again.
    """
    now = timezone.now()
    if not claims.take(connection, now):
        connection.refresh_from_db()
        return False
    connection.refresh_from_db()
    try:
        with watched():
            _advance(connection, evolution(), now, read)
    except Uncertain:
        # A create or connect may still be at work over there: the claim stays until it runs out.
        raise
    except EvolutionError:
        claims.release(connection)
        raise
    claims.release(connection)
    connection.refresh_from_db()
    return True


def known(connection: WhatsAppConnection) -> Known:
    return Known(
        status=Status(connection.status),
        reason=Reason(connection.reason),
        is_pairing=connection.pairing_since is not None,
        has_qr=connection.has_qr,
        has_session=connection.has_session,
    )


def _advance(
    connection: WhatsAppConnection, gateway: EvolutionClient, now: datetime, read: tuple[str | None] | None
) -> None:
    name = connection.instance_name
    if not connection.instance_id:  # only an id says that the instance is ours, and not one that has taken its name
        state = None
    else:
        state = read[0] if read and connection.pairing_since is None else gateway.connection_state(name)
    if state == "" and connection.pairing_since is not None:
        return  # the gateway is starting: nothing is learnt, and what has just begun goes on
    if connection.pairing_since is not None:
        if state == "open":
            pass
        elif over := _is_over(connection, connection.pairing_since, now):
            store(connection, Status.DISCONNECTED, over, now)
            return
        else:
            state = _go_on_pairing(connection, gateway, state, now)
            if state == "connecting" and not connection.pairing_phone and was_read(_shown_at(connection), now):
                store(connection, Status.DISCONNECTED, Reason.NOT_OPENED, now)
                return
    code = None
    if state == "close" and connection.has_session and connection.status != Status.DISCONNECTED:
        info = gateway.fetch_instance(name)
        code = _code_of_this_drop(info, connection) if info else None
    outcomes = health.outcomes_of([connection], now)[connection.pk] if state == "open" else Outcomes()
    away_for = _away_for(connection, now)
    status, reason = observe(known(connection), state, disconnection_code=code, away_for=away_for, outcomes=outcomes)
    if status in OPEN and (connection.status not in OPEN or not connection.phone):
        _read_owner(connection, gateway)
    store(connection, status, reason, now)


def _away_for(connection: WhatsAppConnection, now: datetime) -> timedelta:
    """How long it has not been open; no time where it was until now, long enough where nobody knows."""
    if connection.status in OPEN:
        return timedelta(0)
    return now - connection.disconnected_at if connection.disconnected_at else RECONNECT_GRACE


def _shown_at(connection: WhatsAppConnection) -> datetime | None:
    """Since when this pairing's QR has been shown without a newer one."""
    return connection.qr_at if connection.has_qr else None


def _is_over(connection: WhatsAppConnection, since: datetime, now: datetime) -> Reason | None:
    """Why a pairing has come to nothing, None while it may go on."""
    if connection.pairing_phone and not connection.has_qr and was_refused(since, now):
        return Reason.CODE_REFUSED
    return pairing_is_over(known(connection), since, now)


def _go_on_pairing(connection: WhatsAppConnection, gateway: EvolutionClient, state: str | None, now: datetime) -> str:
    """What pairing does next in this state; the state afterwards."""
    if is_new := state is None:
        _create(connection, gateway)
        state = "close"
    if state == "close":
        if connection.has_qr:
            return state  # the gateway's own limit of QR codes is used up
        if connection.status == Status.CONNECTED:
            connection.disconnected_at = now
        if must_wait_for_session(known(connection), connection.disconnected_at, now):
            return state
    elif connection.has_session and not connection.has_qr:
        return state  # it reconnects by itself
    is_spent = state == "connecting" and _is_spent(connection)
    if is_new or is_spent or state == "close":
        connection.code_phone = ""
    if not is_new:
        claims.renew(connection, code_phone=connection.code_phone)
    if is_spent:
        gateway.logout(connection.instance_name)
        state, connection.qr_at = "close", None
    number = connection.pairing_phone if state == "close" else ""
    answer = gateway.connect(connection.instance_name, number=number)
    if answer.is_open:
        return "open"
    connection.code_phone = number or connection.code_phone
    _take_offer(connection, answer, was_closed=state == "close", now=now)
    return "connecting"


def _is_spent(connection: WhatsAppConnection) -> bool:
    """Whether the socket is of an earlier pairing and of no use to this one: a code is given to a closed instance only,
    a QR that a phone has read opens nothing any more, and a socket that got no code shows no QR either."""
    if connection.reason == Reason.CODE_REFUSED:
        return True
    is_older = connection.qr_at is not None and not connection.has_qr
    lacks_code = connection.pairing_phone not in ("", connection.code_phone)
    return is_older and (lacks_code or connection.reason == Reason.NOT_OPENED)


def _take_offer(connection: WhatsAppConnection, answer: QrAnswer, *, was_closed: bool, now: datetime) -> None:
    """Keep what is fresh of a QR and a code."""
    offer, by_code = Offer(answer.code, answer.pairing_code), bool(connection.pairing_phone)
    shown = Shown(connection.qr_code, connection.pairing_code, is_of_this=connection.has_qr)
    if not is_fresh(offer, shown, by_code=by_code, was_closed=was_closed):
        return
    connection.qr_code, connection.pairing_code = answer.code, answer.pairing_code if by_code else ""
    connection.qr_at = now
    connection.qr_count = answer.count
    connection.has_session = False


def _create(connection: WhatsAppConnection, gateway: EvolutionClient) -> None:
    """Create the instance. The token, stored before the call, later proves that this instance is ours."""
    webhook = registration.webhook_of(connection)
    claims.renew(connection, token=connection.token or secrets.token_hex(24).upper())
    try:
        connection.instance_id = gateway.create_instance(
            connection.instance_name, token=connection.token, webhook=webhook
        )
        connection.webhook_checked_at, connection.webhook_base = timezone.now(), settings.WEBHOOK_URL
    except Refused as error:
        if error.code is not Code.NAME_TAKEN:
            raise
        info = gateway.fetch_instance(connection.instance_name, token=connection.token)
        if info is None or (not info.is_ours and _was_removed_lately(connection)):
            # Being deleted right now: the name is free once the gateway has told its webhook.
            raise NotSent(Code.NOT_LOADED, "POST /instance/create") from None
        if not info.is_ours:
            raise
        connection.instance_id = info.id
        connection.webhook_checked_at = None  # whatever it calls: `registration.repair` looks
    connection.has_session = False
    names = ("instance_id", "has_session", "webhook_checked_at", "webhook_base")
    claims.renew(connection, **{name: getattr(connection, name) for name in names})


def _was_removed_lately(connection: WhatsAppConnection) -> bool:
    """Whether we deleted an instance of this name a while ago: the row was read then, and has none any more."""
    read_at = connection.last_seen_at
    return not connection.instance_id and read_at is not None and timezone.now() - read_at < DELETION


def _code_of_this_drop(info: InstanceInfo, connection: WhatsAppConnection) -> int | None:
    """The gateway keeps the code of an earlier end, which says nothing of this one."""
    is_old = info.disconnected_at and connection.connected_at and info.disconnected_at < connection.connected_at
    return None if is_old else info.disconnection_code


def _read_owner(connection: WhatsAppConnection, gateway: EvolutionClient) -> None:
    """Whose number it is; the gateway's row is right about that only while the connection is open."""
    info = gateway.fetch_instance(connection.instance_name)
    if info is None or not info.owner_jid:
        return
    connection.jid = info.owner_jid[:80]
    connection.phone = phone_of_jid(info.owner_jid)
    connection.profile_name = info.profile_name[:120]


def store(
    connection: WhatsAppConnection,
    status: Status,
    reason: Reason,
    now: datetime,
    *,
    actor: events.Actor | None = None,
) -> None:
    """Write what was learnt, and an event where that is new. Only the fields of the state: a claim, a wish of another
    process, or a pairing that began meanwhile stays as it is. Without an `actor` it was who asked for the pairing, else
    WhatsApp.
    """
    before = (connection.status, connection.reason, connection.connected_at)
    changed = (status, reason) != before[:2]
    actor = actor or _actor(connection, status)
    _note_moments(connection, status, now)
    if status in OPEN:
        connection.has_session = True
    elif reason in (*SESSION_IS_GONE, Reason.BY_USER, Reason.BY_CLIENT, Reason.ARCHIVED):
        connection.has_session = False
    is_over = status in OPEN or status == Status.DISCONNECTED
    if is_over:
        connection.code_phone = ""
    connection.status, connection.reason, connection.last_seen_at = status, reason, now
    names = (
        "status", "reason", "phone", "jid", "profile_name", "connected_at", "disconnected_at", "last_seen_at",
        "has_session", "instance_id", "paused_until", "code_phone",
    )  # fmt: skip
    claims.write(connection, **{name: getattr(connection, name) for name in names})
    _store_pairing(connection, is_over=is_over)
    if changed and not (status == Status.CONNECTING and connection.has_session):  # it may come back by itself at once
        events.record_status(connection, actor, at=now)
    if (connection.status, connection.reason, connection.connected_at) != before:
        standing.refresh([connection.client_id])


def _note_moments(connection: WhatsAppConnection, status: Status, now: datetime) -> None:
    """Since when it is connected, or is not; a session that was away for a moment is the same connection."""
    was_open, is_open = connection.status in OPEN, status in OPEN
    session = connection.has_session and connection.connected_at is not None
    came_back = connection.status == Status.CONNECTING and session
    if is_open and not was_open and not came_back:
        connection.connected_at = now
        connection.paused_until = None  # what happened before it was opened anew says nothing of it
    if is_open:
        connection.disconnected_at = None
    elif status == Status.DISCONNECTED and was_open:
        connection.disconnected_at = connection.disconnected_at or now
    elif status == Status.CONNECTING and was_open:
        connection.disconnected_at = now


def _store_pairing(connection: WhatsAppConnection, *, is_over: bool) -> None:
    """What is shown of this pairing, or that it is over; one that somebody has begun meanwhile is left alone."""
    rows = WhatsAppConnection.objects.filter(pk=connection.pk, pairing_since=connection.pairing_since)
    if is_over:
        connection.pairing_since, connection.pairing_phone, connection.pairing_code = None, "", ""
    names = ("qr_code", "qr_at", "qr_count", "pairing_since", "pairing_phone", "pairing_code")
    rows.update(**{name: getattr(connection, name) for name in names})


def _actor(connection: WhatsAppConnection, status: Status) -> events.Actor:
    if connection.pairing_since is None or status == Status.DISCONNECTED:
        return events.WHATSAPP
    if connection.pairing_by_link:
        return events.CLIENT
    return events.person(connection.pairing_by_id) if connection.pairing_by_id else events.WHATSAPP
