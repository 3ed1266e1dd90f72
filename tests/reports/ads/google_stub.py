"""Google behind `responses`: what it is told to answer to which query, and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import requests
import responses

from reports.ads.google import GoogleKeys, GoogleReader

BASE, OAUTH = "https://ads.test", "https://oauth.test/token"
SECRETS = ("1//refresh-secret", "GOCSPX-secret", "dev-token-secret", "ya29.first", "ya29.second")
KEYS = GoogleKeys("1//refresh-secret", "client.apps.test", "GOCSPX-secret")
DAILY, CUSTOMER, CLIENTS, BUDGETS = (
    "metrics.cost_micros",
    "customer.status",
    "FROM customer_client",
    "FROM account_budget",
)


@dataclass(slots=True)
class GoogleStub:
    """`tokens` are given one after the other; `now` is the reader's clock, `pauses` what it waited, both in seconds."""

    http: responses.RequestsMock
    tokens: list[str] = field(default_factory=lambda: ["ya29.first", "ya29.second", "ya29.third"])
    now: float = 0.0
    pauses: list[float] = field(default_factory=list)
    life: int = 3599

    def reader(self, keys: GoogleKeys = KEYS, **more: Any) -> GoogleReader:
        more = {"clock": lambda: self.now, "pause": self.pauses.append, **more}
        return GoogleReader(keys, base_url=BASE, oauth_url=OAUTH, version="v26", **more)

    def gives_tokens(self, **more: Any) -> None:
        def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            token = {"access_token": self.tokens.pop(0), "expires_in": self.life, "token_type": "Bearer", **more}
            return 200, {}, json.dumps(token)

        self.http.add_callback(responses.POST, OAUTH, answer)

    def lists(self, *customers: str, status: int = 200) -> None:
        names = {"resourceNames": [f"customers/{each}" for each in customers]}
        self.http.get(f"{BASE}/v26/customers:listAccessibleCustomers", json=names, status=status)

    def answers(self, customer: str, query: str, body: Any, status: int = 200) -> responses.BaseResponse:
        """To a query with this text; a `str`, `bytes` or error as it is, else as JSON. Several: one after the other."""
        matcher: Callable[..., Any] = _asks(query)
        content = {"body": body} if isinstance(body, str | bytes | Exception) else {"json": body}
        return self.http.post(
            f"{BASE}/v26/customers/{customer}/googleAds:searchStream", status=status, match=[matcher], **content
        )

    @property
    def asked(self) -> list[requests.PreparedRequest]:
        """The calls to Google Ads, without those for a token."""
        return [call.request for call in self.http.calls if call.request.url != OAUTH]

    @property
    def forms(self) -> list[dict[str, list[str]]]:
        return [parse_qs(str(call.request.body)) for call in self.http.calls if call.request.url == OAUTH]


def _asks(query: str) -> Callable[..., Any]:
    def matches(request: requests.PreparedRequest) -> tuple[bool, str]:
        asked = json.loads(request.body or b"{}").get("query", "")
        return query in asked, f"{query} is not in {asked}"

    return matches


def batch(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"results": list(rows), "fieldMask": "x", "requestId": "r"} if rows else {"fieldMask": "x"}


def client(digits: str, name: str = "", **more: Any) -> dict[str, Any]:
    known = {"id": digits, "descriptiveName": name, "currencyCode": "BRL", "timeZone": "America/Sao_Paulo"}
    return {"customerClient": {**known, "status": "ENABLED", **more}}
