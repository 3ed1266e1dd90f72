"""When a report is due: each frequency, closed days, what a person took out, and what is done about a missed run."""

from __future__ import annotations

import zoneinfo
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.choices import Frequency
from reports.closures import Closures, Recess
from reports.outlook import outlook
from reports.schedule import (
    CATCH_UP,
    LAST_DAY,
    MOST_LOST,
    Plan,
    Schedule,
    day_of,
    next_occurrence,
    occurrence_key,
    plan,
)

ZONES = st.sampled_from(sorted(zoneinfo.available_timezones())).map(zoneinfo.ZoneInfo)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
INSTANTS = st.integers(0, 6 * 365 * 86400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def daily(at: str, zone: str = "America/Sao_Paulo") -> Schedule:
    return Schedule(Frequency.DAILY, time.fromisoformat(at), zoneinfo.ZoneInfo(zone))


def weekly(at: str, *weekdays: int, zone: str = "America/Sao_Paulo") -> Schedule:
    return Schedule(Frequency.WEEKLY, time.fromisoformat(at), zoneinfo.ZoneInfo(zone), weekdays=weekdays)


def every_other(week_of: str, *weekdays: int) -> Schedule:
    return replace(weekly("09:00", *weekdays), frequency=Frequency.BIWEEKLY, week_of=date.fromisoformat(week_of))


def monthly(at: str, day: int, zone: str = "America/Sao_Paulo") -> Schedule:
    return Schedule(Frequency.MONTHLY, time.fromisoformat(at), zoneinfo.ZoneInfo(zone), day_of_month=day)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days_of(schedule: Schedule, after: str, count: int) -> list[str]:
    """The local days of the next runs after an instant of UTC."""
    found: list[datetime] = []
    while len(found) < count and (at := next_occurrence(schedule, found[-1] if found else utc(after))) is not None:
        found.append(at)
    return [str(day_of(schedule, at)) for at in found]


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
        (weekly("08:00", 1, zone="Asia/Tokyo"), "2026-11-23T12:00", "2026-11-23T23:00"),
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
    assert outlook(schedule, utc("2026-11-24T12:00"), 5) == []


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        # 24 November 2026 is a Tuesday, after 09:00.
        (weekly("09:00", 0, 2, 4), ["2026-11-25", "2026-11-27", "2026-11-30", "2026-12-02"]),
        (weekly("09:00", 6, 1), ["2026-11-29", "2026-12-01", "2026-12-06", "2026-12-08"]),
        (weekly("09:00", *range(7)), ["2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28"]),
        # Every other week: this one, or the next.
        (every_other("2026-11-23", 0, 3), ["2026-11-26", "2026-12-07", "2026-12-10", "2026-12-21"]),
        (every_other("2026-12-06", 0, 3), ["2026-11-30", "2026-12-03", "2026-12-14", "2026-12-17"]),
        (every_other("2020-01-01", 2), ["2026-11-25", "2026-12-09", "2026-12-23", "2027-01-06"]),
        (monthly("09:00", LAST_DAY), ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]),
    ],
)
def test_the_days_that_a_schedule_names(schedule: Schedule, expected: list[str]) -> None:
    assert days_of(schedule, "2026-11-24T12:30", 4) == expected


def test_the_last_day_of_a_leap_february() -> None:
    assert days_of(monthly("09:00", LAST_DAY), "2028-02-01T12:00", 2) == ["2028-02-29", "2028-03-31"]


CHRISTMAS = Recess(date(2026, 12, 23), date(2027, 1, 2), "recesso")


