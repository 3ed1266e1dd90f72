from __future__ import annotations

import pytest
from django.conf import settings
from django.utils import timezone

from connections.models import Message
from reports import tasks
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week


@pytest.mark.django_db
def test_each_task_rings_its_service() -> None:
    client = make_client()
    account = make_account(client=client, balance=10, alert_threshold=20, alert_enabled=True)
    make_days(account, week(timezone.now().astimezone(client.zone).date(), weeks=2))
    make_recipient(client)
    make_settings(client, next_run_at=timezone.now())
    demo = make_account(client=make_client(is_demo=True))

    tasks.send_due()
    tasks.check_balances()
    tasks.fill_demo_metrics()

    assert set(Message.objects.values_list("kind", flat=True)) == {"report", "alert"}
    assert demo.daily_metrics.exists()


@pytest.mark.parametrize("task", [tasks.send_due, tasks.check_balances, tasks.fill_demo_metrics, tasks.work_on_bulk])
def test_beat_rings_each_task(task: object) -> None:
    assert task.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}  # type: ignore[attr-defined]
