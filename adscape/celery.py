"""The Celery application and its signs of life; tasks live in each app's tasks.py."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, concurrency, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adscape.settings")

app = Celery("adscape")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_django_logging(**kwargs: Any) -> None:
    """Connecting this signal keeps Celery from replacing Django's logging configuration."""


@signals.worker_init.connect
def keep_to_one_cpu(sender: Any, **kwargs: Any) -> None:
    """Sent in the main thread before there is a pool, whose threads inherit it; another pool's processes need all."""
    from django.conf import settings

    from adscape import one_cpu

    has_threads = concurrency.get_implementation(sender.pool_cls) is concurrency.get_implementation("threads")
    if settings.BIND_WORKERS and has_threads:
        one_cpu.bind(settings.DATA_DIR / "cpus")


@signals.worker_shutdown.connect
def leave_the_cpu(**kwargs: Any) -> None:
    from adscape import one_cpu

    one_cpu.unbind()


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
