"""Keys for a machine that was given none: made once, kept in the data folder, readable by its owner only."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path


def kept_key(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """The key kept at `path`, made on first use. Several processes may ask at once: the first to finish wins."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        os.link(draft, path)  # fails when another process was first, unlike a rename, which would replace its key
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
    return path.read_text().strip()
