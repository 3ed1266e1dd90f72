"""A metric by day as a line, with the period before dotted behind it. Pure.

No smoothing: between two days there is nothing but the way from one to the other. A day without data ends the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from reports import formatting
from reports.charts import frame as frames
from reports.charts import labels
from reports.charts.drawing import Anchor, Area, Disc, Drawing, Point, Role, Shape, Size, Stroke, Text, text_width
from reports.charts.frame import Frame
from reports.charts.scale import scale_for
from reports.charts.series import Day, Series
from reports.metric_words import MONEY

_STEPS = 4
_DOT, _SINGLE = Decimal("3.5"), Decimal(2)
_LEAD_GAP, _LETTER = Decimal(9), Decimal(11)


def draw(series: Series, size: Size) -> Drawing:
    """The chart of a series of at least one day. Raises ValueError for one without days."""
    if not series.now:
        raise ValueError("A chart needs a day.")
    values = [day.value for day in (*series.now, *series.before[: len(series.now)]) if day.value is not None]
    scale = scale_for(values, _STEPS, whole=series.metric not in MONEY)
    shown = labels.of_scale(series.metric, scale, series.currency)
    frame = Frame(size, series, scale, shown, is_slotted=False)
    shapes = (*frames.shapes(frame), *_now_areas(frame), *_before(frame), *_now(frame), *_last(frame))
    return Drawing(size.width, size.height, labels.sentence(series), shapes)


def stretches(days: tuple[Day, ...]) -> Iterator[list[tuple[int, Decimal]]]:
    """The (number, value) of days that follow each other without a gap."""
    found: list[tuple[int, Decimal]] = []
    for number, day in enumerate(days):
        if day.value is not None:
            found.append((number, day.value))
        elif found:
            yield found
            found = []
    if found:
        yield found


def _points(frame: Frame, days: tuple[Day, ...]) -> Iterator[tuple[Point, ...]]:
    for stretch in stretches(days):
        yield tuple(frame.point(number, value) for number, value in stretch)


def _now_areas(frame: Frame) -> Iterator[Shape]:
    for points in _points(frame, frame.series.now):
        if len(points) > 1:
            base = frame.base
            yield Area(Role.AREA, (*points, Point(points[-1].x, base), Point(points[0].x, base)))


def _before(frame: Frame) -> Iterator[Shape]:
    # A longer period before has days that stand beside no day of this one.
    for points in _points(frame, frame.series.before[: len(frame.series.now)]):
        if len(points) > 1:
            yield Stroke(Role.BEFORE, points)


def _now(frame: Frame) -> Iterator[Shape]:
    for points in _points(frame, frame.series.now):
        yield Stroke(Role.NOW, points) if len(points) > 1 else Disc(Role.POINT, points[0], _SINGLE)


def _last(frame: Frame) -> Iterator[Shape]:
    """The last known day's dot with its value and date, above or below the lines around it."""
    last = frame.series.last
    if last is None or last.value is None:
        return
    number = frame.series.now.index(last)
    dot = frame.point(number, last.value)
    value = labels.exact(frame.series.metric, last.value, frame.series.currency)
    said = value if len(frame.series.now) == 1 else f"{value} em {formatting.short_days([last.day])}"
    width = text_width(said)
    end = max(min(dot.x, frame.right), frame.left + width)
    near = [
        point.y
        for days in (frame.series.now, frame.series.before[: len(frame.series.now)])
        for points in _points(frame, days)
        for point in points
        if end - width - frame.day_width <= point.x <= end
    ]
    above, below = min(near) - _LEAD_GAP, max(near) + _LEAD_GAP + _LETTER / 2
    y = above if above - _LETTER >= 0 else min(below, frame.base - _DOT)
    yield Disc(Role.DOT, dot, _DOT)
    yield Text(Role.LEAD, Point(end, y), said, Anchor.END)
