"""The gateway as a whole: how to reach it, and whether it answers. One banner tells when not, not a hundred badges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

from connections.classification import GATEWAY_IS_DOWN, SENTENCE, Code
from connections.evolution import EvolutionClient, EvolutionError

_KEY = "gateway-down"
#: Seconds. Beat re-reads the gateway more often than this, so an old mark means that nobody looks any more.
_MARK_AGE = 60 * 30


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
    """Since when and why the gateway serves nobody; None while it does."""
    mark = cache.get(_KEY)
    return Outage(datetime.fromisoformat(mark[0]), Code(mark[1])) if mark else None


@contextmanager
def watched() -> Iterator[None]:
    """Learn from the calls made inside: an answer means that the gateway is up, a GATEWAY_IS_DOWN error that not."""
    try:
        yield
    except EvolutionError as error:
        if error.code in GATEWAY_IS_DOWN:
            since = outage()
            began = since.since if since else timezone.now()
            cache.set(_KEY, (began.isoformat(), str(error.code)), _MARK_AGE)
        elif error.code is not Code.TIMEOUT:
            cache.delete(_KEY)
        raise
    cache.delete(_KEY)
