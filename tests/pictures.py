"""Pictures for tests, drawn here: no file of somebody's logo stands in the repository."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageDraw


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def picture(width: int = 90, height: int = 40, *, mode: str = "RGB", colour: Any = "teal") -> Image.Image:
    return Image.new(mode, (width, height), colour)


def on_nothing(ink: str, width: int = 120, height: int = 60) -> Image.Image:
    """A disc of that ink on a transparent ground."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((10, 10, width - 10, height - 10), fill=ink)
    return image


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))
