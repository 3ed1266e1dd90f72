"""Carries messages from the outbox to the gateway: claim, call, write down. Never resends what may have been sent.

A claim is one conditional UPDATE; the HTTP call happens outside any transaction and holds no database connection; the
outcome is written by `outcomes`. A row that stays in `sending` past its lease is uncertain: nobody knows any more.
How fast a number sends is the affair of `pacing`, whether anything is claimed at all that of `halting`.
"""

from __future__ import annotations

import logging
import uuid
from contextlib import nullcontext
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from agency import standing
from agency.cards import related
from connections import halting, pacing, statements
from connections.classification import SENTENCE, Code
from connections.evolution import EvolutionError, SentMessage
from connections.gateway import evolution, watched
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from connections.moves import move
from connections.outcomes import backoff, in_doubt, number_to_avoid, write_down
from connections.routing import Route, route_with

logger = logging.getLogger(__name__)

WAIT_FOR_ROUTE = timedelta(minutes=1)
WAIT_WHILE_HALTED = timedelta(seconds=20)
#: What a delivery reads of a message and of what is joined to it: reading a hundred columns costs more than the rest.
_READ = (
    *("agency", "client", "kind", "reference", "to", "body", "reason", "status", "due_at", "expires_at", "tries"),
    *("wants_agency_number", "offered_again", "slot_at", "slot_of", "file_name", "file_type"),
    *(f"agency__{name}" for name in ("time_zone", "quiet_from", "quiet_until")),
    *(f"client__{name}" for name in ("agency", "is_demo", "archived_at", "use_agency_number", "time_zone")),
    "client__delivery__problem",
    *(f"client__whatsapp_connection__{name}" for name in ("agency", "client", "instance_name", "status", "phone")),
    *(f"client__whatsapp_connection__{name}" for name in ("connected_at", "paused_until")),
)


def deliver(pk: uuid.UUID) -> None:
    """Try to send one message now. Does nothing where it is not due, or where somebody else is at it.

    A message that certainly did not leave through the client's number goes through the agency's at once.
    """
    tried = _try_once(pk, avoid=None)
    if tried is not None:
        _try_once(pk, avoid=tried)


def sweep(now: datetime | None = None) -> list[uuid.UUID]:
    """Put an end to what waited too long, and return the messages that are due: beat's ring for lost bells."""
    now = now or timezone.now()
    _expire_overdue(now)
    _give_up_on_lost(now)
    due = Message.objects.filter(status=MessageStatus.QUEUED, due_at__lte=now).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:1000])


def _try_once(pk: uuid.UUID, *, avoid: uuid.UUID | None) -> uuid.UUID | None:
    """One try. Returns the client's connection to avoid where the agency's number should try at once, else None."""
    message = _due(pk)
    now = timezone.now()
    if message is None or message.due_at > now or message.expires_at <= now or _is_for_nobody(message):
        return None
    avoid = avoid or _refused_by(message) or pacing.avoided(message, now)
    route = _route(message, avoid)
    if route.connection is None:
        # A number that has just failed to send but is still connected is not the reason that a route would give.
        if avoid is not None and _route(message).connection is not None:
            _retry_later(message, now)
        else:
            _wait(message, route.why, now + WAIT_FOR_ROUTE * settings.WAIT_SCALE)
        return None
    if not pacing.is_its_turn(message, route.connection, now):
        return None
    if not halting.may_claim(now):
        _wait(message, halting.WAITING, now + WAIT_WHILE_HALTED * settings.WAIT_SCALE)
        return None
    attempt = _claim(message, route, now)
    if attempt is None:
        return None
    outcome = _call(message, route.connection)
    write_down(message, attempt, route, outcome)
    return number_to_avoid(route, outcome)


def _due_query(pk: uuid.UUID) -> QuerySet[Message]:
    joined = ("agency", "client__whatsapp_connection", "client__delivery")
    return Message.objects.select_related(*joined).only(*_READ).filter(pk=pk, status=MessageStatus.QUEUED)


_due = statements.ByKey(_due_query).first


def _is_for_nobody(message: Message) -> bool:
    """Whether nothing may leave for this client at all; then the message is cancelled."""
    client, reason = message.client, ""
    if client is not None and client.is_demo and not settings.EVOLUTION_IS_SANDBOX:
        reason = "Demonstração: nada sai para números reais."
    elif client is not None and client.is_archived:  # queued again, or written while it was archived
        reason = "Cliente arquivado."
    if reason:
        move(message.pk, MessageStatus.QUEUED, MessageStatus.CANCELLED, reason=reason)
    return bool(reason)


