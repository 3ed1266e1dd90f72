"""Ten years of a client's schedule, run as the sweep runs it, against a calendar that shares no step with the code.

Each occurrence fires exactly once, none early, none lost, and no local day has two, over zones, edits, pauses, moves to
another zone and runs that somebody takes out.
"""

from __future__ import annotations

import calendar
import zoneinfo
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.easter import easter
from hypothesis import given, settings
from hypothesis import strategies as st

from agency.models import Agency, Client
from reports import planning, skipping
from reports.models import ReportSettings
from reports.schedule import CATCH_UP, day_of, plan

DAY = timedelta(days=1)
YEARS = timedelta(days=10 * 365)
ZONE_NAMES = st.sampled_from(sorted(zoneinfo.available_timezones()))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 6 * 365 * 86400).map(lambda seconds: BEGIN + timedelta(seconds=seconds))


@dataclass(frozen=True)
class Rule:
    """What a person chooses in the editor."""

    frequency: str
    at: time
    weekdays: tuple[int, ...]
    odd_weeks: bool
    day_of_month: int
    skips_holidays: bool
    postpones: bool

    def columns(self) -> dict[str, Any]:
        return {
            "frequency": self.frequency,
            "time_of_day": self.at,
            "weekdays": self.weekdays,
            "week_of": date(2030, 7, 3) + 7 * DAY * self.odd_weeks,
            "day_of_month": self.day_of_month,
            "skip_holidays": self.skips_holidays,
            "when_closed": "postpone" if self.postpones else "skip",
        }

    def names(self, day: date) -> bool:
        if self.frequency == "daily":
            return True
        if self.frequency == "monthly":
            last = calendar.monthrange(day.year, day.month)[1]
            return day.day == (last if self.day_of_month == 31 else self.day_of_month)
        weeks = (day - date(2030, 7, 1)).days // 7
        return day.weekday() in self.weekdays and (self.frequency == "weekly" or weeks % 2 == self.odd_weeks)


RULES = st.builds(
    Rule,
    frequency=st.sampled_from(["weekly", "biweekly", "monthly", "daily"]),
    at=TIMES,
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    odd_weeks=st.booleans(),
    day_of_month=st.integers(1, 28) | st.just(31),
    skips_holidays=st.booleans(),
    postpones=st.booleans(),
)
#: What happens to a client in ten years: a saved edit, a move, a pause of the agency's, a run taken out. Each so many
#: seconds after the one before, often within the same week.
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 7 * 86400) | st.integers(0, 700 * 86400),
        RULES
        | st.tuples(st.just("zone"), ZONE_NAMES)
        | st.tuples(st.just("pause"), st.integers(-2, 9), st.integers(2, 30))
        | st.just(("skip",)),
    ),
    max_size=12,
)


