from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.choices import Platform
from reports.file_text import MAX_BYTES, Unreadable, decode
from reports.import_rows import MAX_TOLD, Known, Problem, Problems, check
from reports.metrics import Sums
from reports.metrics_file import COLUMNS, parse
from reports.table import MAX_ROWS

HEADER = "plataforma;conta;data;investimento"
ALL = ";".join(COLUMNS)
META, GOOGLE = (Platform.META, "700100000000001"), (Platform.GOOGLE, "7001000001")


def told(text: str) -> list[str]:
    return [str(problem) for problem in parse(text).problems]


def rows_of(text: str) -> list[Any]:
    found = parse(text)
    assert found.problems == ()
    return list(found.rows)


def cell_of(column: str, cell: str) -> Any:
    """The one number of a file with this cell in this column; the sentence about it where it cannot be read."""
    if column == "investimento":
        found = parse(f"{HEADER}\nmeta;700100000000001;2026-11-23;{cell}")
    else:
        found = parse(f"{HEADER};{column}\nmeta;700100000000001;2026-11-23;1;{cell}")
    if found.problems:
        return str(found.problems[0]).removeprefix("Linha 2: ")
    names = {"investimento": "spend", "impressoes": "impressions", "conversoes": "conversions", "leads": "leads"}
    return getattr(found.rows[0].numbers, names[column])


def test_all_columns() -> None:
    line = "meta;act_700100000000001;23/11/2026;1.234,56;R$ 4.200,00;15.300;412;34,5;12;8"

    (row,) = rows_of(f"{ALL}\n{line}\n")

    assert (row.line, row.account, row.day) == (2, META, date(2026, 11, 23))
    assert row.numbers == Sums(D("1234.56"), D(4200), D("34.5"), 15300, 412, 12, 8)


def test_what_is_not_said_is_unknown_and_never_zero() -> None:
    (row,) = rows_of(f"{HEADER};receita;leads\nmeta;700100000000001;2026-11-23;0;;\n")

    assert row.numbers == Sums(spend=D(0))


def test_the_order_of_columns_is_free_and_their_names_are_forgiving() -> None:
    text = "IMPRESSÕES, Investimento ,Data,Conta,Plata_forma\n10,1.50,2026-11-23,700-100-0001,Google Ads\n"

    (row,) = rows_of(text)

    assert (row.account, row.numbers) == (GOOGLE, Sums(spend=D("1.50"), impressions=10))


@pytest.mark.parametrize("platform", ["meta", "META", "Meta Ads", "meta_ads", " Meta  Ads "])
def test_names_of_a_platform(platform: str) -> None:
    assert rows_of(f"{HEADER}\n{platform};700100000000001;2026-11-23;1")[0].account == META


