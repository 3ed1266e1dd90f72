"""The daily rows that a file holds, in one form whatever file it was, and what is wrong with them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reports.account_ids import show_account_id
from reports.choices import Platform
from reports.formatting import day as show_day
from reports.metrics import Sums
from reports.understood import Choice, Understood

#: So many reasons are told; of more only how many.
MAX_TOLD = 50
#: Numbers older than this are more likely a slip of the year.
MAX_YEARS = 5

#: A platform and the digits of an id there.
Account = tuple[Platform, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One account on one day. `line` is the (first) line of the file that says so."""

    line: int
    account: Account
    day: date
    numbers: Sums
    #: Those that the file names for these amounts, "BRL" or "USD".
    currencies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Problem:
    #: 0: of the whole file.
    line: int
    reason: str

    def __str__(self) -> str:
        return f"Linha {self.line}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True, slots=True)
class Parsed:
    """All rows that could be read, and what is wrong with the others: only without problems is it the whole file."""

    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: None for a file in Adscape's own columns, of which there is nothing to understand.
    understood: Understood | None = None
    #: Where a person has to say which account it is; then there are no rows yet.
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Problems:
    """What is told of a file's problems: the first fifty in the order of its lines, and how many more there are."""

    told: tuple[str, ...] = ()
    more: int = 0

    @classmethod
    def of(cls, found: Iterable[Problem]) -> Problems:
        ordered = sorted(found, key=lambda problem: problem.line)
        return cls(tuple(str(problem) for problem in ordered[:MAX_TOLD]), max(0, len(ordered) - MAX_TOLD))

    def __bool__(self) -> bool:
        return bool(self.told)


NO_PROBLEMS = Problems()


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows of an account are checked against: its currency, and which day it is there."""

    today: date
    currency: str


def check(rows: Iterable[Row], known: Mapping[Account, Sequence[Known]]) -> list[Problem]:
    """What is wrong with rows against what is known of their accounts; an account may be known several times.

    An unknown account, or one in another currency, is told once, with how many lines say so.
    """
    days: list[Problem] = []
    strangers: dict[Account, list[int]] = {}
    foreign: dict[tuple[Account, str], list[int]] = {}
    for row in rows:
        accounts = known.get(row.account, ())
        if not accounts:
            strangers.setdefault(row.account, []).append(row.line)
            continue
        days += [Problem(row.line, reason) for reason in _wrong_days(row.day, min(each.today for each in accounts))]
        for currency in sorted(row.currencies - {each.currency for each in accounts}):
            foreign.setdefault((row.account, currency), []).append(row.line)
    unknown = [
        _once(lines, f"a conta {named(account)} não está ligada a nenhum cliente")
        for account, lines in strangers.items()
    ]
    other = [
        _once(lines, f"o valor está em {currency}, e a conta {named(account)} é em {known[account][0].currency}")
        for (account, currency), lines in foreign.items()
    ]
    return [*days, *unknown, *other]


def _once(lines: Sequence[int], sentence: str) -> Problem:
    return Problem(lines[0], f"{sentence}{f' (está em {len(lines)} linhas)' if len(lines) > 1 else ''}.")


def _wrong_days(day: date, today: date) -> Iterator[str]:
    if day > today:
        yield f"o dia {show_day(day)} ainda não chegou."
    elif day == today:  # it would count as covered, and tomorrow's report would say half of it
        yield f"o dia {show_day(day)} ainda não terminou."
    elif day < _years_before(today, MAX_YEARS):
        yield f"o dia {show_day(day)} tem mais de {MAX_YEARS} anos."


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return (day - timedelta(days=1)).replace(year=day.year - years)  # 29 February


def named(account: Account) -> str:
    """`act_123 da Meta Ads`"""
    platform, digits = account
    return f"{show_account_id(platform, digits)} {of_platform(platform)}"


def of_platform(platform: Platform) -> str:
    """`da Meta Ads`, `do Google Ads`"""
    return f"{'do' if platform is Platform.GOOGLE else 'da'} {platform.label}"


def repeated(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Names that come more than once, and how often."""
    return ((name, times) for name, times in Counter(names).items() if times > 1 and name)
