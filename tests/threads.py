"""Two or more at the same time, as two workers or two people would be."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection as database


def together(*works: Callable[[], Any]) -> list[Any]:
    """Each in a thread of its own, at once, with a database connection of its own; what each returned, in order."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=10)
            return work()
        finally:
            database.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(one, work) for work in works]]
