"""What a chart is made of before it is SVG or PDF: shapes with a role, in units of the view box. Pure.

Coordinates are Decimal, origin at the top left. A role says what a shape means; each output has its own colours for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

_TENTH = Decimal("0.1")
#: The height of all text, in units of the view box.
FONT_SIZE = 11
#: How wide a character of the axes is, at most, and on the safe side: digits and small letters of Instrument Sans.
_CHARACTER = Decimal("6.2")


class Role(StrEnum):
    """The value is the class of the style sheet."""

    GRID = "grid"
    AXIS = "axis"
    HOLE = "hole"
    AREA = "area"
    BEFORE = "before"
    NOW = "now"
    BAR = "bar"
    #: A day with numbers between two without: too short for a line.
    POINT = "point"
    #: The last day, and its value.
    DOT = "dot"
    LEAD = "lead"
    SPARK = "spark"


class Anchor(StrEnum):
    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, slots=True)
class Point:
    x: Decimal
    y: Decimal


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points, in order."""

    role: Role
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """What points enclose."""

    role: Role
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Box:
    role: Role
    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal
    radius: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Disc:
    role: Role
    centre: Point
    radius: Decimal


@dataclass(frozen=True, slots=True)
class Text:
    """`at` is on the base line of the letters. Raw text: each output escapes it in its own way."""

    role: Role
    at: Point
    text: str
    anchor: Anchor = Anchor.START


Shape = Stroke | Area | Box | Disc | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """`label` tells in words what is seen; empty for what only decorates a figure beside it."""

    width: int
    height: int
    label: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a chart is drawn, how many dates it has room for, and what it leaves at least for its values.

    A line and the bars under it begin in one place as long as their values fit in that.
    """

    width: int
    height: int
    most_dates: int = 7
    least_left: int = 58


DESKTOP = Size(860, 220)
PHONE = Size(340, 190, most_dates=4, least_left=48)
DESKTOP_BARS = Size(860, 104)
PHONE_BARS = Size(340, 104, most_dates=4, least_left=48)
SPARK = Size(96, 26)


def rounded(number: Decimal) -> Decimal:
    """To a tenth of a unit: finer than any screen, and short."""
    return number.quantize(_TENTH, rounding=ROUND_HALF_UP)


def text_width(text: str) -> Decimal:
    """About how wide a text of the axes is, rather too much than too little."""
    return _CHARACTER * len(text)
