"""Doorbells for beat: one call each, nothing returned. What is due is in the rows, so a lost ring loses nothing."""

from __future__ import annotations

from celery import shared_task

from reports import balances, demo, digest_mail, holding, sending


@shared_task(name="reports.send_due", ignore_result=True)
def send_due() -> None:
    try:
        holding.expire_held()
    finally:  # what cannot be ended must not keep from leaving what is due
        sending.send_due()


@shared_task(name="reports.check_balances", ignore_result=True)
def check_balances() -> None:
    balances.check_balances()


@shared_task(name="reports.mail_digests", ignore_result=True)
def mail_digests() -> None:
    digest_mail.send_due()


@shared_task(name="reports.fill_demo_metrics", ignore_result=True)
def fill_demo_metrics() -> None:
    demo.fill_metrics()
