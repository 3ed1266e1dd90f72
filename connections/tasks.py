"""Doorbells: a primary key in, one call, nothing returned. No retry here; a retry is `due_at` in the row."""

from __future__ import annotations

import uuid

from celery import shared_task

from connections import delivery, watch


@shared_task(name="connections.deliver_message", ignore_result=True)
def deliver_message(pk: str) -> None:
    delivery.deliver(uuid.UUID(pk))


@shared_task(name="connections.deliver_due", ignore_result=True)
def deliver_due() -> None:
    for pk in delivery.sweep():
        deliver_message.delay(str(pk))


@shared_task(name="connections.refresh_stale", ignore_result=True)
def refresh_stale() -> None:
    watch.refresh_stale()
