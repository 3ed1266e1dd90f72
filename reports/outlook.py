"""What a schedule has ahead: its next runs, and between them the dates that are left out, with the reason. Pure.

It says what `schedule.next_occurrence` will do; it decides nothing of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reports.choices import Frequency
from reports.schedule import Schedule, day_of

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Coming:
    """A run to come: the instant in UTC, and the local day that it is that of."""

    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Days that the rule names and that do not run, one or several in a row for one reason.

    `why` is in pt-BR, "" where a person took the run out; `instead` is the day on which they are made up for.
    """

    first: date
    last: date
    count: int
    why: str
    instead: date | None = None

    @property
    def is_skipped(self) -> bool:
        """Taken out by a person, who may put it back."""
        return not self.why


def outlook(
    schedule: Schedule, after: datetime, runs: int, *, later_than_day: date | None = None
) -> list[Coming | LeftOut]:
    """The next `runs` runs after an instant, in order, with what is left out before each; none of a manual schedule."""
    found: list[Coming | LeftOut] = []
    if schedule.frequency is Frequency.MANUAL:
        return found
    day = schedule.first_day(after, later_than_day)
    while runs > 0:
        at = schedule.instant(day)
        if at > after and schedule.runs_on(day):
            found.append(Coming(at, day))
            runs -= 1
        elif at > after and (left_out := _left_out(schedule, day)):
            _append(found, left_out)
        day += _DAY
    return found


def coming(schedule: Schedule, first: datetime, until: datetime) -> list[Coming]:
    """The runs from the one that is due at `first`, which is what is stored and what will run, up to `until`."""
    if schedule.frequency is Frequency.MANUAL or first >= until:
        return []
    day = day_of(schedule, first)
    found = [Coming(first, day)]
    while (at := schedule.instant(day := day + _DAY)) < until:
        if schedule.runs_on(day):
            found.append(Coming(at, day))
    return found


def _left_out(schedule: Schedule, day: date) -> LeftOut | None:
    if schedule.is_planned(day):  # and does not run
        return LeftOut(day, day, 1, "")
    if not schedule.falls_on(day):
        return None
    return LeftOut(day, day, 1, schedule.closures.why(day), _instead(schedule, day))


def _instead(schedule: Schedule, day: date) -> date | None:
    """The day that makes up for a closed one; None where none does."""
    too_old = schedule.made_up_from is not None and day < schedule.made_up_from
    if not schedule.closures.postpones or too_old or day == schedule.skipped_on:
        return None
    day += _DAY
    while not schedule.closures.is_working(day):
        day += _DAY
    return None if day == schedule.skipped_on else day


def _append(found: list[Coming | LeftOut], new: LeftOut) -> None:
    before = found[-1] if found else None
    if isinstance(before, LeftOut) and new.why and (before.why, before.instead) == (new.why, new.instead):
        found[-1] = LeftOut(before.first, new.last, before.count + 1, new.why, new.instead)
    else:
        found.append(new)
