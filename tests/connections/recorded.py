"""The recorded replies of a real gateway (2.3.7), found by file and note."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "evolution"


def exchanges(file: str) -> list[dict[str, Any]]:
    return [row for row in json.loads((FOLDER / file).read_text()) if "request" in row and row.get("status")]


def recorded(file: str, note: str) -> dict[str, Any]:
    """The one exchange of `file` whose note is `note`, as keyword arguments for a `responses` stub."""
    (found,) = [row for row in exchanges(file) if row["note"] == note]
    return {"json": found["response"], "status": found["status"]}
