"""An ad account's node as Meta gives it: how it stands, how it is paid, and money in minor units as text.

https://developers.facebook.com/docs/marketing-api/reference/ad-account
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from reports.choices import BalanceSource
from reports.sandbox import numbers
from reports.sandbox.accounts import BUSINESS_ID, BUSINESS_NAME, SandboxAccount
from reports.sandbox.faults import Struck

FIELDS = frozenset(
    (
        "id",
        "account_id",
        "name",
        "account_status",
        "disable_reason",
        "currency",
        "timezone_name",
        "balance",
        "amount_spent",
        "spend_cap",
        "is_prepay_account",
        "funding_source",
        "funding_source_details",
        "business",
        "user_tasks",
    )
)
#: They need the task MANAGE on the account.
MANAGED = frozenset({"is_prepay_account", "funding_source", "funding_source_details"})
_TASKS = ("DRAFT", "ANALYZE", "ADVERTISE", "MANAGE")
_CREDIT_CARD, _STORED_BALANCE = 1, 20
#: By fault: `account_status` and `disable_reason`.
_STATUS = {"closed": (101, 7), "disabled": (2, 3), "unsettled": (3, 0)}
_PREPAID = (BalanceSource.META_DISPLAY, BalanceSource.META_CAP_ESTIMATE, BalanceSource.INFORMED)
_CAPPED = (BalanceSource.META_CAP_ESTIMATE, BalanceSource.META_CAP_LEFT)


def currency_of(account: SandboxAccount, struck: Struck) -> str:
    return "USD" if "currency" in struck else account.currency


def listed(account: SandboxAccount, struck: Struck) -> dict[str, Any]:
    """What needs no reading of money."""
    status, reason = next((found for name, found in _STATUS.items() if name in struck), (1, 0))
    return {
        "id": f"act_{account.external_id}",
        "account_id": account.external_id,
        "name": account.name,
        "account_status": status,
        "disable_reason": reason,
        "currency": currency_of(account, struck),
        "timezone_name": account.time_zone,
        "business": {"id": BUSINESS_ID, "name": BUSINESS_NAME},
    }


def node(account: SandboxAccount, now: datetime, locale: str, struck: Struck, *, can_manage: bool) -> dict[str, Any]:
    """All fields that the account has. `balance` is what is owed, and grows while ads run."""
    spent = numbers.spent_before_today(account, now) + (today := numbers.spent_today(account, now))
    cap = spent + numbers.balance_left(account, now) if account.source in _CAPPED else Decimal(0)
    found = listed(account, struck) | {
        "balance": _minor(today),
        "amount_spent": _minor(spent),
        "spend_cap": _minor(cap),
        "user_tasks": list(_TASKS if can_manage else ("ANALYZE",)),
        "is_prepay_account": account.source in _PREPAID,
    }
    if "no_payment" in struck:
        return found | {"is_prepay_account": False}
    details = {"id": f"65{account.external_id[-14:]}", **_details(account, now, locale, currency_of(account, struck))}
    return found | {"funding_source": details["id"], "funding_source_details": details}


def _details(account: SandboxAccount, now: datetime, locale: str, currency: str) -> dict[str, Any]:
    if account.source not in _PREPAID:
        return {"type": _CREDIT_CARD, "display_string": f"VISA *{account.external_id[-4:]}"}
    if account.source is not BalanceSource.META_DISPLAY:
        # Of these the text tells nothing.
        return {"type": _STORED_BALANCE, "display_string": "Saldo pré-pago"}
    shown = _shown(numbers.balance_left(account, now), currency, locale)
    return {"type": _STORED_BALANCE, "display_string": shown}


def _shown(amount: Decimal, currency: str, locale: str) -> str:
    """As Ads Manager shows it, in the language that is asked for: "Saldo disponível (R$278,60 BRL)"."""
    sign = {"BRL": "R$", "USD": "$"}.get(currency, currency)
    written = f"{amount:,.2f}"
    if locale.startswith("en"):
        return f"Available Balance ({sign}{written} {currency})"
    return f"Saldo disponível ({sign}{written.translate(str.maketrans(',.', '.,'))} {currency})"


def _minor(amount: Decimal) -> str:
    return str(int(amount * 100))
