"""The gateway as a whole: how to reach it, and whether it answers. One banner tells when not, not a hundred badges."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

from connections import halting
from connections.classification import GATEWAY_IS_DOWN, SENTENCE, Code
from connections.evolution import EvolutionClient, EvolutionError

_KEY = "gateway-down"
#: Seconds. Beat re-reads the gateway more often than this, so an old mark means that nobody looks any more.
_MARK_AGE = 60 * 30
#: Seconds for which a process need not take the mark off again: each answer to a send would ask the cache for it.
_CLEARED_FOR = 2.0
_cleared_at = float("-inf")


@dataclass(frozen=True, slots=True)
class Outage:
    since: datetime
    code: Code

    @property
    def sentence(self) -> str:
        return SENTENCE[self.code]


def evolution() -> EvolutionClient:
    return EvolutionClient.from_settings()


def outage() -> Outage | None:
    """Since when and why the gateway serves nobody; None while it does, or while the cache cannot say."""
    marks = cache.get_many((_KEY, halting.MARK))  # each page asks: at once
    if down := marks.get(_KEY):
        return Outage(datetime.fromisoformat(down[0]), Code(down[1]))
    halted = marks.get(halting.MARK)
    return Outage(datetime.fromisoformat(halted), Code.HALTED) if halted else None


@contextmanager
def watched() -> Iterator[None]:
    """Learn from the calls made inside: an answer means that the gateway is up, a GATEWAY_IS_DOWN error that not."""
    try:
        yield
    except EvolutionError as error:
        if error.code in GATEWAY_IS_DOWN:
            _note_down(error.code)
        elif error.code is not Code.TIMEOUT:
            _note_up()
        raise
    _note_up()


def _note_down(code: Code) -> None:
    global _cleared_at
    _cleared_at = float("-inf")
    known = outage()
    began = known.since if known else timezone.now()
    cache.set(_KEY, (began.isoformat(), str(code)), _MARK_AGE)


def _note_up() -> None:
    """Not at every answer: a process that has just taken the mark off, and has not set it since, leaves it alone."""
    global _cleared_at
    if time.monotonic() - _cleared_at < _CLEARED_FOR:
        return
    cache.delete(_KEY)
    _cleared_at = time.monotonic()
