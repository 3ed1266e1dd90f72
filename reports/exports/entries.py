"""The rows of an export under its header: what each one says, and what is wrong with them. Pure; sums nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from reports import metrics_cells as cells
from reports.exports import days, names, numbers, totals
from reports.exports.header import Header, cell_of, repeats
from reports.exports.names import METRICS, NUMBERS, Role
from reports.exports.numbers import Kind, Settled
from reports.formatting import day as show_day
from reports.import_rows import Problem
from reports.metrics_cells import CellError
from reports.metrics_file import wrong_length
from reports.table import Record, Table, without_tail, written

_WHOLE = (Role.IMPRESSIONS, Role.CLICKS, Role.LEADS, Role.MESSAGES, Role.RESULTS)


@dataclass(frozen=True, slots=True)
class Ref:
    """The account as a row names it: by its digits, by its name, or (both empty) not at all."""

    digits: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    line: int
    ref: Ref
    day: date
    #: None: the cell says nothing.
    values: Mapping[Role, Decimal | None]
    #: Those that the row names: in its own column, or beside an amount.
    currencies: frozenset[str]
    #: The whole row as text, to find it again where it comes twice.
    row: tuple[str, ...]


@dataclass(slots=True)
class Entries:
    found: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    #: Lines that are sums of others.
    totals: list[int] = field(default_factory=list)
    settled: Settled = numbers.OPEN
    #: Places of the columns that tell rows apart beyond account and day.
    details: tuple[int, ...] = ()
    #: Indicators of results that no column of ours is for.
    unknown_results: list[str] = field(default_factory=list)


def read(table: Table, header: Header) -> Entries:
    records = table.records[header.at + 1 :]
    result = Entries(settled=numbers.settle(_texts(records, header)))
    order = days.settle(
        (cell_of(each, header, Role.DAY, Role.START) for each in records), is_portuguese=header.is_portuguese
    )
    undated: list[Record] = []
    dated: list[Record] = []
    for record in records:
        if repeats(record, header):
            again = "há outro cabeçalho nesta linha: envie uma exportação de cada vez."
            result.problems.append(Problem(record.line, again))
            return result
        if totals.has_no_day(record, header):
            undated.append(record)
        elif reason := _wrong_width(record, header, table.delimiter):
            result.problems.append(Problem(record.line, reason))
        else:
            dated.append(record)
    result.details = tuple(_details(dated, header))
    for record in dated:
        _read_row(record, header, order, result)
    spent = {entry.line: entry.values.get(Role.SPEND) or Decimal(0) for entry in result.found}
    rows = totals.Rows(header, dated, [spent.get(each.line, Decimal(0)) for each in dated], result.details)
    result.totals, problems = totals.sort_out(undated, rows, result.settled)
    result.problems += [] if result.problems else problems  # a total of rows that were not read is none
    if table.broken:
        result.problems.append(Problem(table.broken[0], f"{table.broken[1]} Daqui em diante nada foi lido."))
    return result


def _texts(records: Sequence[Record], header: Header) -> Iterator[tuple[Kind, str | Decimal]]:
    for role in NUMBERS:
        if role in header.places:
            yield from ((_kind(role), cell_of(record, header, role)) for record in records)


def _kind(role: Role) -> Kind:
    return Kind.WHOLE if role in _WHOLE else Kind.AMOUNT


# --- One row ------------------------------------------------------------------------------------------------------


def _wrong_width(record: Record, header: Header, delimiter: str) -> str:
    length, wanted = len(without_tail(record.cells, len(header.titles))), len(header.titles)
    if length > wanted or (length < wanted and delimiter):  # a spreadsheet's row ends with its last full cell
        return wrong_length(length, wanted, delimiter)
    return ""


def _details(dated: Sequence[Record], header: Header) -> Iterator[int]:
    used = set(header.places.values())
    for place, title in enumerate(header.titles):
        if place not in used:
            has_words = any(not numbers.is_number(each.cells[place]) for each in dated if place < len(each.cells))
            if names.unused(title, has_words=has_words) is names.Unused.DETAIL:
                yield place


def _read_row(record: Record, header: Header, order: days.Order | None, result: Entries) -> None:
    reasons: list[str] = []
    day = ref = None
    values: dict[Role, Decimal | None] = {}
    try:
        day = _day(record, header, order)
    except CellError as error:
        reasons.append(str(error))
    try:
        ref = _ref(record, header)
    except CellError as error:
        reasons.append(str(error))
    for role in METRICS:
        if role in header.places:
            try:
                values[role] = numbers.read(
                    _kind(role), header.title(role), cell_of(record, header, role), result.settled
                )
            except CellError as error:
                reasons.append(str(error))
    if not reasons and values.get(Role.SPEND) is None and (values.get(Role.IMPRESSIONS) or values.get(Role.CLICKS)):
        reasons.append(f"falta {cells.shown(header.title(Role.SPEND))}, e os anúncios rodaram.")
    try:
        _read_results(record, header, values, result)
    except CellError as error:
        reasons.append(str(error))
    result.problems += [Problem(record.line, reason) for reason in reasons]
    if day and ref and not reasons:
        row = tuple(record.text(place) for place in range(len(header.titles)))
        result.found.append(Entry(record.line, ref, day, values, _currencies(record, header), row))


def _currencies(record: Record, header: Header) -> frozenset[str]:
    column = cell_of(record, header, Role.CURRENCY)
    beside = {numbers.currency_of(cell_of(record, header, role)) for role in (Role.SPEND, Role.REVENUE)}
    return frozenset({"" if numbers.is_nothing(column) else written(column).upper(), *beside} - {""})


def _day(record: Record, header: Header, order: days.Order | None) -> date:
    day = days.read(cell_of(record, header, Role.DAY, Role.START), order)
    if Role.DAY in header.places and {Role.START, Role.END} <= set(header.places):
        first, last = (_day_or_none(cell_of(record, header, role), order) for role in (Role.START, Role.END))
        if (first and day < first) or (last and day > last):
            raise CellError(f"o dia {show_day(day)} está fora do período da própria linha.")
    return day


def _day_or_none(cell: str | Decimal, order: days.Order | None) -> date | None:
    try:
        return days.read(cell, order)
    except CellError:
        return None  # the period of the report, which only a day without one would need


def _ref(record: Record, header: Header) -> Ref:
    digits = written(cell_of(record, header, Role.ACCOUNT_ID))
    name = written(cell_of(record, header, Role.ACCOUNT_NAME))
    if numbers.is_nothing(digits):
        return Ref(name="" if numbers.is_nothing(name) else name)
    return Ref(cells.read_account(header.platform, digits), name)


def _read_results(record: Record, header: Header, values: dict[Role, Decimal | None], result: Entries) -> None:
    """Meta's results under the column that their indicator means, unless the file has that column itself."""
    cell = cell_of(record, header, Role.RESULTS)
    if Role.INDICATOR not in header.places or numbers.is_nothing(cell):
        return
    indicator = written(cell_of(record, header, Role.INDICATOR))
    role = names.family(indicator)
    if role is None:
        result.unknown_results.append(indicator)
    elif role not in header.places:
        values[role] = numbers.read(Kind.WHOLE, header.title(Role.RESULTS), cell, result.settled)
