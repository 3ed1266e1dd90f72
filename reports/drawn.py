"""A chart as a page shows it: drawn twice, for a wide window and for a phone, with its legend in words. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from reports import formatting
from reports.charts import bars, lines, svg
from reports.charts.drawing import DESKTOP, DESKTOP_BARS, PHONE, PHONE_BARS, Drawing, Size
from reports.charts.series import Series
from reports.sections import legend


@dataclass(frozen=True, slots=True)
class Chart:
    """`now` and `before` are the days of the two series in words, "" for one that is not drawn; `holes` those without
    data."""

    title: str
    now: str
    before: str
    holes: str
    wide: SafeString
    narrow: SafeString


def line_chart(series: Series, title: str) -> Chart | None:
    """None where there is no line: of a single day, or where no day is known."""
    return _chart(series, title, lines.draw, (DESKTOP, PHONE), has_before=True)


def bar_chart(series: Series, title: str) -> Chart | None:
    return _chart(series, title, bars.draw, (DESKTOP_BARS, PHONE_BARS), has_before=False)


def _chart(
    series: Series, title: str, draw: Callable[[Series, Size], Drawing], sizes: tuple[Size, Size], *, has_before: bool
) -> Chart | None:
    if len(series.now) < 2 or not series.is_known:
        return None
    now, before = legend(series)
    wide, narrow = (svg.page(draw(series, size)) for size in sizes)
    return Chart(
        title=title,
        now=now,
        before=before if has_before else "",
        holes=formatting.short_days(series.holes) if series.holes else "",
        wide=wide,
        narrow=narrow,
    )
