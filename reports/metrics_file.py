"""A file of daily numbers in Adscape's own columns, from its table to rows, or to why it is none. Pure; never raises
on what it reads.

    plataforma;conta;data;investimento;receita;impressoes;cliques;conversoes;leads;mensagens
    meta;act_700100000000001;2026-11-23;1.234,56;4.200,00;15300;412;34;12;

The header is required and its order free. A file is read whole or not at all: each bad row is named with its line.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from datetime import date
from typing import Any

from reports import metrics_cells as cells
from reports import table as tables
from reports.formatting import day as show_day
from reports.import_rows import Account, Parsed, Problem, Row, named, repeated
from reports.metrics import Sums
from reports.metrics_cells import CellError, shown
from reports.table import MAX_ROWS, TOO_MANY_ROWS, Record, Table

REQUIRED = ("plataforma", "conta", "data", "investimento")
#: Column → field of `Sums`, and what reads its cells.
NUMBERS: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "investimento": ("spend", cells.read_money),
    "receita": ("revenue", cells.read_money),
    "impressoes": ("impressions", cells.read_big_whole),
    "cliques": ("clicks", cells.read_big_whole),
    "conversoes": ("conversions", cells.read_parts),
    "leads": ("leads", cells.read_small_whole),
    "mensagens": ("messages", cells.read_small_whole),
}
COLUMNS = (*REQUIRED[:3], *NUMBERS)


def is_name(header: str) -> bool:
    return cells.key(header) in COLUMNS


def parse(text: str) -> Parsed:
    """The rows of a CSV's text, and what is wrong with it."""
    return read(tables.from_csv(text, is_name))


def read(table: Table) -> Parsed:
    """The rows of a table whose first record is the header, and what is wrong with it."""
    if not table.records:
        return Parsed(problems=(Problem(*table.broken),)) if table.broken else Parsed(problems=_columns([])[1])
    names, problems = _columns([table.records[0].text(place) for place in range(len(table.records[0].cells))])
    if problems:
        return Parsed(problems=problems)
    return _read_rows(table, names)


def _columns(header: list[str]) -> tuple[list[str], tuple[Problem, ...]]:
    """The names of the columns, or what is wrong with the header. Empty cells after the last name are not columns."""
    header = [str(name) for name in tables.without_tail(header)]
    names = [cells.key(name) for name in header]
    if not set(names) & set(COLUMNS):
        wanted = ";".join(COLUMNS)
        return [], (Problem(0, f"A primeira linha precisa ser o cabeçalho, com os nomes das colunas: {wanted}"),)
    problems = [Problem(0, _unknown(name)) for name, found in zip(header, names, strict=True) if found not in COLUMNS]
    problems += [
        Problem(0, f"A coluna {name} aparece {times} vezes.") for name, times in repeated(names) if name in COLUMNS
    ]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        problems.append(Problem(0, f"Falta a coluna {missing[0]}." if len(missing) == 1 else _missing(missing)))
    return names, tuple(problems)


def _missing(names: list[str]) -> str:
    return f"Faltam as colunas {', '.join(names[:-1])} e {names[-1]}."


def _unknown(name: str) -> str:
    if not name:
        return "Uma coluna do cabeçalho não tem nome."
    close = difflib.get_close_matches(cells.key(name)[:80], COLUMNS, n=1)
    return f"A coluna {shown(name)} não é conhecida{f': seria {close[0]}?' if close else '.'}"


# --- Its rows -----------------------------------------------------------------------------------------------------


def _read_rows(table: Table, names: list[str]) -> Parsed:
    rows: list[Row] = []
    problems: list[Problem] = []
    lines: dict[tuple[Account, date], int] = {}
    if len(table.records) > MAX_ROWS + 1:
        return Parsed(problems=(Problem(0, TOO_MANY_ROWS),))
    for record in table.records[1:]:
        line = record.line
        reasons, row = _read_row(record, names, table.delimiter)
        if row and (first := lines.setdefault((row.account, row.day), line)) != line:
            reasons.append(f"a conta {named(row.account)} já tem o dia {show_day(row.day)} na linha {first}.")
        if row and not reasons:
            rows.append(row)
        problems += [Problem(line, reason) for reason in reasons]
    if table.broken:
        problems.append(Problem(table.broken[0], f"{table.broken[1]} Daqui em diante nada foi lido."))
    if not rows and not problems:
        return Parsed(problems=(Problem(0, "O arquivo só tem o cabeçalho: nenhum dia para gravar."),))
    return Parsed(tuple(rows), tuple(problems))


def _read_row(record: Record, names: list[str], delimiter: str) -> tuple[list[str], Row | None]:
    """What is wrong with a record, and the row, if it can be told of which account and day it is."""
    length = len(tables.without_tail(record.cells, len(names)))
    if length > len(names) or (length < len(names) and delimiter):  # a spreadsheet ends with its last full cell
        return [wrong_length(length, len(names), delimiter)], None
    found = {name: record.text(place) for place, name in enumerate(names)}
    reasons: list[str] = []

    def read(reader: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return reader(*arguments)
        except CellError as error:
            reasons.append(str(error))
            return None

    platform = read(cells.read_platform, found["plataforma"])
    digits = read(cells.read_account, platform, found["conta"]) if platform else None
    day = read(cells.read_day, found["data"])
    values = {name: read(reader, name, found.get(name, "")) for name, (_, reader) in NUMBERS.items()}
    if not found["investimento"]:
        reasons.append("falta o investimento: escreva 0 se nada rodou.")
    amounts = {name: value for name, value in values.items() if isinstance(value, cells.Amount)}
    plain = values | {name: amount.value for name, amount in amounts.items()}
    if not (platform and digits and day):
        return reasons, None
    numbers = Sums(**{field: plain[name] for name, (field, _) in NUMBERS.items()})
    currencies = frozenset(amount.currency for amount in amounts.values() if amount.currency)
    return reasons, Row(record.line, (platform, digits), day, numbers, currencies)


def wrong_length(found: int, wanted: int, delimiter: str) -> str:
    """The rest of a sentence about a row that has more or fewer cells than the header."""
    reason = f"tem {found} {'célula' if found == 1 else 'células'}, e o cabeçalho tem {wanted}."
    if found > wanted and delimiter == ",":
        reason += " Com vírgula entre as colunas, escreva os centavos com ponto ou ponha o número entre aspas."
    return reason
