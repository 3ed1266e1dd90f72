"""A file of daily numbers, from its text to rows, or to why it is none. Pure; never raises on what it reads.

    plataforma;conta;data;investimento;receita;impressoes;cliques;conversoes;leads;mensagens
    meta;act_700100000000001;2026-11-23;1.234,56;4.200,00;15300;412;34;12;

The header is required and its order free. A file is read whole or not at all: each bad row is named with its line.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from reports import metrics_cells as cells
from reports.account_ids import show_account_id
from reports.choices import Platform
from reports.formatting import day as show_day
from reports.metrics import Sums
from reports.metrics_cells import CellError, shown

MAX_ROWS = 50_000
#: So many reasons are told; of more only how many.
MAX_TOLD = 50
#: Numbers older than this are more likely a slip of the year.
MAX_YEARS = 5

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

_DELIMITERS = ";,\t"
_SEP_LINE = re.compile(r'(?P<before>\s*)"?sep=(?P<said>[;,|\t])"?[;,|\t ]*(?=[\r\n]|\Z)', re.IGNORECASE)

#: A platform and the digits of an id there.
Account = tuple[Platform, str]


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    account: Account
    day: date
    numbers: Sums
    #: Those that the amounts name, "BRL" or "USD".
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


def parse(text: str) -> Parsed:
    """The rows of a file's text, and what is wrong with it."""
    text, said = _without_sep_line(text)
    delimiter = _delimiter_of(next((line for line in io.StringIO(text, newline="") if line.strip()), ""), said)
    records = _records(text, delimiter)
    line, header = next(records, (0, []))
    if isinstance(header, str):
        return Parsed(problems=(Problem(line, header),))
    names, problems = _columns(header)
    if problems:
        return Parsed(problems=problems)
    return _read_rows(records, names, delimiter)


def check(rows: Iterable[Row], known: Mapping[Account, Sequence[Known]]) -> list[Problem]:
    """What is wrong with rows against what is known of their accounts; an account may be known several times."""
    problems: list[Problem] = []
    rows = list(rows)
    count = Counter(row.account for row in rows)
    told: set[Account] = set()
    for row in rows:
        accounts = known.get(row.account, ())
        if accounts:
            problems += [Problem(row.line, reason) for reason in _wrong_for(row, accounts)]
        elif row.account not in told:
            told.add(row.account)
            also = f" (está em {count[row.account]} linhas)" if count[row.account] > 1 else ""
            problems.append(Problem(row.line, f"a conta {_named(row.account)} não está ligada a nenhum cliente{also}."))
    return problems


def _wrong_for(row: Row, accounts: Sequence[Known]) -> Iterator[str]:
    today = min(account.today for account in accounts)
    if row.day > today:
        yield f"o dia {show_day(row.day)} ainda não chegou."
    elif row.day == today:  # it would count as covered, and tomorrow's report would say half of it
        yield f"o dia {show_day(row.day)} ainda não terminou."
    elif row.day < _years_before(today, MAX_YEARS):
        yield f"o dia {show_day(row.day)} tem mais de {MAX_YEARS} anos."
    for currency in sorted(row.currencies - {account.currency for account in accounts}):
        yield f"o valor está em {currency}, e a conta {_named(row.account)} é em {accounts[0].currency}."


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return (day - timedelta(days=1)).replace(year=day.year - years)  # 29 February


def _named(account: Account) -> str:
    """`act_123 da Meta Ads`"""
    platform, digits = account
    return f"{show_account_id(platform, digits)} {'do' if platform is Platform.GOOGLE else 'da'} {platform.label}"


# --- The table ----------------------------------------------------------------------------------------------------


def _without_sep_line(text: str) -> tuple[str, str]:
    """The text without the `sep=;` that Excel reads in a first line, which stays there as an empty one, and what it
    names; "" where there is none."""
    found = _SEP_LINE.match(text)
    return (found["before"] + text[found.end() :], found["said"]) if found else (text, "")


