"""Which block of a client's numbers is drawn, and what its results by day are called."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from reports.choices import Family, Platform
from reports.metrics import ALL, Metric, Sums
from reports.overview import choices, overview
from reports.periods import Days
from reports.snapshot import Block, DayPoint, ReportData

NUMBERS = Sums(D(100), D(420), D(10), 1000, 50, 3, 0)


def block(platform: Platform | None, currency: str = "BRL", days: int = 7, **given: Any) -> Block:
    numbers = Sums(**{name: given.get(name, getattr(NUMBERS, name)) for name in Sums.__dataclass_fields__})
    by_day = tuple(DayPoint(date(2026, 11, 1) + timedelta(days=n), numbers) for n in range(days))
    return Block(platform, currency, numbers, by_day=by_day)


META, GOOGLE, EURO, TOTAL = block(Platform.META), block(Platform.GOOGLE), block(Platform.META, "EUR"), block(None)


def report_of(drawn: Block, chosen: tuple[Metric, ...] = ALL, **fields: Any) -> ReportData:
    return ReportData("Serra Azul", Days(date(2026, 11, 1), date(2026, 11, 7)), None, chosen, (drawn,), **fields)


@pytest.mark.parametrize(
    ("blocks", "asked", "expected", "current"),
    [
        ([META], "", {"meta": "Meta"}, "meta"),
        ([META, GOOGLE], "google", {"meta": "Meta", "google": "Google"}, "google"),
        ([META, GOOGLE, TOTAL], "soma", {"meta": "Meta", "google": "Google", "soma": "Somar as duas"}, "soma"),
        ([META, GOOGLE], "soma", {"meta": "Meta", "google": "Google"}, "meta"),
        ([META, EURO], "meta-EUR", {"meta-BRL": "Meta (BRL)", "meta-EUR": "Meta (EUR)"}, "meta-EUR"),
        ([META, EURO], "meta", {"meta-BRL": "Meta (BRL)", "meta-EUR": "Meta (EUR)"}, "meta-BRL"),
    ],
)
def test_choices(blocks: list[Block], asked: str, expected: dict[str, str], current: str) -> None:
    offered = choices(blocks, asked)

    assert {choice.key: choice.label for choice in offered} == expected
    assert [choice.key for choice in offered if choice.is_current] == [current]


@pytest.mark.parametrize(
    ("drawn", "family", "title"),
    [
        (META, Family.PURCHASES, "Compras por dia"),
        (GOOGLE, Family.PURCHASES, "Conversões por dia"),
        (TOTAL, Family.PURCHASES, "Conversões por dia"),
        (block(Platform.META, leads=10), Family.LEADS, "Leads por dia"),
        (block(Platform.META, messages=10), Family.CONVERSATIONS, "Mensagens por dia"),
        (block(Platform.META, conversions=D(0)), Family.PURCHASES, "Leads por dia"),
    ],
)
def test_results_are_called_what_the_client_counts(drawn: Block, family: Family, title: str) -> None:
    shown = overview(drawn, report_of(drawn), family)

    assert shown.results is not None
    assert shown.results.title == title
    assert [bool(tile.spark) for tile in shown.tiles] == [True] * 4


@pytest.mark.parametrize(
    ("drawn", "has_spend", "has_results"),
    [
        (block(Platform.META, days=1), False, False),
        (block(Platform.META, days=0), False, False),
        (block(Platform.META, conversions=D(0), leads=0, messages=None), True, False),
        (block(Platform.META, spend=None), False, True),
    ],
)
def test_what_cannot_be_drawn_is_left_out(drawn: Block, has_spend: bool, has_results: bool) -> None:
    shown = overview(drawn, report_of(drawn), Family.PURCHASES)

    assert (shown.spend is not None, shown.results is not None) == (has_spend, has_results)
