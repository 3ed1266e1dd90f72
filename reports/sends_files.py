"""Writes the rows of `sends_export` as a CSV for a spreadsheet in Brazil, line by line, and as a workbook of real dates
and times. Nothing in either file can be read as a formula or become a link.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import IO

import xlsxwriter

from agency import csv_export
from reports.sends_export import HEADER, Cell

#: Widths of the columns, in characters.
_WIDTHS = (11, 7, 28, 24, 28, 18, 15, 30, 14, 40, 17, 17, 17, 11)
#: https://xlsxwriter.readthedocs.io/workbook.html: rows go to disk as they come; text stays text.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """UTF-8 with a byte order mark, `;` between cells, days and times as Brazilians write them."""
    writer = csv_export.line_writer()
    yield csv_export.BYTE_ORDER_MARK + writer.writerow(HEADER)
    for row in rows:
        yield writer.writerow([csv_export.harmless(_text(cell)) for cell in row])


def workbook(rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """An open temporary file that holds the workbook, at its beginning; it is gone once it is closed."""
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115  the answer closes it
    book = xlsxwriter.Workbook(file, _OPTIONS)
    sheet = book.add_worksheet("Envios")
    bold = book.add_format({"bold": True})
    formats = {
        datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        date: book.add_format({"num_format": "dd/mm/yyyy"}),
        time: book.add_format({"num_format": "hh:mm"}),
    }
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(HEADER):
        sheet.write_string(0, column, title, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif cell is not None:
                sheet.write_datetime(number, column, cell, formats[type(cell)])
    book.close()
    file.seek(0)
    return file


def _text(cell: Cell) -> str:
    match cell:
        case datetime():
            return f"{cell:%d/%m/%Y %H:%M}"
        case date():
            return f"{cell:%d/%m/%Y}"
        case time():
            return f"{cell:%H:%M}"
    return cell or ""