def _delimiter_of(header: str, said: str = "") -> str:
    """That which makes the most known columns of the header's line; where none does better what the file says of
    itself, else `;`."""

    def columns(delimiter: str) -> int:
        return sum(cells.key(name.strip('"')) in COLUMNS for name in header.split(delimiter))

    return max(said + _DELIMITERS, key=columns)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each record that is not blank, with its first line; a reason instead where there can be none after it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            found = [cells.tidy(cell) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield line, "uma célula é longa demais." if "limit" in str(error) else "as aspas não fecham."
            return
        if any(found):
            yield line, found


def _columns(header: list[str]) -> tuple[list[str], tuple[Problem, ...]]:
    """The names of the columns, or what is wrong with the header. Empty cells after the last name are not columns."""
    header = _without_tail(header, 0)
    names = [cells.key(name) for name in header]
    if not set(names) & set(COLUMNS):
        wanted = ";".join(COLUMNS)
        return [], (Problem(0, f"A primeira linha precisa ser o cabeçalho, com os nomes das colunas: {wanted}"),)
    problems = [Problem(0, _unknown(name)) for name, found in zip(header, names, strict=True) if found not in COLUMNS]
    problems += [Problem(0, f"A coluna {name} aparece {times} vezes.") for name, times in _repeated(names)]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        problems.append(Problem(0, f"Falta a coluna {missing[0]}." if len(missing) == 1 else _missing(missing)))
    return names, tuple(problems)


def _repeated(names: list[str]) -> Iterator[tuple[str, int]]:
    return ((name, times) for name, times in Counter(names).items() if times > 1 and name in COLUMNS)


def _missing(names: list[str]) -> str:
    return f"Faltam as colunas {', '.join(names[:-1])} e {names[-1]}."


def _unknown(name: str) -> str:
    if not name:
        return "Uma coluna do cabeçalho não tem nome."
    close = difflib.get_close_matches(cells.key(name)[:80], COLUMNS, n=1)
    return f"A coluna {shown(name)} não é conhecida{f': seria {close[0]}?' if close else '.'}"


def _without_tail(found: list[str], least: int) -> list[str]:
    """Spreadsheets write empty cells behind the last column."""
    end = len(found)
    while end > least and not found[end - 1]:
        end -= 1
    return found[:end]


# --- Its rows -----------------------------------------------------------------------------------------------------


def _read_rows(records: Iterable[tuple[int, list[str] | str]], names: list[str], delimiter: str) -> Parsed:
    rows: list[Row] = []
    problems: list[Problem] = []
    lines: dict[tuple[Account, date], int] = {}
    for number, (line, record) in enumerate(records, start=1):
        if number > MAX_ROWS:
            return Parsed(problems=(Problem(0, "O arquivo passa de 50.000 linhas. Divida em arquivos menores."),))
        if isinstance(record, str):
            problems.append(Problem(line, f"{record} Daqui em diante nada foi lido."))
            break
        reasons, row = _read_row(line, record, names, delimiter)
        if row and (first := lines.setdefault((row.account, row.day), line)) != line:
            reasons.append(f"a conta {_named(row.account)} já tem o dia {show_day(row.day)} na linha {first}.")
        if row and not reasons:
            rows.append(row)
        problems += [Problem(line, reason) for reason in reasons]
    if not rows and not problems:
        return Parsed(problems=(Problem(0, "O arquivo só tem o cabeçalho: nenhum dia para gravar."),))
    return Parsed(tuple(rows), tuple(problems))


def _read_row(line: int, record: list[str], names: list[str], delimiter: str) -> tuple[list[str], Row | None]:
    """What is wrong with a record, and the row, if it can be told of which account and day it is."""
    record = _without_tail(record, len(names))
    if len(record) != len(names):
        return [_wrong_length(len(record), len(names), delimiter)], None
    found = dict(zip(names, record, strict=True))
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
    return reasons, Row(line, (platform, digits), day, numbers, currencies)


def _wrong_length(found: int, wanted: int, delimiter: str) -> str:
    reason = f"tem {found} {'célula' if found == 1 else 'células'}, e o cabeçalho tem {wanted}."
    if found > wanted and delimiter == ",":
        reason += " Com vírgula entre as colunas, escreva os centavos com ponto ou ponha o número entre aspas."
    return reason
