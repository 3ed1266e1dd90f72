"""The two ad platforms' addresses for tests, cut at the wire: what a test stubs is answered in the recorded shapes."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import responses

META = "https://graph.facebook.test"
ACCOUNT = {
    "currency": "BRL",
    "timezone_name": "America/Sao_Paulo",
    "account_status": 1,
    "disable_reason": 0,
    "balance": "9555",
    "amount_spent": "699606",
    "spend_cap": "724081",
    "is_prepay_account": True,
    "funding_source": "1",
    "funding_source_details": {"id": "1", "type": 20, "display_string": "Saldo disponível (R$278,60 BRL)"},
}


def day_row(when: date, spend: str = "100.00", *, purchases: int = 2, worth: str = "400.00", **fields: Any) -> Any:
    """A day of insights as Meta tells it, with one purchase under two of its names."""
    names = ("omni_purchase", "onsite_web_purchase")
    return {
        "date_start": when.isoformat(),
        "date_stop": when.isoformat(),
        "account_currency": "BRL",
        "spend": spend,
        "impressions": "10000",
        "clicks": "150",
        "inline_link_clicks": "90",
        "actions": [{"action_type": name, "value": str(purchases)} for name in names],
        "action_values": [{"action_type": name, "value": worth} for name in names],
        **fields,
    }


def campaign_row(when: date, campaign: str = "120210000000000010", name: str = "Vendas", **fields: Any) -> Any:
    """One campaign on one day, as Meta tells it by campaign."""
    return {"campaign_id": campaign, "campaign_name": name, **day_row(when, **fields)}


class Meta:
    """Answers for the accounts that a test names; `asked` are the insights' time ranges, in order, and
    `asked_campaigns` those by campaign. `campaigns` are the rows of all accounts, or the error that it answers with."""

    def __init__(self, http: responses.RequestsMock) -> None:
        self.http, self.asked = http, list[tuple[str, date, date]]()
        self.asked_campaigns = list[tuple[date, date]]()
        self.campaigns: list[Any] | int = []

    def account(self, external_id: str, **fields: Any) -> responses.BaseResponse:
        body = {"id": f"act_{external_id}", "account_id": external_id, "name": "Loja", **ACCOUNT, **fields}
        return self.http.add("GET", f"{META}/v26.0/act_{external_id}", json=body)

    def days(self, external_id: str, rows: list[Any] | None = None, *, headers: Any = None) -> None:
        """Insights: the rows that fall into what is asked; by default each day but the last, which is today."""

        def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            query = parse_qs(urlsplit(request.url or "").query)
            span = json.loads(query["time_range"][0])
            since, until = date.fromisoformat(span["since"]), date.fromisoformat(span["until"])
            if query["level"] == ["campaign"]:
                return self._by_campaign(since, until)
            self.asked.append((query["time_increment"][0], since, until))
            if query["time_increment"] == ["all_days"]:
                total = {"date_start": span["since"], "date_stop": span["until"], "reach": "5000", "frequency": "2.5"}
                return 200, {}, json.dumps({"data": [{**total, "spend": "1", "impressions": "12500", "clicks": "1"}]})
            every = [since + timedelta(days=n) for n in range((until - since).days)]
            found = [day_row(when) for when in every] if rows is None else rows
            found = [row for row in found if since <= date.fromisoformat(row["date_start"]) <= until]
            return 200, dict(headers or {}), json.dumps({"data": found, "paging": {"cursors": {}}})

        self.http.add_callback("GET", f"{META}/v26.0/act_{external_id}/insights", answer)

    def _by_campaign(self, since: date, until: date) -> tuple[int, dict[str, str], str]:
        self.asked_campaigns.append((since, until))
        if isinstance(self.campaigns, int):
            return 400, {}, json.dumps({"error": {"code": self.campaigns, "message": "No.", "type": "OAuthException"}})
        found = [row for row in self.campaigns if since <= date.fromisoformat(row["date_start"]) <= until]
        return 200, {}, json.dumps({"data": found})

    def refuse(self, external_id: str, code: int, *, status: int = 400, headers: Any = None, **error: Any) -> None:
        """Insights answer with one of Meta's errors."""
        body = {"error": {"code": code, "message": "No.", "type": "OAuthException", **error}}
        self.http.add("GET", f"{META}/v26.0/act_{external_id}/insights", json=body, status=status, headers=headers)
