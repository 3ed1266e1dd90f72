from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.choices import Frequency
from reports.schedule import (
    CATCH_UP,
    MOST_LOST,
    Plan,
    Schedule,
    day_of,
    next_occurrence,
    occurrence_key,
    plan,
    upcoming,
)

ZONES = st.sampled_from(sorted(zoneinfo.available_timezones())).map(zoneinfo.ZoneInfo)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
INSTANTS = st.integers(0, 6 * 365 * 86400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def daily(at: str, zone: str = "America/Sao_Paulo") -> Schedule:
    return Schedule(Frequency.DAILY, time.fromisoformat(at), zoneinfo.ZoneInfo(zone))


def weekly(at: str, weekday: int, zone: str = "America/Sao_Paulo") -> Schedule:
    return Schedule(Frequency.WEEKLY, time.fromisoformat(at), zoneinfo.ZoneInfo(zone), weekday=weekday)


def monthly(at: str, day: int, zone: str = "America/Sao_Paulo") -> Schedule:
    return Schedule(Frequency.MONTHLY, time.fromisoformat(at), zoneinfo.ZoneInfo(zone), day_of_month=day)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        (daily("09:00"), "2026-11-24T11:59", "2026-11-24T12:00"),
        # Strictly after: the occurrence that just ran is not the next one.
        (daily("09:00"), "2026-11-24T12:00", "2026-11-25T12:00"),
        (daily("09:00"), "2026-11-24T12:00:01", "2026-11-25T12:00"),
        # 23:30 in São Paulo is the next day in UTC.
        (daily("23:30"), "2026-11-24T12:00", "2026-11-25T02:30"),
        (daily("00:00"), "2026-11-24T03:00", "2026-11-25T03:00"),
        (daily("09:00", "Asia/Tokyo"), "2026-11-24T12:00", "2026-11-25T00:00"),
        # New York, 8 March 2026: 02:30 does not exist; it runs an hour later by the clock, and only once.
        (daily("02:30", "America/New_York"), "2026-03-07T12:00", "2026-03-08T07:30"),
        (daily("02:30", "America/New_York"), "2026-03-08T07:30", "2026-03-09T06:30"),
        # New York, 1 November 2026: 01:30 comes twice; the first one counts.
        (daily("01:30", "America/New_York"), "2026-10-31T12:00", "2026-11-01T05:30"),
        (daily("01:30", "America/New_York"), "2026-11-01T05:30", "2026-11-02T06:30"),
        # 09:00 stays 09:00 on the clock across both.
        (daily("09:00", "America/New_York"), "2026-03-07T15:00", "2026-03-08T13:00"),
        (daily("09:00", "America/New_York"), "2026-10-31T14:00", "2026-11-01T14:00"),
        # Samoa left out 30 December 2011: that day's run and the next day's are one.
        (daily("09:00", "Pacific/Apia"), "2011-12-29T19:00", "2011-12-30T19:00"),
        (daily("09:00", "Pacific/Apia"), "2011-12-30T19:00", "2011-12-31T19:00"),
        # 24 November 2026 is a Tuesday.
        (weekly("09:00", 0), "2026-11-24T12:00", "2026-11-30T12:00"),
        (weekly("09:00", 1), "2026-11-24T11:59", "2026-11-24T12:00"),
        (weekly("09:00", 1), "2026-11-24T12:00", "2026-12-01T12:00"),
        (weekly("09:00", 6), "2026-11-24T12:00", "2026-11-29T12:00"),
        # Monday 23:30 in São Paulo is Tuesday in UTC; Tuesday 08:00 in Tokyo is still Monday there.
        (weekly("23:30", 0), "2026-11-24T02:29", "2026-11-24T02:30"),
        (weekly("08:00", 1, "Asia/Tokyo"), "2026-11-23T12:00", "2026-11-23T23:00"),
        (monthly("09:00", 1), "2026-11-24T12:00", "2026-12-01T12:00"),
        (monthly("09:00", 24), "2026-11-24T11:59", "2026-11-24T12:00"),
        (monthly("09:00", 24), "2026-11-24T12:00", "2026-12-24T12:00"),
        (monthly("09:00", 28), "2027-01-29T12:00", "2027-02-28T12:00"),
        (monthly("23:30", 28), "2028-02-29T02:29", "2028-02-29T02:30"),
    ],
)
def test_next_occurrence(schedule: Schedule, after: str, expected: str) -> None:
    assert next_occurrence(schedule, utc(after)) == utc(expected)


