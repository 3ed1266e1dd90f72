from __future__ import annotations

import contextlib
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from reports import workbook
from reports.file_text import MAX_BYTES, TOO_BIG, Unreadable
from reports.import_file import open_file, table_of
from reports.table import dumps, loads, written
from tests.reports.exports.files import META, parsed, saved, xlsx

HEAD = ["Dia", "Valor usado (BRL)", "Impressões"]
ROW = ["2026-11-20", 10.5, 900]
BROKEN = "A planilha está corrompida. Abra no Excel ou no Google Planilhas, salve como .xlsx ou CSV e envie de novo."
HUGE = "A planilha é grande demais depois de descompactada. Divida em arquivos menores, por exemplo um por mês."
ZIPPED = "Isto é um arquivo compactado. Extraia e envie a planilha CSV ou XLSX que está dentro dele."
#: A cell knows no zone.
MOMENT = datetime(2026, 11, 20, 14, 30)  # noqa: DTZ001
#: A cell knows no zone.
MOMENT = datetime(2026, 11, 20, 14, 30)  # noqa: DTZ001
GOOD = xlsx([HEAD, ROW])


def cells_of(content: bytes) -> list[tuple[int, tuple[Any, ...]]]:
    return [(record.line, record.cells) for record in table_of(open_file(content)).records]


