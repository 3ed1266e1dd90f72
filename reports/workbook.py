"""The table of an XLSX workbook, or why it has none. Pure; reads values only, and nothing outside the file.

A workbook is a ZIP of XML that anybody may have written: its sizes are looked at before anything of it is unpacked,
and Python's zipfile never unpacks more of a part than the part's entry says.
"""

from __future__ import annotations

import io
import lzma
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException, ReadOnlyWorkbookException

from reports import metrics_cells as cells
from reports import table as tables
from reports.file_text import Unreadable
from reports.table import HEADER_WITHIN, MAX_ROWS, TOO_MANY_ROWS, Cell, Table

#: Unpacked, all parts together: fifty thousand rows of fifteen columns fit.
MAX_UNPACKED = 50 * 1024 * 1024
#: Real sheets shrink ten to thirty times; a part of nothing but zeros some thousand times.
MAX_RATIO = 200
_MAX_PARTS = 1000
_MAX_COLUMNS = 256
_MAX_SHEETS = 20
#: A sheet's own rows end at 1,048,576, most of them blank; so many are looked at.
_MAX_LOOKED_AT = 200_000

_BROKEN = "A planilha está corrompida. Abra no Excel ou no Google Planilhas, salve como .xlsx ou CSV e envie de novo."
_HUGE = "A planilha é grande demais depois de descompactada. Divida em arquivos menores, por exemplo um por mês."
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
#: A double holds sixteen digits and the noise of its last one; nothing that is imported has more than these decimals.
_DECIMALS = Decimal("0.000000001")


#: As what a broken part comes out of zipfile, the XML parser and openpyxl, which names none of it.
_BROKEN_PARTS = (
    *(zipfile.BadZipFile, zlib.error, struct.error, lzma.LZMAError, EOFError, OSError, RuntimeError),
    *(SyntaxError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError),
    *(InvalidFileException, ReadOnlyWorkbookException),
)


@dataclass(frozen=True, slots=True)
class Workbook:
    table: Table
    sheet: str
    #: Titles of sheets with something in them that were not read.
    others: tuple[str, ...] = ()


def read(content: bytes, is_table: Callable[[Table], bool]) -> Workbook:
    """The first sheet whose beginning `is_table`, else the first one with anything in it. Raises Unreadable."""
    try:
        has_formulas = _look_into(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that openpyxl does not know
            return _read(content, is_table, has_formulas=has_formulas)
    except Unreadable:  # a ValueError itself
        raise
    except _BROKEN_PARTS:
        raise Unreadable(_BROKEN) from None


def _look_into(content: bytes) -> bool:
    """Whether the parts hold formulas. Raises Unreadable for what is no workbook or unpacks to more than it may."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if "xl/workbook.bin" in names:
            raise Unreadable("Isto é uma planilha .xlsb. No Excel, salve como .xlsx ou CSV e envie de novo.")
        if "content.xml" in names and "mimetype" in names:
            raise Unreadable("Isto é uma planilha .ods. Salve como .xlsx ou CSV e envie de novo.")
        if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
            raise Unreadable(
                "Isto é um arquivo compactado. Extraia e envie a planilha CSV ou XLSX que está dentro dele."
            )
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable("A planilha está protegida por senha. Salve uma cópia sem senha e envie de novo.")
        packed = sum(part.compress_size for part in parts)
        unpacked = sum(part.file_size for part in parts)
        if len(parts) > _MAX_PARTS or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 10_000):
            raise Unreadable(_HUGE)
        texts = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
        return sum(_has_formulas(archive, part) for part in texts) > 0  # each one is looked at


def _has_formulas(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    content = archive.read(part)
    if _DOCTYPE.search(content[:4096]):
        raise Unreadable(_BROKEN)  # no writer of spreadsheets declares entities
    return part.filename.startswith("xl/worksheets/") and bool(_FORMULA.search(content))


def _read(content: bytes, is_table: Callable[[Table], bool], *, has_formulas: bool) -> Workbook:
    full: list[str] = []
    chosen: tuple[str, Table] | None = None
    with closing(load_workbook(io.BytesIO(content), read_only=True, data_only=True)) as book:
        for sheet in [each for each in book.worksheets if each.sheet_state == "visible"][:_MAX_SHEETS]:
            head = tables.from_rows(islice(_rows(sheet, _MAX_COLUMNS + 1), HEADER_WITHIN))
            if not head.records:
                continue
            full.append(sheet.title)
            if chosen is None or (not is_table(chosen[1]) and is_table(head)):
                chosen = sheet.title, head
        if chosen is None:
            raise Unreadable("A planilha está vazia.")
        title, head = chosen
        width = max(len(record.cells) for record in head.records)
        if width > _MAX_COLUMNS:
            raise Unreadable(f"A planilha tem mais de {_MAX_COLUMNS} colunas.")
        table = tables.from_rows(_rows(book[title], width + 1))
    if len(table.records) > MAX_ROWS + HEADER_WITHIN:
        raise Unreadable(TOO_MANY_ROWS)
    if has_formulas:
        _refuse_blank_formulas(content, title, table, width + 1)
    return Workbook(table, title, tuple(name for name in full if name != title))


def _rows(sheet: Any, columns: int) -> Iterator[tuple[Cell, ...]]:
    # What the file says of its size is often wrong and may be a lie, and so may be where a cell says that it is.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_col=columns, values_only=True)
    return (tuple(map(_cell, row)) for row in islice(rows, _MAX_LOOKED_AT))


def _cell(value: object) -> Cell:
    """A number as a number, a day as ISO text, everything else as the text that it is."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "VERDADEIRO" if value else "FALSO"
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return cells.tidy(str(value))


def _number(value: float) -> Cell:
    if abs(value) >= 1e15:  # also infinity: past fifteen digits Excel has rounded, and an id would be another one
        return f"{value:.14E}".replace(".", ",")
    return Decimal(repr(value)).quantize(_DECIMALS).normalize()


def _refuse_blank_formulas(content: bytes, title: str, table: Table, columns: int) -> None:
    """A formula without a stored result reads as an empty cell: unknown, where the person sees a number."""
    full = {record.line: record for record in table.records}
    with closing(load_workbook(io.BytesIO(content), read_only=True, data_only=False)) as book:
        sheet = book[title]
        sheet.reset_dimensions()
        for line, row in enumerate(islice(sheet.iter_rows(max_col=columns), _MAX_LOOKED_AT), start=1):
            for place, cell in enumerate(row):
                if cell.data_type == "f" and (line not in full or not full[line].text(place)):
                    raise Unreadable(_formula_at(line, place))


def _formula_at(line: int, place: int) -> str:
    return (
        f"A célula {get_column_letter(place + 1)}{line} tem uma fórmula sem o resultado gravado. "
        "Abra a planilha no Excel, salve e envie de novo, ou copie e cole só os valores."
    )