def _route(message: Message, avoid: uuid.UUID | None = None) -> Route:
    own = related(message.client, "whatsapp_connection") if message.client else None
    wants = message.wants_agency_number
    return route_with(own, message.agency, message.client, wants_agency=wants, avoid=avoid, to=message.to)


def _refused_by(message: Message) -> uuid.UUID | None:
    """The client's number, where WhatsApp has refused this very message from it: only the agency's may carry it."""
    own = related(message.client, "whatsapp_connection") if message.client and message.offered_again else None
    return own.pk if own is not None else None


def _wait(message: Message, why: str, until: datetime) -> None:
    # Status stays: only when to look again and what a person reads. A row that has moved on meanwhile is left alone.
    waiting = Message.objects.filter(pk=message.pk, status=MessageStatus.QUEUED)
    if waiting.update(due_at=until, reason=why) and bool(why) != bool(message.reason):
        standing.refresh([message.client_id])


def _retry_later(message: Message, now: datetime) -> None:
    """The client's number did not send just now and there is no other: its own reason stands, and it gets its time."""
    due_at = now + backoff(message.tries)
    Message.objects.filter(pk=message.pk, status=MessageStatus.QUEUED).update(due_at=due_at)


def _claim(message: Message, route: Route, now: datetime) -> Attempt | None:
    """Make the message ours and write the attempt, both or neither; None where another process was first."""
    assert route.connection is not None  # noqa: S101  for the type checker
    fields = {
        "message": message,
        "connection": route.connection,
        "instance_name": route.connection.instance_name,
        "is_fallback": route.is_fallback,
        "fallback_reason": route.why if route.is_fallback else "",
        "started_at": now,
        "finished_at": None,
        "outcome": Attempt.Outcome.RUNNING,
        "error_code": "",
    }
    attempt = statements.Along(Attempt, fields)
    with transaction.atomic() if message.reason else nullcontext():
        claimed = move(
            message.pk,
            MessageStatus.QUEUED,
            MessageStatus.SENDING,
            where={"due_at__lte": now, "expires_at__gt": now},
            along=attempt,
            sending_since=now,
            reason="",
            tries=message.tries + 1,
        )
        if not claimed:
            return None
        if message.reason:
            standing.refresh([message.client_id])
    message.sending_since = now
    message.tries += 1
    return Attempt(pk=attempt.pk, **fields)


def _call(message: Message, sender: WhatsAppConnection) -> SentMessage | EvolutionError:
    """The HTTP call, with the database connection given back for as long as it lasts."""
    file = bytes(message.file or b"") if message.file_name else b""
    if not database.in_atomic_block:
        database.close()
    try:
        with watched():
            return _send(message, file, sender)
    except EvolutionError as error:
        logger.warning("message %s not confirmed: %s", message.reference, error)
        return error


def _send(message: Message, file: bytes, sender: WhatsAppConnection) -> SentMessage:
    gateway, name = evolution(), sender.instance_name
    if not message.file_name:
        return gateway.send_text(name, to=message.to, text=message.body)
    return gateway.send_media(
        name,
        to=message.to,
        file=file,
        file_name=message.file_name,
        file_type=message.file_type,
        caption=message.body,
    )


def _expire_overdue(now: datetime) -> None:
    overdue = Message.objects.filter(status=MessageStatus.QUEUED, expires_at__lte=now).order_by()
    for pk, reason in list(overdue.values_list("pk", "reason")):
        why = reason or "Não foi possível enviar a tempo."
        try:
            move(pk, MessageStatus.QUEUED, MessageStatus.EXPIRED, where={"expires_at__lte": now}, reason=why)
        except Exception:  # one that cannot be ended must not keep all others from leaving
            logger.exception("message %s: could not be ended", pk)


def _give_up_on_lost(now: datetime) -> None:
    """A worker died, or its answer never came: the message may have been sent, so a person decides."""
    lease = timedelta(seconds=settings.SEND_LEASE)
    lost = Message.objects.filter(status=MessageStatus.SENDING, sending_since__lt=now - lease)
    for pk in list(lost.order_by().values_list("pk", flat=True)):
        try:
            _give_up_on(pk, now - lease, now)
        except Exception:
            logger.exception("message %s: could not be called uncertain", pk)


@transaction.atomic
def _give_up_on(pk: uuid.UUID, since: datetime, now: datetime) -> None:
    if move(
        pk,
        MessageStatus.SENDING,
        MessageStatus.UNCERTAIN,
        where={"sending_since__lt": since},
        reason=SENTENCE[Code.LOST_WORKER],
        **in_doubt(now),
    ):
        Attempt.objects.filter(message_id=pk, outcome=Attempt.Outcome.RUNNING).update(
            outcome=Attempt.Outcome.UNCERTAIN, error_code=Code.LOST_WORKER, finished_at=now
        )
