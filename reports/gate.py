"""Whether a report's numbers may leave by themselves, or must wait for a person: the data gate. Pure; asks nothing.

Held is what would make a client wonder, or worry for nothing: days that are missing or not over when they were read, an
access that is dead, nothing at all where something ran, a spend far above what was usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from reports import formatting
from reports.choices import HoldKind, Platform
from reports.gathered import Course, Gathered, Reading, gap_sentence, no_numbers
from reports.snapshot import DayPoint

#: A report about fewer days than a week may fall on days that are always quiet, or always dear: it is compared with so
#: many days before it as well, by the day of the week.
SHORT, LOOK_BACK = 7, 21
#: In major units of the account's currency, a day: below it a jump is only noise.
SMALL_SPEND = Decimal(20)
#: What is said of a hold fits into a report's reason.
_LONGEST = 200
_OF = {Platform.META: "da Meta", Platform.GOOGLE: "do Google"}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a report waits, with a sentence in pt-BR for the gestor. The most serious comes first."""

    kind: HoldKind
    sentence: str


def causes(gathered: Gathered, jump_factor: Decimal | None) -> list[Cause]:
    """What keeps these numbers from leaving by themselves, but for what `confirmed` has to look at more closely.

    `jump_factor`: how many times what was usual a spend may be; None: as much as it likes.
    """
    found = [*_of_access(gathered), *_of_gaps(gathered), *_of_age(gathered)]
    return found + [each.cause for each in suspicions(gathered, jump_factor) if not each.is_doubtful]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A platform's spend is not what it was. `is_doubtful`: of so few days that it may be like this every week."""

    cause: Cause
    course: Course
    is_doubtful: bool


def suspicions(gathered: Gathered, jump_factor: Decimal | None) -> list[Suspicion]:
    found = []
    for course in gathered.courses:
        now, usual = _per_day(course.now), _per_day(course.before)
        if now is None or usual is None or len(course.now) != gathered.days.count:
            continue
        cause = _of_spend(course, now, usual, jump_factor)
        if cause is not None:
            found.append(Suspicion(cause, course, gathered.days.count < SHORT))
    return found


def confirmed(doubted: Suspicion, spends: Mapping[date, Decimal], jump_factor: Decimal | None) -> bool:
    """Whether it stands, by what was spent on the days before: `spends` of up to LOOK_BACK days, none where unknown.

    Nothing on a Sunday is nothing new where nothing ran on the Sundays before; much on a Friday is usual where as much
    was spent on one of them.
    """
    days = [point.day for point in doubted.course.now]
    same = [
        spends[day - timedelta(weeks=weeks)]
        for day in days
        for weeks in (1, 2, 3)
        if day - timedelta(weeks=weeks) in spends
    ]
    if doubted.cause.kind is HoldKind.ZERO:
        return not same or min(same) > 0
    now = _per_day(doubted.course.now) or Decimal()
    known = sorted(spends.values())
    usual = max([*same, *([sum(known, Decimal()) / len(known)] if known else [])], default=Decimal())
    return jump_factor is not None and now > usual * jump_factor


def sentence(found: Sequence[Cause]) -> str:
    """All that is to be said, as far as it fits; the first of them in any case."""
    said = ""
    for cause in found:
        longer = f"{said} {cause.sentence}".strip()
        if len(longer) > _LONGEST:
            break
        said = longer
    return said or found[0].sentence[:_LONGEST] if found else ""


def _of_access(gathered: Gathered) -> Iterable[Cause]:
    dead = [reading for reading in gathered.readings if not reading.is_alive]
    for platform in dict.fromkeys(reading.account.platform for reading in dead):
        until = min((r.covered_until for r in dead if r.account.platform is platform and r.covered_until), default=None)
        since = f" Lidos só até {formatting.short_days([until])}." if until else ""
        yield Cause(HoldKind.ACCESS, f"O acesso aos números {_OF[platform]} parou de funcionar.{since}")


def _of_gaps(gathered: Gathered) -> Iterable[Cause]:
    if gathered.data is None:
        yield Cause(HoldKind.GAPS, no_numbers(gathered.days))
    elif gathered.gaps:
        yield Cause(HoldKind.GAPS, gap_sentence(gathered.gaps))


def _of_age(gathered: Gathered) -> Iterable[Cause]:
    """A day that was read before it was over looks like any other: only the reading tells that more came of it."""
    lacking = {gap.account.pk for gap in gathered.gaps}
    old = [
        each
        for each in gathered.readings
        if each.is_alive and each.account.pk not in lacking and _is_old(each, gathered)
    ]
    if len(old) == 1:
        yield Cause(HoldKind.STALE, f"Os números de {old[0].account.name} só estão completos até {_until(old[0])}.")
    elif old:
        oldest = min(old, key=lambda each: each.covered_until or date.min)
        yield Cause(
            HoldKind.STALE, f"Os números de {len(old)} contas são antigos: um só está completo até {_until(oldest)}."
        )


def _is_old(reading: Reading, gathered: Gathered) -> bool:
    return reading.covered_until is not None and reading.covered_until < gathered.days.last


def _until(reading: Reading) -> str:
    return formatting.short_days([reading.covered_until]) if reading.covered_until else ""


def _of_spend(course: Course, now: Decimal, usual: Decimal, jump_factor: Decimal | None) -> Cause | None:
    name = course.platform.label
    if now == 0 < usual:
        return Cause(
            HoldKind.ZERO,
            f"{name} zerado onde havia números: antes, ~{formatting.money(_rounded(usual), course.currency)} por dia.",
        )
    if jump_factor is not None and usual >= SMALL_SPEND / jump_factor and now > max(usual * jump_factor, SMALL_SPEND):
        shown, before = (formatting.money(_rounded(amount), course.currency) for amount in (now, usual))
        return Cause(HoldKind.JUMP, f"Gasto fora do comum: {name} com {shown} por dia, antes ~{before}.")
    return None


def _per_day(points: Sequence[DayPoint]) -> Decimal | None:
    """The mean spend of these days; None where one of them is not known."""
    spends = [point.numbers.spend if point.numbers else None for point in points]
    if not spends or None in spends:
        return None
    return sum((spend for spend in spends if spend is not None), Decimal()) / len(spends)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
