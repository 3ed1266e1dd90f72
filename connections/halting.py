"""Whether sends are claimed at all. After some timeouts in a row they are not, and one message at a time tries again.

A gateway that hangs makes each send uncertain, and an uncertain message needs a person: a queue must not run into that.
Kept in the database, since a broker that loses its data must not let the queue go on. Makes no call itself.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import F

from connections.classification import SENTENCE, Code
from connections.models import GatewayState

logger = logging.getLogger(__name__)

WAITING = SENTENCE[Code.HALTED]
#: Seconds for which a process believes what it has read.
_BELIEVED = 1.0
#: Of the probes, once halted.
PROBE_AFTER = timedelta(seconds=30)
#: In the cache, for the banner, so that a page costs no query: since when nothing is claimed, in ISO 8601.
MARK = "gateway-halted"
_reading = threading.Lock()
_read_at = float("-inf")
_state = GatewayState(pk=GatewayState.ONLY)


def may_claim(now: datetime) -> bool:
    """Whether a message may be claimed now. While halted, True for the one that finds the next probe due."""
    if _known().halted_at is None:
        return True
    taken = GatewayState.objects.filter(pk=GatewayState.ONLY, halted_at__isnull=False, probe_at__lte=now)
    is_probe = taken.update(probe_at=now + timedelta(seconds=settings.SEND_READ_TIMEOUT) + _probe_after()) == 1
    return is_probe or not GatewayState.objects.filter(pk=GatewayState.ONLY, halted_at__isnull=False).exists()


def _probe_after() -> timedelta:
    return timedelta(seconds=PROBE_AFTER.total_seconds() * settings.WAIT_SCALE)


def note_timeout(now: datetime) -> None:
    """A send got no answer in time."""
    GatewayState.objects.get_or_create(pk=GatewayState.ONLY)
    rows = GatewayState.objects.filter(pk=GatewayState.ONLY)
    rows.update(timeouts=F("timeouts") + 1)
    if rows.filter(timeouts__gte=settings.HALT_AFTER, halted_at=None).update(
        halted_at=now, probe_at=now + _probe_after()
    ):
        logger.error("sends are halted: %s timeouts in a row", settings.HALT_AFTER)
        _mark(now)
    rows.filter(halted_at__isnull=False).update(probe_at=now + _probe_after())
    forget()


def note_answer() -> None:
    """The gateway answered a send, whatever it said: what came before was not a row of timeouts."""
    known = _known()
    if not known.timeouts and known.halted_at is None:
        return
    GatewayState.objects.filter(pk=GatewayState.ONLY).update(timeouts=0, halted_at=None, probe_at=None)
    if known.halted_at is not None:
        logger.warning("sends go on")
    _mark(None)
    forget()


def forget() -> None:
    """Read the row anew at the next question."""
    global _read_at
    _read_at = float("-inf")


def _known() -> GatewayState:
    """What this process believes. One thread reads anew and no other waits for it: those that did, with a database
    connection each in hand, would keep it from getting one of a full pool."""
    global _read_at, _state
    if time.monotonic() - _read_at > _BELIEVED and _reading.acquire(blocking=False):
        try:
            _state = GatewayState.objects.filter(pk=GatewayState.ONLY).first() or GatewayState(pk=GatewayState.ONLY)
            _read_at = time.monotonic()
        finally:
            _reading.release()
    return _state


def _mark(since: datetime | None) -> None:
    if since is None:
        cache.delete(MARK)
    else:
        cache.set(MARK, since.isoformat(), None)
