"""Carries messages from the outbox to the gateway: claim, call, write down. Never resends what may have been sent.

A claim is one conditional UPDATE; the HTTP call happens outside any transaction and holds no database connection; the
outcome is written by `moves.move`. A row that stays in `sending` past its lease is uncertain: nobody knows any more.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from agency import standing
from connections.classification import GATEWAY_IS_DOWN, NUMBER_IS_DOWN, SENTENCE, Code
from connections.evolution import EvolutionError, NotSent, Refused, SentMessage
from connections.gateway import evolution, watched
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from connections.moves import move
from connections.routing import Route, route_for
from connections.states import Reason, Status

logger = logging.getLogger(__name__)

#: Longer than any call can last (5 s to connect + 130 s to read), with room for a slow machine.
LEASE = timedelta(minutes=3)
#: Minutes until the next try after the n-th that certainly was not sent.
BACKOFF = (1, 2, 5, 10, 15)
WAIT_FOR_ROUTE = timedelta(minutes=1)


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
    message = Message.objects.select_related("agency", "client").filter(pk=pk, status=MessageStatus.QUEUED).first()
    now = timezone.now()
    if message is None or message.due_at > now or message.expires_at <= now:
        return None
    if message.client is not None and message.client.is_demo and not settings.EVOLUTION_IS_SANDBOX:
        move(pk, MessageStatus.QUEUED, MessageStatus.CANCELLED, reason="Demonstração: nada sai para números reais.")
        return None
    if message.client is not None and message.client.is_archived:  # queued again, or written while it was archived
        move(pk, MessageStatus.QUEUED, MessageStatus.CANCELLED, reason="Cliente arquivado.")
        return None
    route = _route(message, avoid)
    if route.connection is None:
        # A number that has just failed to send but is still connected is not the reason that a route would give.
        if avoid is not None and _route(message).connection is not None:
            _retry_later(message, now)
        else:
            _wait(message, route.why, now)
        return None
    attempt = _claim(message, route, now)
    if attempt is None:
        return None
    outcome = _call(message, route.connection)
    _finish(message, attempt, route, outcome)
    return _number_to_avoid(route, outcome)


def _route(message: Message, avoid: uuid.UUID | None = None) -> Route:
    return route_for(message.agency, message.client, wants_agency=message.wants_agency_number, avoid=avoid)


def _wait(message: Message, why: str, now: datetime) -> None:
    # Status stays: only when to look again and what a person reads. A row that has moved on meanwhile is left alone.
    waiting = Message.objects.filter(pk=message.pk, status=MessageStatus.QUEUED)
    if waiting.update(due_at=now + WAIT_FOR_ROUTE, reason=why) and bool(why) != bool(message.reason):
        standing.refresh([message.client_id])


def _retry_later(message: Message, now: datetime) -> None:
    """The client's number did not send just now and there is no other: its own reason stands, and it gets its time."""
    due_at = now + _backoff(message.tries)
    Message.objects.filter(pk=message.pk, status=MessageStatus.QUEUED).update(due_at=due_at)


def _backoff(tries: int) -> timedelta:
    return timedelta(minutes=BACKOFF[min(tries, len(BACKOFF)) - 1])


@transaction.atomic
def _claim(message: Message, route: Route, now: datetime) -> Attempt | None:
    """Make the message ours, or return None where another process was first."""
    assert route.connection is not None  # noqa: S101  for the type checker
    claimed = move(
        message.pk,
        MessageStatus.QUEUED,
        MessageStatus.SENDING,
        where={"due_at__lte": now, "expires_at__gt": now},
        sending_since=now,
        reason="",
        tries=F("tries") + 1,
    )
    if not claimed:
        return None
    if message.reason:
        standing.refresh([message.client_id])
    message.sending_since = now
    message.tries += 1
    return Attempt.objects.create(
        message=message,
        connection=route.connection,
        instance_name=route.connection.instance_name,
        is_fallback=route.is_fallback,
        fallback_reason=route.why if route.is_fallback else "",
        started_at=now,
    )


def _call(message: Message, sender: WhatsAppConnection) -> SentMessage | EvolutionError:
    """The HTTP call, with the database connection given back for as long as it lasts."""
    if not database.in_atomic_block:
        database.close()
    try:
        with watched():
            return evolution().send_text(sender.instance_name, to=message.to, text=message.body)
    except EvolutionError as error:
        logger.warning("message %s not confirmed: %s", message.reference, error)
        return error


