"""Files that hold what was meant: `REWRITE_GOLDEN=1 make test` writes them anew (and fails)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
REWRITE = bool(os.environ.get("REWRITE_GOLDEN"))


def assert_golden(found: str, name: str) -> None:
    """Holds a text against the file of that name under tests/reports/golden."""
    file = GOLDEN / name
    if REWRITE:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found, encoding="utf-8")
        pytest.fail(f"{name} was written anew: read the difference.")
    assert found == file.read_text(encoding="utf-8")
