"""Which figures of a report stand first, and what is said of them in a sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from reports.choices import Platform
from reports.key_metrics import campaign_metrics, key_metrics, results
from reports.metrics import ALL, Metric, Sums
from reports.periods import Days
from reports.snapshot import Block, ReportData
from reports.verdict import Verdict, sentence, verdict


def sums(**given: Any) -> Sums:
    known = {"spend": D(100), "revenue": D(420), "conversions": D(10), "impressions": 1000, "clicks": 50}
    return Sums(**{**known, "leads": 3, "messages": 0, **given})


def block(
    now: Sums, before: Sums | None = None, platform: Platform | None = Platform.GOOGLE, currency: str = "BRL"
) -> Block:
    return Block(platform, currency, now, before)


def report(*blocks: Block, chosen: tuple[Metric, ...] = ALL) -> ReportData:
    days = Days(date(2026, 11, 16), date(2026, 11, 22))
    return ReportData("Serra Azul", days, None, chosen, blocks)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["conversions", "leads"]),
        ({"leads": 10}, ["leads"]),  # conversions are these leads
        ({"messages": 10}, ["messages", "leads"]),
        ({"messages": 4}, ["conversions", "leads", "messages"]),
        ({"conversions": None}, ["leads"]),
        ({"conversions": D(0), "leads": None, "messages": None}, []),
    ],
)
def test_results(given: dict[str, Any], expected: list[str]) -> None:
    assert results(sums(**given), ALL) == expected


@pytest.mark.parametrize(
    ("given", "chosen", "expected"),
    [
        ({}, ALL, ["spend", "revenue", "roas", "conversions"]),
        ({"leads": 10}, ALL, ["spend", "revenue", "roas", "leads"]),
        ({"revenue": None, "messages": 5}, ALL, ["spend", "conversions", "leads", "messages"]),
        ({"revenue": D(0)}, ALL, ["spend", "conversions", "leads", "cpa"]),
        ({"spend": D(0), "clicks": 0, "conversions": D(0), "leads": 0, "revenue": D(0)}, ALL, ["spend", "impressions"]),
        ({}, (Metric.CLICKS, Metric.CTR), ["clicks", "ctr"]),
        # The gestor's own order.
        ({}, (Metric.CTR, Metric.CLICKS), ["ctr", "clicks"]),
        ({}, (Metric.MESSAGES, Metric.REACH, Metric.SPEND, Metric.CPM), ["messages", "spend", "cpm"]),
        ({}, (), []),
    ],
)
def test_key_metrics(given: dict[str, Any], chosen: tuple[Metric, ...], expected: list[str]) -> None:
    found = key_metrics(block(sums(**given)), chosen)

    assert found[: len(expected)] == expected
    assert len(found) <= 4


def test_what_fell_to_zero_still_stands_first() -> None:
    assert key_metrics(block(sums(revenue=D(0)), sums()), ALL)[:3] == ["spend", "revenue", "roas"]


@pytest.mark.parametrize(
    ("given", "chosen", "expected"),
    [
        ({}, ALL, ["spend", "conversions", "cpa", "roas", "ctr"]),
        ({"revenue": None}, ALL, ["spend", "conversions", "cpa", "ctr"]),
        ({"conversions": None}, ALL, ["spend", "leads", "roas", "ctr"]),
        ({}, (Metric.SPEND, Metric.CLICKS), ["spend", "clicks"]),
        # By what the gestor's order brings, at its own price.
        (
            {"messages": 4},
            (Metric.SPEND, Metric.MESSAGES, Metric.COST_PER_MESSAGE),
            ["spend", "messages", "cost_per_message"],
        ),
        ({"leads": 4}, (Metric.LEADS, Metric.CPL, Metric.LINK_CTR, Metric.CPM), ["leads", "cpl", "cpm"]),
        ({}, (Metric.SPEND, Metric.REACH, Metric.CLICKS, Metric.CTR, Metric.CPC), ["spend", "clicks", "cpc", "ctr"]),
    ],
)
def test_columns_of_campaigns(given: dict[str, Any], chosen: tuple[Metric, ...], expected: list[str]) -> None:
    assert campaign_metrics(block(sums(**given)), chosen) == expected


GOOD, POOR, FAIR = sums(), sums(revenue=D(80)), sums(revenue=D(150))
META = sums(revenue=None, conversions=None, leads=60, messages=20)
BEFORE = sums(revenue=None, conversions=None, leads=50, messages=20)


@pytest.mark.parametrize(
    ("blocks", "expected", "said"),
    [
        ([block(GOOD)], Verdict.GOOD, "cada R$ 1,00 investido no Google trouxe R$ 4,20 em receita."),
        ([block(POOR)], Verdict.POOR, "cada R$ 1,00 investido no Google trouxe R$ 0,80 em receita."),
        ([block(FAIR)], None, "cada R$ 1,00 investido no Google trouxe R$ 1,50 em receita."),
        (
            [block(GOOD), block(META, BEFORE, Platform.META)],
            Verdict.GOOD,
            "cada R$ 1,00 investido no Google trouxe R$ 4,20 em receita. Na Meta, os leads cresceram 20%.",
        ),
        ([block(BEFORE, META, Platform.META)], None, "na Meta, os leads caíram 17%."),
        ([block(META, META, Platform.META)], None, "na Meta, os leads ficaram iguais."),
        ([block(META, None, Platform.META)], None, "na Meta, os leads foram 60."),
        (
            [block(POOR, platform=Platform.META), block(GOOD)],
            None,
            "cada R$ 1,00 investido na Meta trouxe R$ 0,80 em receita, e no Google R$ 4,20.",
        ),
        (
            [block(POOR, platform=Platform.META), block(GOOD), block(sums(revenue=D(300)), platform=None)],
            Verdict.GOOD,
            "cada R$ 1,00 investido nas plataformas trouxe R$ 3,00 em receita.",
        ),
        (
            [block(GOOD, currency="USD")],
            Verdict.GOOD,
            "cada US$ 1,00 investido no Google trouxe US$ 4,20 em receita.",
        ),
        ([block(Sums(spend=D(10)))], None, ""),
        ([], None, ""),
    ],
)
def test_the_sentence(blocks: list[Block], expected: Verdict | None, said: str) -> None:
    assert verdict(report(*blocks)) == expected
    assert sentence(report(*blocks)) == said


def test_nothing_is_said_of_what_was_not_chosen() -> None:
    assert verdict(report(block(GOOD), chosen=(Metric.SPEND,))) is None
    assert sentence(report(block(GOOD), chosen=(Metric.SPEND,))) == ""
    assert sentence(report(block(GOOD), chosen=(Metric.LEADS,))) == "no Google, os leads foram 3."
