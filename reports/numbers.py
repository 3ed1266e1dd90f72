"""Daily numbers as a report says them: sums by platform and currency, what is missing, what they are compared with.
Renders and sends nothing; `number_rows` reads them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from agency.models import Client
from reports import campaigns, contents, metrics, periods
from reports.choices import Family, Period, Platform
from reports.gathered import AccountKey, Course, Gap, Gathered, no_numbers
from reports.metrics import Metric, Sums
from reports.models import AdAccount, DailyMetric, ReportSettings
from reports.number_rows import Found, Row, read
from reports.periods import Days
from reports.snapshot import Block, DayPoint, ReportData, Uncovered, blend, sum_of


class NoData(Exception):
    """Not one day of the period has numbers; the message is a sentence in pt-BR for the gestor."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A report whose numbers are wanted: of `days`, which are those of a `period` of the past. `settings` come with
    their client at hand."""

    settings: ReportSettings
    days: Days
    period: Period
    with_campaigns: bool = False


def collect(settings: ReportSettings, at: datetime) -> ReportData:
    """What the report of these settings says when it runs at the instant `at`.

    Raises NoData where no day of the period has numbers.
    """
    return known(gather(settings, at))


def gather(settings: ReportSettings, at: datetime, *, with_campaigns: bool = False) -> Gathered:
    """As `collect`, in one query, with the days that are missing and without raising.

    `with_campaigns` lists each block's campaigns too, which takes a second one: for what shows them alone.
    """
    period = Period(settings.period)
    days = periods.days_of(period, at, settings.client.zone)
    return gather_days(settings, days, period, with_campaigns=with_campaigns)


def gather_days(settings: ReportSettings, days: Days, period: Period, *, with_campaigns: bool = False) -> Gathered:
    """What a report of these settings says of `days`, which are those of a `period` of the past."""
    return gather_many([Asked(settings, days, period, with_campaigns)])[0]


def gather_many(asked: Sequence[Asked]) -> list[Gathered]:
    """As `gather_days`, for reports of several clients, each once: one query for all that are about the same days, and
    one for each that asks for its campaigns."""
    by_days: dict[tuple[Days, Days], list[Asked]] = defaultdict(list)
    for each in asked:
        by_days[each.days, periods.days_before(each.period, each.days)].append(each)
    made: dict[uuid.UUID, Gathered] = {}
    for (days, base), some in by_days.items():
        families = {each.settings.client.pk: Family(each.settings.conversion_family) for each in some}
        found = read(families, days, base)
        made |= {each.settings.client.pk: _of_settings(found[each.settings.client.pk], each, base) for each in some}
    return [made[each.settings.client.pk] for each in asked]


def _of_settings(found: Found, asked: Asked, base: Days) -> Gathered:
    settings = asked.settings
    gathered = _gathered(
        settings.client,
        found,
        asked.days,
        base,
        settings.chosen_metrics,
        compares=settings.compare,
        is_blended=settings.blend,
    )
    if gathered.data is None:
        return gathered
    data = contents.written(gathered.data, settings)
    if asked.with_campaigns:
        data = campaigns.listed_in(data, settings.client, Family(settings.conversion_family))
    return replace(gathered, data=data)


def collect_days(
    client: Client, days: Days, base: Days | None, metrics: Sequence[Metric] = metrics.ALL, blend: bool = False
) -> ReportData:
    """A client's numbers of any days, compared with those of `base`. Raises NoData."""
    found = read({client.pk: None}, days, base)[client.pk]
    return known(_gathered(client, found, days, base, metrics, compares=base is not None, is_blended=blend))


def known(gathered: Gathered) -> ReportData:
    """Its numbers. Raises NoData where there are none."""
    if gathered.data is None:
        raise NoData(no_numbers(gathered.days))
    return gathered.data


