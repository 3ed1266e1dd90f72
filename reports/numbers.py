"""Daily numbers out of the database: collects what a report says. Renders and sends nothing; `storing` writes them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import FilteredRelation, Q

from agency.models import Client
from reports import metrics, periods
from reports.choices import Family, Period, Platform
from reports.day_numbers import StoredResults, with_results
from reports.formatting import days as show_days
from reports.formatting import short_days
from reports.metrics import FIELDS, Metric, Sums
from reports.models import AdAccount, ReportSettings
from reports.periods import Days
from reports.snapshot import Block, DayPoint, ReportData, Uncovered, blend, sum_of

_NUMBERS = tuple(f"read__{name}" for name in FIELDS)
#: So many accounts are named in a sentence about missing days.
_MOST_NAMED = 3


class NoData(Exception):
    """Not one day of the period has numbers; the message is a sentence in pt-BR for the gestor."""


@dataclass(frozen=True, slots=True)
class AccountKey:
    """What a sum needs to know of an ad account."""

    pk: uuid.UUID
    name: str
    platform: Platform
    currency: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Days of a period that no read and no import has covered for this account. Unknown, which is never zero."""

    account: AccountKey
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """A report's numbers and what is missing of them; `data` is None where no day of the period has any."""

    days: Days
    data: ReportData | None
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """One account on one day; `day` None stands for an account without any day of those asked for."""

    account: AccountKey
    day: date | None
    numbers: Sums


def collect(settings: ReportSettings, at: datetime) -> ReportData:
    """What the report of these settings says when it runs at the instant `at`.

    Raises NoData where no day of the period has numbers.
    """
    return known(gather(settings, at))


def gather(settings: ReportSettings, at: datetime) -> Gathered:
    """As `collect`, in one query, with the days that are missing and without raising."""
    period = Period(settings.period)
    return gather_days(settings, periods.days_of(period, at, settings.client.zone), period)


def gather_days(settings: ReportSettings, days: Days, period: Period) -> Gathered:
    """What a report of these settings says of `days`, which are those of a `period` of the past."""
    base = periods.days_before(period, days) if settings.compare else None
    family = Family(settings.conversion_family)
    return _gather(settings.client, days, base, settings.chosen_metrics, is_blended=settings.blend, family=family)


def collect_days(
    client: Client, days: Days, base: Days | None, metrics: Sequence[Metric] = metrics.ALL, blend: bool = False
) -> ReportData:
    """A client's numbers of any days, compared with those of `base`. Raises NoData."""
    return known(_gather(client, days, base, metrics, is_blended=blend))


def known(gathered: Gathered) -> ReportData:
    """Its numbers. Raises NoData where there are none."""
    if gathered.data is None:
        raise NoData(no_numbers(gathered.days))
    return gathered.data


def no_numbers(days: Days) -> str:
    """`Sem números de 17/11/2026 — 23/11/2026.`"""
    return f"Sem números de {show_days(days)}."


def gaps(client: Client, days: Days) -> list[Gap]:
    """The days of each ad account of the client without a row, account by account."""
    return list(_gaps(_read(client, days, None), days))


def gap_sentence(found: Sequence[Gap]) -> str:
    """`Faltam 21 e 22 nov de Vale Verde Lançamentos.` Fits into a report's reason; empty where nothing is missing."""
    if not found:
        return ""
    accounts: dict[tuple[date, ...], list[str]] = defaultdict(list)
    for gap in found:
        accounts[gap.days].append(gap.account.name)
    parts = [f"{short_days(days)} de {_listed(names)}" for days, names in accounts.items()]
    is_one_day = len(parts) == 1 and len(found[0].days) == 1
    sentence = f"{'Falta' if is_one_day else 'Faltam'} {'; '.join(parts)}."
    return sentence if len(sentence) <= 200 else f"Faltam dias de {len(found)} contas."


def _listed(names: list[str]) -> str:
    if len(names) > _MOST_NAMED:
        names = [*names[: _MOST_NAMED - 1], f"mais {len(names) - _MOST_NAMED + 1} contas"]
    return " e ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _gather(
    client: Client,
    days: Days,
    base: Days | None,
    selected: Sequence[Metric],
    *,
    is_blended: bool,
    family: Family | None = None,
) -> Gathered:
    """`family`: what counts as conversions in Meta's numbers; None: what is stored, which is the client's choice."""
    rows = _read(client, days, base, family)
    blocks = _blocks(rows, days, base)
    total = blend(blocks) if is_blended else None
    if total is not None:
        blocks.append(total)
    data = None
    if blocks:
        data = ReportData(
            client=client.name,
            days=days,
            base=base,
            metrics=tuple(selected),
            blocks=tuple(blocks),
            uncovered=_uncovered(rows, days),
        )
    return Gathered(days=days, data=data, gaps=tuple(_gaps(rows, days)))


