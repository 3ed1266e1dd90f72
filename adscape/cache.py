"""The cache, for which a broker that is away is an empty cache: nothing is found and nothing is kept. It never raises.

What is kept here may be lost at any time, and no page may fail for it. The log hears of it once, not at each call.
https://docs.djangoproject.com/en/5.2/topics/cache/#redis
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import ConnectionError as BrokerIsAway
from redis import RedisError
from redis import TimeoutError as BrokerIsSlow

logger = logging.getLogger(__name__)

#: Seconds for which a thread does not ask again: a login asks ten times, and must not wait for each of them.
REST = 1.0
_is_away = False


def _nothing_to_add_to(key: str, *args: Any) -> int:
    raise ValueError(f"Key {key!r} not found.")


#: What each operation answers on a cache that holds nothing and keeps nothing.
_EMPTY: dict[str, Callable[..., Any]] = {
    "add": lambda *args: True,
    "get": lambda key, default: default,
    "set": lambda *args: None,
    "touch": lambda *args: False,
    "delete": lambda *args: False,
    "get_many": lambda keys: {},
    "has_key": lambda key: False,
    "incr": _nothing_to_add_to,
    "set_many": lambda *args: None,
    "delete_many": lambda keys: None,
    "clear": lambda: False,
}


class ForgivingClient(RedisCacheClient):
    """Django's client, whose operations (set below) answer as `_EMPTY` says where the broker does not."""

    rests_until = float("-inf")


def _forgiving(name: str) -> Callable[..., Any]:
    asked, empty = getattr(RedisCacheClient, name), _EMPTY[name]

    def operation(self: ForgivingClient, *args: Any) -> Any:
        if time.monotonic() < self.rests_until:
            return empty(*args)
        try:
            answer = asked(self, *args)
        except RedisError as error:
            if isinstance(error, (BrokerIsAway, BrokerIsSlow)):
                self.rests_until = time.monotonic() + REST
            _note_away(error)
            return empty(*args)
        _note_back()
        return answer

    return operation


for _name in _EMPTY:
    setattr(ForgivingClient, _name, _forgiving(_name))


class ForgivingCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient

    def answers(self) -> bool:
        """Whether the broker is there: the one question that its silence answers."""
        try:
            return bool(self._cache.get_client().ping())
        except RedisError:
            return False


def broker_answers() -> bool:
    cache = caches["default"]
    return isinstance(cache, ForgivingCache) and cache.answers()


def _note_away(error: RedisError) -> None:
    global _is_away
    if not _is_away:
        _is_away = True
        logger.warning("the broker does not answer (%s): the cache counts as empty", type(error).__name__)


def _note_back() -> None:
    global _is_away
    if _is_away:
        _is_away = False
        logger.warning("the broker answers again")
