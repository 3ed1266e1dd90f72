"""Writes down what became of a send: what the attempt ended with, where the message goes next, what a number showed.

The outcome is known to this process alone, so it is written against this very claim, also after a database that was
away for some seconds. Calls no gateway.
"""

from __future__ import annotations

import logging
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db import connection as database
from django.utils import timezone

from agency import standing
from agency.cards import related
from agency.models import Client
from connections import events, group_lists, halting, statements
from connections.classification import GATEWAY_IS_DOWN, NUMBER_IS_DOWN, Code
from connections.evolution import EvolutionError, NotSent, Refused, SentMessage
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection, WhatsAppGroup
from connections.moves import keep_from_leaving, move
from connections.routing import Route
from connections.states import Reason, Status

logger = logging.getLogger(__name__)

#: Minutes until the next try after the n-th that certainly was not sent.
BACKOFF = (1, 2, 5, 10, 15)
#: Seconds between the tries to write an outcome down; together well within the lease.
_PATIENCE = (0.2, 0.5, 1, 2, 4, 8)
#: How soon the gateway is first asked for a trace of what may have left.
FIRST_LOOK = timedelta(seconds=5)
GROUP_IS_GONE = "O grupo não existe mais, ou o número saiu dele. Coloque o número de volta, ou escolha outro grupo."


def backoff(tries: int) -> timedelta:
    """How long to wait after so many tries that certainly were not sent."""
    return timedelta(minutes=BACKOFF[min(tries, len(BACKOFF)) - 1] * settings.WAIT_SCALE)


def number_to_avoid(route: Route, outcome: SentMessage | EvolutionError) -> uuid.UUID | None:
    """The client's number, where it did not send and another one of the same gateway may; else None."""
    if route.connection is None or route.is_fallback or route.connection.client_id is None:
        return None
    if isinstance(outcome, NotSent) and outcome.code not in GATEWAY_IS_DOWN:
        return route.connection.pk
    return None


def write_down(message: Message, attempt: Attempt, route: Route, outcome: SentMessage | EvolutionError) -> None:
    """What became of the call, which only this process knows: a database that is away for a moment must not turn it
    into a doubt that a person has to settle."""
    for wait in (*_PATIENCE, None):
        try:
            _note_answer(outcome)
            _finish(message, attempt, route, outcome)
            return
        except (OperationalError, InterfaceError):
            if wait is None or database.in_atomic_block:
                raise
            logger.warning("message %s: its outcome could not be written yet", message.reference)
            database.close()
            time.sleep(wait)


def _finish(message: Message, attempt: Attempt, route: Route, outcome: SentMessage | EvolutionError) -> None:
    now = timezone.now()
    end, code = _attempt_outcome(outcome)
    ended = statements.Along(Attempt, {"finished_at": now, "outcome": end, "error_code": code}, attempt.pk)
    if isinstance(outcome, SentMessage):
        fields = _of_a_sent(message, route, outcome, now)
        if move(message.pk, MessageStatus.SENDING, MessageStatus.SENT, along=ended, **fields):
            return
    with transaction.atomic():
        statements.update(Attempt, {"pk": attempt.pk}, ended.fields)
        if isinstance(outcome, SentMessage):
            # An answer that comes after the lease ran out is still the truth about this very try, also where the
            # message has been queued again meanwhile.
            if not move(message.pk, MessageStatus.UNCERTAIN, MessageStatus.SENT, **fields):
                keep_from_leaving(message.pk, **{name: value for name, value in fields.items() if name != "where"})
        else:
            _note_not_sent(message, route, outcome, now)


