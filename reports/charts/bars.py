"""Results by day as bars from the zero. Pure. A zero has no bar; a day without data has a field."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from reports.charts import frame as frames
from reports.charts import labels
from reports.charts.drawing import Box, Drawing, Role, Shape, Size, rounded
from reports.charts.frame import Frame
from reports.charts.scale import scale_for
from reports.charts.series import Series
from reports.metric_words import MONEY

_STEPS = 2
_FILLED, _WIDEST, _ROUNDING = Decimal("0.62"), Decimal(48), Decimal("1.5")


def draw(series: Series, size: Size) -> Drawing:
    """The chart of a series of at least one day. Raises ValueError for one without days."""
    if not series.now:
        raise ValueError("A chart needs a day.")
    values = [day.value for day in series.now if day.value is not None]
    scale = scale_for(values, _STEPS, whole=series.metric not in MONEY)
    shown = labels.of_scale(series.metric, scale, series.currency)
    frame = Frame(size, series, scale, shown, is_slotted=True)
    return Drawing(size.width, size.height, labels.sentence(series), (*frames.shapes(frame), *_bars(frame)))


def _bars(frame: Frame) -> Iterator[Shape]:
    width = min(frame.day_width * _FILLED, _WIDEST)
    for number, day in enumerate(frame.series.now):
        if day.value is None or day.value <= 0:
            continue
        y = rounded(frame.y(day.value))
        height = frame.base - y
        radius = min(_ROUNDING, width / 2, height)
        yield Box(Role.BAR, rounded(frame.x(number) - width / 2), y, rounded(width), height, rounded(radius))
