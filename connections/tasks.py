"""Doorbells: a primary key in, one call, nothing returned. No retry here; a retry is `due_at` in the row."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from contextlib import suppress

from celery import shared_task
from django.core.cache import cache
from redis import RedisError

from connections import delivery, drops, files, group_lists, orphans, reconciliation, strips, watch
from connections.evolution import EvolutionError
from connections.webhooks import registration, work

logger = logging.getLogger(__name__)

#: One bell for all events until it is answered; should it be lost, for so many seconds.
_WEBHOOK_BELL, _WEBHOOK_BELL_LIFE = "webhook-bell", 30
#: Up to so many messages have a bell each; of a multiple of them as many share one, up to MOST_A_BELL.
MANY = 500
MOST_A_BELL = 20


@shared_task(name="connections.deliver_message", ignore_result=True)
def deliver_message(pk: str) -> None:
    delivery.deliver(uuid.UUID(pk))


@shared_task(name="connections.deliver_messages", ignore_result=True)
def deliver_messages(pks: list[str]) -> None:
    """One bell for several, one after the other. What a killed worker leaves of them is rung for by the next sweep."""
    for pk in pks:
        delivery.deliver(uuid.UUID(pk))


@shared_task(name="connections.deliver_due", ignore_result=True)
def deliver_due() -> None:
    ring(delivery.sweep())


def ring(pks: Sequence[uuid.UUID], seconds: int = 0) -> None:
    """A bell for each message, or, where they are many, for a few of them: a bell costs as much as half a delivery.

    In so many `seconds`, which are few: a worker keeps such bells in its memory.
    """
    some = min(MOST_A_BELL, max(1, len(pks) // MANY))
    for start in range(0, len(pks), some):
        named = [str(pk) for pk in pks[start : start + some]]
        if seconds:
            deliver_messages.apply_async(args=(named,), countdown=seconds)
        else:
            deliver_messages.delay(named)


@shared_task(name="connections.refresh_stale", ignore_result=True)
def refresh_stale() -> None:
    watch.refresh_stale()


@shared_task(name="connections.tell_of_drops", ignore_result=True)
def tell_of_drops() -> None:
    drops.check()


@shared_task(name="connections.refresh_strips", ignore_result=True)
def refresh_strips() -> None:
    strips.repair()


@shared_task(name="connections.reconcile", ignore_result=True)
def reconcile() -> None:
    reconciliation.reconcile()


def ring_for_webhooks() -> None:
    """There are events to work on. A bell that cannot be rung costs at most one sweep."""
    try:
        if cache.add(_WEBHOOK_BELL, 1, _WEBHOOK_BELL_LIFE):
            work_on_webhooks.delay()
    except Exception:  # they are stored: whatever a bell may lack, the gateway must not send them again
        logger.warning("no bell could be rung for the gateway's events", exc_info=True)


@shared_task(name="connections.work_on_webhooks", ignore_result=True)
def work_on_webhooks() -> None:
    """The mark of the bell is taken off first: what is stored from now on rings again."""
    with suppress(RedisError):
        cache.delete(_WEBHOOK_BELL)
    work.work()


@shared_task(name="connections.repair_webhooks", ignore_result=True)
def repair_webhooks() -> None:
    registration.repair()


@shared_task(name="connections.forget_files", ignore_result=True)
def forget_files() -> None:
    files.forget()


@shared_task(name="connections.forget_webhooks", ignore_result=True)
def forget_webhooks() -> None:
    work.forget()


def ring_for_groups(connection_pk: uuid.UUID) -> None:
    """This number's list of groups is wanted. A bell that is lost costs at most one sweep."""
    list_groups.delay(str(connection_pk))


@shared_task(name="connections.list_groups", ignore_result=True)
def list_groups(connection_pk: str) -> None:
    group_lists.fetch(uuid.UUID(connection_pk))


@shared_task(name="connections.list_wanted_groups", ignore_result=True)
def list_wanted_groups() -> None:
    for pk in group_lists.due():
        ring_for_groups(pk)


@shared_task(name="connections.find_orphans", ignore_result=True)
def find_orphans() -> None:
    with suppress(EvolutionError):  # the banner says it, and the next round finds them
        orphans.find()
