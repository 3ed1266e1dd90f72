"""The letters of what is drawn without a browser: two weights of one font in static/fonts, and which text fits them.

No font of the machine is ever used, so that a document looks the same everywhere. Widths are those of the font itself;
sizes in units of the drawing.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).resolve().parent.parent / "static" / "fonts"
#: Stands for letters that the font does not have, and for the rest of what does not fit.
REST = "…"


class Weight(StrEnum):
    """The value is the font's name, and its file's."""

    REGULAR = "InstrumentSans-Regular"
    SEMIBOLD = "InstrumentSans-SemiBold"


def files() -> list[str]:
    return [str(FOLDER / f"{weight.value}.ttf") for weight in Weight]


@cache
def font(weight: Weight) -> TTFont:
    """Read and known to reportlab by its name, once in a process."""
    made = TTFont(weight.value, str(FOLDER / f"{weight.value}.ttf"))
    pdfmetrics.registerFont(made)
    return made


@lru_cache(maxsize=1024)
def written(text: str) -> str:
    """A text in one line of letters that the font has.

    Emoji and signs without a width are left out, letters of another script become "…": what somebody named a campaign
    must never keep a report from being drawn. Never empty for a text that is not.
    """
    found: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        known = _known(letter)
        if known != REST or found[-1:] != [REST]:
            found.append(known)
    words = "".join(found).split()
    words = [word for word, before in zip(words, ["", *words], strict=False) if word != REST or before != REST]
    return " ".join(words) or (REST if text.strip() else "")


@lru_cache(maxsize=2048)
def _known(letter: str) -> str:
    glyphs = font(Weight.REGULAR).face.charToGlyph
    if letter.isspace() or unicodedata.category(letter) == "Cc":
        return " "
    if ord(letter) in glyphs and not unicodedata.combining(letter):
        return letter
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    if plain and all(ord(part) in glyphs for part in plain):
        return plain
    return REST if letter.isalnum() else ""


def width(text: str, size: float, weight: Weight = Weight.REGULAR) -> float:
    """Of a text that is `written`."""
    return float(font(weight).stringWidth(text, size))


def cut(text: str, room: float, size: float, weight: Weight = Weight.REGULAR) -> str:
    """As much of a text as fits, with "…" where that is not all of it."""
    text = written(text)
    if width(text, size, weight) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle].rstrip() + REST, size, weight) <= room else (low, middle - 1)
    return text[:low].rstrip() + REST


def wrapped(text: str, room: float, size: float, weight: Weight = Weight.REGULAR, *, most: int) -> list[str]:
    """A text in lines that fit, the last of at most `most` cut where more would follow; too long a word is cut."""
    words, lines = written(text).split(), [""]
    for number, word in enumerate(words):
        joined = f"{lines[-1]} {word}".strip()
        if not lines[-1] or width(joined, size, weight) <= room:
            lines[-1] = joined
        elif len(lines) == most:
            lines[-1] = cut(" ".join([lines[-1], *words[number:]]), room, size, weight)
            break
        else:
            lines.append(word)
    return [cut(line, room, size, weight) for line in lines if line]
