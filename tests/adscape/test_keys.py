"""Keys that a machine makes for itself: once, privately, and the same one for all who ask at the same time."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

from adscape.keys import kept_key


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"

    first, second = kept_key(path), kept_key(path)

    assert first == second == path.read_text()
    assert len(first) >= 50
    assert list(path.parent.iterdir()) == [path]


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    before = os.umask(0)

    try:
        kept_key(path)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_all_who_ask_at_once_get_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    together = threading.Barrier(8)
    made, got = [], []

    def make() -> str:
        together.wait()  # all eight have found no key and hold one of their own
        made.append(f"key-{threading.get_ident()}")
        return made[-1]

    threads = [threading.Thread(target=lambda: got.append(kept_key(path, make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 8
    assert got == [path.read_text()] * 8
    assert list(path.parent.iterdir()) == [path]
