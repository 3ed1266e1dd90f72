"""The table that a file holds, cell by cell, and the text as which it is kept until somebody decides. Pure.

Knows nothing of what the columns mean. Never raises on the text of a CSV: what cannot be split into cells ends the
table, with the reason.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from reports import metrics_cells as cells

#: Text as it is written, or a number that a spreadsheet holds as one and of which no mark has to be guessed.
Cell = str | Decimal

MAX_ROWS = 50_000
TOO_MANY_ROWS = "O arquivo passa de 50.000 linhas. Divida em arquivos menores."
#: Lines before a header and after the last row do not count as rows.
_AROUND = 200
#: In so many lines the header is looked for: exports have a title, the period and the filters above it.
HEADER_WITHIN = 30

_DELIMITERS = ";,\t"
_SEP_LINE = re.compile(r'(?P<before>\s*)"?sep=(?P<said>[;,|\t])"?[;,|\t ]*(?=[\r\n]|\Z)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """`line` is the one of the file, or the row of the spreadsheet, that it begins on."""

    line: int
    cells: tuple[Cell, ...]

    def text(self, place: int) -> str:
        """The cell as text; "" behind the last one."""
        return written(self.cells[place]) if place < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Table:
    """The records that are not blank; `broken` is the line after which nothing could be read, and why."""

    records: tuple[Record, ...]
    #: "" where it comes from a spreadsheet.
    delimiter: str = ""
    broken: tuple[int, str] | None = None


def from_csv(text: str, is_name: Callable[[str], bool]) -> Table:
    """The table of a CSV, between whatever marks make the most known names of one of its first lines."""
    text, said = _without_sep_line(text)
    delimiter = _delimiter_of(text, said, is_name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[Record] = []
    while len(records) <= MAX_ROWS + _AROUND:
        line = reader.line_num + 1
        try:
            found = tuple(cells.tidy(cell) for cell in next(reader))
        except StopIteration:
            break
        except csv.Error as error:
            reason = "uma célula é longa demais." if "limit" in str(error) else "as aspas não fecham."
            return Table(tuple(records), delimiter, (line, reason))
        if any(found):
            records.append(Record(line, found))
    return Table(tuple(records), delimiter)


def from_rows(rows: Iterable[Sequence[Cell]]) -> Table:
    """The table of a spreadsheet's rows, all of them from the first on."""
    records = (Record(line, _without_tail(row)) for line, row in enumerate(rows, start=1))
    return Table(tuple(islice((each for each in records if each.cells), MAX_ROWS + _AROUND + 1)))


def dumps(table: Table) -> str:
    """A spreadsheet's table as text. Numbers stay numbers: `1.234` that Excel holds as one is not to be guessed."""
    rows = [[record.line, *map(_packed, record.cells)] for record in table.records]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Table:
    """What `dumps` wrote; no table at all of what was given up since."""
    return Table(tuple(Record(line, tuple(map(_unpacked, row))) for line, *row in json.loads(text or "[]")))


def written(cell: Cell) -> str:
    """A cell as text that means one thing only: a number without groups, and never with three decimals."""
    if isinstance(cell, str):
        return cell
    text = f"{cell:f}"
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part}0" if len(part) in (1, 3) else f"{whole}.{part}" if part else whole


def without_tail(found: Sequence[Cell], least: int = 0) -> tuple[Cell, ...]:
    """Spreadsheets write empty cells behind the last column; `least` cells stay."""
    return (*found[:least], *_without_tail(found[least:]))


def _without_tail(found: Sequence[Cell]) -> tuple[Cell, ...]:
    end = len(found)
    while end and found[end - 1] == "":
        end -= 1
    return tuple(found[:end])


def _packed(cell: Cell) -> str | list[str]:
    return cell if isinstance(cell, str) else [str(cell)]


def _unpacked(cell: str | list[str]) -> Cell:
    return cell if isinstance(cell, str) else Decimal(cell[0])


def _without_sep_line(text: str) -> tuple[str, str]:
    """The text without the `sep=;` that Excel reads in a first line, which stays there as an empty one, and what it
    names; "" where there is none."""
    found = _SEP_LINE.match(text)
    return (found["before"] + text[found.end() :], found["said"]) if found else (text, "")


def _delimiter_of(text: str, said: str, is_name: Callable[[str], bool]) -> str:
    """That which makes the most known columns of one line; where none does better what the file says of itself."""
    lines = list(islice(_lines(text), HEADER_WITHIN))

    def columns(delimiter: str) -> int:
        return max((sum(is_name(name.strip(' "')) for name in line.split(delimiter)) for line in lines), default=0)

    return max(said + _DELIMITERS, key=columns)


def _lines(text: str) -> Iterator[str]:
    return (line.rstrip("\r\n") for line in io.StringIO(text, newline=None) if line.strip())