def local_to_utc(naive: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    """When a clock of that zone first shows this time, found by trying the zone's offsets around that day. In a gap of
    the clock it counts on with the offset from before it."""
    around = [(naive + timedelta(hours=hours)).replace(tzinfo=UTC) for hours in range(-48, 49, 6)]
    offsets = [at.astimezone(zone).utcoffset() or timedelta(0) for at in around]
    candidates = {(naive - offset).replace(tzinfo=UTC) for offset in offsets}
    shown = [at for at in candidates if at.astimezone(zone).replace(tzinfo=None) == naive]
    if shown:
        return min(shown)
    jump = next(number for number, offset in enumerate(offsets) if offset != offsets[0])
    return (naive - offsets[jump - 1]).replace(tzinfo=UTC)


def holidays(year: int) -> set[date]:
    fixed = {(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (11, 20), (12, 25)}
    return {date(year, *day) for day in fixed} | {easter(year) + days * DAY for days in (-48, -47, -2, 60)}


@dataclass
class Almanac:
    """What should fire, by building each rule's whole calendar anew."""

    rule: Rule
    zone: zoneinfo.ZoneInfo
    counts_from: date
    pauses: list[tuple[date, date]] = field(default_factory=list)
    skipped: date | None = None
    last: date | None = None
    fired: list[datetime] = field(default_factory=list)

    def is_closed(self, day: date) -> bool:
        is_holiday = self.rule.skips_holidays and day in holidays(day.year)
        return is_holiday or any(first <= day <= last for first, last in self.pauses)

    def is_working(self, day: date) -> bool:
        paused = any(first <= day <= last for first, last in self.pauses)
        return day.isoweekday() <= 5 and day not in holidays(day.year) and not paused

    def runs(self, after: datetime, until: datetime) -> list[tuple[datetime, date]]:
        first, end = after.date() - 100 * DAY, until.date() + 3 * DAY
        days: set[date] = set()
        for number in range((end - first).days):
            day = target = first + number * DAY
            if not self.rule.names(day):
                continue
            if self.is_closed(day):
                if not self.rule.postpones or day < self.counts_from or day == self.skipped:
                    continue
                target += DAY
                while not self.is_working(target):
                    target += DAY
            days.add(target)
        days = {day for day in days if self.last is None or day > self.last}
        found: dict[datetime, date] = {}
        for day in sorted(days - {self.skipped}):
            found.setdefault(local_to_utc(datetime.combine(day, self.rule.at), self.zone), day)
        return sorted((at, day) for at, day in found.items() if after < at <= until)

    def run(self, after: datetime, until: datetime) -> None:
        for at, day in self.runs(after, until):
            self.fired.append(at)
            self.last = day

    def begin(self, rule: Rule, now: datetime) -> None:
        """Of a new rule that names other days, only what comes later counts."""
        days = replace(self.rule, at=rule.at)
        if rule.frequency == days.frequency:
            hidden = {
                "daily": ("weekdays", "odd_weeks", "day_of_month"),
                "weekly": ("odd_weeks", "day_of_month"),
                "biweekly": ("day_of_month",),
                "monthly": ("weekdays", "odd_weeks"),
            }[rule.frequency]
            days = replace(days, **{name: getattr(rule, name) for name in hidden})
        names_other_days = days != rule
        if names_other_days or rule.at != self.rule.at:
            self.skipped = None
        self.rule = rule
        if names_other_days:
            self.counts_from = self.first_day(now)

    def first_day(self, now: datetime) -> date:
        day = now.astimezone(self.zone).date()
        if local_to_utc(datetime.combine(day, self.rule.at), self.zone) <= now:
            day += DAY
        return day if self.last is None else max(day, self.last + DAY)

    def pause(self, first: date, last: date) -> None:
        """A day that has had its report is settled, and all before it."""
        was_open = self.last is not None and not self.is_closed(self.last)
        self.pauses.append((first, last))
        if was_open and self.last and self.is_closed(self.last):
            self.counts_from = self.last + DAY

    def skip(self, now: datetime) -> None:
        if self.skipped and replace(self, skipped=None).has_run_on(self.skipped, now):
            return
        self.skipped = None
        ((_, self.skipped), *_) = self.runs(now, now + 200 * DAY)

    def has_run_on(self, day: date, now: datetime) -> bool:
        return any(day == of for _, of in replace(self, last=None).runs(now, now + 200 * DAY))


class Row:
    """A client's settings as the product keeps them, without a database."""

    def __init__(self, rule: Rule, zone: str, now: datetime) -> None:
        self.client = Client(agency=Agency(time_zone="America/Sao_Paulo"), time_zone=zone)
        self.settings = ReportSettings(client=self.client, active=True, **rule.columns())
        self.fired: list[datetime] = []
        planning.reschedule(self.settings, None, now)

    def sweep(self, until: datetime) -> None:
        """Claim all that is due, each at its moment."""
        settings = self.settings
        while settings.next_run_at and settings.next_run_at <= until:
            schedule = settings.schedule
            made = plan(schedule, settings.next_run_at, settings.next_run_at)
            assert made.run is not None
            assert made.lost == ()
            self.fired.append(made.run)
            settings.last_run_on, settings.next_run_at = day_of(schedule, made.run), made.next

    def save(self, now: datetime, **columns: Any) -> None:
        before = planning.schedule_in_force(self.settings)
        for name, value in columns.items():
            setattr(self.settings, name, value)
        planning.reschedule(self.settings, before, now)

    def move(self, zone: str, now: datetime) -> None:
        self.client.time_zone = zone
        planning.set_next_run(self.settings, now)

    def skip(self, now: datetime) -> None:
        settings = self.settings
        if skipping.pending(settings.schedule, now) is None and settings.next_run_at:
            settings.skipped_on = day_of(settings.schedule, settings.next_run_at)
            planning.set_next_run(settings, now)


@settings(max_examples=15, deadline=None)
@given(start=INSTANTS, rule=RULES, zone=ZONE_NAMES, events=EVENTS)
def test_over_ten_years_of_edits_each_occurrence_fires_exactly_once(
    start: datetime, rule: Rule, zone: str, events: list[tuple[int, Any]]
) -> None:
    row = Row(rule, zone, start)
    almanac = Almanac(rule, zoneinfo.ZoneInfo(zone), date.min)
    almanac.counts_from = almanac.first_day(start)
    now = start
    for seconds, event in events:
        then = now + timedelta(seconds=seconds)
        row.sweep(then)
        almanac.run(now, then)
        now = then
        if isinstance(event, Rule):
            row.save(now, **event.columns())
            almanac.begin(event, now)
        elif event[0] == "zone":
            row.move(event[1], now)
            almanac.zone = zoneinfo.ZoneInfo(event[1])
        elif event[0] == "pause":
            first = now.astimezone(almanac.zone).date() + event[1] * DAY
            last = first + event[2] * DAY
            row.save(now, agency_pauses=[*row.settings.agency_pauses, [f"{first}", f"{last}", ""]])
            almanac.pause(first, last)
        else:
            row.skip(now)
            almanac.skip(now)
    end = max(now, start + YEARS)
    row.sweep(end)
    almanac.run(now, end)

    assert row.fired == almanac.fired


@settings(max_examples=15, deadline=None)
@given(
    start=INSTANTS,
    rule=RULES,
    zone=ZONE_NAMES,
    late=st.lists(st.integers(0, int(CATCH_UP.total_seconds())), min_size=1, max_size=20),
)
def test_over_five_years_a_late_sweep_loses_and_doubles_nothing(
    start: datetime, rule: Rule, zone: str, late: list[int]
) -> None:
    row = Row(rule, zone, start)
    schedule, due = row.settings.schedule, row.settings.next_run_at
    almanac = Almanac(rule, zoneinfo.ZoneInfo(zone), date.min)
    almanac.counts_from = almanac.first_day(start)
    end, fired = start + YEARS / 2, []
    while due is not None and due <= end:
        made = plan(schedule, due, due + timedelta(seconds=late[len(fired) % len(late)]))
        assert (made.run, made.lost) == (due, ())
        fired.append(due)
        due = made.next
    almanac.run(start, end)

    assert fired == almanac.fired