@pytest.mark.parametrize(
    ("schedule", "closures", "after", "expected"),
    [
        # Easter 2026 is 5 April: Good Friday the 3rd. Tiradentes, 21 April, is a Tuesday.
        (weekly("09:00", 4), Closures(True), "2026-04-01", ["2026-04-10", "2026-04-17"]),
        (weekly("09:00", 4), Closures(False), "2026-04-01", ["2026-04-03", "2026-04-10"]),
        (weekly("09:00", 4), Closures(True, postpones=True), "2026-04-01", ["2026-04-06", "2026-04-10"]),
        (weekly("09:00", 1), Closures(True, postpones=True), "2026-04-15", ["2026-04-22", "2026-04-28"]),
        # Both days of carnival: Wednesday makes up for the two of them, once, and has a run of its own anyway.
        (weekly("09:00", 0, 1, 2), Closures(True, postpones=True), "2026-02-15", ["2026-02-18", "2026-02-23"]),
        (weekly("09:00", 0, 1), Closures(True, postpones=True), "2026-02-15", ["2026-02-18", "2026-02-23"]),
        # Friday is a holiday, Saturday an open day with a run: Friday's still comes on Monday.
        (weekly("09:00", 4, 5), Closures(True, postpones=True), "2026-04-01", ["2026-04-04", "2026-04-06"]),
        # A pause, and the first working day after it: 1 January is a holiday, the 2nd is still in it, then a weekend.
        (daily("09:00"), Closures(False, (CHRISTMAS,)), "2026-12-22", ["2026-12-22", "2027-01-03"]),
        (weekly("09:00", 0), Closures(False, (CHRISTMAS,)), "2026-12-22", ["2027-01-04", "2027-01-11"]),
        (weekly("09:00", 2), Closures(False, (CHRISTMAS,), True), "2026-12-22", ["2027-01-04", "2027-01-06"]),
        (monthly("09:00", LAST_DAY), Closures(False, (CHRISTMAS,), True), "2026-12-01", ["2027-01-04", "2027-01-31"]),
        # A working day is no holiday, also where holidays are not left out.
        (
            monthly("09:00", LAST_DAY),
            Closures(False, (Recess(date(2026, 12, 30), date(2026, 12, 31)),), True),
            "2026-12-01",
            ["2027-01-04", "2027-01-31"],
        ),
    ],
)
def test_closed_days_are_left_out_or_made_up_for(
    schedule: Schedule, closures: Closures, after: str, expected: list[str]
) -> None:
    assert days_of(replace(schedule, closures=closures), f"{after}T03:00", 2) == expected


@pytest.mark.parametrize(
    ("skipped_on", "expected"),
    [
        ("2026-11-25", ["2026-11-26", "2026-11-27"]),
        ("2026-11-26", ["2026-11-25", "2026-11-27"]),
        ("2026-11-23", ["2026-11-25", "2026-11-26"]),
    ],
)
def test_exactly_the_run_that_was_taken_out_does_not_run(skipped_on: str, expected: list[str]) -> None:
    schedule = replace(daily("09:00"), skipped_on=date.fromisoformat(skipped_on))

    assert days_of(schedule, "2026-11-24T12:30", 2) == expected


def test_a_run_that_was_taken_out_is_not_made_up_for_either() -> None:
    closures = Closures(True, postpones=True)
    good_friday = replace(weekly("09:00", 4), closures=closures, skipped_on=date(2026, 4, 3))
    monday_after = replace(weekly("09:00", 4), closures=closures, skipped_on=date(2026, 4, 6))

    assert days_of(good_friday, "2026-04-01T12:00", 1) == ["2026-04-10"]
    assert days_of(monday_after, "2026-04-01T12:00", 1) == ["2026-04-10"]


def test_what_is_older_than_the_schedule_is_not_made_up_for() -> None:
    schedule = replace(weekly("09:00", 4), closures=Closures(True, postpones=True), made_up_from=date(2026, 4, 4))

    assert days_of(schedule, "2026-04-04T12:00", 1) == ["2026-04-10"]


def test_what_was_due_on_a_day_that_was_closed_since_is_not_made_up_for() -> None:
    """The client moved to another zone while it was due: it runs, so nothing is left to be made up for on Monday."""
    friday = utc("2026-04-03T12:00")
    schedule = replace(weekly("09:00", 4), closures=Closures(True, postpones=True))

    assert plan(schedule, friday, friday) == Plan(lost=(), run=friday, next=utc("2026-04-10T12:00"))


def test_missed_runs_are_told_of_but_not_those_of_closed_days() -> None:
    schedule = replace(daily("09:00"), closures=Closures(True))

    made = plan(schedule, utc("2026-12-24T12:00"), utc("2026-12-28T12:00"))

    assert [day_of(schedule, at).day for at in made.lost] == [24, 26, 27]
    assert made.run == utc("2026-12-28T12:00")


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
