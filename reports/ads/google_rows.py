"""The rows of Google's answers as the readings that all platforms share: days, accounts, how an account stands. Pure.

https://developers.google.com/google-ads/api/fields/v26/customer and …/customer_client
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reports.account_ids import show_account_id
from reports.ads.google_values import bad, micros, money, number, part, text, whole
from reports.ads.json_values import words
from reports.ads.readings import Account, Asked, Campaigns, Daily, Day, Result
from reports.choices import AccountState, Family, Platform

#: What counts as a conversion is the account's own choice (include_in_conversions_metric); its value goes with it.
CONVERSIONS_KEY = "metrics.conversions"
#: CANCELED can be reactivated by the account's own administrator, CLOSED by nobody; the reason of either is not told.
STATES: Mapping[str, AccountState] = {
    "ENABLED": AccountState.ACTIVE,
    "CANCELED": AccountState.DISABLED,
    "SUSPENDED": AccountState.DISABLED,
    "CLOSED": AccountState.CLOSED,
}


def state_of(status: str) -> AccountState:
    return STATES.get(status, AccountState.UNKNOWN)


@dataclass(slots=True)
class _Sum:
    """One day while its rows are added up; money stays in micros until the end."""

    spend: int = 0
    impressions: int = 0
    clicks: int = 0
    conversions: Decimal = Decimal(0)
    value: Decimal = Decimal(0)

    def add(self, metrics: Mapping[str, Any]) -> None:
        self.spend += micros(metrics, "costMicros")
        self.impressions += whole(metrics, "impressions")
        self.clicks += whole(metrics, "clicks")
        self.conversions += number(metrics, "conversions")
        self.value += number(metrics, "conversionsValue")

    def day(self, day: datetime.date, *, told: bool = True) -> Day:
        """`told` False leaves conversions out where there were none."""
        has_any = told or self.conversions or self.value
        results = {Family.CONVERSIONS: Result(self.conversions, self.value)} if has_any else {}
        return Day(day, money(self.spend), self.impressions, self.clicks, results=results)


def daily_of(rows: Iterable[Mapping[str, Any]], asked: Asked, since: datetime.date, until: datetime.date) -> Daily:
    """The days of an answer that asked for `since` to `until`, both included, in their order.

    Rows without a date say nothing of a day and are left out; several of one day are added up. Raises AdsError for an
    amount that cannot be, a day that was not asked for, and two currencies.
    """
    sums: dict[datetime.date, _Sum] = defaultdict(_Sum)
    currencies = set()
    for row in rows:
        currencies.add(text(part(row, "customer"), "currencyCode"))
        day = text(part(row, "segments"), "date")
        if day:
            sums[_day(day, since, until)].add(part(row, "metrics"))
    days = tuple(found.day(day) for day, found in sorted(sums.items()))
    return Daily(days, _currency(currencies, asked), {Family.CONVERSIONS.value: CONVERSIONS_KEY})


def campaigns_of(
    rows: Iterable[Mapping[str, Any]], asked: Asked, since: datetime.date, until: datetime.date
) -> Campaigns:
    """The campaigns of an answer that asked for `since` to `until`. Refuses what `daily_of` does, and a day without a
    campaign. https://developers.google.com/google-ads/api/fields/v26/campaign"""
    sums: dict[datetime.date, dict[str, _Sum]] = {}
    names: dict[str, tuple[str, str]] = {}
    currencies = set()
    for row in rows:
        currencies.add(text(part(row, "customer"), "currencyCode"))
        campaign, written = part(row, "campaign"), text(part(row, "segments"), "date")
        if not written:
            continue
        digits = str(whole(campaign, "id", most=10**18))
        if digits == "0":
            raise bad("campaign.id")
        sums.setdefault(_day(written, since, until), {}).setdefault(digits, _Sum()).add(part(row, "metrics"))
        names[digits] = max(names.get(digits, ("", "")), (written, words(campaign.get("name")) or digits))
    return Campaigns(
        {day: {digits: found.day(day, told=False) for digits, found in of_day.items()} for day, of_day in sums.items()},
        {digits: name for digits, (_, name) in names.items()},
        _currency(currencies, asked),
        {Family.CONVERSIONS: True},
    )


def _currency(told: set[str], asked: Asked) -> str:
    """The one that the rows tell, or else the expected one."""
    found = told - {""}
    if len(found) > 1:
        raise bad("two currencies")
    return next(iter(found), asked.currency)


def _day(written: str, since: datetime.date, until: datetime.date) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(written)
    except ValueError:
        day = None
    if day is None:  # outside of the handler: its error quotes the answer
        raise bad("segments.date")
    if not since <= day <= until:
        raise bad("date outside of what was asked")
    return day


def accounts_of(rows: Iterable[Mapping[str, Any]], root: str) -> list[Account]:
    """The ad accounts among the `customer_client` rows of the customer `root`, through which they are reached.

    `via` is `root`, or "" for `root` itself. Managers have no ads of their own; what is hidden there is hidden here.
    """
    found = []
    for row in rows:
        client = part(row, "customerClient")
        digits = str(whole(client, "id", most=10**18))
        if client.get("manager") is True or client.get("hidden") is True:
            continue
        if digits == "0":
            raise bad("customerClient.id")
        found.append(
            Account(
                external_id=digits,
                name=text(client, "descriptiveName") or show_account_id(Platform.GOOGLE, digits),
                currency=text(client, "currencyCode"),
                time_zone=text(client, "timeZone"),
                state=state_of(text(client, "status")),
                via="" if digits == root else root,
            )
        )
    return found
