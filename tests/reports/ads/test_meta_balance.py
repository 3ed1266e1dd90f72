"""What an account of Meta can still spend: by what it is paid, what it shows, and what the access may see."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.errors import AdsError, Remedy
from reports.ads.meta_balance import account_state, balance_of
from reports.choices import AccountState, BalanceSource
from tests.reports.ads.recorded import recorded

DISPLAY, ESTIMATE, LEFT = BalanceSource.META_DISPLAY, BalanceSource.META_CAP_ESTIMATE, BalanceSource.META_CAP_LEFT
S = AccountState


def node(**fields: Any) -> dict[str, Any]:
    """A prepaid account with a cap, of which `fields` change or (None) leave out something."""
    whole = {
        "name": "Conta",
        "currency": "BRL",
        "timezone_name": "America/Sao_Paulo",
        "account_status": 1,
        "balance": "9555",
        "amount_spent": "699606",
        "spend_cap": "724081",
        "is_prepay_account": True,
        "funding_source": "650000",
        "funding_source_details": {"type": 20, "display_string": "Saldo disponível (R$278,60 BRL)"},
    }
    return {name: value for name, value in {**whole, **fields}.items() if value is not None}


def details(kind: Any = 20, text: str = "") -> dict[str, Any]:
    return {"type": kind, "display_string": text}


def test_the_recorded_prepaid_account_where_the_cap_says_something_else() -> None:
    balance = balance_of(recorded("adaccount_br_prepaid_display_differs_from_cap"))

    assert (balance.amount, balance.source) == (Decimal("278.60"), DISPLAY)
    assert balance.due == Decimal("95.55")
    assert balance.shown == "Saldo disponível (R$278,60 BRL)"
    assert (balance.currency, balance.name, balance.state) == ("BRL", "Cliente A", S.UNKNOWN)
    assert not balance.is_blocked


def test_the_recorded_card_with_a_coupon_has_nothing_that_could_run_out() -> None:
    balance = balance_of(recorded("adaccount_card_visa_coupon_zar"))

    assert (balance.amount, balance.source, balance.state) == (None, None, S.ACTIVE)
    assert (balance.shown, balance.is_blocked) == ("VISA *3458", False)


def test_the_debt_that_grows_while_ads_run_is_never_funds() -> None:
    read = [
        balance_of(node(balance=str(due), funding_source_details=details(), spend_cap="0"))
        for _, due in recorded("balance_field_grows_with_spend")["series"]
    ]

    assert [balance.amount for balance in read] == [None] * 3
    assert [balance.due for balance in read] == [Decimal("69.32"), Decimal("70.26"), Decimal("88.53")]


@pytest.mark.parametrize(
    ("fields", "amount", "source"),
    [
        ({}, "278.60", DISPLAY),
        ({"is_prepay_account": False}, "278.60", DISPLAY),
        ({"is_prepay_account": None}, "278.60", DISPLAY),
        ({"funding_source_details": details(text="R$ 1.234")}, "244.75", ESTIMATE),
        ({"funding_source_details": details(text="Available Balance (-R$12.00 BRL)")}, "244.75", ESTIMATE),
        ({"funding_source_details": None}, "244.75", ESTIMATE),
        ({"funding_source_details": details(15), "is_prepay_account": None}, "244.75", ESTIMATE),
        ({"funding_source_details": details(2), "is_prepay_account": False}, "244.75", ESTIMATE),
        ({"funding_source_details": details("20.0"), "is_prepay_account": None}, "244.75", ESTIMATE),
        ({"funding_source_details": details(), "amount_spent": "724581"}, "0", ESTIMATE),
        ({"funding_source_details": details(), "spend_cap": "0"}, None, None),
        ({"funding_source_details": details(), "spend_cap": None}, None, None),
        ({"funding_source_details": details(), "amount_spent": None}, None, None),
        ({"funding_source_details": details(text="R$ 10,00"), "currency": None}, None, None),
        ({"currency": "USD"}, "244.75", ESTIMATE),
        ({"is_prepay_account": False, "funding_source_details": details(1, "Visa *1234 (R$ 5,00)")}, "244.75", LEFT),
        ({"is_prepay_account": None, "funding_source_details": details(1)}, "244.75", LEFT),
        ({"is_prepay_account": False, "funding_source_details": details(99)}, "244.75", LEFT),
        ({"is_prepay_account": False, "funding_source_details": details(1), "spend_cap": "0"}, None, None),
        ({"is_prepay_account": False, "funding_source_details": details(1), "amount_spent": "800000"}, "0", LEFT),
        ({"is_prepay_account": None, "funding_source_details": None}, None, None),
        ({"is_prepay_account": None, "funding_source_details": details(19)}, None, None),
        ({"is_prepay_account": None, "funding_source_details": details(99, "R$ 10,00")}, None, None),
        ({"is_prepay_account": None, "funding_source_details": details(0)}, None, None),
        ({"currency": "JPY", "funding_source_details": details()}, "24475", ESTIMATE),
    ],
)
def test_what_can_be_spent(fields: dict[str, Any], amount: str | None, source: BalanceSource | None) -> None:
    balance = balance_of(node(**fields))

    assert balance.amount == (None if amount is None else Decimal(amount))
    assert balance.source == source


@pytest.mark.parametrize(
    ("status", "reason", "state"),
    [
        (1, 0, S.ACTIVE),
        ("1.0", None, S.ACTIVE),
        (201, None, S.ACTIVE),
        (2, 0, S.DISABLED),
        (2, 1, S.DISABLED),
        (2, 3, S.DISABLED_FOR_PAYMENT),
        (1, 3, S.ACTIVE),
        (3, None, S.PAYMENT_FAILED),
        (8, None, S.PAYMENT_FAILED),
        (9, None, S.PAYMENT_FAILED),
        (7, None, S.IN_REVIEW),
        (100, None, S.CLOSED),
        (101, None, S.CLOSED),
        (202, None, S.CLOSED),
        (777, 3, S.UNKNOWN),
        (None, None, S.UNKNOWN),
        ("ACTIVE", None, S.UNKNOWN),
    ],
)
def test_how_it_stands(status: object, reason: object, state: AccountState) -> None:
    assert account_state({"account_status": status, "disable_reason": reason}) is state


CARD = {"is_prepay_account": False, "funding_source_details": None, "funding_source": None}


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        (CARD, S.ACTIVE),
        ({**CARD, "user_tasks": ["ANALYZE"]}, S.ACTIVE),
        ({**CARD, "user_tasks": ["ANALYZE", "MANAGE"]}, S.NO_PAYMENT_METHOD),
        ({**CARD, "user_tasks": ["MANAGE"], "account_status": 9}, S.PAYMENT_FAILED),
        ({**CARD, "user_tasks": ["MANAGE"], "account_status": 777}, S.UNKNOWN),
        ({**CARD, "user_tasks": ["MANAGE"], "is_prepay_account": True}, S.ACTIVE),
        ({**CARD, "user_tasks": ["MANAGE"], "is_prepay_account": None}, S.ACTIVE),
        ({**CARD, "user_tasks": ["MANAGE"], "funding_source": "650000"}, S.ACTIVE),
        ({**CARD, "user_tasks": ["MANAGE"], "funding_source_details": details(1)}, S.ACTIVE),
        ({**CARD, "funding_source": "0"}, S.NO_PAYMENT_METHOD),
        ({**CARD, "funding_source_details": details(14)}, S.NO_PAYMENT_METHOD),
    ],
)
def test_no_way_to_pay_only_where_that_could_be_seen(fields: dict[str, Any], state: AccountState) -> None:
    assert balance_of(node(**fields)).state is state


@pytest.mark.parametrize(
    ("fields", "is_blocked"),
    [
        ({}, False),
        ({"is_prepay_account": None, "funding_source_details": None}, True),
        ({"funding_source_details": None}, True),
        ({"funding_source_details": None, "user_tasks": ["MANAGE"]}, False),
        (CARD, False),
    ],
)
def test_what_an_access_without_the_task_does_not_see(fields: dict[str, Any], is_blocked: bool) -> None:
    assert balance_of(node(**fields)).is_blocked is is_blocked


def test_a_read_without_the_refused_fields_knows_neither_balance_nor_payment() -> None:
    balance = balance_of(
        node(is_prepay_account=None, funding_source=None, funding_source_details=None), is_blocked=True
    )

    assert (balance.amount, balance.source, balance.state) == (None, None, S.ACTIVE)
    assert balance.is_blocked
    assert balance.due == Decimal("95.55")


def test_a_credit_is_no_debt() -> None:
    assert balance_of(node(balance="-500")).due == 0
    assert balance_of(node(balance=None)).due is None


@pytest.mark.parametrize(
    ("name", "value"), [("spend_cap", "-1"), ("amount_spent", "-1"), ("spend_cap", "9" * 18), ("balance", "9" * 18)]
)
def test_amounts_that_cannot_be_meant_so_are_refused(name: str, value: str) -> None:
    with pytest.raises(AdsError) as caught:
        balance_of(node(**{name: value}))

    assert (caught.value.remedy, caught.value.code) == (Remedy.FIX_REQUEST, f"absurd: {name}")
    assert caught.value.of_account


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*node(), "user_tasks", "disable_reason"]), JSON), st.booleans())
def test_whatever_the_node_holds_a_balance_is_never_negative_nor_without_a_source(
    found: dict[str, Any], is_blocked: bool
) -> None:
    try:
        balance = balance_of(found, is_blocked=is_blocked)
    except AdsError:
        return
    assert (balance.amount is None) == (balance.source is None)
    assert balance.amount is None or balance.amount >= 0
    assert balance.is_blocked or not is_blocked