def test_a_manual_schedule_has_no_occurrence() -> None:
    schedule = Schedule(Frequency.MANUAL, time(9), zoneinfo.ZoneInfo("America/Sao_Paulo"))

    assert next_occurrence(schedule, utc("2026-11-24T12:00")) is None
    assert upcoming(schedule, utc("2026-11-24T12:00"), 5) == []


def test_upcoming_lists_the_next_ones() -> None:
    found = upcoming(weekly("08:00", 0), utc("2026-11-24T12:00"), 3)

    assert found == [utc("2026-11-30T11:00"), utc("2026-12-07T11:00"), utc("2026-12-14T11:00")]


@pytest.mark.parametrize(
    ("schedule", "day", "expected"),
    [
        # Today's has run at 09:00; an hour later somebody sets 15:00, or the client moves to Manaus.
        (daily("15:00"), "2026-11-24", "2026-11-25T18:00"),
        (daily("09:00", "America/Manaus"), "2026-11-24", "2026-11-25T13:00"),
        (daily("15:00"), "2026-11-23", "2026-11-24T18:00"),
        (weekly("15:00", 1), "2026-11-24", "2026-12-01T18:00"),
        (monthly("15:00", 24), "2026-11-24", "2026-12-24T18:00"),
    ],
)
def test_a_day_that_had_its_report_gets_no_second_one(schedule: Schedule, day: str, expected: str) -> None:
    after = utc("2026-11-24T12:30")

    assert next_occurrence(schedule, after, later_than_day=date.fromisoformat(day)) == utc(expected)


def test_a_jump_over_midnight_takes_no_day_away() -> None:
    """In Nuuk the clocks go from 23:00 to 24:00 on a Saturday: its 23:30 comes at 00:30 of Sunday by the clock."""
    schedule = daily("23:30", "America/Nuuk")
    saturday, sunday = utc("2027-03-28T01:30"), utc("2027-03-29T00:30")

    assert saturday.astimezone(schedule.zone).date() == date(2027, 3, 28)
    assert day_of(schedule, saturday) == date(2027, 3, 27)
    assert plan(schedule, saturday, saturday) == Plan(lost=(), run=saturday, next=sunday)
    assert next_occurrence(schedule, saturday, later_than_day=day_of(schedule, saturday)) == sunday