def refusal(content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        open_file(content)
    return str(refused.value)


def zipped(parts: dict[str, bytes | str], *, base: bytes = b"") -> bytes:
    """A ZIP of these parts, over those of another one."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        if base:
            with zipfile.ZipFile(io.BytesIO(base)) as other:
                for name in set(other.namelist()) - set(parts):
                    archive.writestr(name, other.read(name))
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def sheet(data: str, *, dimension: str = "") -> bytes:
    """A workbook whose sheet is this XML."""
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"{dimension}<sheetData>{data}</sheetData></worksheet>"
    )
    return zipped({"xl/worksheets/sheet1.xml": xml}, base=GOOD)


def test_values_as_a_spreadsheet_holds_them() -> None:
    rows = [
        ["Dia", "texto", "inteiro", "parte", "sim", "vazio", "fim"],
        [date(2026, 11, 20), " a\u00a0 b ", 3, 0.1 + 0.2, True, None, 1e-9],
        [],
        [MOMENT, "1.234", 700100000000001, 1.0, False, None, 123456789012345678],
    ]

    assert cells_of(xlsx(rows)) == [
        (1, ("Dia", "texto", "inteiro", "parte", "sim", "vazio", "fim")),
        (2, ("2026-11-20", "a b", D(3), D("0.3"), "VERDADEIRO", "", D("1E-9"))),
        (4, ("2026-11-20 14:30:00", "1.234", D(700100000000001), D(1), "FALSO", "", "1,23456789012346E+17")),
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (D(0), "0"),
        (D("1E+3"), "1000"),
        (D("1.5"), "1.50"),
        (D("1234.56"), "1234.56"),
        (D("1.234"), "1.2340"),  # never three decimals: they could be thousands
        (D("0.30"), "0.30"),
        (D("1.23456"), "1.23456"),
        (D("-2.5"), "-2.50"),
    ],
)
def test_numbers_as_text_mean_one_thing(number: D, text: str) -> None:
    assert written(number) == text


def test_a_table_is_kept_as_text_without_losing_a_cent() -> None:
    table = table_of(open_file(xlsx([HEAD, ROW, ["", 1.234, "1.234"]])))

    assert loads(dumps(table)) == table
    assert loads("").records == ()


def test_the_first_sheet_with_an_export_is_read_and_the_others_are_named() -> None:
    content = xlsx([], [["Anotações"]], [HEAD, ROW], [HEAD], titles=["Vazia", "Capa", "Novembro", "Outubro"])

    assert open_file(content).note == "Só a aba “Novembro” foi lida; as abas “Capa”, “Outubro” não foram lidas."
    assert len(parsed(content, META).rows) == 1


def test_hidden_sheets_are_not_read_and_hidden_columns_are() -> None:
    book = Workbook()
    first, second = book.active, book.create_sheet("Dados")
    assert first is not None
    first.append(HEAD)
    first.sheet_state = "hidden"
    for row in (HEAD, ROW):
        second.append(row)
    second.column_dimensions["B"].hidden = True

    assert parsed(saved(book), META).rows[0].numbers.spend == D("10.5")
    assert open_file(saved(book)).note == ""


def test_merged_cells_above_the_header_are_a_title() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (["Relatório de novembro"], HEAD, ROW):
        page.append(row)
    page.merge_cells("A1:C1")

    assert len(parsed(saved(book), META).rows) == 1


def test_a_header_of_two_merged_lines_is_told() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (["Dia", "Desempenho", None], [None, "Valor usado (BRL)", "Impressões"], ROW):
        page.append(row)
    page.merge_cells("B1:C1")
    page.merge_cells("A1:A2")

    (problem,) = parsed(saved(book), META).problems
    assert "células mescladas" in str(problem)


def test_a_formula_without_its_result_is_told_with_its_cell() -> None:
    content = xlsx([HEAD, ROW, ["2026-11-21", "=B2*2", 5]])

    assert refusal(content) == (
        "A célula B3 tem uma fórmula sem o resultado gravado. "
        "Abra a planilha no Excel, salve e envie de novo, ou copie e cole só os valores."
    )


def test_a_formula_with_its_result_is_its_result() -> None:
    rows = [
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Dia</t></is></c></row>',
        '<row r="2"><c r="A2" t="inlineStr"><is><t>2026-11-20</t></is></c><c r="B2"><f>1+1</f><v>2</v></c></row>',
    ]

    assert cells_of(sheet("".join(rows)))[1] == (2, ("2026-11-20", D(2)))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (xlsx([]), "A planilha está vazia."),
        (xlsx([[None, ""]]), "A planilha está vazia."),
        (b"PK\x03\x04", BROKEN),
        (GOOD[:-100], BROKEN),
        (GOOD[:200] + b"\x00" * 200 + GOOD[400:], BROKEN),
        (zipped({"novembro.csv": "Dia,Custo"}), ZIPPED),
        (
            zipped({"mimetype": "x", "content.xml": "<a/>"}),
            "Isto é uma planilha .ods. Salve como .xlsx ou CSV e envie de novo.",
        ),
        (
            zipped({"[Content_Types].xml": "", "xl/workbook.bin": ""}),
            "Isto é uma planilha .xlsb. No Excel, salve como .xlsx ou CSV e envie de novo.",
        ),
        (zipped({"[Content_Types].xml": "", "word/document.xml": ""}), ZIPPED),
        (zipped({"xl/workbook.xml": "<a"}, base=GOOD), BROKEN),
        (zipped({"xl/worksheets/sheet1.xml": "<a"}, base=GOOD), BROKEN),
        (zipped({"xl/zeros.xml": b"\x00" * (workbook.MAX_UNPACKED + 1)}, base=GOOD), HUGE),
        (zipped({"xl/zeros.xml": b"\x00" * 20_000_000}, base=GOOD), HUGE),
        (zipped({f"xl/{number}.xml": "" for number in range(1100)}, base=GOOD), HUGE),
        (
            zipped({"xl/sharedStrings.xml": '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><sst/>'}, base=GOOD),
            BROKEN,
        ),
        (sheet('<row r="1"><c r="ZZZZZZZ1"><v>1</v></c></row>'), BROKEN),
        (b"PK\x03\x04" + b"a" * MAX_BYTES, TOO_BIG),
    ],
    ids=range(17),
)
def test_what_is_no_workbook(content: bytes, sentence: str) -> None:
    assert refusal(content) == sentence


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    cell = '<c r="A1" t="inlineStr"><is><t>Dia</t></is></c><c r="B1" t="inlineStr"><is><t>Custo</t></is></c>'
    far = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'

    assert cells_of(sheet(f'<row r="1">{cell}</row>{far}', dimension='<dimension ref="A1:XFD1048576"/>')) == [
        (1, ("Dia", "Custo"))
    ]


def test_too_many_columns() -> None:
    assert refusal(xlsx([["x"] * 300])) == "A planilha tem mais de 256 colunas."


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 20)
    content = xlsx([[at] for at in range(60)])

    assert refusal(content) == "O arquivo passa de 50.000 linhas. Divida em arquivos menores."


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=8))
def test_a_workbook_with_any_bytes_broken_is_read_or_told(place: int, junk: bytes) -> None:
    with contextlib.suppress(Unreadable):
        table_of(open_file(GOOD[:place] + junk + GOOD[place + len(junk) :]))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2000), st.text('<>/"= crsA1t&;', min_size=1, max_size=8), st.sampled_from(["workbook", "styles"]))
def test_a_part_with_any_signs_broken_is_read_or_told(place: int, junk: str, part: str) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        xml = archive.read(f"xl/{part}.xml").decode()
    place %= len(xml)

    with contextlib.suppress(Unreadable):
        table_of(open_file(zipped({f"xl/{part}.xml": xml[:place] + junk + xml[place + len(junk) :]}, base=GOOD)))
