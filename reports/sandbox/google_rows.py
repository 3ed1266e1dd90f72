"""What Google Ads tells of customers, flat and by the names of the query language, and the JSON that is made of it.

https://developers.google.com/google-ads/api/fields/v26/customer and https://protobuf.dev/programming-guides/json/:
int64 are text, and what is the default of its type is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from reports.choices import BalanceSource, Platform
from reports.sandbox import numbers
from reports.sandbox.accounts import MANAGER_ID, MANAGER_NAME, SandboxAccount, account_of
from reports.sandbox.faults import Struck
from reports.sandbox.google_query import Query, QueryError

Row = Mapping[str, Any]

_CUSTOMER = "id,descriptive_name,currency_code,time_zone,manager,status,test_account,auto_tagging_enabled"
_CLIENT = "id,descriptive_name,currency_code,time_zone,manager,status,level,hidden,test_account,client_customer"
_METRICS = (
    "cost_micros,impressions,clicks,interactions,conversions,conversions_value,all_conversions,all_conversions_value,"
    "ctr,average_cpc"
)
_BUDGET = (
    "id,name,status,approved_start_date_time,approved_end_date_time,approved_end_time_type,"
    "approved_spending_limit_micros,approved_spending_limit_type,adjusted_spending_limit_micros,"
    "adjusted_spending_limit_type,amount_served_micros,total_adjustments_micros"
)


def _names(prefix: str, names: str) -> set[str]:
    return {f"{prefix}.{name}" for name in names.split(",")}


#: What can be selected from each resource.
RESOURCES: dict[str, set[str]] = {
    "customer": _names("customer", _CUSTOMER) | _names("metrics", _METRICS) | {"segments.date"},
    "campaign": _names("campaign", "id,name,status,advertising_channel_type")
    | _names("customer", "id,currency_code,time_zone")
    | _names("metrics", _METRICS)
    | {"segments.date"},
    "customer_client": _names("customer_client", _CLIENT),
    "account_budget": _names("account_budget", _BUDGET),
    "billing_setup": {"billing_setup.id", "billing_setup.status"},
}
_CENT = Decimal("0.01")
_MICRO = 10**6


def rows_of(query: Query, customer_id: str, children: Iterable[str], now: datetime, struck: Struck) -> Iterable[Row]:
    """All that there are, before the query's conditions. `children` are those of a manager. Raises QueryError."""
    _check(query)
    is_manager = customer_id == MANAGER_ID
    if query.resource == "customer_client":
        return _clients(customer_id, children, struck)
    if is_manager:
        if any(field.startswith("metrics.") for field in query.fields):
            message = "Metrics cannot be requested for a manager account."
            raise QueryError("REQUESTED_METRICS_FOR_MANAGER", message)
        return [_manager("customer")] if query.resource == "customer" else []
    account = account_of(Platform.GOOGLE, customer_id)
    if query.resource == "account_budget":
        return _budgets(account, now, struck)
    if query.resource == "billing_setup":
        return _setups(account)
    if query.resource == "campaign":
        return _campaigns(account, query, now, struck)
    return _customers(account, query, now, struck)


