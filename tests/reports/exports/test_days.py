from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.exports.days import Order, read, settle
from reports.metrics_cells import CellError

DAY_FIRST, MONTH_FIRST = Order.DAY_FIRST, Order.MONTH_FIRST


@pytest.mark.parametrize(
    "cell",
    [
        *("2026-11-01", "2026-11-01 00:00:00", "01/11/2026", "1/11/2026", "01-11-2026", "01.11.2026"),
        *("1 de nov. de 2026", "1 de novembro de 2026", "dom., 1 de nov. de 2026", "1º de novembro de 2026"),
        *("Nov 1, 2026", "November 1, 2026", "Sun, Nov 1, 2026", "1 Nov 2026", "1 nov. 2026", "NOV 1, 2026"),
    ],
)
def test_forms_of_a_day(cell: str) -> None:
    assert read(cell, DAY_FIRST) == date(2026, 11, 1)


@pytest.mark.parametrize("month", range(1, 13))
def test_months_in_both_languages(month: int) -> None:
    portuguese = ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"][month - 1]
    english = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]

    assert read(f"5 de {portuguese}. de 2026", None) == read(f"{english} 5, 2026", None) == date(2026, month, 5)


@pytest.mark.parametrize(
    ("cell", "order", "sentence"),
    [
        ("31/02/2026", DAY_FIRST, "o dia “31/02/2026” não existe."),
        ("01/02/26", DAY_FIRST, "“01/02/26” não é um dia."),
        ("Semana 3", DAY_FIRST, "“Semana 3” não é um dia."),
        ("1 de foo de 2026", DAY_FIRST, "“1 de foo de 2026” não é um dia."),
        ("novembro de 2026", DAY_FIRST, "“novembro de 2026” não é um dia."),
        ("2026-11-01 14:30:00", DAY_FIRST, "“2026-11-01 14:30:00” não é um dia."),
        (D(46327), DAY_FIRST, "o dia “46327” é um número: formate a coluna como data e salve de novo."),
        (
            "03/04/2026",
            None,
            "não dá para saber se “03/04/2026” é dia/mês ou mês/dia. Exporte com a data 2026-11-24.",
        ),
    ],
)
def test_what_is_no_day(cell: str | D, order: Order | None, sentence: str) -> None:
    with pytest.raises(CellError) as refused:
        read(cell, order)

    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("cells", "is_portuguese", "order"),
    [
        (["03/04/2026", "24/11/2026"], False, DAY_FIRST),
        (["03/04/2026", "11/24/2026"], False, MONTH_FIRST),
        (["03/04/2026", "11/24/2026"], True, MONTH_FIRST),  # 24 is no month
        (["03/04/2026"], True, DAY_FIRST),
        (["03/04/2026"], False, None),
        (["24/11/2026", "11/24/2026"], True, None),
    ],
)
def test_the_order_is_decided_by_the_whole_file(cells: list[str], is_portuguese: bool, order: Order | None) -> None:
    assert settle(cells, is_portuguese=is_portuguese) is order


@given(st.lists(st.dates(date(2021, 1, 1), date(2026, 12, 31)), min_size=1), st.sampled_from(Order), st.booleans())
def test_days_all_in_figures_are_read_back_the_same_or_refused(
    found: list[date], order: Order, is_english: bool
) -> None:
    form = "%d/%m/%Y" if order is DAY_FIRST else "%m/%d/%Y"
    cells = [day.strftime(form) for day in found]
    settled = settle(cells, is_portuguese=not is_english)
    if not is_english and order is MONTH_FIRST and settled is DAY_FIRST:
        return  # nobody could tell: a Portuguese file has the day first
    for cell, day in zip(cells, found, strict=True):
        try:
            assert read(cell, settled) == day
        except CellError as error:
            assert "não dá para saber" in str(error)  # noqa: PT017