def spends_of(client: Client, course: Course, days: Days) -> dict[date, Decimal]:
    """What was spent on each of these days by the accounts of a course, where all of them are known."""
    accounts = AdAccount.objects.filter(client=client, platform=course.platform, currency=course.currency)
    rows = DailyMetric.objects.filter(account__in=accounts, date__range=(days.first, days.last))
    found: dict[date, list[Decimal]] = defaultdict(list)
    for day, spend in rows.values_list("date", "spend"):
        found[day].append(spend)
    count = accounts.count()
    return {day: sum(spends, Decimal()) for day, spends in found.items() if len(spends) == count}


def gaps(client: Client, days: Days) -> list[Gap]:
    """The days of each ad account of the client without a row, account by account."""
    return list(_gaps(read({client.pk: None}, days, None)[client.pk].rows, days))


def _gathered(
    client: Client,
    found: Found,
    days: Days,
    base: Days | None,
    selected: Sequence[Metric],
    *,
    compares: bool,
    is_blended: bool,
) -> Gathered:
    rows = found.rows
    blocks = _blocks(rows, days, base if compares else None)
    total = blend(blocks) if is_blended else None
    if total is not None:
        blocks.append(total)
    data = None
    if blocks:
        data = ReportData(
            client=client.name,
            days=days,
            base=base if compares else None,
            metrics=tuple(selected),
            blocks=tuple(blocks),
            uncovered=_uncovered(rows, days),
        )
    return Gathered(days, data, tuple(_gaps(rows, days)), found.readings, tuple(_courses(rows, days, base)))


def _blocks(rows: Iterable[Row], days: Days, base: Days | None) -> list[Block]:
    """One block per platform and currency that has numbers in the period: neither are added up."""
    return [
        Block(
            platform,
            currency,
            now=replace(_total(current), reach=_reach(found, days)),
            before=_before(found, days, base),
            missing=tuple(sorted({day for gap in _gaps(found, days) for day in gap.days})),
            by_day=_by_day(found, days),
            by_day_before=_by_day(found, base) if base else (),
        )
        for (platform, currency), found in _groups(rows)
        if (current := _within(found, days))
    ]


def _courses(rows: Iterable[Row], days: Days, base: Days | None) -> Iterable[Course]:
    for (platform, currency), found in _groups(rows):
        yield Course(platform, currency, _by_day(found, days), _by_day(found, base) if base else ())


def _reach(found: Sequence[Row], days: Days) -> int | None:
    """Of the one account that there is, where it was read for just these days and none of them lacks its other numbers:
    people reached by two accounts would count twice, and the frequency is made of both."""
    accounts = {row.account for row in found}
    if len(accounts) > 1 or any(_gaps(found, days)):
        return None
    reach, since, until = accounts.pop().reach
    return reach if (since, until) == (days.first, days.last) else None


def _by_day(found: Iterable[Row], days: Days) -> tuple[DayPoint, ...]:
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


def _uncovered(rows: Iterable[Row], days: Days) -> tuple[Uncovered, ...]:
    return tuple(Uncovered(*key) for key, found in _groups(rows) if not _within(found, days))


def _groups(rows: Iterable[Row]) -> list[tuple[tuple[Platform, str], list[Row]]]:
    groups: dict[tuple[Platform, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.account.platform, row.account.currency].append(row)
    return sorted(groups.items(), key=lambda item: _order(item[0]))


def _within(rows: Iterable[Row], days: Days) -> list[Row]:
    return [row for row in rows if row.day is not None and row.day in days]


def _order(key: tuple[Platform, str]) -> tuple[int, str]:
    platform, currency = key
    return list(Platform).index(platform), currency


def _before(found: Iterable[Row], days: Days, base: Days | None) -> Sums | None:
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


def _total(rows: Iterable[Row]) -> Sums:
    return metrics.total((row.account.currency, row.numbers) for row in rows)[1]


def _gaps(rows: Iterable[Row], days: Days) -> Iterable[Gap]:
    covered: dict[AccountKey, set[date]] = defaultdict(set)
    for row in rows:
        covered[row.account].add(row.day or date.min)
    for account, found in covered.items():
        missing = tuple(day for day in days.each if day not in found)
        if missing:
            yield Gap(account, missing)