def _read(client: Client, days: Days, base: Days | None, family: Family | None = None) -> list[_Row]:
    """All accounts of a client with their numbers of these days, in one query; an account without any has a row too."""
    wanted = Q(daily_metrics__date__range=(days.first, days.last))
    if base is not None:
        wanted |= Q(daily_metrics__date__range=(base.first, base.last))
    found = (
        AdAccount.objects.filter(client=client)
        .annotate(read=FilteredRelation("daily_metrics", condition=wanted))
        .order_by("name", "pk", "read__date")
        .values_list("pk", "name", "platform", "currency", "read__date", "read__results", *_NUMBERS)
    )
    return [
        _Row(AccountKey(pk, name, Platform(platform), currency), day, _sums(Sums(*numbers), platform, results, family))
        for pk, name, platform, currency, day, results, *numbers in found
    ]


def _sums(stored: Sums, platform: str, results: StoredResults | None, family: Family | None) -> Sums:
    """A day's numbers with what the settings at hand count as conversions, which need not be stored yet."""
    if family is None or not results or platform != Platform.META:
        return stored
    return with_results(stored, results, platform=Platform.META, family=family)


def _blocks(rows: Iterable[_Row], days: Days, base: Days | None) -> list[Block]:
    """One block per platform and currency that has numbers in the period: neither are added up."""
    return [
        Block(
            platform,
            currency,
            now=_total(current),
            before=_before(found, days, base),
            missing=tuple(sorted({day for gap in _gaps(found, days) for day in gap.days})),
            by_day=_by_day(found, days),
            by_day_before=_by_day(found, base) if base else (),
        )
        for (platform, currency), found in _groups(rows)
        if (current := _within(found, days))
    ]


def _by_day(found: Iterable[_Row], days: Days) -> tuple[DayPoint, ...]:
    """Each day of these accounts together; a gap where one of them has no numbers."""
    by_day: dict[date, list[Sums]] = defaultdict(list)
    accounts = set()
    for row in found:
        accounts.add(row.account.pk)
        if row.day is not None:
            by_day[row.day].append(row.numbers)
    return tuple(
        DayPoint(day, sum_of(by_day[day]) if len(by_day.get(day, ())) == len(accounts) else None) for day in days.each
    )


def _uncovered(rows: Iterable[_Row], days: Days) -> tuple[Uncovered, ...]:
    return tuple(Uncovered(*key) for key, found in _groups(rows) if not _within(found, days))


def _groups(rows: Iterable[_Row]) -> list[tuple[tuple[Platform, str], list[_Row]]]:
    groups: dict[tuple[Platform, str], list[_Row]] = defaultdict(list)
    for row in rows:
        groups[row.account.platform, row.account.currency].append(row)
    return sorted(groups.items(), key=lambda item: _order(item[0]))


def _within(rows: Iterable[_Row], days: Days) -> list[_Row]:
    return [row for row in rows if row.day is not None and row.day in days]


def _order(key: tuple[Platform, str]) -> tuple[int, str]:
    platform, currency = key
    return list(Platform).index(platform), currency


def _before(found: Iterable[_Row], days: Days, base: Days | None) -> Sums | None:
    """The sums of the base; None unless each account has numbers for each day of both periods.

    A missing day would read as growth or as a fall that nobody's ads had.
    """
    if base is None:
        return None
    read = [row for row in found if row.day is not None]
    accounts = len({row.account.pk for row in read})
    if len(read) != accounts * (days.count + base.count):
        return None
    return _total([row for row in read if row.day is not None and row.day in base])


def _total(rows: Iterable[_Row]) -> Sums:
    return metrics.total((row.account.currency, row.numbers) for row in rows)[1]


def _gaps(rows: Iterable[_Row], days: Days) -> Iterable[Gap]:
    covered: dict[AccountKey, set[date]] = defaultdict(set)
    for row in rows:
        covered[row.account].add(row.day or date.min)
    for account, found in covered.items():
        missing = tuple(day for day in days.each if day not in found)
        if missing:
            yield Gap(account, missing)
