"""Runs jobs in background threads, now or after a delay. In memory only: what is waiting at the end is never run."""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

Job = Callable[[], None]
THREADS = 32


class Later:
    """Threads start as jobs need them, `THREADS` at most, and one more that watches the clock."""

    def __init__(self) -> None:
        self._due: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._workers: list[threading.Thread] = []
        self._watch: threading.Thread | None = None
        self._idle = 0
        self._closed = False

    def put(self, job: Job, delay: float = 0.0) -> None:
        with self._wake:
            if self._closed:
                return
            if delay <= 0:
                self._hand_over(job)
                return
            heapq.heappush(self._waiting, (time.monotonic() + delay, next(self._order), job))
            if self._watch is None:
                self._watch = threading.Thread(target=self._watch_clock, name="sandbox-clock", daemon=True)
                self._watch.start()
            self._wake.notify()

    def every(self, seconds: float, job: Job) -> None:
        """Again and again, until the end."""

        def turn() -> None:
            try:
                job()
            finally:
                self.put(turn, seconds)

        self.put(turn, seconds)

    def close(self) -> None:
        """What waits is dropped; what runs may end. Threads that hang on a slow receiver are left behind."""
        with self._wake:
            self._closed = True
            self._waiting.clear()
            self._wake.notify_all()
        for _ in self._workers:
            self._due.put(None)
        for thread in (*self._workers, *([self._watch] if self._watch else ())):
            thread.join(0.5)

    def _hand_over(self, job: Job) -> None:
        self._due.put(job)
        if self._due.qsize() > self._idle and len(self._workers) < THREADS:
            worker = threading.Thread(target=self._work, name="sandbox-webhook", daemon=True)
            self._workers.append(worker)
            worker.start()

    def _watch_clock(self) -> None:
        with self._wake:
            while not self._closed:
                now = time.monotonic()
                while self._waiting and self._waiting[0][0] <= now:
                    self._hand_over(heapq.heappop(self._waiting)[2])
                self._wake.wait(self._waiting[0][0] - now if self._waiting else None)

    def _work(self) -> None:
        while True:
            with self._wake:
                self._idle += 1
            job = self._due.get()
            with self._wake:
                self._idle -= 1
            if job is None or self._closed:
                return
            try:
                job()
            except Exception:
                if not self._closed:
                    logger.exception("A job of the sandbox failed.")
