"""The Celery application and its signs of life; tasks live in each app's tasks.py."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adscape.settings")

app = Celery("adscape")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_django_logging(**kwargs: Any) -> None:
    """Connecting this signal keeps Celery from replacing Django's logging configuration."""


@signals.heartbeat_sent.connect
def mark_worker_alive(**kwargs: Any) -> None:
    from adscape import health

    health.mark_alive("worker")


@signals.beat_init.connect
def watch_beat(**kwargs: Any) -> None:
    """In the beat process each published task is a sign of life; its shortest schedule is well under the mark's age."""
    from adscape import health

    def mark_beat_alive(**kwargs: Any) -> None:
        health.mark_alive("beat")

    mark_beat_alive()
    signals.before_task_publish.connect(mark_beat_alive, weak=False)