def local_to_utc(naive: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    """When a clock of that zone first shows this time, found by trying the zone's offsets around that day: an oracle
    that shares no step with the code. In a gap of the clock it counts on with the offset from before."""
    around = [(naive + timedelta(hours=hours)).replace(tzinfo=UTC) for hours in range(-48, 49, 6)]
    offsets = [at.astimezone(zone).utcoffset() or timedelta(0) for at in around]
    candidates = [(naive - offset).replace(tzinfo=UTC) for offset in offsets]
    shown = [at for at in candidates if at.astimezone(zone).replace(tzinfo=None) == naive]
    if shown:
        return min(shown)
    jump = next(number for number, offset in enumerate(offsets) if offset != offsets[0])
    return (naive - offsets[jump - 1]).replace(tzinfo=UTC)


@settings(max_examples=60, deadline=None)
@given(
    start=INSTANTS,
    at=TIMES,
    zone=ZONES,
    frequency=st.sampled_from([Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY]),
    weekday=st.integers(0, 6),
    day_of_month=st.integers(1, 28),
    late=st.lists(st.integers(0, int(CATCH_UP.total_seconds())), min_size=1, max_size=20),
)
def test_over_five_years_each_occurrence_fires_exactly_once(
    start: datetime,
    at: time,
    zone: zoneinfo.ZoneInfo,
    frequency: Frequency,
    weekday: int,
    day_of_month: int,
    late: list[int],
) -> None:
    """As the sweep does it, up to six hours late each time: what runs is what the calendar says, no more, no less."""
    schedule = Schedule(frequency, at, zone, weekday=weekday, day_of_month=day_of_month)
    end = start + timedelta(days=5 * 365)
    fired: list[datetime] = []
    due = next_occurrence(schedule, start)
    while due is not None and due <= end:
        made = plan(schedule, due, due + timedelta(seconds=late[len(fired) % len(late)]))
        assert made.lost == ()
        assert made.run == due
        fired.append(made.run)
        due = made.next

    first_day = start.astimezone(zone).date() - timedelta(days=2)
    days = [first_day + timedelta(days=number) for number in range(5 * 365 + 5)]
    wanted = {
        Frequency.DAILY: lambda day: True,
        Frequency.WEEKLY: lambda day: day.isoweekday() == weekday + 1,
        Frequency.MONTHLY: lambda day: day.day == day_of_month,
    }[frequency]
    calendar = {local_to_utc(datetime.combine(day, at), zone) for day in days if wanted(day)}
    assert fired == sorted(instant for instant in calendar if start < instant <= end)


@given(INSTANTS, TIMES, ZONES)
def test_next_occurrence_is_later_within_two_days_and_none_lies_between(
    after: datetime, at: time, zone: zoneinfo.ZoneInfo
) -> None:
    schedule = Schedule(Frequency.DAILY, at, zone)
    following = next_occurrence(schedule, after)

    assert timedelta(0) < following - after <= timedelta(hours=49)
    assert next_occurrence(schedule, following - timedelta(seconds=1)) == following


@given(INSTANTS, TIMES, ZONES, st.integers(min_value=1, max_value=60))
def test_each_local_day_has_one_occurrence(after: datetime, at: time, zone: zoneinfo.ZoneInfo, days: int) -> None:
    schedule = Schedule(Frequency.DAILY, at, zone)
    fired = [next_occurrence(schedule, after)]
    while len(fired) <= days:
        fired.append(next_occurrence(schedule, fired[-1]))

    first, last = (instant.astimezone(zone).date() for instant in (fired[0], fired[-1]))
    assert len(set(fired)) == len(fired)
    # A jump over midnight may carry one day's occurrence into the next day by the clock, never more than that.
    assert abs((last - first).days - days) <= 1


@pytest.mark.parametrize(
    ("late", "lost", "runs"),
    [
        (timedelta(0), 0, True),
        (timedelta(seconds=30), 0, True),
        (CATCH_UP, 0, True),
        (CATCH_UP + timedelta(seconds=1), 1, False),
        (timedelta(hours=23), 1, False),
        (timedelta(hours=25), 1, True),  # yesterday's is lost, today's is an hour late
        (timedelta(days=3, hours=7), 4, False),
        (timedelta(days=100), MOST_LOST, True),
    ],
)
def test_plan(late: timedelta, lost: int, runs: bool) -> None:
    due = utc("2026-11-01T12:00")
    now = due + late
    made = plan(daily("09:00"), due, now)

    assert len(made.lost) == lost
    assert (made.run is not None) == runs
    assert made.next > now
    assert made.next - now <= timedelta(days=1)
    if made.run is not None:
        assert now - made.run <= CATCH_UP


def test_plan_of_an_edited_schedule_runs_what_was_due() -> None:
    """The row was due at 09:00 when somebody set it to 15:00: 09:00 still runs, and 15:00 is next, on the next day:
    nobody gets a second daily report on one day."""
    made = plan(daily("15:00"), utc("2026-11-24T12:00"), utc("2026-11-24T12:01"))

    assert (made.lost, made.run, made.next) == ((), utc("2026-11-24T12:00"), utc("2026-11-25T18:00"))


def test_occurrence_key_is_in_utc() -> None:
    at = datetime(2026, 11, 24, 9, tzinfo=zoneinfo.ZoneInfo("America/Sao_Paulo"))

    assert occurrence_key(at) == "2026-11-24T12:00Z"