def _number_to_avoid(route: Route, outcome: SentMessage | EvolutionError) -> uuid.UUID | None:
    if route.connection is None or route.is_fallback or route.connection.client_id is None:
        return None
    if isinstance(outcome, NotSent) and outcome.code not in GATEWAY_IS_DOWN:
        return route.connection.pk
    return None


@transaction.atomic
def _finish(message: Message, attempt: Attempt, route: Route, outcome: SentMessage | EvolutionError) -> None:
    now = timezone.now()
    attempt.finished_at = now
    attempt.outcome, attempt.error_code = _attempt_outcome(outcome)
    attempt.save(update_fields=["finished_at", "outcome", "error_code"])
    mine: dict[str, Any] = {"sending_since": message.sending_since}
    if isinstance(outcome, SentMessage):
        _note_sent(message, route, outcome, mine, now)
    elif isinstance(outcome, Refused):
        move(message.pk, MessageStatus.SENDING, MessageStatus.FAILED, where=mine, reason=outcome.sentence)
    elif isinstance(outcome, NotSent):
        fallback_next = _number_to_avoid(route, outcome) is not None
        wait = timedelta(0) if fallback_next else _backoff(message.tries)
        move(
            message.pk,
            MessageStatus.SENDING,
            MessageStatus.QUEUED,
            where=mine,
            reason=outcome.sentence,
            due_at=now + wait,
        )
        if outcome.code in NUMBER_IS_DOWN:
            _note_number_down(route, now)
    else:
        move(message.pk, MessageStatus.SENDING, MessageStatus.UNCERTAIN, where=mine, reason=outcome.sentence)


def _attempt_outcome(outcome: SentMessage | EvolutionError) -> tuple[Attempt.Outcome, str]:
    if isinstance(outcome, SentMessage):
        return Attempt.Outcome.SENT, ""
    if isinstance(outcome, Refused):
        return Attempt.Outcome.REFUSED, outcome.code
    if isinstance(outcome, NotSent):
        return Attempt.Outcome.NOT_SENT, outcome.code
    return Attempt.Outcome.UNCERTAIN, outcome.code


def _note_sent(message: Message, route: Route, sent: SentMessage, mine: dict[str, Any], now: datetime) -> None:
    assert route.connection is not None  # noqa: S101  for the type checker
    fields = {
        "reason": "",
        "sent_at": now,
        "connection": route.connection,
        "sender_phone": route.connection.phone,
        "by_agency_number": route.connection.client_id is None,
        "external_id": sent.id,
        "jid": sent.jid,
    }
    # An answer that comes after the lease ran out is still the truth about this very try.
    if not move(message.pk, MessageStatus.SENDING, MessageStatus.SENT, where=mine, **fields):
        move(message.pk, MessageStatus.UNCERTAIN, MessageStatus.SENT, where=mine, **fields)


def _note_number_down(route: Route, now: datetime) -> None:
    """What a send found out; the next reading of the state (soon: it counts as never read) may say otherwise."""
    assert route.connection is not None  # noqa: S101  for the type checker
    WhatsAppConnection.objects.filter(pk=route.connection.pk, status=Status.CONNECTED).update(
        status=Status.DISCONNECTED, reason=Reason.SEND_CLOSED, disconnected_at=now, last_seen_at=None
    )
    standing.refresh([route.connection.client_id])


def _expire_overdue(now: datetime) -> None:
    overdue = Message.objects.filter(status=MessageStatus.QUEUED, expires_at__lte=now).values_list("pk", "reason")
    for pk, reason in list(overdue):
        why = reason or "Não foi possível enviar a tempo."
        move(pk, MessageStatus.QUEUED, MessageStatus.EXPIRED, where={"expires_at__lte": now}, reason=why)


def _give_up_on_lost(now: datetime) -> None:
    """A worker died, or its answer never came: the message may have been sent, so a person decides."""
    lost = Message.objects.filter(status=MessageStatus.SENDING, sending_since__lt=now - LEASE)
    for pk in list(lost.values_list("pk", flat=True)):
        with transaction.atomic():
            if move(
                pk,
                MessageStatus.SENDING,
                MessageStatus.UNCERTAIN,
                where={"sending_since__lt": now - LEASE},
                reason=SENTENCE[Code.LOST_WORKER],
            ):
                Attempt.objects.filter(message_id=pk, outcome=Attempt.Outcome.RUNNING).update(
                    outcome=Attempt.Outcome.UNCERTAIN, error_code=Code.LOST_WORKER, finished_at=now
                )