@pytest.mark.parametrize(
    "account", ["act_700100000000001", '"700100000000001"', "7001-0000-0000-001", "ACT_700100000000001"]
)
def test_forms_of_an_account(account: str) -> None:
    assert rows_of(f"{HEADER}\nmeta;{account};2026-11-23;1")[0].account == META


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("0", D(0)),
        ("1234", D(1234)),
        ("1234,5", D("1234.5")),
        ("1234.56", D("1234.56")),
        ("1.234,56", D("1234.56")),
        ("1,234.56", D("1234.56")),
        ("1.234.567", D(1234567)),
        ("1,234,567", D(1234567)),
        ("1.234.567,8", D("1234567.8")),
        ("1 234,56", D("1234.56")),
        ("1\u00a0234", D(1234)),
        ("R$ 1.234,56", D("1234.56")),
        ("R$\u00a01.234,56", D("1234.56")),
        ("r$10", D(10)),
        ("US$ 10.50", D("10.50")),
        ("999999999999,99", D("999999999999.99")),
        ("007", D(7)),
        ("1.234", "investimento “1.234” pode ser 1234 ou 1,234: escreva 1234,00 ou, com duas casas, 1,23."),
        ("12,345", "investimento “12,345” pode ser 12345 ou 12,345: escreva 12345,00 ou, com duas casas, 12,34."),
        ("R$ 1.234", "investimento “R$ 1.234” pode ser 1234 ou 1,234: escreva 1234,00 ou, com duas casas, 1,23."),
        ("0,123", "investimento “0,123” tem mais de duas casas decimais."),
        ("1234.567", "investimento “1234.567” tem mais de duas casas decimais."),
        ("1,234.567", "investimento “1,234.567” tem mais de duas casas decimais."),
        ("1000000000000", "investimento “1000000000000” é grande demais."),
        ("-5", "investimento “-5” é um número negativo."),
        ("−5,00", "investimento “−5,00” é um número negativo."),
        ("R$ -5", "investimento “R$ -5” é um número negativo."),
        ("-R$ 5", "investimento “-R$ 5” é um número negativo."),
        ("=SUM(A1:A3)", "investimento “=SUM(A1:A3)” não é um número."),
        ("-", "investimento “-” não é um número."),
        ("S$ 5", "investimento “S$ 5” não é um número."),
        ("€ 5", "investimento “€ 5” não é um número."),
        ("1e3", "investimento “1e3” não é um número."),
        ("1.23.456", "investimento “1.23.456” não é um número."),
        ("1.234.56", "investimento “1.234.56” não é um número."),
        ("12%", "investimento “12%” não é um número."),
        ("١٢", "investimento “١٢” não é um número."),
        ("", "falta o investimento: escreva 0 se nada rodou."),
        ("1" * 50, f"investimento “{'1' * 39}…” é grande demais."),
        ("1" * 5000, f"investimento “{'1' * 39}…” não é um número."),
    ],
)
def test_money(cell: str, expected: D | str) -> None:
    assert cell_of("investimento", cell) == expected


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("impressoes", "1.234", 1234),
        ("impressoes", "1,234", 1234),
        ("impressoes", "1 234 567", 1234567),
        ("impressoes", "12,00", 12),
        ("impressoes", "9223372036854775807", 2**63 - 1),
        ("impressoes", "9223372036854775808", "impressoes “9223372036854775808” é grande demais."),
        ("impressoes", "12,5", "impressoes “12,5” não é um número inteiro."),
        ("impressoes", "0.123", "impressoes “0.123” não é um número inteiro."),
        ("impressoes", "-1", "impressoes “-1” é um número negativo."),
        ("impressoes", "R$ 10", "impressoes “R$ 10” não é um número."),
        ("impressoes", "muitas", "impressoes “muitas” não é um número."),
        ("leads", "2147483647", 2**31 - 1),
        ("leads", "2147483648", "leads “2147483648” é grande demais."),
        ("conversoes", "34,5", D("34.5")),
        ("conversoes", "0.25", D("0.25")),
        ("conversoes", "1.234", "conversoes “1.234” pode ser 1234 ou 1,234: escreva 1234,00 ou, com duas casas, 1,23."),
        ("conversoes", "0,125", "conversoes “0,125” tem mais de duas casas decimais."),
        ("conversoes", "R$ 3", "conversoes “R$ 3” não é um número."),
    ],
)
def test_counts(column: str, cell: str, expected: Any) -> None:
    assert cell_of(column, cell) == expected


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        ("meta;700100000000001;31/02/2026;1", ["data “31/02/2026” não existe."]),
        ("meta;700100000000001;2026-13-01;1", ["data “2026-13-01” não existe."]),
        ("meta;700100000000001;0000-01-01;1", ["data “0000-01-01” não existe."]),
        ("meta;700100000000001;1/2/26;1", ["“1/2/26” não é uma data: escreva 2026-11-24 ou 24/11/2026."]),
        ("meta;700100000000001;Total;1", ["“Total” não é uma data: escreva 2026-11-24 ou 24/11/2026."]),
        ("tiktok;700100000000001;2026-11-23;1", ["“tiktok” não é uma plataforma: escreva meta ou google."]),
        ("google;123;2026-11-23;1", ["conta “123”: o id do Google Ads tem 10 números, como 123-456-7890."]),
        ("meta;minha conta;2026-11-23;1", ["conta “minha conta”: o id da conta só tem números."]),
        (
            "meta;7,001E+14;2026-11-23;1",
            ["a planilha encurtou a conta “7,001E+14”: formate a coluna como texto, ou escreva act_ ou hifens no id."],
        ),
        (";;;1", ["falta a plataforma.", "falta a data."]),
        ("meta;;2026-11-23;-1", ["falta a conta.", "investimento “-1” é um número negativo."]),
        ("meta;700100000000001;2026-11-23", ["tem 3 células, e o cabeçalho tem 4."]),
        ("Total", ["tem 1 célula, e o cabeçalho tem 4."]),
        ("meta;700100000000001;2026-11-23;1;2", ["tem 5 células, e o cabeçalho tem 4."]),
        ('meta;700100000000001;2026-11-23;"1', ["as aspas não fecham. Daqui em diante nada foi lido."]),
        (f"meta;{'7' * 200_000};2026-11-23;1", ["uma célula é longa demais. Daqui em diante nada foi lido."]),
        ('meta;"70"01;2026-11-23;1', ["as aspas não fecham. Daqui em diante nada foi lido."]),
    ],
)
def test_a_bad_row_names_its_line_and_each_reason(row: str, reasons: list[str]) -> None:
    good = "meta;700100000000001;2026-11-22;1"

    assert told(f"{HEADER}\n{good}\n\n{row}") == [f"Linha 4: {reason}" for reason in reasons]


