from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.choices import Frequency
from reports.schedule import CATCH_UP, MOST_LOST, Schedule, next_occurrence, occurrence_key, plan

ZONES = st.sampled_from(sorted(zoneinfo.available_timezones())).map(zoneinfo.ZoneInfo)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
INSTANTS = st.integers(0, 6 * 365 * 86400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def daily(at: str, zone: str = "America/Sao_Paulo") -> Schedule:
    return Schedule(Frequency.DAILY, time.fromisoformat(at), zoneinfo.ZoneInfo(zone))


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
    ],
)
def test_next_occurrence(schedule: Schedule, after: str, expected: str) -> None:
    assert next_occurrence(schedule, utc(after)) == utc(expected)


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
