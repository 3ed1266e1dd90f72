"""How often the ads sandbox was asked for what, since it started or was emptied. Any thread may count."""

from __future__ import annotations

import threading
from collections import Counter

from reports.sandbox.wire import Call


class Tally:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def count(self, call: Call, status: int) -> None:
        with self._lock:
            self._counts[f"{call.platform} {call.kind} {status}"] += 1

    def counts(self) -> dict[str, int]:
        """By platform, kind of call and status: `meta numbers 200`."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()