def test_unquoted_decimal_commas_between_commas_are_told() -> None:
    (found,) = told("plataforma,conta,data,investimento\nmeta,700100000000001,2026-11-23,10,50\n")

    assert found.startswith("Linha 2: tem 5 células, e o cabeçalho tem 4. Com vírgula entre as colunas, escreva ")


def test_one_day_of_an_account_twice_names_both_lines() -> None:
    found = told(f"{HEADER}\nmeta;700100000000001;2026-11-23;1\nmeta;act_700100000000001;23/11/2026;1\n")

    assert found == ["Linha 3: a conta act_700100000000001 da Meta Ads já tem o dia 23/11/2026 na linha 2."]


def test_lines_are_those_of_the_file_also_after_quoted_line_ends_and_blank_lines() -> None:
    text = f'{HEADER};"leads"\r\n;;;;\r\n\r\n"meta\n";700100000000001;2026-11-23;1;2\r\nmeta;1;2026-11-23;1;2'

    assert told(text) == ["Linha 6: conta “1”: o id da Meta tem de 5 a 20 números, como act_1234567890."]


@pytest.mark.parametrize(
    ("first", "delimiter"),
    [
        ("sep=;", ";"),
        ("sep=,", ","),
        ("SEP=|", "|"),
        ("sep=\t", "\t"),
        ('"sep=;"', ";"),
        ("sep=;;;;", ";"),  # as a spreadsheet writes that line back, with empty cells behind it
        ("\r\nsep=;", ";"),
        ("sep=;", ","),  # the header knows better
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_first_line_that_excel_reads_is_no_header(first: str, delimiter: str, end: str) -> None:
    lines = [first, *(line.replace(";", delimiter) for line in (HEADER, "meta;700100000000001;2026-11-23;1"))]

    (row,) = rows_of(end.join(lines))

    assert (row.account, row.numbers) == (META, Sums(spend=D(1)))
    assert row.line == 3 + first.count("\r\n")


def test_a_sep_line_alone_is_no_file_and_elsewhere_it_is_a_row() -> None:
    assert told("sep=;")[0].startswith("A primeira linha precisa ser o cabeçalho")
    assert told(f"{HEADER}\nsep=;") == ["Linha 2: tem 2 células, e o cabeçalho tem 4."]


@pytest.mark.parametrize(
    "day",
    [
        *("23/11/2026 00:00", "23/11/2026 00:00:00", "23/11/2026  00:00"),
        *("2026-11-23 00:00", "2026-11-23 00:00:00", "2026-11-23T00:00:00", "2026-11-23 00:00:00.000"),
    ],
)
def test_a_day_that_a_spreadsheet_took_for_a_moment(day: str) -> None:
    (row,) = rows_of(f"{HEADER}\nmeta;700100000000001;{day};1")

    assert row.day == date(2026, 11, 23)


@pytest.mark.parametrize("day", ["23/11/2026 14:30", "2026-11-23 23:59:59", "2026-11-23T00:00:00Z", "23/11/2026 00"])
def test_another_time_of_day_is_no_day(day: str) -> None:
    assert told(f"{HEADER}\nmeta;700100000000001;{day};1") == [
        f"Linha 2: “{day}” não é uma data: escreva 2026-11-24 ou 24/11/2026."
    ]


def test_empty_cells_behind_the_last_column_are_no_columns() -> None:
    assert len(rows_of(f"{HEADER};;\nmeta;700100000000001;2026-11-23;1;;\nmeta;700100000000001;2026-11-22;1\n")) == 2
    assert told(f"{HEADER};;\nmeta;700100000000001;2026-11-23;1;;9") == ["Linha 2: tem 6 células, e o cabeçalho tem 4."]


def test_more_clicks_than_impressions_are_possible() -> None:
    (row,) = rows_of(f"{HEADER};impressoes;cliques\nmeta;700100000000001;2026-11-23;1;5;9\n")

    assert (row.numbers.impressions, row.numbers.clicks) == (5, 9)


@pytest.mark.parametrize(
    ("header", "reasons"),
    [
        (f"{HEADER};investimeto", ["A coluna “investimeto” não é conhecida: seria investimento?"]),
        (f"{HEADER};campanha", ["A coluna “campanha” não é conhecida."]),
        ("plataforma;conta;data;gasto", ["A coluna “gasto” não é conhecida.", "Falta a coluna investimento."]),
        ("plataforma;conta;leads", ["Faltam as colunas data e investimento."]),
        (f"{HEADER};Data", ["A coluna data aparece 2 vezes."]),
        ("plataforma;;conta;data;investimento", ["Uma coluna do cabeçalho não tem nome."]),
        (
            "meta;700100000000001;2026-11-23;1",
            [f"A primeira linha precisa ser o cabeçalho, com os nomes das colunas: {ALL}"],
        ),
        ("a" * 200_000, ["Linha 1: uma célula é longa demais."]),
        ('plataforma;"conta', ["Linha 1: as aspas não fecham."]),
    ],
)
def test_headers_that_are_refused(header: str, reasons: list[str]) -> None:
    assert told(f"{header}\nmeta;700100000000001;2026-11-23;1\n") == reasons


def test_a_header_alone_is_no_file() -> None:
    assert told(HEADER) == ["O arquivo só tem o cabeçalho: nenhum dia para gravar."]
    assert told(f"{HEADER}\n\n;;;\n") == ["O arquivo só tem o cabeçalho: nenhum dia para gravar."]


def test_no_more_rows_than_fit() -> None:
    row = "meta;700100000000001;{};1\n"
    days = [date(2026, 11, 23) - timedelta(days=number) for number in range(MAX_ROWS + 1)]
    text = HEADER + "\n" + "".join(row.format(day) for day in days)

    assert told(text) == ["O arquivo passa de 50.000 linhas. Divida em arquivos menores."]
    assert len(rows_of(text[: text.rindex("meta")])) == MAX_ROWS


ZIPPED = "Isto é um arquivo compactado. Extraia e envie a planilha CSV ou XLSX que está dentro dele."
WEB_PAGE = (
    "Isto é uma página da web (HTML), não uma planilha, mesmo que o nome diga .xls. "
    "Salve como CSV ou XLSX e envie de novo."
)
NO_TEXT = "Isto não é um arquivo de texto. Salve como CSV ou XLSX e envie de novo."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "O arquivo está vazio."),
        (b"\xef\xbb\xbf \r\n", "O arquivo está vazio."),
        (b"PK\x03\x04\x14\x00", ZIPPED),
        (b"\x1f\x8b\x08\x00", ZIPPED),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1",
            "Isto é uma planilha .xls antiga. No Excel, salve como .xlsx ou CSV e envie de novo.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1" + "EncryptedPackage".encode("utf-16-le"),
            "A planilha está protegida por senha. Salve uma cópia sem senha e envie de novo.",
        ),
        (b"%PDF-1.7", "Isto é um PDF. Exporte os números como CSV ou XLSX e envie de novo."),
        (b"<!DOCTYPE html><p>", WEB_PAGE),
        (b"\n<table><tr>", WEB_PAGE),
        (
            b"<?xml version='1.0'?><Workbook>",
            "Isto é um arquivo XML, não uma planilha CSV ou XLSX. Salve como CSV ou XLSX e envie de novo.",
        ),
        (b"conta;data\x00", NO_TEXT),
        (b"\x89PNG\r\n\x1a\n", NO_TEXT),
        ("plataforma".encode("utf-16-le"), NO_TEXT),
        (b"\xff\xfea", "O texto do arquivo está corrompido. Salve como CSV UTF-8 e envie de novo."),
        (b"a" * (MAX_BYTES + 1), "O arquivo passa de 5 MB. Divida em arquivos menores, por exemplo um por mês."),
    ],
)
def test_what_is_no_text(content: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(content)

    assert str(refused.value) == sentence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_encodings(encoding: str) -> None:
    assert decode("impressões;conversões".encode(encoding)) == "impressões;conversões"


def test_a_byte_without_meaning_in_windows_is_read_as_latin() -> None:
    assert decode(b"convers\xf5es\n\x81") == "conversões\n\x81"


# --- Against what is known of the accounts ------------------------------------------------------------------------

TODAY = date(2026, 11, 24)
KNOWN = {META: [Known(TODAY, "BRL")]}


def wrong(*lines: str, known: dict[Any, list[Known]] = KNOWN) -> list[str]:
    return [str(problem) for problem in check(parse("\n".join([HEADER, *lines])).rows, known)]


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-11-23", None),
        # Half a day would count as covered, and leave with tomorrow's report.
        ("2026-11-24", "Linha 2: o dia 24/11/2026 ainda não terminou."),
        ("2026-11-25", "Linha 2: o dia 25/11/2026 ainda não chegou."),
        ("2021-11-24", None),
        ("2021-11-23", "Linha 2: o dia 23/11/2021 tem mais de 5 anos."),
    ],
)
def test_days_that_can_be(day: str, reason: str | None) -> None:
    assert wrong(f"meta;700100000000001;{day};1") == ([reason] if reason else [])


