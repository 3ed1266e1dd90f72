"""How Meta refuses and what it says of limits: errors as recorded, and the usage headers of each answer.

https://developers.facebook.com/docs/graph-api/guides/error-handling and …/docs/graph-api/overview/rate-limiting
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reports.sandbox.accounts import BUSINESS_ID
from reports.sandbox.faults import Struck
from reports.sandbox.wire import HTML, Answer, Call, Refusal, as_json

#: What a share of usage is where nothing else is ordered.
_QUIET = 4
#: Seconds until Meta's counter of an account begins anew, where nothing is used up.
_RESET = 100


def refusal(
    status: int, code: int, message: str, *, subcode: int = 0, headers: Mapping[str, str] | None = None, **more: Any
) -> Refusal:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode:
        error["error_subcode"] = subcode
    return Refusal(as_json(status, {"error": {**error, **more, "fbtrace_id": "AsandboxTraceOfThisCall"}}, headers))


def dead(subcode: int = 0) -> Refusal:
    headers = {"WWW-Authenticate": 'OAuth "Facebook Platform" "invalid_token" "Invalid OAuth access token."'}
    message = {
        0: "Invalid OAuth access token - Cannot parse access token",
        460: "Error validating access token: The session has been invalidated because the user changed their password "
        "or Facebook has changed the session for security reasons.",
        463: "Error validating access token: Session has expired.",
    }.get(subcode, "Error validating access token.")
    return refusal(401, 190, message, subcode=subcode, headers=headers)


def bad_parameter(message: str, subcode: int = 0) -> Refusal:
    return refusal(400, 100, message, subcode=subcode)


def refuse_by_fault(call: Call, struck: Struck) -> None:
    """Raise what the first of the faults that answer by themselves answers."""
    headers = usage_headers(call, struck)
    if fault := struck.get("token_dead"):
        raise dead(fault.value)
    if "no_permission" in struck:
        raise no_permission()
    if "version_retired" in struck:
        raise retired()
    if "throttled" in struck:
        message = "There have been too many calls from this ad-account. Wait a bit and try again."
        raise refusal(400, 80004, f"(#80004) {message}", subcode=2446079, headers=headers, is_transient=False)
    if "quota_day" in struck:
        raise refusal(400, 4, "(#4) Application request limit reached", headers=headers, is_transient=True)
    if "too_many" in struck:
        raise Refusal(Answer(429, b"Too Many Requests", "text/plain; charset=utf-8", headers))
    if "error_500" in struck:
        raise refusal(500, 2, "Service temporarily unavailable", is_transient=True)
    if "html" in struck:
        raise Refusal(Answer(502, b"<!doctype html><title>502</title><h1>502 Bad Gateway</h1>", HTML))


def no_permission() -> Refusal:
    message = "(#200) Ad account owner has NOT grant ads_management or ads_read permission"
    return refusal(403, 200, message)


def no_manage() -> Refusal:
    return refusal(400, 200, "(#200) Requires MANAGE on the ad account")


def no_such_object(external_id: str) -> Refusal:
    message = (
        f"Unsupported get request. Object with ID 'act_{external_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation."
    )
    return bad_parameter(message, 33)


def retired() -> Refusal:
    message = "(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version."
    return refusal(400, 2635, message)


def usage_headers(call: Call, struck: Struck) -> Mapping[str, str]:
    """Each is JSON in a text, with shares of 100; one says how long to pause in seconds, another in minutes."""
    order = struck.get("usage_stop") or struck.get("usage")
    of_app = of_account = order.value if order else _QUIET
    minutes = 0
    if "quota_day" in struck or "too_many" in struck:
        of_app, minutes = 100, 60
    elif throttled := struck.get("throttled"):
        of_account, minutes = 100, throttled.value
    found: dict[str, Any] = {"X-App-Usage": {"call_count": of_app, "total_time": _QUIET, "total_cputime": _QUIET}}
    if call.account:
        found |= _account_headers(call.kind, of_app, of_account, minutes)
    return {name: json.dumps(value) for name, value in found.items()}


def _account_headers(kind: str, of_app: int, of_account: int, minutes: int) -> dict[str, Any]:
    tier = {"ads_api_access_tier": "standard_access"}
    case = {
        "type": "ads_insights" if kind == "numbers" else "ads_management",
        "call_count": max(of_app, of_account),
        "total_cputime": _QUIET,
        "total_time": _QUIET,
        "estimated_time_to_regain_access": minutes,
    }
    until_reset = max(60 * minutes, _RESET)
    found: dict[str, Any] = {
        "X-Ad-Account-Usage": {"acc_id_util_pct": of_account, "reset_time_duration": until_reset, **tier},
        "X-Business-Use-Case-Usage": {BUSINESS_ID: [{**case, **tier}]},
    }
    if kind == "numbers":
        found["X-Fb-Ads-Insights-Throttle"] = {"app_id_util_pct": of_app, "acc_id_util_pct": of_account, **tier}
    return found
