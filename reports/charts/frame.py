"""The axes that the charts of days share: grid, values, dates and the fields of days without data. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from reports.charts import labels
from reports.charts.drawing import Anchor, Box, Point, Role, Shape, Size, Stroke, Text, rounded, text_width
from reports.charts.scale import Scale
from reports.charts.series import Series

_TOP, _BOTTOM, _RIGHT = Decimal(12), Decimal(24), Decimal(10)
_VALUE_GAP = Decimal(8)
_TEXT_DOWN, _DATE_DOWN = Decimal("3.5"), Decimal(18)
#: Two dates are not nearer to each other than this.
_DATE_GAP = Decimal(40)
_HALF = Decimal("0.5")


@dataclass(frozen=True)
class Frame:
    """The plot's place inside the view box, and where a day and a value are in it.

    `is_slotted`: each day has a slot of its own, as bars need it; else the first and the last day are at the edges.
    """

    size: Size
    series: Series
    scale: Scale
    values: tuple[str, ...]
    is_slotted: bool

    @cached_property
    def left(self) -> Decimal:
        return max(Decimal(self.size.least_left), max(text_width(value) for value in self.values) + _VALUE_GAP)

    @property
    def right(self) -> Decimal:
        return self.size.width - _RIGHT

    @property
    def top(self) -> Decimal:
        return _TOP

    @property
    def base(self) -> Decimal:
        """Where zero is."""
        return self.size.height - _BOTTOM

    @cached_property
    def day_width(self) -> Decimal:
        width, days = self.right - self.left, len(self.series.now)
        return width / (days if self.is_slotted else max(days - 1, 1))

    def x(self, number: int) -> Decimal:
        """The middle of the day of that number, counted from 0."""
        if self.is_slotted:
            return self.left + self.day_width * (number + _HALF)
        if len(self.series.now) == 1:
            return (self.left + self.right) / 2
        return self.left + self.day_width * number

    def y(self, value: Decimal) -> Decimal:
        return self.base - (self.base - self.top) * self.scale.share(value)

    def point(self, number: int, value: Decimal) -> Point:
        return Point(rounded(self.x(number)), rounded(self.y(value)))


def shapes(frame: Frame) -> Iterator[Shape]:
    """What lies under a chart, in the order of drawing."""
    yield from _grid(frame)
    yield from _holes(frame)
    yield from _dates(frame)


def _grid(frame: Frame) -> Iterator[Shape]:
    for value, name in zip(frame.scale.values, frame.values, strict=True):
        y = rounded(frame.y(value))
        yield Stroke(Role.GRID, (Point(rounded(frame.left), y), Point(rounded(frame.right), y)))
        yield Text(Role.AXIS, Point(rounded(frame.left - _VALUE_GAP), y + _TEXT_DOWN), name, Anchor.END)


def _holes(frame: Frame) -> Iterator[Shape]:
    """One field for each stretch of days without data."""
    numbers = [number for number, day in enumerate(frame.series.now) if day.is_missing]
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    reach = frame.day_width * (_HALF if frame.is_slotted else Decimal("0.35"))
    for start, end in zip(starts, ends, strict=True):
        left = rounded(max(frame.x(start) - reach, frame.left))
        right = rounded(min(frame.x(end) + reach, frame.right))
        yield Box(Role.HOLE, left, rounded(frame.top), right - left, rounded(frame.base - frame.top))


def dated(frame: Frame) -> list[int]:
    """The numbers of the days that are named: evenly from the first on, and the last one."""
    days = len(frame.series.now)
    stride = max(-(-(days - 1) // (frame.size.most_dates - 1)), 1)
    numbers = list(range(0, days, stride))
    if numbers[-1] != days - 1:
        if frame.x(days - 1) - frame.x(numbers[-1]) < _DATE_GAP and len(numbers) > 1:
            numbers.pop()
        numbers.append(days - 1)
    return numbers


def _dates(frame: Frame) -> Iterator[Shape]:
    numbers = dated(frame)
    names = labels.dates([day.day for day in frame.series.now], numbers)
    for number, name in zip(numbers, names, strict=True):
        x, half = frame.x(number), text_width(name) / 2
        anchor = Anchor.END if x + half > frame.size.width else Anchor.MIDDLE
        at = frame.right if anchor is Anchor.END else x
        yield Text(Role.AXIS, Point(rounded(at), frame.base + _DATE_DOWN), name, anchor)