def test_five_years_before_a_29_february() -> None:
    known = {META: [Known(date(2028, 2, 29), "BRL")]}

    assert wrong("meta;700100000000001;2023-02-28;1", known=known) == []
    assert len(wrong("meta;700100000000001;2023-02-27;1", known=known)) == 1


def test_an_unknown_account_is_told_once() -> None:
    assert wrong(
        "meta;700100000000001;2026-11-20;1",
        "google;7001000001;2026-11-20;1",
        "meta;99999;2026-11-20;1",
        "google;7001000001;2026-11-21;1",
    ) == [
        "Linha 3: a conta 700-100-0001 do Google Ads não está ligada a nenhum cliente (está em 2 linhas).",
        "Linha 4: a conta act_99999 da Meta Ads não está ligada a nenhum cliente.",
    ]


def test_a_currency_that_is_not_the_accounts() -> None:
    assert wrong("meta;700100000000001;2026-11-20;US$ 10") == [
        "Linha 2: o valor está em USD, e a conta act_700100000000001 da Meta Ads é em BRL."
    ]
    assert wrong("meta;700100000000001;2026-11-20;R$ 10") == []


def test_an_account_of_two_clients_has_the_earlier_of_two_days() -> None:
    known = {META: [Known(TODAY, "BRL"), Known(TODAY - timedelta(days=1), "BRL")]}

    assert len(wrong("meta;700100000000001;2026-11-24;1", known=known)) == 1


