"""A metric's days as a small line beside its figure, which says the number: no axes, no words. Pure."""

from __future__ import annotations

from decimal import Decimal

from reports.charts.drawing import SPARK, Disc, Drawing, Point, Role, Shape, Size, Stroke, rounded
from reports.charts.lines import stretches
from reports.charts.series import Series

_MARGIN = Decimal(2)
#: The line fills the height only where it varies by at least this share of its highest value.
_LEAST_RANGE = Decimal("0.25")


def draw(series: Series, size: Size = SPARK) -> Drawing:
    """Empty where there is nothing to draw."""
    values = [day.value for day in series.now if day.value is not None]
    shapes = tuple(_lines(series, size, min(values), max(values))) if values else ()
    return Drawing(size.width, size.height, "", shapes)


def _lines(series: Series, size: Size, lowest: Decimal, highest: Decimal) -> list[Shape]:
    lowest = min(lowest, highest - abs(highest) * _LEAST_RANGE)
    spread, height = highest - lowest, size.height - 2 * _MARGIN
    days = len(series.now)
    step = (size.width - 2 * _MARGIN) / max(days - 1, 1)

    def point(number: int, value: Decimal) -> Point:
        up = (value - lowest) / spread if spread else Decimal(0)
        x = _MARGIN + step * number if days > 1 else Decimal(size.width) / 2
        return Point(rounded(x), rounded(size.height - _MARGIN - height * up))

    lines = [tuple(point(number, value) for number, value in stretch) for stretch in stretches(series.now)]
    return [
        Stroke(Role.SPARK, points) if len(points) > 1 else Disc(Role.SPARK, points[0], Decimal(1)) for points in lines
    ]
