"""Rows of an export that are sums of others: left out, but only where that is certain. Pure.

A row without a day of its own is a total where it says so (`Total: conta`, `Results from 12 campaigns`), or where it
is the sum of the rows that it is of, as the line of each campaign above its days. No row is left out on a guess.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from agency.text import search_key
from reports.exports import numbers
from reports.exports.header import HOW_TO_EXPORT_BY_DAY, Header, cell_of
from reports.exports.names import NUMBERS, Role
from reports.exports.numbers import Kind, Settled
from reports.import_rows import Problem
from reports.metrics_cells import CellError
from reports.table import Record, written

_TOTAL = re.compile(r"(?:sub)?tota(?:l|is)\b|grand total\b|results? from\b|resultados? d[aeo]s?\b")
_HALF_CENT = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows with a day, and what each of them spent; `details` are the columns that tell them apart."""

    header: Header
    dated: Sequence[Record]
    spent: Sequence[Decimal]
    details: tuple[int, ...]


def has_no_day(record: Record, header: Header) -> bool:
    """No day at all, a label in its place, or a stretch of days: a total, or a row that is not by day."""
    if Role.DAY in header.places:
        found = cell_of(record, header, Role.DAY)
        return numbers.is_nothing(found) or _is_label(found)
    start, end = cell_of(record, header, Role.START), cell_of(record, header, Role.END)
    return numbers.is_nothing(start) or numbers.is_nothing(end) or _is_label(start) or start != end


def _is_label(cell: object) -> bool:
    return isinstance(cell, str) and bool(_TOTAL.match(search_key(cell)))


def sort_out(undated: Sequence[Record], rows: Rows, settled: Settled) -> tuple[list[int], list[Problem]]:
    """The lines that are totals among the rows without a day, and what is wrong with the others."""
    header = rows.header
    sums = _Sums(rows, settled)
    totals: list[int] = []
    ranges: list[Record] = []
    problems: list[Problem] = []
    for record in undated:
        if any(_is_label(cell) for cell in record.cells) or _says_nothing(record, header) or sums.is_total(record):
            totals.append(record.line)
        elif Role.DAY not in header.places and not numbers.is_nothing(cell_of(record, header, Role.START)):
            ranges.append(record)
        else:
            problems.append(Problem(record.line, "falta o dia, e a linha não é a soma das outras."))
    return totals, [*problems, *([_of_ranges(ranges, header)] if ranges else [])]


def _of_ranges(ranges: list[Record], header: Header) -> Problem:
    first = ranges[0]
    start, end = (written(cell_of(first, header, role)) for role in (Role.START, Role.END))
    many = f", como em outras {len(ranges) - 1}" if len(ranges) > 2 else ", como em outra" if len(ranges) > 1 else ""
    how = HOW_TO_EXPORT_BY_DAY[header.platform]
    return Problem(first.line, f"os números vão de {start} a {end}, não são de um dia só{many}. {how}")


def _says_nothing(record: Record, header: Header) -> bool:
    """Notes under the table."""
    return all(numbers.is_nothing(cell_of(record, header, role)) for role in NUMBERS)


class _Sums:
    """What the rows with a day spend together, by whatever a total says of itself."""

    def __init__(self, rows: Rows, settled: Settled) -> None:
        self._rows = rows
        self._settled = settled
        places = rows.header.places
        accounts = [places[role] for role in (Role.ACCOUNT_ID, Role.ACCOUNT_NAME) if role in places]
        self._details = (*rows.details, *accounts)
        self._known = {place: {record.text(place) for record in rows.dated} - {""} for place in self._details}
        self._by: dict[tuple[int, ...], dict[tuple[str, ...], tuple[Decimal, int]]] = {}

    def is_total(self, record: Record) -> bool:
        """Whether its spend is that of all rows that share its details, to half a cent a row."""
        try:
            spend = numbers.read(Kind.AMOUNT, "", cell_of(record, self._rows.header, Role.SPEND), self._settled)
        except CellError:
            return False
        places = tuple(place for place in self._details if record.text(place) in self._known[place])
        found = self._sums_by(places).get(tuple(record.text(place) for place in places))
        return found is not None and spend is not None and abs(found[0] - spend) <= _HALF_CENT * (found[1] + 1)

    def _sums_by(self, places: tuple[int, ...]) -> dict[tuple[str, ...], tuple[Decimal, int]]:
        if places not in self._by:
            sums: dict[tuple[str, ...], tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
            for record, spent in zip(self._rows.dated, self._rows.spent, strict=True):
                key = tuple(record.text(place) for place in places)
                sums[key] = sums[key][0] + spent, sums[key][1] + 1
            self._by[places] = dict(sums)
        return self._by[places]
