"""What was gathered for a report: its numbers, and all that tells whether they are whole. Pure: no query; `numbers`
makes it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reports.choices import Platform
from reports.formatting import days as show_days
from reports.formatting import short_days
from reports.periods import Days
from reports.snapshot import DayPoint, ReportData

#: So many accounts are named in a sentence about missing days.
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class AccountKey:
    """What a sum needs to know of an ad account."""

    pk: uuid.UUID
    name: str
    platform: Platform
    currency: str
    #: People reached, and the first and last day that it was read for.
    reach: tuple[int | None, date | None, date | None] = (None, None, None)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days of a period that no read and no import has covered for this account. Unknown, which is never zero."""

    account: AccountKey
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How an account's numbers come, where they come from its platform. `covered_until`: its newest complete day that
    was read, None before the first reading; `read_at`: when."""

    account: AccountKey
    is_alive: bool
    covered_until: date | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Course:
    """What was spent on each day of the period and of its base, by the accounts of a platform in one currency."""

    platform: Platform
    currency: str
    now: tuple[DayPoint, ...]
    before: tuple[DayPoint, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """A report's numbers and what is missing of them; `data` is None where no day of the period has any.

    `readings` and `courses` are what the data gate looks at; they do not depend on whether a comparison is shown.
    """

    days: Days
    data: ReportData | None
    gaps: tuple[Gap, ...]
    readings: tuple[Reading, ...] = ()
    courses: tuple[Course, ...] = ()


def no_numbers(days: Days) -> str:
    """`Sem números de 17/11/2026 — 23/11/2026.`"""
    return f"Sem números de {show_days(days)}."


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
