"""How often something is asked for in a minute: a counter in the cache. Where the cache is away nobody is refused."""

from __future__ import annotations

import time
from hashlib import sha256

from django.core.cache import cache

_WINDOW = 60  # seconds


def is_too_often(what: str, who: str, most: int) -> bool:
    """Count one more, and say whether `who` has asked more than `most` times in this minute."""
    digest = sha256(who.encode()).hexdigest()[:24]  # neither addresses nor tokens stand in the cache
    key = f"rate:{what}:{digest}:{int(time.time()) // _WINDOW}"
    if cache.add(key, 1, _WINDOW * 2):
        return most < 1
    try:
        return cache.incr(key) > most
    except ValueError:  # gone in this very moment, or the cache is away
        return False
