"""Doorbells: one call, nothing returned. No retry here; what is left is found in the rows by the next ring."""

from __future__ import annotations

from celery import shared_task

from agency import notice_mail, notices, standing


@shared_task(name="agency.mail_notices", ignore_result=True)
def mail_notices() -> None:
    try:
        notices.sweep()
    finally:  # what cannot be swept must not keep e-mails from leaving
        notice_mail.send_due()


@shared_task(name="agency.refresh_standing", ignore_result=True)
def refresh_standing() -> None:
    standing.repair()