def test_so_many_problems_are_told_in_the_order_of_the_lines() -> None:
    found = Problems.of(Problem(line, "ruim.") for line in range(MAX_TOLD + 7, 0, -1))

    assert (len(found.told), found.more) == (MAX_TOLD, 7)
    assert found.told[:2] == ("Linha 1: ruim.", "Linha 2: ruim.")
    assert not Problems.of([])


# --- Properties ---------------------------------------------------------------------------------------------------

MONEY = st.decimals(0, D("999999999999.99"), places=2, allow_nan=False, allow_infinity=False)
BIG, SMALL = st.integers(0, 2**63 - 1), st.integers(0, 2**31 - 1)
SUMS = st.builds(
    Sums,
    spend=MONEY,
    revenue=st.none() | MONEY,
    conversions=st.none() | MONEY,
    impressions=st.none() | BIG,
    clicks=st.none() | BIG,
    leads=st.none() | SMALL,
    messages=st.none() | SMALL,
)
DAYS = st.dates(date(2021, 11, 24), date(2026, 11, 24))
TABLES = st.dictionaries(st.tuples(st.sampled_from([META, GOOGLE]), DAYS), SUMS, min_size=1, max_size=8)
FIELD_OF = {
    "investimento": "spend",
    "receita": "revenue",
    "impressoes": "impressions",
    "cliques": "clicks",
    "conversoes": "conversions",
    "leads": "leads",
    "mensagens": "messages",
}


