"""From the rows of an export to one row for each account and day. Pure; sums what can be summed and nothing else.

A cell that says nothing is zero where the account has a number in that column anywhere in the file (the platforms leave
out what did not happen), and the whole column is unknown where it has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from reports.exports import numbers
from reports.exports.entries import Entry, Ref
from reports.exports.header import Header
from reports.exports.names import LABELS, METRICS, Role
from reports.formatting import day as show_day
from reports.import_rows import Account, Problem, Row, named
from reports.metrics import Sums

_CENT = Decimal("0.01")
_AMOUNTS = (Role.SPEND, Role.REVENUE, Role.CONVERSIONS)


@dataclass(slots=True)
class Summed:
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    #: Lines that say what another line said, cell by cell.
    repeated: list[int] = field(default_factory=list)


def rows_of(entries: Sequence[Entry], by_ref: Mapping[Ref, Account], header: Header, *, is_detailed: bool) -> Summed:
    """`is_detailed`: there may be several rows of one account and day; otherwise a second one is a mistake."""
    result = Summed()
    by_account: dict[Account, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_account[by_ref[entry.ref]].append(entry)
    for account, found in by_account.items():
        filled = {role for role in METRICS if any(entry.values.get(role) is not None for entry in found)}
        if Role.SPEND not in filled:
            result.problems.append(Problem(0, f"A coluna {header.title(Role.SPEND)} está vazia."))
            continue
        by_day: dict[date, list[Entry]] = defaultdict(list)
        for entry in found:
            by_day[entry.day].append(entry)
        for day, same in by_day.items():
            kept, problems = _one_of_each(account, day, same, result) if not is_detailed else (same, [])
            result.problems += problems
            numbers_of_day, wrong = _sum(kept, filled)
            result.problems += wrong
            result.rows.append(Row(same[0].line, account, day, numbers_of_day, _currencies(same, header)))
    if is_detailed:
        result.repeated += _twice(entries)
    result.rows.sort(key=lambda row: row.line)
    return result


def _one_of_each(
    account: Account, day: date, same: Sequence[Entry], result: Summed
) -> tuple[Sequence[Entry], list[Problem]]:
    first, others = same[0], same[1:]
    different = [entry for entry in others if entry.values != first.values]
    result.repeated += [entry.line for entry in others if entry.values == first.values]
    sentence = (
        f"a conta {named(account)} já tem o dia {show_day(day)} na linha {first.line}, com outros números: "
        "sem campanha nem outro detalhe, cada dia só pode vir uma vez."
    )
    return [first], [Problem(entry.line, sentence) for entry in different]


def _twice(entries: Sequence[Entry]) -> Iterator[int]:
    seen: set[tuple[str, ...]] = set()
    for entry in entries:
        if entry.row in seen and entry.values.get(Role.SPEND):
            yield entry.line
        seen.add(entry.row)


def _sum(same: Sequence[Entry], filled: set[Role]) -> tuple[Sums, list[Problem]]:
    found: dict[str, Decimal | int] = {}
    problems: list[Problem] = []
    for role in METRICS:
        if role in filled:
            total = sum((entry.values.get(role) or Decimal(0) for entry in same), Decimal(0))
            if not numbers.fits(role, total):
                problems.append(Problem(same[0].line, f"a soma do dia em {LABELS[role]} não cabe: é grande demais."))
                continue
            rounded = total.quantize(_CENT, ROUND_HALF_UP)
            found[role.value] = rounded if role in _AMOUNTS else int(total)
    return Sums(**found), problems  # type: ignore[arg-type]


def _currencies(same: Sequence[Entry], header: Header) -> frozenset[str]:
    return frozenset({header.currency}).union(*(entry.currencies for entry in same)) - {""}
