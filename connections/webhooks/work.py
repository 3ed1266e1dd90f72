"""What follows from the events that were kept: receipts and traces move messages on, hints have a state read anew.

Whoever rings, and however often, an event has its effect once: every move is conditional, and a state is only read. An
event is tried until it is about something known, ten minutes at most; one that turns out to be none of ours is deleted.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from connections import pairing, receipts, reconciliation
from connections.evolution import EvolutionError
from connections.models import Message, MessageStatus, WebhookEvent, WebhookTally, WhatsAppConnection
from connections.webhooks import intake
from connections.webhooks.intake import PATIENCE

logger = logging.getLogger(__name__)

KEPT = timedelta(days=7)
_RETRY = timedelta(seconds=2)
#: Of one connection a state is not read more often for hints: a session that comes back makes forty in a few seconds.
REREAD_GAP = timedelta(seconds=3)
#: Events of one ring, and seconds after which it leaves unread states to the next.
BATCH = 500
_LONGEST = 20.0
_ABOUT_MESSAGES = ("MESSAGES_UPDATE", "SEND_MESSAGE")
#: Of the connection that is joined; they would be deciphered for nothing.
_KEYS = ("connection__token", "connection__webhook_secret", "connection__qr_code")


def work(now: datetime | None = None) -> int:
    """Work on all that is due; how many events are done. Messages first: reading a state takes the gateway's time."""
    began, now = time.monotonic(), now or timezone.now()
    intake.carry_tallies(now)
    waiting = WebhookEvent.objects.filter(done_at=None, due_at__lte=now).order_by("due_at", "pk")
    about_messages = waiting.filter(event__in=_ABOUT_MESSAGES).select_related("connection").defer(*_KEYS)
    done = sum(_work_on(event, now) for event in list(about_messages[:BATCH]))
    return done + _reread_hinted(waiting.exclude(event__in=_ABOUT_MESSAGES), began, now)


def forget(now: datetime | None = None) -> int:
    """Delete what is older than a week; how many."""
    old = WebhookEvent.objects.filter(received_at__lt=(now or timezone.now()) - KEPT)
    return old.delete()[0]


def _work_on(event: WebhookEvent, now: datetime) -> bool:
    """Whether it is done. One that fails is tried again, and keeps no other from its turn."""
    try:
        outcome = _note_receipt(event) if event.event == "MESSAGES_UPDATE" else _settle(event)
    except Exception:
        logger.exception("event %s of connection %s failed", event.pk, event.connection_id)
        return _try_later(event, now, "falhou")
    if outcome is not None:
        return _finish([event], outcome, now)
    if event.event == "MESSAGES_UPDATE" and not intake.under_way(event.connection):
        outcome = _note_receipt(event)  # its answer may have been written in this very moment
        if outcome is not None:
            return _finish([event], outcome, now)
        return _drop(event)
    return _try_later(event, now, "")


def _note_receipt(event: WebhookEvent) -> str | None:
    key, status = str(event.data.get("keyId", "")), str(event.data.get("status", ""))
    moved = receipts.note(event.connection_id, key, status, event.received_at)
    return None if moved is None else ("mudou a mensagem" if moved else "nada mudou")


def _settle(event: WebhookEvent) -> str | None:
    """A trace of one of ours. Its own worker may still be writing what the gateway answered."""
    facts = event.data
    pk = uuid.UUID(facts["message"])
    at = datetime.fromisoformat(facts["at"]) if facts.get("at") else None
    if reconciliation.settle(pk, facts["id"], facts["jid"], at, event.connection):
        return "mudou a mensagem"
    if Message.objects.filter(pk=pk, status=MessageStatus.SENDING).exists():
        return None
    intake.await_receipt(pk, facts["id"])
    return "nada mudou"


def _try_later(event: WebhookEvent, now: datetime, outcome: str) -> bool:
    """At growing distances; after PATIENCE it is over."""
    age = now - event.received_at
    if age > PATIENCE:
        return _drop(event) if event.event == "MESSAGES_UPDATE" else _finish([event], outcome or "sem efeito", now)
    due_at = min(now + max(_RETRY * settings.WAIT_SCALE, age), event.received_at + PATIENCE + _RETRY)
    WebhookEvent.objects.filter(pk=event.pk, done_at=None).update(due_at=due_at, outcome=outcome)
    return False


def _drop(event: WebhookEvent) -> bool:
    """A receipt of a message that Adscape did not send: nothing of it is kept."""
    if WebhookEvent.objects.filter(pk=event.pk, done_at=None).delete()[0]:
        intake.tally(WebhookTally.Kind.NOT_OURS)
    return True


def _finish(events: Iterable[WebhookEvent], outcome: str, now: datetime) -> bool:
    keys = [event.pk for event in events]
    WebhookEvent.objects.filter(pk__in=keys, done_at=None).update(done_at=now, outcome=outcome)
    return True


def _reread_hinted(waiting: QuerySet[WebhookEvent], began: float, now: datetime) -> int:
    """One reading for all that a connection has told since; those that came after the last reading only."""
    done = 0
    for pk in list(waiting.order_by().values_list("connection", flat=True).distinct()):
        if time.monotonic() - began > _LONGEST:
            break  # they stay due
        hints = waiting.filter(connection=pk)
        try:
            outcome = _reread(pk, now)
        except Exception:
            # One row that cannot be read must not keep all others from being read.
            logger.exception("state of connection %s not read after an event", pk)
            outcome = "falhou"
        if isinstance(outcome, str):
            done += hints.update(done_at=now, outcome=outcome)
        else:
            hints.update(due_at=outcome)
    return done


def _reread(pk: uuid.UUID, now: datetime) -> str | datetime:
    """What came of it, or when to read: a storm of hints is not a storm of readings, and who is at it goes first."""
    gap = REREAD_GAP * settings.WAIT_SCALE
    connection = WhatsAppConnection.objects.select_related("agency", "client").get(pk=pk)
    if not connection.instance_id:
        return "sem conexão"
    if connection.last_seen_at is not None and now - connection.last_seen_at < gap:
        due_at: datetime = connection.last_seen_at + gap
        return due_at
    later: datetime = now + gap
    try:
        if not pairing.step(connection):
            return later
        WhatsAppConnection.objects.filter(pk=pk).update(told_at=connection.last_seen_at)
        return "estado relido"
    except EvolutionError as error:
        logger.warning("state of connection %s not read after an event: %s", pk, error)
        # The watch reads at once what counts as never read.
        WhatsAppConnection.objects.filter(pk=pk).update(last_seen_at=None)
        return "não foi possível ler"
