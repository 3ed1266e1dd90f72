"""Numbers as JSON gives them, and Meta's minor units."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.json_values import number, whole, words
from reports.ads.meta_money import WITHOUT_DECIMALS, major


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("39125", 39125),
        (39125, 39125),
        (" 7 ", 7),
        ("0.0", 0),
        (0.0, 0),
        (Decimal("1.0"), 1),
        ("-12", -12),
        (None, None),
        (True, None),
        ("", None),
        ("1,5", None),
        ("1.5", None),
        ("NaN", None),
        (float("inf"), None),
        ("9" * 5000, None),
        (10**30, None),
        ("1e99", None),
        ("١٢", None),
        ([1], None),
    ],
)
def test_whole_numbers(value: object, read: int | None) -> None:
    assert whole(value) == read


@pytest.mark.parametrize(("value", "read"), [("22662.53", "22662.53"), (280, "280"), (9.67, "9.67"), ("1E+7", "1E+7")])
def test_numbers_keep_what_was_written(value: object, read: str) -> None:
    assert number(value) == Decimal(read)


def test_words_hold_nothing_that_a_database_refuses() -> None:
    assert words(" Conta\x00 A ") == "Conta A"
    assert words("x" * 300) == "x" * 200
    assert words(None) == words(7) == ""


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [
        ("39125", "BRL", "391.25"),
        ("39125", "JPY", "39125"),
        ("39125", "HUF", "39125"),
        ("39125", "TWD", "39125"),
        ("0", "BRL", "0"),
        ("-5", "USD", "-0.05"),
    ],
)
def test_minor_units_by_metas_own_list(minor: str, currency: str, amount: str) -> None:
    assert major(minor, currency) == Decimal(amount)


@pytest.mark.parametrize(("minor", "currency"), [(None, "BRL"), ("", "BRL"), ("12.5", "BRL"), ("125", "")])
def test_what_is_not_told_is_unknown(minor: object, currency: str) -> None:
    assert major(minor, currency) is None


@given(st.integers(-(10**15), 10**15), st.sampled_from(["BRL", "USD", *sorted(WITHOUT_DECIMALS)]))
def test_no_unit_is_lost(minor: int, currency: str) -> None:
    amount = major(str(minor), currency)

    assert amount is not None
    assert amount * (1 if currency in WITHOUT_DECIMALS else 100) == minor
