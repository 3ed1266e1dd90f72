"""What a figure shows against the period before: derived from sums, coloured only where up is plainly good or bad."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from reports.metrics import Metric, Sums
from reports.performance import figure

FULL = Sums(
    spend=D("100.00"),
    revenue=D("420.00"),
    conversions=D(4),
    impressions=5000,
    clicks=100,
    leads=2,
    messages=3,
)


def sums(**changed: object) -> Sums:
    known = {name: getattr(FULL, name) for name in Sums.__slots__}
    return Sums(**{**known, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (Metric.SPEND, "R$ 100,00"),
        (Metric.REVENUE, "R$ 420,00"),
        (Metric.ROAS, "4,20x"),
        (Metric.CONVERSIONS, "4"),
        (Metric.LEADS, "2"),
        (Metric.MESSAGES, "3"),
        (Metric.CLICKS, "100"),
        (Metric.IMPRESSIONS, "5.000"),
        (Metric.CTR, "2,00%"),
        (Metric.CPA, "R$ 25,00"),
        (Metric.CPC, "R$ 1,00"),
        (Metric.CPM, "R$ 20,00"),
    ],
)
def test_each_metric_is_shown_as_a_report_shows_it(metric: Metric, value: str) -> None:
    assert figure(metric, FULL, None, "BRL").value == value


@pytest.mark.parametrize(
    ("metric", "now", "before", "change", "tone"),
    [
        # More is plainly good, or plainly bad.
        (Metric.REVENUE, {"revenue": D(108)}, {"revenue": D(100)}, "+8%", "ok"),
        (Metric.REVENUE, {"revenue": D(83)}, {"revenue": D(100)}, "-17%", "bad"),
        (Metric.ROAS, {"revenue": D(424)}, {"revenue": D(400)}, "+6%", "ok"),
        (Metric.LEADS, {"leads": 83}, {"leads": 100}, "-17%", "bad"),
        (Metric.CONVERSIONS, {"conversions": D(3)}, {"conversions": D(2)}, "+50%", "ok"),
        (Metric.CPA, {"conversions": D(2)}, {"conversions": D(4)}, "+100%", "bad"),
        (Metric.CPA, {"conversions": D(4)}, {"conversions": D(2)}, "-50%", "ok"),
        (Metric.CPC, {"clicks": 50}, {"clicks": 100}, "+100%", "bad"),
        (Metric.CPM, {"impressions": 10000}, {"impressions": 5000}, "-50%", "ok"),
        # What is spent, and what is only seen, stays ink.
        (Metric.SPEND, {"spend": D(108)}, {"spend": D(100)}, "+8%", ""),
        (Metric.SPEND, {"spend": D(50)}, {"spend": D(100)}, "-50%", ""),
        (Metric.CLICKS, {"clicks": 94}, {"clicks": 100}, "-6%", ""),
        (Metric.IMPRESSIONS, {"impressions": 5500}, {"impressions": 5000}, "+10%", ""),
        (Metric.CTR, {"clicks": 110}, {"clicks": 100}, "+10%", ""),
        # What ads are paid for is good, whatever it is; what one of it costs is not.
        (Metric.MESSAGES, {"messages": 6}, {"messages": 3}, "+100%", "ok"),
        (Metric.PURCHASES, {"purchases": 3}, {"purchases": 6}, "-50%", "bad"),
        (Metric.CPL, {"leads": 4}, {"leads": 2}, "-50%", "ok"),
        (Metric.COST_PER_MESSAGE, {"messages": 2}, {"messages": 4}, "+100%", "bad"),
        (Metric.LINK_CPC, {"link_clicks": 50}, {"link_clicks": 100}, "+100%", "bad"),
        (Metric.CONVERSION_RATE, {"leads": 4}, {"leads": 2}, "+100%", "ok"),
        (Metric.REACH, {"reach": 200}, {"reach": 100}, "+100%", ""),
        (Metric.FREQUENCY, {"reach": 50}, {"reach": 100}, "+100%", ""),
        # Of one thing now and of another before, a rate has not moved.
        (Metric.CONVERSION_RATE, {"page_views": 50}, {}, "", ""),
        # A base of zero has no percentage.
        (Metric.LEADS, {"leads": 5}, {"leads": 0}, "novo", ""),
        (Metric.LEADS, {"leads": 0}, {"leads": 0}, "igual", ""),
        (Metric.LEADS, {"leads": 0}, {"leads": 5}, "-100%", "bad"),
        # What rounds to nothing is no change, in either direction.
        (Metric.REVENUE, {"revenue": D("100.40")}, {"revenue": D(100)}, "igual", ""),
        (Metric.REVENUE, {"revenue": D("99.60")}, {"revenue": D(100)}, "igual", ""),
        (Metric.REVENUE, {"revenue": D("100.50")}, {"revenue": D(100)}, "+1%", "ok"),
        # Unknown on either side: nothing to compare.
        (Metric.REVENUE, {"revenue": None}, {"revenue": D(100)}, "", ""),
        (Metric.REVENUE, {"revenue": D(100)}, {"revenue": None}, "", ""),
        (Metric.ROAS, {"revenue": D(100)}, {"spend": D(0)}, "", ""),
        (Metric.CPA, {"conversions": D(0)}, {}, "", ""),
    ],
)
def test_change_and_its_colour(
    metric: Metric, now: dict[str, object], before: dict[str, object], change: str, tone: str
) -> None:
    shown = figure(metric, sums(**now), sums(**before), "BRL")

    assert (shown.change, shown.tone) == (change, tone)
    assert shown.is_percent == change.endswith("%")


@pytest.mark.parametrize("metric", list(Metric))
def test_without_a_base_nothing_is_compared(metric: Metric) -> None:
    assert figure(metric, FULL, None, "BRL").change == ""


@pytest.mark.parametrize(
    ("metric", "unknown"),
    [
        (Metric.MESSAGES, {"messages": None}),
        (Metric.ROAS, {"revenue": None}),
        (Metric.CPC, {"clicks": 0}),
        (Metric.CTR, {"impressions": None}),
    ],
)
def test_unknown_is_a_dash_and_never_zero(metric: Metric, unknown: dict[str, object]) -> None:
    shown = figure(metric, sums(**unknown), None, "BRL")

    assert (shown.value, shown.is_known) == ("—", False)


def test_a_ratio_compares_sums_and_not_other_ratios() -> None:
    """Two days of 1,00 and 9,00 a click are not 5,00 on average where the second brought one click in a hundred."""
    now, before = sums(spend=D(208), clicks=101), sums(spend=D(104), clicks=101)

    assert figure(Metric.CPC, now, before, "BRL").value == "R$ 2,06"
    assert figure(Metric.CPC, now, before, "BRL").change == "+100%"
