"""Looks for a trace of what may have left, and settles it as sent where there is one. Never takes silence for a no.

Beat rings; each look is claimed by moving `check_at` to the next one. The messages of one instance are searched for in
one walk through what its number wrote. Nothing of that is stored or logged but our own message's id, address and time.
When the window is over a person is asked; only an agency that chose so has what left no trace sent again, once.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from connections import moves, problems, receipts, uncertain
from connections.classification import GATEWAY_IS_DOWN, Code
from connections.evolution import EvolutionError
from connections.gateway import evolution, watched
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from connections.traces import Trace

logger = logging.getLogger(__name__)

#: When a trace is looked for, in seconds of a window of 600; another window's looks stand in proportion to its length.
LOOKS = (5, 20, 50, 110, 230, 350, 470)
_WINDOW_OF_LOOKS = 600
#: Clocks differ, and the gateway gives whole seconds.
SLACK = timedelta(minutes=1)
#: How long the last look may take before somebody else takes it over, of a window of 600; a search takes some time
#: however short the window is.
LAST_LOOK, _SHORTEST_LOOK = timedelta(minutes=2), timedelta(seconds=10)
#: Messages that one ring looks for, seconds after which it leaves the rest to the next, and searches without an answer
#: after which it asks no more.
BATCH = 500
PATIENCE = 40.0
MOST_TIMEOUTS = 2
WITHOUT_TRACE = "Enviado de novo pelo Adscape: não deixou rastro no WhatsApp."


@dataclass(slots=True)
class Look:
    """What one walk came to. `is_complete` only where all that the number wrote in that time was seen."""

    found: dict[uuid.UUID, Trace] = field(default_factory=dict)
    is_complete: bool = False
    error: Code | None = None


@dataclass(slots=True)
class _Search:
    """Messages of one instance, each with its newest attempt and the `check_at` by which its look is claimed."""

    instance_name: str
    sought: list[tuple[Message, Attempt | None]]
    claims: dict[uuid.UUID, datetime] = field(default_factory=dict)


def reconcile(now: datetime | None = None) -> int:
    """Look for everything whose look is due; how many messages were settled as sent."""
    began, now = time.monotonic(), now or timezone.now()
    settled = timeouts = 0
    is_up = True
    for search in _due(now):
        if time.monotonic() - began > PATIENCE:
            break  # what is left unclaimed stays due
        search.sought = [(message, attempt) for message, attempt in search.sought if _claim(search, message, now)]
        if not search.sought:
            continue
        look = _look(search, now) if is_up and search.instance_name else Look()
        timeouts += look.error is Code.TIMEOUT
        is_up = is_up and look.error not in GATEWAY_IS_DOWN and timeouts < MOST_TIMEOUTS
        settled += sum(_conclude(search, message, attempt, look, now) for message, attempt in search.sought)
    return settled


def settle(
    message_pk: uuid.UUID,
    external_id: str,
    jid: str,
    at: datetime | None,
    connection: WhatsAppConnection | None = None,
) -> bool:
    """A trace of an uncertain message: it was sent, at that time and through that number. True where this settled it.

    One that was queued again does not leave a second time, where the trace can be of a try that was in doubt. A message
    that is being sent is left to its own worker, one that is settled already stays as it is, at the cost of one read.
    """
    rows = Message.objects.filter(pk=message_pk, status__in=(MessageStatus.UNCERTAIN, MessageStatus.QUEUED))
    # An id that stands there already is that of an earlier copy, which WhatsApp refused: it says nothing of this one.
    if not rows.exclude(external_id=external_id).exists():
        return False
    with transaction.atomic():
        attempt = _attempt_through(message_pk, connection)
        known = {"external_id": external_id, "jid": jid}
        moved = uncertain.settle_as_sent(message_pk, decision="", **known, **_carried(attempt, at))
        if not moved and (attempt := uncertain.doubtful_attempt(message_pk, connection, at and at + SLACK)):
            moved = moves.keep_from_leaving(message_pk, **known, **_carried(attempt, at))
        if moved and attempt is not None:
            _note_sent(attempt)
    return moved


def _carried(attempt: Attempt | None, at: datetime | None) -> dict[str, Any]:
    sent_at = at or (attempt.started_at if attempt else timezone.now())
    return {"sent_at": sent_at, **uncertain.carried_by(attempt)}


def _note_sent(attempt: Attempt) -> None:
    """Its row is locked where its own late answer is being written just then, which waits for ours: that one knows."""
    doubtful = Attempt.objects.filter(pk=attempt.pk, outcome__in=uncertain.IN_DOUBT)
    if list(doubtful.select_for_update(skip_locked=True).values_list("pk")):
        doubtful.update(outcome=Attempt.Outcome.SENT)


def _attempt_through(message_pk: uuid.UUID, connection: WhatsAppConnection | None) -> Attempt | None:
    """The newest through that number; of a number that never tried, the newest of all."""
    through = uncertain.newest_attempt(message_pk, connection) if connection else None
    return through or uncertain.newest_attempt(message_pk)


def _due(now: datetime) -> list[_Search]:
    rows = Message.objects.filter(status=MessageStatus.UNCERTAIN, check_at__lte=now).select_related("agency")
    messages = list(rows.defer("file").order_by("check_at")[:BATCH])
    attempts = uncertain.newest_attempts(messages)
    by_instance: defaultdict[str, list[tuple[Message, Attempt | None]]] = defaultdict(list)
    for message in messages:
        attempt = attempts.get(message.pk)
        by_instance[attempt.instance_name if attempt else ""].append((message, attempt))
    return [_Search(name, sought) for name, sought in by_instance.items()]


def _claim(search: _Search, message: Message, now: datetime) -> bool:
    """Whether this look is ours: of two who try to move it to the next one, one does."""
    following = next_look(_since(message), now) or now + _last_look()
    rows = Message.objects.filter(pk=message.pk, status=MessageStatus.UNCERTAIN, check_at=message.check_at)
    search.claims[message.pk] = following
    return rows.update(check_at=following) == 1


def _last_look() -> timedelta:
    return max(LAST_LOOK * (settings.UNCERTAIN_WINDOW / _WINDOW_OF_LOOKS), _SHORTEST_LOOK)


def next_look(since: datetime, now: datetime) -> datetime | None:
    """When to look again for what is uncertain since then; None once the window is over."""
    window = timedelta(seconds=settings.UNCERTAIN_WINDOW)
    looks = [since + window * (seconds / _WINDOW_OF_LOOKS) for seconds in LOOKS]
    return next((moment for moment in [*looks, since + window] if moment > now), None)


def _since(message: Message) -> datetime:
    return message.uncertain_since or message.created_at


def _look(search: _Search, now: datetime) -> Look:
    """One walk through what the number wrote, with the database connection given back for as long as it lasts."""
    missing = {message.pk: message for message, _ in search.sought}
    since = min(attempt.started_at for _, attempt in search.sought if attempt is not None) - SLACK
    look = Look()
    if not database.in_atomic_block:
        database.close()
    try:
        with watched():
            for page in evolution().find_messages(search.instance_name, since=since, until=now + SLACK):
                _match(page, missing, look)
                if not missing:
                    return look
        look.is_complete = True
    except EvolutionError as error:
        logger.warning("no trace could be looked for at %s: %s", search.instance_name, error)
        look.error = error.code
    return look


def _match(page: list[Trace], missing: dict[uuid.UUID, Message], look: Look) -> None:
    for trace in page:
        for pk, message in list(missing.items()):
            if trace.is_of(reference=message.reference, body=message.body, to=message.to):
                look.found[pk] = trace
                del missing[pk]


def _conclude(search: _Search, message: Message, attempt: Attempt | None, look: Look, now: datetime) -> bool:
    """Write down what a look showed of one message; whether it was settled."""
    trace = look.found.get(message.pk)
    if trace is not None:
        connection = attempt.connection if attempt else None
        settled = settle(message.pk, trace.id, trace.jid, trace.at, connection)
        if settled and connection is not None:
            _note_receipts(connection, trace, now)
        return settled
    claimed = {"status": MessageStatus.UNCERTAIN, "check_at": search.claims[message.pk]}
    proves_something = look.is_complete and _is_the_same_instance(attempt)
    if next_look(_since(message), now) is not None:
        if not proves_something:
            Message.objects.filter(pk=message.pk, **claimed).update(lookup_failed=True)
    elif proves_something and _may_be_sent_again(message):
        _send_again(message, search.claims[message.pk], now)
    else:
        _ask(message, search.claims[message.pk])
    return False


def _note_receipts(connection: WhatsAppConnection, trace: Trace, now: datetime) -> None:
    """What came while nobody knew whose it was. In what order is not known, so a refusal comes last."""
    for status in sorted(trace.receipts, key=lambda receipt: receipt == "ERROR"):
        receipts.note(connection.pk, trace.id, status, now)


def _is_the_same_instance(attempt: Attempt | None) -> bool:
    """A number that was linked again since then has a new instance: the old one's table is gone, and silent."""
    sender = attempt.connection if attempt else None
    if attempt is None or sender is None or sender.instance_name != attempt.instance_name:
        return False
    return sender.connected_at is not None and sender.connected_at <= attempt.started_at


def _may_be_sent_again(message: Message) -> bool:
    return message.agency.resend_without_trace and not message.lookup_failed and not message.resent_without_trace


def _send_again(message: Message, claimed: datetime, now: datetime) -> None:
    uncertain.queue_again(
        message.pk,
        decision=WITHOUT_TRACE,
        where={"check_at": claimed, "lookup_failed": False, "resent_without_trace": False},
        now=now,
        reason=WITHOUT_TRACE,
        resent_without_trace=True,
    )


@transaction.atomic
def _ask(message: Message, claimed: datetime) -> None:
    """Nobody looks any more: from now on it is a person's affair."""
    rows = Message.objects.filter(pk=message.pk, status=MessageStatus.UNCERTAIN, check_at=claimed)
    if rows.update(check_at=None):
        problems.tell(message.pk)
