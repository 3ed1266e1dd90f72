"""Sends each instance's events to its webhook from background threads, with the real one's patience; in memory only.

An event is delivered when the receiver answers 2xx. Anything else is tried again with doubling waits, but for the
answers that say "never": 400, 401, 403, 404, 422. Events leave concurrently and arrive in any order.
"""

from __future__ import annotations

import json
import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import urllib3
from django.conf import settings
from urllib3.exceptions import HTTPError

from connections.sandbox import payloads
from connections.sandbox.database import moment
from connections.sandbox.instances import Done, Instance
from connections.sandbox.later import THREADS, Later
from connections.sandbox.store import Store

NEVER_AGAIN = (400, 401, 403, 404, 422)
_JITTER = 0.2
_LATEST = 6


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try. `status` is 0 where nobody answered; `next_in` is None where it was the last one."""

    at: datetime
    event: str
    attempt: int
    status: int
    next_in: float | None = None
    is_lost: bool = False

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300


@dataclass(slots=True)
class HookState:
    """Of one instance since the start: events delivered, given up, waiting for another try, and lost by a fault."""

    delivered: int = 0
    failed: int = 0
    retrying: int = 0
    lost: int = 0
    latest: deque[Delivery] = field(default_factory=lambda: deque(maxlen=_LATEST))

    def as_json(self) -> dict[str, Any]:
        counts = {"delivered": self.delivered, "failed": self.failed, "retrying": self.retrying, "lost": self.lost}
        keys = ("event", "attempt", "status", "next_in")
        latest = [{"at": one.at.isoformat(), **{key: getattr(one, key) for key in keys}} for one in self.latest]
        return {**counts, "latest": latest}


@dataclass(frozen=True, slots=True)
class _Post:
    name: str
    event: str
    url: str
    headers: dict[str, str]
    body: bytes
    done: Done | None
    attempt: int = 1

    def again(self) -> _Post:
        return _Post(self.name, self.event, self.url, self.headers, self.body, self.done, self.attempt + 1)


class Webhooks:
    """`announce` is what the store calls; `server_url` is the sandbox's own address, which each event names."""

    def __init__(self, store: Store, server_url: str) -> None:
        self._store = store
        self._server_url = server_url
        self._later = Later()
        self._pool = urllib3.PoolManager(num_pools=8, maxsize=THREADS)
        self._lock = threading.Lock()
        self._states: dict[str, HookState] = {}

    def announce(
        self, name: str, event: str, data: Any = None, *, delay: float = 0.0, number: str = "", done: Done | None = None
    ) -> None:
        """An event of an instance, for whoever its webhook names when the event leaves; nobody, when it has none."""
        instance = self._store.peek(name)
        if instance is None or not instance.wants(event):
            if done:
                done()
            return
        self._later.put(lambda: self._leave(name, event, data, number, done), delay)

    def states(self) -> dict[str, HookState]:
        """By the name of the instance; only those that have had an event."""
        with self._lock:
            return dict(self._states)

    def every(self, seconds: float, job: Callable[[], None]) -> None:
        self._later.every(seconds, job)

    def close(self) -> None:
        self._later.close()
        self._pool.clear()

    def _leave(self, name: str, event: str, data: Any, number: str, done: Done | None) -> None:
        instance = self._store.peek(name)
        if instance is None or not instance.wants(event):
            if done:
                done()
            return
        post = self._written(instance, event, data() if callable(data) else data, done)
        fault = self._store.faults.take("webhook", number, event)
        kind = fault.kind if fault else ""
        if kind == "webhook_lost":
            self._note(post, 0, lost=True)
            if done:
                done()
        elif fault and kind in ("webhook_late", "webhook_shuffled"):
            share = 1.0 if kind == "webhook_late" else random.random()  # noqa: S311 (dice, no secret)
            self._later.put(lambda: self._try(post), fault.seconds * share)
        else:
            if kind == "webhook_doubled":
                self._later.put(lambda: self._try(post))
            self._try(post)

    def _written(self, instance: Instance, event: str, data: Any, done: Done | None) -> _Post:
        body = payloads.envelope(
            instance, event, data, server_url=self._server_url, now=self._store.now(), zone=settings.TIME_ZONE
        )
        url, headers = payloads.url_of(instance, event), payloads.headers_of(instance)
        return _Post(instance.name, event, url, headers, json.dumps(body, ensure_ascii=False).encode(), done)

    def _try(self, post: _Post) -> None:
        status = self._post(post)
        pace = self._store.clockwork.pace
        is_last = 200 <= status < 300 or status in NEVER_AGAIN or post.attempt >= pace.webhook_attempts
        if is_last:
            self._note(post, status)
            if post.done:
                post.done()
            return
        wait = min(pace.webhook_wait * 2 ** (post.attempt - 1), pace.webhook_max_wait)
        wait *= random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 (jitter)
        self._note(post, status, next_in=wait)
        self._later.put(lambda: self._try(post.again()), wait)

    def _post(self, post: _Post) -> int:
        """The status that was answered, 0 where nobody did."""
        try:
            answer = self._pool.request(
                "POST",
                post.url,
                body=post.body,
                headers=post.headers,
                timeout=self._store.clockwork.pace.webhook_timeout,
                retries=False,
                redirect=False,
            )
        except (HTTPError, OSError, ValueError):
            return 0
        return answer.status

    def _note(self, post: _Post, status: int, next_in: float | None = None, *, lost: bool = False) -> None:
        tried = Delivery(moment(self._store.now()), post.event, post.attempt, status, next_in, lost)
        with self._lock:
            state = self._states.setdefault(post.name, HookState())
            if post.attempt > 1:
                state.retrying -= 1
            if next_in is not None:
                state.retrying += 1
            elif lost:
                state.lost += 1
            elif tried.is_done:
                state.delivered += 1
            else:
                state.failed += 1
            state.latest.append(tried)
