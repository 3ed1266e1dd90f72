"""Replies of Google Ads as recorded, and short ways to write others like them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "ads" / "google"


def recorded(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


def failure(
    family: str, name: str, *, code: int = 400, status: str = "INVALID_ARGUMENT", **more: Any
) -> dict[str, Any]:
    """An error as an object; `more` goes into the one GoogleAdsError."""
    return {
        "error": {
            "code": code,
            "message": "customer 123 and a query",
            "status": status,
            "details": [
                {
                    "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
                    "errors": [{"errorCode": {family: name}, "message": "customer 123 and a query", **more}],
                    "requestId": "r",
                }
            ],
        }
    }


def quota(delay: str = "", scope: str = "DEVELOPER") -> dict[str, Any]:
    details: dict[str, Any] = {"rateScope": scope, "rateName": "Number of operations"}
    return {"details": {"quotaErrorDetails": details | ({"retryDelay": delay} if delay else {})}}


def plain(code: int, status: str, *details: dict[str, Any]) -> dict[str, Any]:
    return {"error": {"code": code, "message": "m", "status": status, "details": list(details)}}