def _note_not_sent(message: Message, route: Route, outcome: EvolutionError, now: datetime) -> None:
    mine: dict[str, Any] = {"sending_since": message.sending_since}
    if isinstance(outcome, Refused):
        move(message.pk, MessageStatus.SENDING, MessageStatus.FAILED, where=mine, reason=outcome.sentence)
    elif outcome.code is Code.GROUP_UNKNOWN and _is_gone(message, route, now):
        move(message.pk, MessageStatus.SENDING, MessageStatus.FAILED, where=mine, reason=GROUP_IS_GONE)
    elif isinstance(outcome, NotSent):
        fallback_next = number_to_avoid(route, outcome) is not None
        wait = timedelta(0) if fallback_next else backoff(message.tries)
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
        doubt = {"reason": outcome.sentence, **in_doubt(now)}
        move(message.pk, MessageStatus.SENDING, MessageStatus.UNCERTAIN, where=mine, **doubt)


def _is_gone(message: Message, route: Route, now: datetime) -> bool:
    """Whether no number that may send there is in this group any more. The gateway says the same of a socket that is
    down, so it takes a list of the number's groups that is newer than the message; where there is none it is asked for,
    and the message waits.
    """
    number, client = route.connection, message.client
    if number is None or client is None:
        return False
    if not group_lists.has_left(number, message.to, since=message.created_at):
        group_lists.want(number, older_than=now - message.created_at, now=now)
        return False
    if number.client_id is None or not client.use_agency_number:
        return True
    return (
        not WhatsAppGroup.objects.current()
        .filter(jid=message.to, connection__agency=message.agency_id, connection__client=None)
        .exists()
    )


def in_doubt(now: datetime) -> dict[str, Any]:
    """What `reconciliation` needs to look for a trace."""
    first_look = min(FIRST_LOOK, timedelta(seconds=settings.UNCERTAIN_WINDOW) / 8)
    return {"uncertain_since": now, "check_at": now + first_look}


def _note_answer(outcome: SentMessage | EvolutionError) -> None:
    """What a send says of the gateway as a whole. A call that was cut off, or never made, says nothing of hanging."""
    if isinstance(outcome, EvolutionError) and outcome.code is Code.TIMEOUT:
        halting.note_timeout(timezone.now())
    elif not isinstance(outcome, EvolutionError) or outcome.code not in (GATEWAY_IS_DOWN | {Code.CUT_OFF}):
        halting.note_answer()


def _attempt_outcome(outcome: SentMessage | EvolutionError) -> tuple[Attempt.Outcome, str]:
    if isinstance(outcome, SentMessage):
        return Attempt.Outcome.SENT, ""
    if isinstance(outcome, Refused):
        return Attempt.Outcome.REFUSED, outcome.code
    if isinstance(outcome, NotSent):
        return Attempt.Outcome.NOT_SENT, outcome.code
    return Attempt.Outcome.UNCERTAIN, outcome.code


def _of_a_sent(message: Message, route: Route, sent: SentMessage, now: datetime) -> dict[str, Any]:
    assert route.connection is not None  # noqa: S101  for the type checker
    return {
        "where": {"sending_since": message.sending_since},
        # What this client's card says; a problem that another message of it has in this very moment stays there until
        # the next message that reaches its number.
        "may_settle": message.client is None or _has_problem(message.client),
        "reason": "",
        "sent_at": now,
        "connection": route.connection,
        "sender_phone": route.connection.phone,
        "by_agency_number": route.connection.client_id is None,
        "external_id": sent.id,
        "jid": sent.jid,
    }


def _has_problem(client: Client) -> bool:
    delivery = related(client, "delivery")
    return delivery is not None and delivery.problem_id is not None


def _note_number_down(route: Route, now: datetime) -> None:
    """What a send found out; the next reading of the state (soon: it counts as never read) may say otherwise."""
    assert route.connection is not None  # noqa: S101  for the type checker
    rows = WhatsAppConnection.objects.filter(pk=route.connection.pk)
    if rows.filter(status=Status.CONNECTED).update(
        status=Status.DISCONNECTED, reason=Reason.SEND_CLOSED, disconnected_at=now, last_seen_at=None
    ):
        events.record_status(rows.get(), events.WHATSAPP, at=now)
    standing.refresh([route.connection.client_id])
