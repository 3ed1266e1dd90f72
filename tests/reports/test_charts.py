"""The charts of a report's days: round values from zero, a gap for what is unknown, and all inside the view box."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.charts import bars, labels, lines, sparks, svg
from reports.charts.drawing import (
    DESKTOP,
    DESKTOP_BARS,
    PHONE,
    PHONE_BARS,
    SPARK,
    Area,
    Box,
    Disc,
    Drawing,
    Point,
    Role,
    Stroke,
    Text,
    text_width,
)
from reports.charts.scale import scale_for
from reports.charts.series import Day, Series, results_of
from reports.metrics import Metric, Sums
from reports.objectives import TEMPLATES, Objective
from reports.periods import Days
from reports.snapshot import Block, DayPoint, ReportData
from tests.reports.chart_days import FIRST, flat, series
from tests.reports.golden_files import assert_golden

EDGES = {
    "week": series(7),
    "days_30_with_holes": series(30, holes=(3, 4)),
    "days_90_with_holes": series(90, holes=(30, 31, 50, 52)),
    "one_day": series(1),
    "one_day_missing": flat(1, None),
    "zeros": flat(7, D(0)),
    "no_base": series(7, before=0),
    "longer_base": series(28, before=31),
    "missing_at_both_ends": series(7, holes=(0, 6)),
    "nothing_known": flat(7, None),
    "millions": flat(8, D("1234567.89")),
    "dollars_in_cents": replace(flat(3, D("0.03")), currency="USD"),
    "leads": series(7, Metric.LEADS, holes=(2,)),
    "one_lead": flat(7, D(1), Metric.LEADS),
    "markup_in_currency": replace(flat(3, D(5)), currency='<b>"&\u202e😀\x00'),
}


@pytest.mark.parametrize("name", EDGES)
def test_golden_line(name: str) -> None:
    drawn = (lines.draw(EDGES[name], size) for size in (DESKTOP, PHONE))
    assert_golden("\n".join(_split(svg.page(drawing)) for drawing in drawn), f"charts/line_{name}.svg")


@pytest.mark.parametrize("name", EDGES)
def test_golden_bars_and_spark(name: str) -> None:
    drawn = bars.draw(EDGES[name], DESKTOP_BARS), bars.draw(EDGES[name], PHONE_BARS), sparks.draw(EDGES[name])
    assert_golden("\n".join(_split(svg.page(drawing)) for drawing in drawn), f"charts/bars_{name}.svg")


def test_golden_image() -> None:
    drawing = lines.draw(EDGES["days_30_with_holes"], PHONE)
    assert_golden(_split(svg.image(drawing)), "charts/image.svg")


def _split(text: str) -> str:
    """An element a line, so that a difference can be read."""
    return text.replace("><", ">\n<") + "\n"


numbers = st.none() | st.decimals(min_value=-5, max_value=10**15, allow_nan=False, allow_infinity=False, places=2)


@st.composite
def drawn_series(draw: st.DrawFn) -> Series:
    metric = draw(st.sampled_from([Metric.SPEND, Metric.LEADS, Metric.ROAS, Metric.CTR]))
    now, before = draw(st.lists(numbers, min_size=1, max_size=60)), draw(st.lists(numbers, max_size=70))
    return Series(metric, "BRL", _days(now), _days(before))


def _days(values: list[D | None]) -> tuple[Day, ...]:
    return tuple(Day(FIRST + timedelta(number), value, value is None) for number, value in enumerate(values))


def _drawings(of: Series) -> list[Drawing]:
    drawings = [lines.draw(of, size) for size in (DESKTOP, PHONE)]
    return [*drawings, *(bars.draw(of, size) for size in (DESKTOP_BARS, PHONE_BARS)), sparks.draw(of, SPARK)]


@settings(max_examples=60, deadline=None)
@given(drawn_series())
def test_all_of_it_is_inside_and_well_formed(of: Series) -> None:
    for drawing in _drawings(of):
        for point in _corners(drawing):
            assert 0 <= point.x <= drawing.width
            assert 0 <= point.y <= drawing.height
        root = ET.fromstring(svg.page(drawing))  # noqa: S314 - our own text
        assert "NaN" not in ET.tostring(root, encoding="unicode")
        assert all("style" not in element.attrib for element in root.iter())
        ET.fromstring(svg.image(drawing))  # noqa: S314


def _corners(drawing: Drawing) -> list[Point]:
    found: list[Point] = []
    for shape in drawing.shapes:
        match shape:
            case Stroke() | Area():
                found += shape.points
            case Box():
                assert shape.width >= 0
                assert shape.height >= 0
                found += [Point(shape.x, shape.y), Point(shape.x + shape.width, shape.y + shape.height)]
            case Disc():
                found.append(shape.centre)
            case Text():
                width = text_width(shape.text)
                start = {"start": D(0), "middle": width / 2, "end": width}[shape.anchor]
                found += [Point(shape.at.x - start, shape.at.y)]
    return found


@settings(max_examples=60, deadline=None)
@given(drawn_series())
def test_each_known_day_is_drawn_and_no_unknown_one(of: Series) -> None:
    drawing = lines.draw(of, DESKTOP)
    known = sum(day.value is not None for day in of.now)
    strokes = [shape for shape in drawing.shapes if isinstance(shape, Stroke) and shape.role is Role.NOW]
    single = [shape for shape in drawing.shapes if isinstance(shape, Disc) and shape.role is Role.POINT]
    assert sum(len(stroke.points) for stroke in strokes) + len(single) == known
    assert any(isinstance(shape, Box) for shape in drawing.shapes) == any(day.is_missing for day in of.now)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.decimals(0, 10**18, places=2), max_size=5), st.sampled_from([2, 4]), st.booleans())
def test_a_scale_holds_its_values_with_round_steps(values: list[D], steps: int, whole: bool) -> None:
    scale = scale_for(values, steps, whole=whole)
    assert len(scale.values) == steps + 1
    assert scale.values[0] == 0
    assert scale.top >= max(values, default=0)
    assert len(scale.step.normalize().as_tuple().digits) <= 3
    assert not whole or scale.step % 1 == 0
    assert all(0 <= scale.share(value) <= 1 for value in values)


@pytest.mark.parametrize(
    ("highest", "steps", "whole", "step"),
    [
        (D("488.90"), 4, False, D(125)),
        (D("590"), 4, False, D(150)),
        (D("300"), 4, False, D(75)),
        (D(0), 4, False, D(1)),
        (D("0.03"), 4, False, D("0.01")),
        (D("4.2"), 4, False, D("1.25")),
        (D(8), 2, True, D(4)),
        (D(1), 2, True, D(1)),
        (D(0), 2, True, D(1)),
        (D(11), 2, True, D(6)),
        (D(1_000_000), 4, False, D(250_000)),
    ],
)
def test_steps(highest: D, steps: int, whole: bool, step: D) -> None:
    assert scale_for([highest], steps, whole=whole).step == step


def test_zero_stands_on_the_base_line() -> None:
    drawing = lines.draw(flat(3, D(0)), DESKTOP)
    (stroke,) = [shape for shape in drawing.shapes if isinstance(shape, Stroke) and shape.role is Role.NOW]
    base = max(point.y for shape in drawing.shapes if isinstance(shape, Stroke) for point in shape.points)
    assert {point.y for point in stroke.points} == {base}


def test_bars_of_zero_are_not_drawn() -> None:
    drawing = bars.draw(flat(3, D(0), Metric.LEADS), DESKTOP_BARS)
    assert not [shape for shape in drawing.shapes if shape.role is Role.BAR]


@pytest.mark.parametrize("days", [1, 2, 5, 7, 8, 9, 28, 30, 31, 90, 400])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_few_dates_from_the_first_to_the_last_day(days: int, size: object) -> None:
    drawing = lines.draw(series(days), DESKTOP)
    texts = [shape for shape in drawing.shapes if isinstance(shape, Text) and shape.role is Role.AXIS]
    dates = [text for text in texts if text.at.y == max(text.at.y for text in texts)]
    assert min(days, 5) <= len(dates) <= 7
    places = [date.at.x for date in dates]
    assert places == sorted(places)


def test_dates_name_the_month_where_it_is_missed() -> None:
    days = [date(2026, 10, 25) + timedelta(number) for number in range(30)]
    assert labels.dates(days, [0, 5, 10, 29]) == ("25 out", "30", "4", "23 nov")
    assert labels.dates(days[:3], [0, 1, 2]) == ("25 out", "26", "27")


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        (
            series(30, holes=(3, 4)),
            (
                "Investimento por dia, 25 out a 23 nov: estável; entre R$ 340,00 (25 out) e R$ 461,20 (20 nov), "
                "por último R$ 379,39; sem dados em 28 e 29 out"
            ),
        ),
        (flat(7, D(0)), "Investimento por dia, 25 a 31 out: zero em todos os dias; R$ 0,00 por dia"),
        (flat(2, None), "Investimento por dia: sem dados no período"),
        (flat(1, D(5)), "Investimento por dia em 25 out: R$ 5,00"),
        (
            Series(Metric.LEADS, "BRL", _days([D(1), D(2), D(4), D(5)]), _days([D(2), D(2), D(2), D(2)])),
            (
                "Leads por dia, 25 a 28 out: em alta; entre 1 (25 out) e 5 (28 out), por último 5; "
                "total 50% acima do período anterior"
            ),
        ),
        (
            Series(Metric.LEADS, "BRL", _days([D(5), D(1)]), _days([D(8), D(2)])),
            (
                "Leads por dia, 25 e 26 out: em queda; entre 1 (26 out) e 5 (25 out), por último 1; "
                "total 40% abaixo do período anterior"
            ),
        ),
    ],
)
def test_the_trend_in_words(of: Series, sentence: str) -> None:
    assert lines.draw(of, DESKTOP).label == sentence


def test_the_axis_speaks_of_large_numbers_in_one_unit() -> None:
    scale = scale_for([D(1_500_000)], 4, whole=False)
    assert labels.of_scale(Metric.SPEND, scale, "BRL") == ("R$ 0", "R$ 0,4 mi", "R$ 0,8 mi", "R$ 1,2 mi", "R$ 1,6 mi")
    cents = scale_for([D(5)], 4, whole=False)
    assert labels.of_scale(Metric.SPEND, cents, "BRL")[:2] == ("R$ 0", "R$ 1,25")


def test_results_are_the_first_chosen_ones_that_are_known() -> None:
    def drawn(*chosen: Metric, **numbers: int) -> Metric | None:
        sums = Sums(**numbers)  # type: ignore[arg-type]
        block = Block(None, "BRL", sums, by_day=(DayPoint(FIRST, sums),))
        series = results_of(block, ReportData("", Days(FIRST, FIRST), None, chosen, (block,)))
        return series and series.metric

    usual = (Metric.SPEND, Metric.LEADS, Metric.MESSAGES)
    assert drawn(*usual, leads=0, messages=2) is Metric.MESSAGES
    assert drawn(*usual, leads=0, messages=0) is Metric.LEADS
    assert drawn(*usual, clicks=3) is None
    assert drawn(Metric.SPEND, leads=3) is None


@pytest.mark.parametrize(
    ("objective", "numbers", "metric"),
    [
        (Objective.GENERAL, {"conversions": 3, "leads": 3}, Metric.LEADS),
        (Objective.MESSAGES, {"messages": 3, "leads": 9, "link_clicks": 90}, Metric.MESSAGES),
        (Objective.MESSAGES, {"messages": 0, "link_clicks": 90}, Metric.MESSAGES),
        (Objective.MESSAGES, {"link_clicks": 90}, Metric.LINK_CLICKS),
        (Objective.LEADS, {"messages": 9, "leads": 3}, Metric.LEADS),
        (Objective.ECOMMERCE, {"purchases": 3, "conversions": 9}, Metric.PURCHASES),
        (Objective.ECOMMERCE, {"conversions": 9}, Metric.CONVERSIONS),
        (Objective.TRAFFIC, {"leads": 9, "clicks": 3}, Metric.CLICKS),
        (Objective.GOOGLE, {"conversions": 3, "leads": 3}, Metric.CONVERSIONS),
    ],
)
def test_days_are_of_what_the_objective_brings(objective: Objective, numbers: dict[str, int], metric: Metric) -> None:
    sums = Sums(spend=D(9), **numbers)  # type: ignore[arg-type]
    block = Block(None, "BRL", sums, by_day=(DayPoint(FIRST, sums),))
    template = TEMPLATES[objective]
    data = ReportData("", Days(FIRST, FIRST), None, template.metrics, (block,), labels=template.labels)
    series = results_of(block, data)
    assert series is not None
    assert (series.metric, series.title) == (metric, f"{template.labels.get(metric, metric.label)} por dia")


def test_a_ratio_divided_by_zero_is_a_gap_but_not_a_missing_day() -> None:
    points = (DayPoint(FIRST, Sums(spend=D(0), revenue=D(0))), DayPoint(FIRST + timedelta(1), None))
    days = Series.of(Block(None, "BRL", Sums(), by_day=points), Metric.ROAS).now
    assert [(day.value, day.is_missing) for day in days] == [(None, False), (None, True)]
