"""Keys that a machine makes for itself: once, private, the same for all processes that ask at once."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from adscape.keys import kept_key


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"

    first = kept_key(path)

    assert kept_key(path) == first
    assert len(first) >= 48
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_all_who_ask_at_once_get_the_same_key(tmp_path: Path) -> None:
    numbers = count()

    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: kept_key(tmp_path / "secret", lambda: str(next(numbers))), range(64)))

    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
