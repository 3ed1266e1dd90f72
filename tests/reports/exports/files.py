"""The exports of tests/fixtures/exports, as bytes and as what is read of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from reports.choices import Platform
from reports.exports.accounts import Book
from reports.import_file import open_file, read, table_of
from reports.import_rows import Account, Parsed

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "exports"
META: Account = (Platform.META, "700100000000001")
GOOGLE: Account = (Platform.GOOGLE, "7001000001")
#: An agency with an account of each platform, and nothing chosen yet.
BOOK = Book(((META, "Ipê Loja"), (GOOGLE, "Ipê Busca")))


def export(name: str, encoding: str = "utf-8") -> bytes:
    return (FOLDER / name).read_text(encoding="utf-8").encode(encoding)


def parsed(content: bytes | str, chosen: Account | None = None) -> Parsed:
    opened = open_file(content.encode() if isinstance(content, str) else content)
    return read(table_of(opened), Book(BOOK.accounts, chosen))


def told(content: bytes | str, chosen: Account | None = META) -> list[str]:
    return [str(problem) for problem in parsed(content, chosen).problems]


def xlsx(*sheets: Sequence[Sequence[Any]], titles: Sequence[str] = ()) -> bytes:
    """A workbook with these rows in these sheets."""
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for place, rows in enumerate(sheets):
        sheet = book.create_sheet(titles[place] if titles else f"Aba {place + 1}")
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
