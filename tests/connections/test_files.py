"""The contents of files go once nothing needs them any more; what may still leave keeps them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from agency.models import Agency
from connections import files, outbox, tasks
from connections.models import Message
from tests.factories import make_message

FILE = {"file": b"%PDF-1.4", "file_name": "Relatório #K7F3QX.pdf", "file_type": "application/pdf"}


def kept(message: Message) -> bool:
    return Message.objects.filter(pk=message.pk, file__isnull=False).exists()


@pytest.mark.parametrize(
    ("status", "days", "stays"),
    [
        *((status, 4, False) for status in ("sent", "delivered", "read", "cancelled")),
        *((status, 2, True) for status in ("sent", "delivered", "read", "cancelled")),
        *((status, 90, True) for status in ("queued", "sending", "uncertain")),
        *((status, 29, True) for status in ("failed", "expired")),
        *((status, 31, False) for status in ("failed", "expired")),
    ],
)
def test_a_file_is_kept_while_it_may_leave(status: str, days: int, stays: bool, agency: Agency) -> None:
    now = timezone.now()
    message = make_message(agency=agency, status=status, created_at=now - timedelta(days=days), **FILE)

    assert files.forget(now) == int(not stays)
    assert kept(message) is stays
    message.refresh_from_db()
    assert (message.file_name, message.file_type) == (FILE["file_name"], FILE["file_type"])


def test_many_go_in_batches(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BATCH", 2)
    for _ in range(5):
        make_message(agency=agency, status="read", created_at=timezone.now() - timedelta(days=9), **FILE)

    assert files.forget() == 5
    assert files.forget() == 0


def test_what_lost_its_file_is_not_sent_again_without_it(agency: Agency) -> None:
    message = make_message(agency=agency, status="failed", created_at=timezone.now() - timedelta(days=40), **FILE)
    assert outbox.try_again(message, expires_at=timezone.now() + timedelta(hours=1))
    Message.objects.filter(pk=message.pk).update(status="failed")
    files.forget()
    message.refresh_from_db()

    assert not outbox.try_again(message, expires_at=timezone.now() + timedelta(hours=1))


def test_beat_rings_for_it(settings: Any) -> None:
    assert tasks.forget_files.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