def _check(query: Query) -> None:
    known = RESOURCES.get(query.resource)
    if known is None:
        raise QueryError("BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"'{query.resource}' is not a valid resource name.")
    for field in [*query.fields, *(condition[0] for condition in query.conditions)]:
        if field not in known:
            raise QueryError("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{field}'.")


def _customers(account: SandboxAccount, query: Query, now: datetime, struck: Struck) -> Iterable[Row]:
    """The account itself; a row for each day where days are asked for."""
    itself = _described("customer", account, struck)
    if "segments.date" not in query.fields:
        if any(field.startswith("metrics.") for field in query.fields):
            raise QueryError("UNEXPECTED_INPUT", "The sandbox adds up no days: select segments.date too.")
        return [itself]
    return [{**itself, **_day(day, sums)} for day, sums in numbers.days_of(account, *_asked_days(query), now, struck)]


def _campaigns(account: SandboxAccount, query: Query, now: datetime, struck: Struck) -> Iterable[Row]:
    """A row for each campaign and day on which it ran, whatever became of the campaign since."""
    if "segments.date" not in query.fields:
        raise QueryError("UNEXPECTED_INPUT", "The sandbox adds up no days: select segments.date too.")
    itself = _described("customer", account, struck)
    return [
        {
            **itself,
            **_day(day, sums),
            "campaign.id": int(campaign.external_id),
            "campaign.name": campaign.name,
            "campaign.status": campaign.status,
            "campaign.advertising_channel_type": campaign.channel,
        }
        for day, campaign, sums in numbers.campaign_days_of(account, *_asked_days(query), now, struck)
    ]


def _asked_days(query: Query) -> tuple[date, date]:
    days = query.days()
    if days is None:
        raise QueryError("UNEXPECTED_INPUT", "The sandbox wants segments.date in the WHERE clause.")
    return days


def _day(day: Any, sums: Any) -> Row:
    spend, clicks = sums.spend or Decimal(0), sums.clicks or 0
    conversions, value = float(sums.conversions or 0), float(sums.revenue or 0)
    return {
        "segments.date": day.isoformat(),
        "metrics.cost_micros": int(spend * _MICRO),
        "metrics.impressions": sums.impressions,
        "metrics.clicks": clicks,
        "metrics.interactions": clicks,
        "metrics.conversions": conversions,
        "metrics.conversions_value": value,
        # With the actions that the account does not count as conversions.
        "metrics.all_conversions": conversions * 1.5,
        "metrics.all_conversions_value": value,
        "metrics.ctr": clicks / sums.impressions,
        "metrics.average_cpc": float(spend * _MICRO) / clicks if clicks else 0.0,
    }


def _described(prefix: str, account: SandboxAccount, struck: Struck) -> dict[str, Any]:
    status = "SUSPENDED" if "unsettled" in struck or "disabled" in struck else "ENABLED"
    return {
        f"{prefix}.id": int(account.external_id),
        f"{prefix}.descriptive_name": account.name,
        f"{prefix}.currency_code": "USD" if "currency" in struck else account.currency,
        f"{prefix}.time_zone": account.time_zone,
        f"{prefix}.manager": False,
        f"{prefix}.status": status,
        f"{prefix}.test_account": False,
    }


def _manager(prefix: str) -> dict[str, Any]:
    return {
        f"{prefix}.id": int(MANAGER_ID),
        f"{prefix}.descriptive_name": MANAGER_NAME,
        f"{prefix}.currency_code": "BRL",
        f"{prefix}.time_zone": "America/Sao_Paulo",
        f"{prefix}.manager": True,
        f"{prefix}.status": "ENABLED",
    }


def _clients(customer_id: str, children: Iterable[str], struck: Struck) -> list[Row]:
    """The customer itself at level 0, and those below it."""
    if customer_id != MANAGER_ID:
        found = _described("customer_client", account_of(Platform.GOOGLE, customer_id), struck)
        return [{**found, "customer_client.level": 0, "customer_client.client_customer": f"customers/{customer_id}"}]
    own = {**_manager("customer_client"), "customer_client.client_customer": f"customers/{customer_id}"}
    below = [
        {
            **_described("customer_client", account_of(Platform.GOOGLE, child), struck),
            "customer_client.level": 1,
            "customer_client.client_customer": f"customers/{child}",
        }
        for child in children
    ]
    return [own, *below]


def _budgets(account: SandboxAccount, now: datetime, struck: Struck) -> list[Row]:
    """One that has ended and is APPROVED all the same, and the one in force; none where there is no invoice."""
    if account.source is not BalanceSource.GOOGLE_BUDGET or "no_payment" in struck:
        return []
    today = numbers.today_of(account, now)
    start, served = today.replace(day=1), numbers.spent_before_today(account, now) + numbers.spent_today(account, now)
    limit = int((served + numbers.balance_left(account, now)).quantize(_CENT) * _MICRO)
    approved = {"account_budget.status": "APPROVED", "account_budget.approved_spending_limit_micros": limit}
    ended = {
        **approved,
        "account_budget.id": 1,
        "account_budget.approved_start_date_time": "2025-01-01 00:00:00",
        "account_budget.approved_end_date_time": "2025-12-31 23:59:59",
        "account_budget.amount_served_micros": limit,
    }
    in_force = {
        **approved,
        "account_budget.id": 2,
        "account_budget.approved_start_date_time": f"{start} 00:00:00",
        "account_budget.approved_end_time_type": "FOREVER",
        "account_budget.adjusted_spending_limit_micros": limit,
        "account_budget.amount_served_micros": int(served * _MICRO),
    }
    return [ended, in_force]


def _setups(account: SandboxAccount) -> list[Row]:
    has = account.source is BalanceSource.GOOGLE_BUDGET
    return [{"billing_setup.id": int(account.external_id), "billing_setup.status": "APPROVED"}] if has else []


def as_object(row: Row, query: Query, customer_id: str) -> dict[str, Any]:
    """The selected fields of a row, nested and in camel case."""
    main = _camel(query.resource)
    found: dict[str, Any] = {main: {"resourceName": _resource_name(row, query, customer_id)}}
    for field in query.fields:
        value = row.get(field)
        if not value:  # unset, or the default of its type
            continue
        prefix, _, name = field.partition(".")
        is_int64 = isinstance(value, int) and not isinstance(value, bool)
        found.setdefault(_camel(prefix), {})[_camel(name)] = str(value) if is_int64 else value
    return found


def _resource_name(row: Row, query: Query, customer_id: str) -> str:
    parts = {"customer_client": "customerClients", "account_budget": "accountBudgets", "billing_setup": "billingSetups"}
    if query.resource == "customer":
        return f"customers/{customer_id}"
    if query.resource == "campaign":
        return f"customers/{customer_id}/campaigns/{row['campaign.id']}"
    return f"customers/{customer_id}/{parts[query.resource]}/{row[f'{query.resource}.id']}"


def field_mask(query: Query) -> str:
    return ",".join(".".join(_camel(part) for part in field.split(".")) for field in query.fields)


@lru_cache(maxsize=256)
def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
