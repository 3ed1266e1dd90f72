"""Rows of Google as days and accounts: exact money, defaults that are left out, days that are added up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.errors import AdsError, Remedy
from reports.ads.google_rows import accounts_of, daily_of, state_of
from reports.ads.readings import Asked, Daily
from reports.choices import AccountState, Family
from tests.reports.ads.google_recorded import recorded

SINCE, UNTIL = date(2026, 9, 1), date(2026, 9, 30)
ASKED = Asked("1234567890", "BRL", "America/Sao_Paulo")


def rows_of(name: str) -> list[dict[str, Any]]:
    return [row for batch in recorded(name) for row in batch.get("results", [])]


def row(day: str = "2026-09-02", **metrics: Any) -> dict[str, Any]:
    return {"segments": {"date": day}, "metrics": metrics}


def read(*rows: dict[str, Any], since: date = SINCE, until: date = UNTIL) -> Daily:
    return daily_of(rows, ASKED, since, until)


def test_the_recorded_daily_answer() -> None:
    daily = read(*rows_of("searchStream_customer_daily"))

    [day] = daily.days
    assert (day.date, day.spend, day.impressions, day.clicks) == (date(2026, 9, 2), Decimal(2500), 1000, 80)
    assert Family.LINK_CLICKS not in day.results
    assert day.results[Family.CONVERSIONS].count == 4
    assert daily.currency == "BDT"
    assert daily.keys == {"conversions": "metrics.conversions"}


def test_the_recorded_week() -> None:
    daily = read(*rows_of("searchStream_googleAdwordsResponseApi"), since=date(2024, 6, 1), until=date(2024, 6, 7))

    assert [(day.date.day, day.clicks, day.spend) for day in daily.days] == [
        (1, 204, Decimal("1061.083620")),
        (2, 220, Decimal("1109.219997")),
        (3, 206, Decimal("1164.811394")),
        (4, 167, Decimal("999.073804")),
        (5, 152, Decimal("881.180318")),
        (6, 148, Decimal("735.822814")),
        (7, 147, Decimal("617.424074")),
    ]
    assert daily.currency == "BRL"


def test_no_rows_are_no_days() -> None:
    assert read(*rows_of("searchStream_empty_real")).days == ()


def test_what_is_left_out_is_zero() -> None:
    [day] = read(row()).days

    assert (day.spend, day.impressions, day.clicks) == (0, 0, 0)
    assert (day.results[Family.CONVERSIONS].count, day.results[Family.CONVERSIONS].value) == (0, 0)


def test_rows_of_one_day_are_added_up() -> None:
    [day] = read(
        row(costMicros="1", conversions=0.1, conversionsValue=10.5, clicks="2", impressions="5"),
        row(costMicros="2", conversions=0.2, conversionsValue=1, clicks="1"),
    ).days

    assert (day.spend, day.impressions, day.clicks) == (Decimal("0.000003"), 5, 3)
    assert (day.results[Family.CONVERSIONS].count, day.results[Family.CONVERSIONS].value) == (
        Decimal("0.3"),
        Decimal("11.5"),
    )


@pytest.mark.parametrize(
    ("metrics", "code"),
    [
        ({"costMicros": "-1"}, "answer: costMicros"),
        ({"costMicros": "9" * 19}, "answer: costMicros"),
        ({"costMicros": "1.5"}, "answer: costMicros"),
        ({"impressions": "1,000"}, "answer: impressions"),
        ({"clicks": -5}, "answer: clicks"),
        ({"clicks": "9" * 15}, "answer: clicks"),
        ({"clicks": True}, "answer: clicks"),
        ({"conversions": -0.5}, "answer: conversions"),
        ({"conversions": "NaN"}, "answer: conversions"),
        ({"conversions": float("nan")}, "answer: conversions"),
        ({"conversions": float("inf")}, "answer: conversions"),
        ({"conversionsValue": Decimal("1e999999")}, "answer: conversionsValue"),
        ({"conversionsValue": None}, "answer: conversionsValue"),
    ],
)
def test_numbers_that_cannot_be_are_refused(metrics: dict[str, Any], code: str) -> None:
    with pytest.raises(AdsError) as refused:
        read(row(), row(**metrics))

    assert (refused.value.remedy, refused.value.code) == (Remedy.FIX_REQUEST, code)
    assert "não fazem sentido" in refused.value.sentence


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row("2026-08-31")], "answer: date outside of what was asked"),
        ([row("2026-10-01")], "answer: date outside of what was asked"),
        ([row("2026-09-31")], "answer: segments.date"),
        ([{"segments": []}], "answer: segments"),
        ([{"segments": {"date": 20260902}}], "answer: date"),
        ([{"customer": {"currencyCode": code}} for code in ("BRL", "USD")], "answer: two currencies"),
    ],
)
def test_answers_to_another_question_are_refused(rows: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(AdsError) as refused:
        read(*rows)

    assert refused.value.code == code


ROW = st.builds(
    lambda offset, **metrics: row(str(SINCE + timedelta(days=offset)), **metrics),
    st.integers(0, 29),
    costMicros=st.integers(0, 10**13).map(str),
    clicks=st.integers(0, 10**6).map(str),
    conversions=st.integers(0, 10**6).map(lambda cents: cents / 100),
)


@given(rows=st.lists(ROW, max_size=12), cut=st.integers(0, 12))
def test_neither_order_nor_batches_change_a_sum(rows: Sequence[dict[str, Any]], cut: int) -> None:
    daily = read(*rows)

    assert read(*rows[cut:], *rows[:cut]).days == daily.days
    assert sum(day.spend for day in daily.days) * 10**6 == sum(int(each["metrics"]["costMicros"]) for each in rows)
    assert sum(day.clicks for day in daily.days) == sum(int(each["metrics"]["clicks"]) for each in rows)
    assert [day.date for day in daily.days] == sorted({date.fromisoformat(each["segments"]["date"]) for each in rows})


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("ENABLED", AccountState.ACTIVE),
        ("CANCELED", AccountState.DISABLED),
        ("SUSPENDED", AccountState.DISABLED),
        ("CLOSED", AccountState.CLOSED),
        ("UNKNOWN", AccountState.UNKNOWN),
        ("INVENTED_LATER", AccountState.UNKNOWN),
        ("", AccountState.UNKNOWN),
    ],
)
def test_how_an_account_stands(status: str, state: AccountState) -> None:
    assert state_of(status) is state


def test_managers_and_hidden_accounts_are_not_listed() -> None:
    rows: list[dict[str, Any]] = [
        {"customerClient": {"id": "100", "manager": True}},
        {"customerClient": {"id": "101", "hidden": True}},
        {"customerClient": {"id": "1234567890", "currencyCode": "BRL", "timeZone": "America/Bahia", "manager": False}},
    ]

    [account] = accounts_of(rows, "100")

    assert (account.external_id, account.name, account.via) == ("1234567890", "123-456-7890", "100")
    assert (account.currency, account.time_zone) == ("BRL", "America/Bahia")
    assert accounts_of(rows, "1234567890")[0].via == ""


def test_an_account_without_an_id_is_refused() -> None:
    with pytest.raises(AdsError, match=r"customerClient\.id"):
        accounts_of([{"customerClient": {"descriptiveName": "x"}}], "1")
