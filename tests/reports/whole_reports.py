"""Invented reports with days and campaigns, for the tests of what is drawn of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal as D

from reports.choices import Platform
from reports.metrics import ALL, Metric, Sums
from reports.periods import Days
from reports.snapshot import Block, Campaign, DayPoint, ReportData, Uncovered, sum_of

LAST = date(2026, 11, 22)
NAMES = (
    "Pesquisa, Residencial Mirante",
    "Performance Max, Plantas",
    "Remarketing de quem viu o decorado e não pediu contato nos últimos trinta dias, todas as praças, versão 4",
    "🔥 Black Friday 🔥 <b>50% & mais</b>",
    "حملة الصيف",
    "Кампания",
)
TWO = (Platform.GOOGLE, Platform.META)
MAIN = (Metric.SPEND, Metric.REVENUE, Metric.ROAS, Metric.LEADS, Metric.CPA, Metric.CTR)


def report(
    days: int = 7,
    *,
    platforms: tuple[Platform, ...] = TWO,
    client: str = "Construtora Serra Azul",
    metrics: tuple[Metric, ...] = MAIN,
    campaigns: int = 2,
    holes: Collection[int] = (),
    is_compared: bool = True,
    currencies: tuple[str, ...] = ("BRL",),
    scale: D = D(1),
    uncovered: tuple[Uncovered, ...] = (),
) -> ReportData:
    """So many days up to 22 November, compared with as many before."""
    period = Days(LAST - timedelta(days - 1), LAST)
    base = Days(period.first - timedelta(days), period.first - timedelta(1)) if is_compared else None
    blocks = tuple(
        _block(platform, currency, period, base, campaigns, holes, scale)
        for platform in platforms
        for currency in currencies
    )
    return ReportData(client, period, base, metrics, blocks, uncovered)


def everything(days: int = 30) -> ReportData:
    """All metrics, two platforms in two currencies each, more campaigns than a page holds, days without numbers."""
    return report(
        days,
        metrics=ALL,
        campaigns=500,
        holes=(3, 4),
        currencies=("BRL", "USD"),
        client="Padaria & Confeitaria <Ipê> 🥐",
    )


def _block(
    platform: Platform,
    currency: str,
    period: Days,
    base: Days | None,
    campaigns: int,
    holes: Collection[int],
    scale: D,
) -> Block:
    now = _points(period, platform, scale, holes)
    before = _points(base, platform, scale, ()) if base else ()
    known = [point.numbers for point in now if point.numbers]
    return Block(
        platform,
        currency,
        sum_of(known) or Sums(),
        sum_of([point.numbers for point in before]),
        tuple(point.day for point in now if point.numbers is None),
        now,
        before,
        tuple(_campaign(number, platform, scale) for number in range(campaigns)),
    )


def _points(period: Days, platform: Platform, scale: D, holes: Collection[int]) -> tuple[DayPoint, ...]:
    return tuple(
        DayPoint(day, None if number in holes else _numbers(day.toordinal(), platform, scale))
        for number, day in enumerate(period.each)
    )


def _numbers(seed: int, platform: Platform, scale: D) -> Sums:
    step = (seed * 7919) % 137
    is_meta = platform is Platform.META
    return Sums(
        spend=(D(240 + step) + D(step) / 100) * scale,
        revenue=None if is_meta else (D(1100) + D(step * 4)) * scale,
        conversions=D(3 + step % 5),
        impressions=9000 + 41 * step,
        clicks=180 + step,
        leads=3 + step % 5,
        messages=4 + step % 7 if is_meta else None,
    )


def _campaign(number: int, platform: Platform, scale: D) -> Campaign:
    name = NAMES[number % len(NAMES)] if number < len(NAMES) else f"{NAMES[number % len(NAMES)]} {number}"
    numbers = _numbers(number + 3, platform, scale)
    return Campaign(name, Sums(**{key: getattr(numbers, key) for key in Sums.__slots__}))
