"""GET /healthz: can web reach its database and broker, and are a worker and beat alive? Decides nothing itself."""

from __future__ import annotations

import time

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from adscape.cache import broker_answers

#: Seconds after which a silent process counts as gone. The worker marks every few seconds, beat at least each minute.
MARK_AGE = {"worker": 30, "beat": 90}


def mark_alive(process: str) -> None:
    """Note that `process` ("worker" or "beat") is alive; a broker that is away is not this function's affair."""
    cache.set(f"alive:{process}", time.time(), MARK_AGE[process])


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 only when web reaches database and broker; worker and beat are told but do not take web out of service."""
    database = database_answers()
    marks = alive_marks()
    broker = marks is not None
    answer = {
        "database": database,
        "broker": broker,
        "worker": bool(marks and "alive:worker" in marks),
        "beat": bool(marks and "alive:beat" in marks),
    }
    return JsonResponse(answer, status=200 if database and broker else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return False
    return True


def alive_marks() -> dict[str, float] | None:
    """The marks that are still fresh; None when the broker does not answer."""
    return cache.get_many([f"alive:{process}" for process in MARK_AGE]) if broker_answers() else None