def written(value: Any, mark: str, *, is_grouped: bool) -> str:
    """A number as a spreadsheet with this decimal mark writes it."""
    if value is None:
        return ""
    text = f"{value:,}" if is_grouped else str(value)
    return text.translate(str.maketrans(",.", ".,")) if mark == "," else text


@settings(max_examples=300, deadline=None)
@given(
    TABLES,
    st.permutations(COLUMNS),
    st.sampled_from(";,\t"),
    st.sampled_from(",."),
    st.booleans(),
    st.sampled_from(["%Y-%m-%d", "%d/%m/%Y"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_every_dialect_reads_back_the_same_numbers(
    table: dict[Any, Sums],
    columns: list[str],
    delimiter: str,
    mark: str,
    is_grouped: bool,
    day_form: str,
    encoding: str,
    line_end: str,
    quoting: Any,
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerow([column.replace("oes", "ões").upper() for column in columns])
    for ((platform, account), day), sums in table.items():
        cells = {"plataforma": platform.label, "conta": account, "data": day.strftime(day_form)}
        numbers = {name: written(getattr(sums, field), mark, is_grouped=is_grouped) for name, field in FIELD_OF.items()}
        writer.writerow([(cells | numbers)[column] for column in columns])

    found = parse(decode(text.getvalue().encode(encoding)))

    assert found.problems == ()
    assert {(row.account, row.day): row.numbers for row in found.rows} == table


def read_anything(content: bytes) -> None:
    try:
        text = decode(content)
    except Unreadable:
        return
    found = parse(text)
    assert found.rows or found.problems


@given(st.binary(max_size=400))
def test_random_bytes_never_raise(content: bytes) -> None:
    read_anything(content)


@settings(max_examples=300)
@given(st.text(max_size=300), st.sampled_from(["", f"{HEADER}\n", f"{ALL}\n", f"{ALL.replace(';', ',')}\n"]))
def test_random_text_never_raises(text: str, header: str) -> None:
    read_anything(f"{header}{text}".encode("utf-8", "ignore"))
    found = parse(f"{header}{text}")
    assert found.rows or found.problems


@settings(max_examples=300)
@given(st.lists(st.text('0123456789.,;-R$ "\n=meta/\t\u00a0', max_size=12), min_size=4, max_size=12))
def test_rows_that_are_nearly_right_never_raise(found: list[str]) -> None:
    read_anything(f"{ALL}\n{';'.join(found)}\n".encode())
