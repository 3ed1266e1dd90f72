"""Meta's replies as they were recorded by others, with the ids taken out: `tests/fixtures/ads/meta/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "ads" / "meta"


def recorded(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())
