"""A file that a person brings, from its bytes to a table and from the table to daily rows. Pure; keeps nothing.

One way for all files: Adscape's own columns, an export of the Ads Manager or of Google Ads, as CSV or as XLSX.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports import metrics_cells as cells
from reports import metrics_file, workbook
from reports import table as tables
from reports.choices import FileFormat
from reports.exports import header as headers
from reports.exports import names, reading
from reports.exports.accounts import Book
from reports.file_text import MAX_BYTES, TOO_BIG, ZIP, Unreadable, decode_named
from reports.import_rows import Parsed, Problem
from reports.metrics_cells import shown
from reports.table import Table

#: Columns that only Adscape's own files have.
_OWN = frozenset({"plataforma", "investimento", "mensagens"})
_UNKNOWN = (
    "Não reconheci as colunas deste arquivo. Envie a exportação por dia do Gerenciador de Anúncios ou do Google Ads, "
    f"ou use o modelo, que tem no cabeçalho: {';'.join(metrics_file.COLUMNS)}"
)
_NOTE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it is kept until somebody decides. `note`: what is unusual about how it was read, "" if nothing."""

    text: str
    format: FileFormat = FileFormat.CSV
    note: str = ""


def open_file(content: bytes) -> Opened:
    """Raises `file_text.Unreadable` with a sentence in pt-BR for what holds no table."""
    if len(content) > MAX_BYTES:
        raise Unreadable(TOO_BIG)
    if content.startswith(ZIP):
        found = workbook.read(content, _is_known)
        return Opened(tables.dumps(found.table), FileFormat.XLSX, _of_sheets(found)[:_NOTE_LENGTH])
    text, encoding = decode_named(content)
    return Opened(text, FileFormat.CSV, f"O texto está em {encoding}." if encoding else "")


def table_of(opened: Opened) -> Table:
    return tables.loads(opened.text) if opened.format is FileFormat.XLSX else tables.from_csv(opened.text, _is_name)


def read(table: Table, book: Book) -> Parsed:
    """The daily rows of a table, or what is wrong with it."""
    if found := headers.mojibake(table):
        return Parsed(problems=(found,))
    if _is_own(table):
        return metrics_file.read(table)
    header = headers.find(table)
    if header is not None:
        return reading.read(table, header, book)
    if not table.records or table.broken or any(map(metrics_file.is_name, _first(table))):
        return metrics_file.read(table)
    return Parsed(problems=(Problem(0, _UNKNOWN),))


def is_export(table: Table) -> bool:
    """Whether it is a platform's: those may name their account by its name, or not at all."""
    return not _is_own(table) and headers.find(table) is not None


def _is_own(table: Table) -> bool:
    return bool(_OWN & {cells.key(name) for name in _first(table)})


def _first(table: Table) -> list[str]:
    return [str(cell) for cell in table.records[0].cells] if table.records else []


def _is_name(header: str) -> bool:
    return metrics_file.is_name(header) or names.is_name(header)


def _is_known(head: Table) -> bool:
    return _is_own(head) or headers.find(head) is not None


def _of_sheets(found: workbook.Workbook) -> str:
    if not found.others:
        return ""
    others = ", ".join(map(shown, found.others))
    were = f"a aba {others} não foi lida" if len(found.others) == 1 else f"as abas {others} não foram lidas"
    return f"Só a aba {shown(found.sheet)} foi lida; {were}."
