"""What lies ahead of a schedule, with what is left out and why; and that it says what will really run."""

from __future__ import annotations

import zoneinfo
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.choices import Frequency
from reports.closures import Closures, Recess
from reports.outlook import Coming, LeftOut, outlook
from reports.schedule import Schedule, next_occurrence

SAO_PAULO = zoneinfo.ZoneInfo("America/Sao_Paulo")
DAILY = Schedule(Frequency.DAILY, time(9), SAO_PAULO)
RECESS = Recess(date(2026, 12, 23), date(2027, 1, 2), "Recesso")
WHY = "pausa da agência (Recesso)"


def days(found: list[Coming | LeftOut]) -> list[str]:
    return [str(each.day) for each in found if isinstance(each, Coming)]


def left_out(found: list[Coming | LeftOut]) -> list[LeftOut]:
    return [each for each in found if isinstance(each, LeftOut)]


def test_a_pause_is_one_line_and_a_holiday_another() -> None:
    schedule = replace(DAILY, closures=Closures(True, (replace(RECESS, first=date(2026, 12, 26)),)))

    found = outlook(schedule, datetime(2026, 12, 23, 3, tzinfo=UTC), 3)

    assert days(found) == ["2026-12-23", "2026-12-24", "2027-01-03"]
    assert found[2:4] == [
        LeftOut(date(2026, 12, 25), date(2026, 12, 25), 1, "Natal"),
        LeftOut(date(2026, 12, 26), date(2027, 1, 2), 8, WHY),
    ]


def test_what_is_made_up_for_says_when() -> None:
    monday = Schedule(Frequency.WEEKLY, time(9), SAO_PAULO, closures=Closures(True, postpones=True))

    found = outlook(monday, datetime(2026, 9, 1, 3, tzinfo=UTC), 2)

    assert found[0] == LeftOut(date(2026, 9, 7), date(2026, 9, 7), 1, "Independência do Brasil", date(2026, 9, 8))
    assert days(found) == ["2026-09-08", "2026-09-14"]


def test_a_run_that_was_taken_out_is_shown_until_its_hour() -> None:
    schedule = replace(DAILY, skipped_on=date(2026, 11, 24))

    before = outlook(schedule, datetime(2026, 11, 24, 11, 59, tzinfo=UTC), 1)
    after = outlook(schedule, datetime(2026, 11, 24, 12, tzinfo=UTC), 1)

    assert [each.is_skipped for each in left_out(before)] == [True]
    assert left_out(after) == []
    assert days(before) == days(after) == ["2026-11-25"]


@settings(max_examples=40, deadline=None)
@given(
    after=st.integers(0, 5 * 365 * 24).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    frequency=st.sampled_from([Frequency.DAILY, Frequency.WEEKLY, Frequency.BIWEEKLY, Frequency.MONTHLY]),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda chosen: tuple(sorted(chosen))),
    closures=st.builds(
        Closures,
        st.booleans(),
        st.integers(0, 5 * 365).map(
            lambda number: (Recess(date(2026, 1, 1) + timedelta(number), date(2026, 1, 20) + timedelta(number)),)
        ),
        st.booleans(),
    ),
    skipped=st.none() | st.integers(0, 40),
)
def test_it_says_what_will_run(
    after: datetime, frequency: Frequency, weekdays: tuple[int, ...], closures: Closures, skipped: int | None
) -> None:
    day = None if skipped is None else after.date() + timedelta(days=skipped)
    schedule = Schedule(frequency, time(9), SAO_PAULO, weekdays, closures=closures, skipped_on=day)

    found = outlook(schedule, after, 5)

    at: datetime | None = after
    for each in found:
        if isinstance(each, Coming):
            assert at is not None
            at = next_occurrence(schedule, at)
            assert each.at == at
    assert len(days(found)) == 5
