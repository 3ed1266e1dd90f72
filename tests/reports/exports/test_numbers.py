from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.exports.numbers import OPEN, Kind, Mark, Settled, currency_of, fits, is_number, read, settle
from reports.metrics_cells import CellError

AMOUNT, WHOLE = Kind.AMOUNT, Kind.WHOLE
COMMA, POINT = Settled(Mark.COMMA), Settled(Mark.POINT)


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        ([(AMOUNT, "1.234,56")], ","),
        ([(AMOUNT, "1,234.56")], "."),
        ([(AMOUNT, "12,5")], ","),
        ([(AMOUNT, "335.33")], "."),
        ([(AMOUNT, "0,123")], ","),
        ([(AMOUNT, "1234.567")], "."),
        ([(AMOUNT, "1.234.567")], ","),
        ([(AMOUNT, "R$ 12,50")], ","),
        ([(AMOUNT, "1.234"), (WHOLE, "5.874")], ","),  # there is no part of an impression
        ([(AMOUNT, "1,234"), (WHOLE, "5,874")], "."),
        ([(AMOUNT, "1.234"), (AMOUNT, "12")], None),
        ([(AMOUNT, "1.234"), (AMOUNT, D("12.5"))], None),  # what Excel holds as a number says nothing of texts
        ([(AMOUNT, "1.234,56"), (AMOUNT, "1,234.56")], None),
        ([(AMOUNT, "1 234,56")], ","),
        ([(WHOLE, "1 234")], None),
        ([], None),
    ],
)
def test_one_cell_settles_the_mark_unless_another_disagrees(cells: list[tuple[Kind, str]], mark: str | None) -> None:
    assert settle(cells).mark == mark


@pytest.mark.parametrize(
    ("kind", "cell", "settled", "expected"),
    [
        (AMOUNT, "1.234", COMMA, D(1234)),
        (AMOUNT, "1.234", POINT, D("1.234")),
        (AMOUNT, "1,234", POINT, D(1234)),
        (AMOUNT, "1,234", COMMA, D("1.234")),
        (AMOUNT, "12.50", COMMA, D("12.50")),  # means one thing by itself
        (AMOUNT, "BRL 1.234,56", OPEN, D("1234.56")),
        (AMOUNT, "$1,234.56", OPEN, D("1234.56")),
        (AMOUNT, "0.333333", OPEN, D("0.333333")),
        (AMOUNT, D("12.345"), OPEN, D("12.345")),
        (AMOUNT, "--", OPEN, None),
        (AMOUNT, "—", OPEN, None),
        (AMOUNT, "", OPEN, None),
        (WHOLE, "1.234", OPEN, D(1234)),
        (WHOLE, "12,00", OPEN, D(12)),
        (WHOLE, D(7), OPEN, D(7)),
    ],
)
def test_reading(kind: Kind, cell: str | D, settled: Settled, expected: D | None) -> None:
    assert read(kind, "Custo", cell, settled) == expected


@pytest.mark.parametrize(
    ("kind", "cell", "settled", "sentence"),
    [
        (
            AMOUNT,
            "1.234",
            OPEN,
            (
                "Custo “1.234” pode ser 1234 ou 1,234, e nada no arquivo decide qual. "
                "Exporte de novo com a coluna de impressões."
            ),
        ),
        (
            AMOUNT,
            "12,345",
            Settled(conflict=("12,5", "12.5")),
            "Custo “12,345” pode ser 12345 ou 12,345, e o arquivo mistura os dois formatos (“12,5” e “12.5”).",
        ),
        (AMOUNT, "-5,00", OPEN, "Custo “-5,00” é um número negativo."),
        (AMOUNT, "(5.00)", OPEN, "Custo “(5.00)” é um número negativo."),
        (AMOUNT, "−5", OPEN, "Custo “−5” é um número negativo."),
        (AMOUNT, D(-5), OPEN, "Custo “-5” é um número negativo."),
        (AMOUNT, "1000000000,00", OPEN, "Custo “1000000000,00” é um número absurdo para um dia."),
        (WHOLE, D(2**63), OPEN, "Custo “9223372036854775808” é um número absurdo para um dia."),
        (WHOLE, "12,5", OPEN, "Custo “12,5” não é um número inteiro."),
        (AMOUNT, "muito", OPEN, "Custo “muito” não é um número."),
        (AMOUNT, "1.23.456", OPEN, "Custo “1.23.456” não é um número."),
        (AMOUNT, "12%", OPEN, "Custo “12%” não é um número."),
        (AMOUNT, "1e5", OPEN, "Custo “1e5” não é um número."),
        (AMOUNT, "=A1", OPEN, "Custo “=A1” não é um número."),
        (AMOUNT, "9" * 50, OPEN, f"Custo “{'9' * 39}…” não é um número."),
    ],
)
def test_what_is_refused(kind: Kind, cell: str | D, settled: Settled, sentence: str) -> None:
    with pytest.raises(CellError) as refused:
        read(kind, "Custo", cell, settled)

    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("cell", "currency"),
    [
        *(("R$ 12,50", "BRL"), ("US$12.50", "USD"), ("12.50 EUR", "EUR"), ("€ 5", "EUR"), ("BRL 12,50", "BRL")),
        *(("$ 5", ""), ("12,50", ""), ("", ""), (D(5), ""), ("--", "")),
    ],
)
def test_a_currency_beside_an_amount(cell: str | D, currency: str) -> None:
    assert currency_of(cell) == currency


@pytest.mark.parametrize("cell", ["", "--", "12", "1.234,5", "4,99%", "< 10%", D(3)])
def test_what_measures(cell: str | D) -> None:
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["Ativada", "18-24", "Vendas 2026"])
def test_what_tells_rows_apart(cell: str) -> None:
    assert not is_number(cell)


def test_sums_that_do_not_fit() -> None:
    assert fits("spend", D("999999999999.99"))
    assert not fits("spend", D(10) ** 12)
    assert not fits("leads", D(2**31))
    assert fits("clicks", D(2**31))


def written(value: D, mark: str, *, is_grouped: bool) -> str:
    text = f"{value:,}" if is_grouped else f"{value}"
    return text.translate(str.maketrans(",.", ".,")) if mark == "," else text


@given(
    st.lists(st.decimals(0, D("99999999.999"), places=3, allow_nan=False, allow_infinity=False), min_size=1),
    st.lists(st.integers(0, 10**9)),
    st.sampled_from(",."),
    st.booleans(),
    st.integers(0, 3),
)
def test_a_figure_of_either_locale_is_read_back_the_same_or_refused(
    amounts: list[D], counts: list[int], mark: str, is_grouped: bool, places: int
) -> None:
    values = [round(amount, places) for amount in amounts]
    cells = [(AMOUNT, written(value, mark, is_grouped=is_grouped)) for value in values]
    cells += [(WHOLE, written(D(count), mark, is_grouped=is_grouped)) for count in counts]

    settled = settle(cells)

    assert settled.mark in (None, mark)
    for (kind, cell), value in zip(cells, [*values, *map(D, counts)], strict=True):
        try:
            found = read(kind, "Custo", cell, settled)
        except CellError as error:
            assert "pode ser" in str(error)  # noqa: PT017  what is refused is what stays open, nothing else
            assert settled.mark is None
        else:
            assert found == value
