"""Doorbells for beat: one call each, nothing returned. What is due is in the rows, so a lost ring loses nothing."""

from __future__ import annotations

import uuid

from celery import shared_task
from django.utils import timezone

from agency import waiting as agency_waiting
from reports import (
    ads_notices,
    balances,
    bulk,
    credentials,
    demo,
    digest_mail,
    documents,
    holding,
    reading_claims,
    sending,
    synchronising,
    waiting,
)


@shared_task(name="reports.send_due", ignore_result=True)
def send_due() -> None:
    try:
        holding.expire_held()
        waiting.look_again()
    finally:  # what cannot be ended must not keep from leaving what is due
        for _ in range(sending.rings(timezone.now()) - 1):
            build_due.apply_async(expires=30)
        sending.send_due()
        waiting.tell_of_reviews()
        agency_waiting.recount_all()


@shared_task(name="reports.build_due", ignore_result=True)
def build_due() -> None:
    """More hands for many reports that are due at one moment."""
    sending.send_due()


@shared_task(name="reports.draw_documents", ignore_result=True)
def draw_documents(key: str = "") -> None:
    """Of one report; beat's ring, for all that are due."""
    if key:
        documents.draw(uuid.UUID(key))
    else:
        documents.draw_due()


@shared_task(name="reports.work_on_bulk", ignore_result=True)
def work_on_bulk(key: str = "") -> None:
    """Of one run for many clients; beat's ring, for all that are not done."""
    if key:
        bulk.work(uuid.UUID(key))
    else:
        bulk.work_due()


@shared_task(name="reports.check_balances", ignore_result=True)
def check_balances() -> None:
    balances.check_balances()


@shared_task(name="reports.mail_digests", ignore_result=True)
def mail_digests() -> None:
    digest_mail.send_due()


@shared_task(name="reports.fill_demo_metrics", ignore_result=True)
def fill_demo_metrics() -> None:
    demo.fill_metrics()


@shared_task(name="reports.ring_readers", ignore_result=True)
def ring_readers() -> None:
    """As many rings as the due accounts are worth: reading one waits on its platform."""
    for _ in range(reading_claims.rings(timezone.now())):
        read_accounts.apply_async(expires=60)


@shared_task(name="reports.read_accounts", ignore_result=True)
def read_accounts() -> None:
    synchronising.read_due()


@shared_task(name="reports.watch_accesses", ignore_result=True)
def watch_accesses() -> None:
    ads_notices.warn_of_ends()
    credentials.list_due()
