"""Every period × platform set × edge, from rows in the database to the text that a client reads, against golden files.

A change of one character is a change that a person must mean: `REWRITE_GOLDEN=1 make test ARGS=tests/reports/
test_golden_reports.py` writes the files anew (and fails), and the diff is then read line by line.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agency.models import Client
from reports.choices import Period, Platform
from reports.gathered import Gathered, gap_sentence, no_numbers
from reports.metrics import Sums
from reports.models import AdAccount, DailyMetric
from reports.numbers import gather
from reports.periods import Days, days_before, days_of
from reports.storing import store_days
from reports.text import report_text
from tests.factories import make_client
from tests.reports.factories import make_account, make_settings

GOLDEN = Path(__file__).parent / "golden" / "periods"
REWRITE = bool(os.environ.get("REWRITE_GOLDEN"))
SAO_PAULO = ZoneInfo("America/Sao_Paulo")

#: name → period and the day on whose 09:00 the report runs.
RUNS: dict[str, tuple[Period, date]] = {
    "yesterday": (Period.YESTERDAY, date(2026, 11, 24)),
    "last_7_days": (Period.LAST_7_DAYS, date(2026, 11, 24)),
    "last_30_days": (Period.LAST_30_DAYS, date(2026, 11, 24)),
    "this_month": (Period.THIS_MONTH, date(2026, 11, 24)),
    "this_month_on_the_1st": (Period.THIS_MONTH, date(2026, 11, 1)),
    "this_month_longer_than_the_last": (Period.THIS_MONTH, date(2027, 3, 31)),
    "last_month": (Period.LAST_MONTH, date(2026, 11, 24)),
}
#: name → platforms, and whether the agency chose to sum them.
SETS: dict[str, tuple[tuple[Platform, ...], bool]] = {
    "meta": ((Platform.META,), False),
    "google": ((Platform.GOOGLE,), False),
    "both": ((Platform.META, Platform.GOOGLE), False),
    "summed": ((Platform.META, Platform.GOOGLE), True),
}


def numbers_of(platform: Platform, day: date) -> Sums:
    """Invented, different on each day, the same on every machine; Google does not report messages."""
    step = day.toordinal() % 11
    is_meta = platform is Platform.META
    return Sums(
        spend=D(f"{90 + 3 * step}.{(37 * step) % 100:02d}") * (1 if is_meta else 2),
        revenue=D(f"{300 + 17 * step}.50"),
        conversions=D(step % 4 + 1) if is_meta else D(step % 4) + D("0.5"),
        impressions=4000 + 130 * step,
        clicks=70 + 3 * step,
        leads=step % 3,
        messages=step % 5 if is_meta else None,
    )


ZEROS = Sums(D(0), D(0), D(0), 0, 0, 0, 0)


@dataclass(frozen=True)
class Edge:
    """What is not as usual: the client's name, the numbers of a day, and which days are not covered."""

    name: str = "Moda Ipê"
    numbers: Callable[[Platform, date], Sums] = numbers_of
    skips: Callable[[Platform, date, Days], bool] = lambda platform, day, days: False
    second_currency: bool = False


EDGES: dict[str, Edge] = {
    "as usual": Edge(),
    "zeros": Edge(numbers=lambda platform, day: ZEROS),
    "no base": Edge(skips=lambda platform, day, days: day < days.first),
    "a day of the base is missing": Edge(skips=lambda platform, day, days: day == days.first - timedelta(days=1)),
    "the last day is not covered": Edge(skips=lambda platform, day, days: day == days.last),
    "Meta's last day is not covered": Edge(
        skips=lambda platform, day, days: platform is Platform.META and day == days.last
    ),
    "a name of 40 characters": Edge(name="Construtora Serra Azul Empreendimentos SA"[:40]),
    "a name with markup": Edge(name="*Loja_do_Zé* ~50%~ `off` > lista\n- item"),
    "a name with emoji": Edge(name="🏗️ Obra & Cia 👨‍👩‍👧 🇧🇷"),
    "two currencies": Edge(second_currency=True),
}


def day_range(days: Days) -> list[date]:
    return [days.first + timedelta(days=number) for number in range(days.count)]


def fill(account: AdAccount, edge: Edge, days: Days, base: Days) -> None:
    platform = Platform(account.platform)
    wanted = [day for day in [*day_range(base), *day_range(days)] if not edge.skips(platform, day, days)]
    store_days(account, {day: edge.numbers(platform, day) for day in wanted})


def gathered(period: Period, on: date, platforms: tuple[Platform, ...], blend: bool, edge: Edge) -> Gathered:
    client: Client = make_client(name=edge.name)
    at = datetime(on.year, on.month, on.day, 9, tzinfo=SAO_PAULO)
    days = days_of(period, at, SAO_PAULO)
    base = days_before(period, days)
    for platform in platforms:
        fill(make_account(client=client, platform=platform, name=f"Conta {platform.label}"), edge, days, base)
    if edge.second_currency:
        fill(make_account(client=client, platform=platforms[0], name="Conta US", currency="USD"), edge, days, base)
    return gather(make_settings(client, period=period, blend=blend), at)


def section(name: str, found: Gathered) -> str:
    text = report_text(found.data, "K7F3QX") if found.data else no_numbers(found.days)
    held = f"[retido: {gap_sentence(found.gaps)}]\n" if found.gaps else ""
    return f"##### {name}\n{held}{text}\n"


@pytest.mark.django_db
@pytest.mark.parametrize("platforms", SETS)
@pytest.mark.parametrize("run", RUNS)
def test_the_text_of_every_period_platform_set_and_edge(run: str, platforms: str) -> None:
    sections = [section(name, gathered(*RUNS[run], *SETS[platforms], edge)) for name, edge in EDGES.items()]
    written = "\n".join(sections)
    file = GOLDEN / f"{run}_{platforms}.txt"
    if REWRITE:
        file.parent.mkdir(exist_ok=True)
        file.write_text(written, encoding="utf-8")
        pytest.fail("written anew: read the difference, then run without REWRITE_GOLDEN")

    assert written == file.read_text(encoding="utf-8")


@pytest.mark.django_db
@pytest.mark.parametrize("run", RUNS)
def test_the_figures_are_plain_sums_of_the_rows(run: str) -> None:
    """By arithmetic that shares nothing with the code under test."""
    found = gathered(*RUNS[run], (Platform.META, Platform.GOOGLE), True, Edge())
    assert found.data is not None
    meta, google, total = found.data.blocks
    rows: list[Any] = [row for row in DailyMetric.objects.all() if row.date in found.days]

    for block, platform in ((meta, "meta"), (google, "google")):
        mine = [row for row in rows if row.platform == platform]
        assert len(mine) == found.days.count
        assert block.now.spend == sum(row.spend for row in mine)
        assert block.now.clicks == sum(row.clicks for row in mine)
    assert total.now.spend == sum(row.spend for row in rows)
    assert total.now.impressions == sum(row.impressions for row in rows)
    # Google does not report messages: a sum with an unknown part is unknown.
    assert total.now.messages is None


@pytest.mark.django_db
def test_two_currencies_are_never_summed() -> None:
    found = gathered(*RUNS["last_7_days"], (Platform.META, Platform.GOOGLE), True, EDGES["two currencies"])

    assert found.data is not None
    assert [(block.platform, block.currency) for block in found.data.blocks] == [
        (Platform.META, "BRL"),
        (Platform.META, "USD"),
        (Platform.GOOGLE, "BRL"),
    ]
