"""What an ad account of Meta can still spend, and how it stands, from its node. Pure.

https://developers.facebook.com/docs/marketing-api/reference/ad-account. No field holds a prepaid account's balance: it
stands in a text only (`display_string`). The field named `balance` is a debt and grows while ads run; taken for funds
it turns every alert around. `spend_cap - amount_spent` comes near the balance of a prepaid account and is not always
the same, so it is an estimate; of one that is paid later it is the room under a limit that somebody set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from reports.ads.display_string import shown_balance
from reports.ads.json_values import whole, words
from reports.ads.meta_errors import absurd
from reports.ads.meta_money import ABSURD, major
from reports.ads.readings import Balance
from reports.choices import AccountState, BalanceSource

#: `account_status`. Pending closure is closed: nothing runs any more. Others, of later versions, raise no alarm.
_STATES = {
    1: AccountState.ACTIVE,
    2: AccountState.DISABLED,
    3: AccountState.PAYMENT_FAILED,
    7: AccountState.IN_REVIEW,
    8: AccountState.PAYMENT_FAILED,
    9: AccountState.PAYMENT_FAILED,
    100: AccountState.CLOSED,
    101: AccountState.CLOSED,
    201: AccountState.ACTIVE,
    202: AccountState.CLOSED,
}
_RISK_PAYMENT = 3
#: `funding_source_details.type`: wallet, paid credit, external deposit, stored balance (Pix, boleto).
_PREPAID_TYPES = frozenset({2, 3, 15, 20})
#: Credit card, extended credit, invoice, PayPal's two, direct debit. Of the rest the type alone does not say.
_POSTPAID_TYPES = frozenset({1, 4, 6, 12, 13, 17})
#: Unset, and no funding source.
_NO_FUNDING_TYPES = frozenset({0, 14})
_MANAGE = "MANAGE"


class _Paid(Enum):
    BEFORE, LATER, UNKNOWN = range(3)


@dataclass(frozen=True, slots=True)
class _Funding:
    """What the node says of how the account is paid. `can_see`: whoever asks has the task that shows it (`user_tasks`),
    so that what is left out is not there; None where that is not told either."""

    paid: _Paid
    type: int | None
    is_there: bool
    shown: str
    can_see: bool | None


def account_state(node: Mapping[str, object]) -> AccountState:
    status = whole(node.get("account_status"))
    state = _STATES.get(status, AccountState.UNKNOWN) if status is not None else AccountState.UNKNOWN
    if state is AccountState.DISABLED and whole(node.get("disable_reason")) == _RISK_PAYMENT:
        return AccountState.DISABLED_FOR_PAYMENT
    return state


def balance_of(node: Mapping[str, object], *, is_blocked: bool = False) -> Balance:
    """`is_blocked`: the fields that need a task were refused, and are left out. Raises AdsError for absurd amounts."""
    currency, funding = words(node.get("currency"), 3), _funding(node)
    due = _amount(node, "balance", currency)
    left = _left(node, currency)
    amount, source = _spendable(funding, left, currency)
    return Balance(
        amount,
        source,
        _state(node, funding, is_blocked),
        currency=currency,
        time_zone=words(node.get("timezone_name")),
        name=words(node.get("name")),
        due=None if due is None else max(due, Decimal(0)),
        shown=funding.shown,
        is_blocked=is_blocked or _hides(funding),
    )


def _funding(node: Mapping[str, object]) -> _Funding:
    found = node.get("funding_source_details")
    details = found if isinstance(found, Mapping) else {}
    kind, flag, tasks = whole(details.get("type")), node.get("is_prepay_account"), node.get("user_tasks")
    if flag is True or kind in _PREPAID_TYPES:
        paid = _Paid.BEFORE
    else:
        paid = _Paid.LATER if flag is False or kind in _POSTPAID_TYPES else _Paid.UNKNOWN
    has_details = bool(details) and kind not in _NO_FUNDING_TYPES
    return _Funding(
        paid,
        kind,
        is_there=has_details or (whole(node.get("funding_source")) or 0) > 0,
        shown=words(details.get("display_string")),
        can_see=_MANAGE in tasks if isinstance(tasks, list) else None,
    )


def _spendable(funding: _Funding, left: Decimal | None, currency: str) -> tuple[Decimal | None, BalanceSource | None]:
    if funding.paid is _Paid.BEFORE:
        if (shown := shown_balance(funding.shown, currency)) is not None:
            return shown, BalanceSource.META_DISPLAY
        return (left, BalanceSource.META_CAP_ESTIMATE) if left is not None else (None, None)
    if funding.paid is _Paid.LATER and left is not None:
        return left, BalanceSource.META_CAP_LEFT
    return None, None


def _left(node: Mapping[str, object], currency: str) -> Decimal | None:
    """What is left under the cap, never below zero; None without one ("0" is none)."""
    cap, spent = (_amount(node, name, currency) for name in ("spend_cap", "amount_spent"))
    for name, amount in (("spend_cap", cap), ("amount_spent", spent)):
        if amount is not None and amount < 0:
            raise absurd(name)
    return max(cap - spent, Decimal(0)) if cap and spent is not None else None


def _amount(node: Mapping[str, object], name: str, currency: str) -> Decimal | None:
    amount = major(node.get(name), currency)
    if amount is not None and abs(amount) > ABSURD:
        raise absurd(name)
    return amount


def _state(node: Mapping[str, object], funding: _Funding, is_blocked: bool) -> AccountState:
    """Without a source of payment only where that could be seen: the field is left out both where there is none and
    where the access may not see it, so either the task, or an explicit "none", must say so."""
    state = account_state(node)
    if state is not AccountState.ACTIVE or funding.paid is not _Paid.LATER or funding.is_there or is_blocked:
        return state
    is_told = funding.can_see is True or funding.type in _NO_FUNDING_TYPES or "funding_source" in node
    return AccountState.NO_PAYMENT_METHOD if is_told else state


def _hides(funding: _Funding) -> bool:
    """Whether more would be seen with the task: how the account is paid, or the text with a prepaid one's balance."""
    if funding.can_see is True or funding.type is not None:
        return False
    return funding.paid is not _Paid.LATER
