"""The style sheet, fonts and scripts of the ads sandbox's pages, from where Django collects or finds them."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation

from reports.sandbox.wire import Answer, as_json

_NOSNIFF = {"X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=60"}


def answer(name: str) -> Answer:
    file = _collected(name) or _found(name)
    if file is None:
        return as_json(404, {"error": "No such file."})
    kind, _ = mimetypes.guess_type(name)
    return Answer(200, file.read_bytes(), kind or "application/octet-stream", _NOSNIFF)


def _collected(name: str) -> Path | None:
    root = Path(settings.STATIC_ROOT).resolve()
    file = (root / name).resolve()
    return file if file.is_relative_to(root) and file.is_file() else None


def _found(name: str) -> Path | None:
    try:
        found = finders.find(name)
    except SuspiciousFileOperation:
        return None
    return Path(found) if isinstance(found, str) else None
