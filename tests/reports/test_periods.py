from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.choices import Period
from reports.periods import Days, days_before, days_of, local_day

SAO_PAULO = zoneinfo.ZoneInfo("America/Sao_Paulo")
ZONES = st.sampled_from(sorted(zoneinfo.available_timezones())).map(zoneinfo.ZoneInfo)
INSTANTS = st.integers(0, 6 * 365 * 86400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@pytest.mark.parametrize(
    ("period", "at", "zone", "first", "last"),
    [
        (Period.YESTERDAY, "2026-11-24T12:00", "America/Sao_Paulo", "2026-11-23", "2026-11-23"),
        (Period.LAST_7_DAYS, "2026-11-24T12:00", "America/Sao_Paulo", "2026-11-17", "2026-11-23"),
        # 01:30 in UTC is still the day before in Brazil; 23:30 is the next day in Japan.
        (Period.YESTERDAY, "2026-11-24T01:30", "America/Sao_Paulo", "2026-11-22", "2026-11-22"),
        (Period.YESTERDAY, "2026-11-23T23:30", "Asia/Tokyo", "2026-11-23", "2026-11-23"),
        # Across a month, a year and a leap day.
        (Period.LAST_7_DAYS, "2026-12-03T12:00", "America/Sao_Paulo", "2026-11-26", "2026-12-02"),
        (Period.LAST_7_DAYS, "2027-01-01T12:00", "America/Sao_Paulo", "2026-12-25", "2026-12-31"),
        (Period.YESTERDAY, "2028-03-01T12:00", "America/Sao_Paulo", "2028-02-29", "2028-02-29"),
        (Period.LAST_30_DAYS, "2026-11-24T12:00", "America/Sao_Paulo", "2026-10-25", "2026-11-23"),
        (Period.LAST_30_DAYS, "2028-03-01T12:00", "America/Sao_Paulo", "2028-01-31", "2028-02-29"),
        (Period.THIS_MONTH, "2026-11-24T12:00", "America/Sao_Paulo", "2026-11-01", "2026-11-23"),
        (Period.THIS_MONTH, "2026-11-02T12:00", "America/Sao_Paulo", "2026-11-01", "2026-11-01"),
        # On the 1st the month has no complete day yet.
        (Period.THIS_MONTH, "2026-11-01T12:00", "America/Sao_Paulo", "2026-10-01", "2026-10-31"),
        (Period.THIS_MONTH, "2027-01-01T12:00", "America/Sao_Paulo", "2026-12-01", "2026-12-31"),
        # The 1st in UTC is still the 31st in Brazil.
        (Period.THIS_MONTH, "2026-11-01T01:00", "America/Sao_Paulo", "2026-10-01", "2026-10-30"),
        (Period.LAST_MONTH, "2026-11-24T12:00", "America/Sao_Paulo", "2026-10-01", "2026-10-31"),
        (Period.LAST_MONTH, "2026-11-01T12:00", "America/Sao_Paulo", "2026-10-01", "2026-10-31"),
        (Period.LAST_MONTH, "2026-11-01T01:00", "America/Sao_Paulo", "2026-09-01", "2026-09-30"),
        (Period.LAST_MONTH, "2027-01-15T12:00", "America/Sao_Paulo", "2026-12-01", "2026-12-31"),
        (Period.LAST_MONTH, "2028-03-31T12:00", "America/Sao_Paulo", "2028-02-01", "2028-02-29"),
    ],
)
def test_days_of(period: Period, at: str, zone: str, first: str, last: str) -> None:
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)

    found = days_of(period, instant, zoneinfo.ZoneInfo(zone))

    assert found == Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("period", "days", "base"),
    [
        (Period.LAST_30_DAYS, ("2026-10-25", "2026-11-23"), ("2026-09-25", "2026-10-24")),
        # As many days also where they happen to be a calendar month.
        (Period.LAST_30_DAYS, ("2026-11-01", "2026-11-30"), ("2026-10-02", "2026-10-31")),
        # Month to date: the same days of the month before.
        (Period.THIS_MONTH, ("2026-11-01", "2026-11-23"), ("2026-10-01", "2026-10-23")),
        (Period.THIS_MONTH, ("2027-01-01", "2027-01-02"), ("2026-12-01", "2026-12-02")),
        (Period.THIS_MONTH, ("2027-03-01", "2027-03-30"), ("2027-02-01", "2027-02-28")),
        (Period.THIS_MONTH, ("2028-02-01", "2028-02-28"), ("2028-01-01", "2028-01-28")),
        # Whole months, whatever their length.
        (Period.THIS_MONTH, ("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")),
        (Period.LAST_MONTH, ("2028-02-01", "2028-02-29"), ("2028-01-01", "2028-01-31")),
        (Period.LAST_MONTH, ("2027-03-01", "2027-03-31"), ("2027-02-01", "2027-02-28")),
        (Period.LAST_MONTH, ("2027-01-01", "2027-01-31"), ("2026-12-01", "2026-12-31")),
    ],
)
def test_days_before(period: Period, days: tuple[str, str], base: tuple[str, str]) -> None:
    first, last = map(date.fromisoformat, days)
    expected = Days(*map(date.fromisoformat, base))

    assert days_before(period, Days(first, last)) == expected


@given(st.sampled_from([Period.YESTERDAY, Period.LAST_7_DAYS, Period.LAST_30_DAYS]), INSTANTS, ZONES)
def test_a_period_ends_yesterday_and_its_base_the_day_before_it_begins(
    period: Period, at: datetime, zone: zoneinfo.ZoneInfo
) -> None:
    days = days_of(period, at, zone)
    base = days_before(period, days)

    assert days.last == at.astimezone(zone).date() - timedelta(days=1)
    assert base.last == days.first - timedelta(days=1)
    assert base.count == days.count


@given(st.sampled_from(Period), INSTANTS, ZONES)
def test_no_period_holds_the_day_of_the_run_or_meets_its_base(
    period: Period, at: datetime, zone: zoneinfo.ZoneInfo
) -> None:
    days = days_of(period, at, zone)
    base = days_before(period, days)

    assert base.first <= base.last < days.first <= days.last < at.astimezone(zone).date()


@given(st.sampled_from([Period.THIS_MONTH, Period.LAST_MONTH]), INSTANTS, ZONES)
def test_months_begin_on_the_first_and_are_compared_with_the_month_before(
    period: Period, at: datetime, zone: zoneinfo.ZoneInfo
) -> None:
    days = days_of(period, at, zone)
    base = days_before(period, days)

    assert (days.first.day, base.first.day) == (1, 1)
    assert (days.first - timedelta(days=1)).replace(day=1) == base.first
    assert base.is_whole_month or (not days.is_whole_month and base.count == days.count)


def test_an_instant_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        local_day(datetime(2026, 11, 24, 12), SAO_PAULO)  # noqa: DTZ001


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Days(date(2026, 11, 24), date(2026, 11, 23))


def test_a_day_is_in_its_period() -> None:
    days = Days(date(2026, 11, 17), date(2026, 11, 23))

    assert [day in days for day in (date(2026, 11, 16), days.first, days.last, date(2026, 11, 24))] == [
        False,
        True,
        True,
        False,
    ]
