"""Google Ads as an `AdsReader`: which customers an access reaches, their days, what is left of their budgets.

Plain REST, without Google's library. Decides nothing: what an answer means stands in the pure modules beside this one.
https://developers.google.com/google-ads/api/rest/overview
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from reports.ads.errors import AdsError, Remedy
from reports.ads.google_access import GoogleAccess, GoogleKeys
from reports.ads.google_budget import balance_of
from reports.ads.google_meanings import NO_CUSTOMERS
from reports.ads.google_rows import accounts_of, campaigns_of, daily_of
from reports.ads.google_values import part, text
from reports.ads.readings import Account, AdsReader, Asked, Balance, Campaigns, Daily, Holder, Reach, Usage

__all__ = ["GoogleKeys", "GoogleReader"]

BASE_URL = "https://googleads.googleapis.com"
OAUTH_URL = "https://oauth2.googleapis.com/token"
VERSION = "v26"

_CUSTOMER = (
    "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone, customer.status "
    "FROM customer LIMIT 1"
)
#: Of a manager: itself and all below it, at any depth. Of an ad account: itself.
_CLIENTS = (
    "SELECT customer_client.id, customer_client.descriptive_name, customer_client.currency_code, "
    "customer_client.time_zone, customer_client.manager, customer_client.status, customer_client.level, "
    "customer_client.hidden, customer_client.test_account FROM customer_client"
)
#: From `customer`: Performance Max has no ad groups, and paused campaigns have spent too.
_DAILY = (
    "SELECT segments.date, customer.currency_code, customer.time_zone, metrics.cost_micros, metrics.impressions, "
    "metrics.clicks, metrics.interactions, metrics.conversions, metrics.conversions_value, metrics.all_conversions "
    "FROM customer WHERE segments.date BETWEEN '{since}' AND '{until}'"
)
#: Also of campaigns that were paused or removed: their spend stays. Rows without any delivery do not come.
_CAMPAIGNS = (
    "SELECT segments.date, campaign.id, campaign.name, customer.currency_code, metrics.cost_micros, "
    "metrics.impressions, metrics.clicks, metrics.conversions, metrics.conversions_value "
    "FROM campaign WHERE segments.date BETWEEN '{since}' AND '{until}'"
)
_BUDGETS = (
    "SELECT account_budget.id, account_budget.status, account_budget.approved_start_date_time, "
    "account_budget.approved_end_date_time, account_budget.approved_end_time_type, "
    "account_budget.approved_spending_limit_micros, account_budget.approved_spending_limit_type, "
    "account_budget.adjusted_spending_limit_micros, account_budget.adjusted_spending_limit_type, "
    "account_budget.amount_served_micros, account_budget.total_adjustments_micros "
    "FROM account_budget WHERE account_budget.status = 'APPROVED'"
)
_RESOURCE = re.compile(r"customers/([0-9]{1,18})")


class GoogleReader(AdsReader):
    """One access. Not for two threads at once; `clock` and `pause` are in seconds.

    An account's calls go through the manager that its `via` names, or else through that of the keys.
    """

    def __init__(
        self,
        keys: GoogleKeys,
        *,
        base_url: str = BASE_URL,
        oauth_url: str = OAUTH_URL,
        version: str = VERSION,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._manager = keys.manager
        self._access = GoogleAccess(keys, f"{base_url.rstrip('/')}/{version}", oauth_url, clock=clock, pause=pause)

    def close(self) -> None:
        self._access.close()

    @property
    def usage(self) -> Usage:
        """Google's answers do not tell it: there is a number of operations a day, and an error when it is reached."""
        return Usage()

    def holder(self) -> Holder:
        """By the name of the first customer that is reached: nobody's own name is asked for, nor a scope for it."""
        roots = self._roots()
        if not roots:
            raise NO_CUSTOMERS.error("no customers")
        try:
            name = text(self._customer(roots[0], roots[0]), "descriptiveName")
        except AdsError as error:
            if not error.of_account:
                raise
            name = ""
        count = "1 conta" if len(roots) == 1 else f"{len(roots)} contas"
        return Holder(name or f"{count} do Google Ads", self._access.ends_at)

    def accounts(self) -> list[Account]:
        """As `AdsReader.accounts`. A customer that cannot be read stops no other; raises AdsError where none can be."""
        found: dict[str, Account] = {}
        refusals: list[AdsError] = []
        roots = self._roots()
        for root in roots:
            try:
                rows = self._rows(root, _CLIENTS, via=root)
            except AdsError as error:
                if not error.of_account:
                    raise
                refusals.append(error)
                continue
            for account in accounts_of(rows, root):
                found.setdefault(account.external_id, self._reached(account))
        if roots and len(refusals) == len(roots):
            raise refusals[0]
        return list(found.values())

    def daily(self, account: Asked, since: date, until: date) -> Daily:
        query = _DAILY.format(since=since.isoformat(), until=until.isoformat())
        return daily_of(self._rows(account.external_id, query, via=self._via(account)), account, since, until)

    def campaigns(self, account: Asked, since: date, until: date) -> Campaigns:
        query = _CAMPAIGNS.format(since=since.isoformat(), until=until.isoformat())
        return campaigns_of(self._rows(account.external_id, query, via=self._via(account)), account, since, until)

    def reach(self, account: Asked, since: date, until: date) -> Reach | None:
        """None: Google's unique users are of at most 92 days, and of a few kinds of campaign."""
        return None

    def balance(self, account: Asked, now: datetime) -> Balance:
        """As `AdsReader.balance`. Where the budgets may not be read, the amount is unknown and the rest is not."""
        via = self._via(account)
        customer = self._customer(account.external_id, via)
        try:
            rows = self._rows(account.external_id, _BUDGETS, via=via)
        except AdsError as error:
            if error.remedy not in (Remedy.PERMISSION, Remedy.FIX_REQUEST):
                raise
            rows = []
        return balance_of(customer, [part(row, "accountBudget") for row in rows], account, now)

    def _via(self, account: Asked) -> str:
        return re.sub(r"[^0-9]", "", account.via) or self._manager

    def _reached(self, account: Account) -> Account:
        """One that is reached by itself says so by its own id where the keys' manager would be named otherwise, which
        Google refuses for an account that is not below it."""
        return account if account.via or not self._manager else replace(account, via=account.external_id)

    def _roots(self) -> list[str]:
        """The customers that the access reaches directly, in one order always; that of the keys first."""
        answer = self._access.call("GET", "customers:listAccessibleCustomers")
        names = answer.get("resourceNames", []) if isinstance(answer, dict) else None
        found = [_RESOURCE.fullmatch(str(name)) for name in names] if isinstance(names, list) else [None]
        listed = {match[1] for match in found if match}
        if not all(found):
            raise _unexpected()
        first = [self._manager] if self._manager else []
        return [*first, *sorted(listed.difference(first), key=int)]

    def _customer(self, customer: str, via: str) -> Mapping[str, Any]:
        rows = self._rows(customer, _CUSTOMER, via=via)
        return part(rows[0], "customer") if rows else {}

    def _rows(self, customer: str, query: str, *, via: str) -> list[Mapping[str, Any]]:
        """The rows of all batches; a batch without any leaves `results` out."""
        if not (customer.isascii() and customer.isdigit()):
            raise ValueError("A customer is asked for by its digits.")
        path = f"customers/{customer}/googleAds:searchStream"
        batches = self._access.call("POST", path, via=via, body={"query": query})
        rows: list[Mapping[str, Any]] = []
        for batch in batches if isinstance(batches, list) else [None]:
            results = batch.get("results", []) if isinstance(batch, dict) else None
            if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
                raise _unexpected()
            rows += results
        return rows


def _unexpected() -> AdsError:
    return AdsError(Remedy.TRANSIENT, "unexpected answer")
