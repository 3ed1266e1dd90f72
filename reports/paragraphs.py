"""Lines of two weights that fit a width: what a gestor wrote, on paper. Pure.

What is italic or struck is not told apart: the font has no such letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports import typeface
from reports.markup import Run
from reports.typeface import REST, Weight


@dataclass(frozen=True, slots=True)
class Piece:
    """`x` counts from where the line begins."""

    x: float
    text: str
    weight: Weight


Word = list[tuple[str, Weight]]


def wrapped(lines: Sequence[Sequence[Run]], room: float, size: float, *, most: int) -> list[list[Piece]]:
    """At most `most` lines, the last ended by "…" where more would follow; an empty line stays one."""
    found: list[list[Piece]] = []
    for line in lines:
        found += _line(list(_words(line)), room, size)
    if len(found) <= most:
        return found
    kept = found[:most]
    while kept[-1] and _end(kept[-1], size) + typeface.width(REST, size) > room:
        kept[-1].pop()
    kept[-1].append(Piece(_end(kept[-1], size), REST, Weight.REGULAR))
    return kept


def _line(words: Sequence[Word], room: float, size: float) -> list[list[Piece]]:
    found: list[list[Piece]] = [[]]
    space = typeface.width(" ", size)
    for word in words:
        width = sum(typeface.width(text, size, weight) for text, weight in word)
        if found[-1] and _end(found[-1], size) + space + width > room:
            found.append([])
        x = _end(found[-1], size) + space if found[-1] else 0.0
        for text, weight in word:
            shown = typeface.cut(text, max(room - x, 0), size, weight)
            found[-1].append(Piece(x, shown, weight))
            x += typeface.width(shown, size, weight)
    return found


def _end(line: Sequence[Piece], size: float) -> float:
    return line[-1].x + typeface.width(line[-1].text, size, line[-1].weight) if line else 0.0


def _words(line: Sequence[Run]) -> Iterator[Word]:
    """What stands together without a space, each part of it in its weight; signs without a letter in the font go."""
    word: Word = []
    for run in line:
        weight = Weight.SEMIBOLD if run.is_bold else Weight.REGULAR
        for number, part in enumerate(run.text.split(" ")):
            if number and word:
                yield word
                word = []
            text = typeface.written(part)
            if text and (text != REST or any(letter.isalnum() or letter == REST for letter in part)):
                word.append((text, weight))
    if word:
        yield word
