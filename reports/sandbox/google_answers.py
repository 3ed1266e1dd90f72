"""How Google Ads refuses: an object with a GoogleAdsFailure, which searchStream wraps in an array.

https://developers.google.com/google-ads/api/docs/best-practices/error-types
"""

from __future__ import annotations

from typing import Any

from reports.sandbox.faults import Struck
from reports.sandbox.wire import HTML, Answer, Call, Refusal, as_json

_TYPE = "type.googleapis.com/google.ads.googleads.{}.errors.GoogleAdsFailure"
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}
_MESSAGE = {
    400: "Request contains an invalid argument.",
    401: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential.",
    403: "The caller does not have permission",
    429: "Resource has been exhausted (e.g. check quota).",
    503: "The service is currently unavailable.",
}
REQUEST_ID = "sandboxRequestIdAAAAAA"


def refusal(
    status: int, family: str, name: str, message: str, *, version: str, stream: bool, more: dict[str, Any] | None = None
) -> Refusal:
    failure = {"errorCode": {family: name}, "message": message, **(more or {})}
    detail = {"@type": _TYPE.format(version), "errors": [failure], "requestId": REQUEST_ID}
    error = {"code": status, "message": _MESSAGE[status], "status": _STATUS[status], "details": [detail]}
    return Refusal(as_json(status, [{"error": error}] if stream else {"error": error}))


def bad_grant(name: str, description: str, status: int = 400) -> Refusal:
    """Of the token endpoint, where the error is a string."""
    return Refusal(as_json(status, {"error": name, "error_description": description}))


def not_found(path: str) -> Refusal:
    """What a version that has ended answers too: a page."""
    page = f"<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p><b>404.</b> {len(path)} signs."
    return Refusal(Answer(404, page.encode(), HTML))


def refuse_by_fault(call: Call, struck: Struck, version: str, *, stream: bool) -> None:
    """Raise what the first of the faults that answer by themselves answers."""

    def refuse(status: int, family: str, name: str, message: str, more: dict[str, Any] | None = None) -> Refusal:
        return refusal(status, family, name, message, version=version, stream=stream, more=more)

    if "token_dead" in struck:
        raise refuse(401, "authenticationError", "OAUTH_TOKEN_REVOKED", "OAuth token has been revoked.")
    if "access_expired" in struck:
        raise refuse(401, "authenticationError", "OAUTH_TOKEN_EXPIRED", "OAuth token has expired.")
    if "no_permission" in struck:
        message = "User doesn't have permission to access customer."
        raise refuse(403, "authorizationError", "USER_PERMISSION_DENIED", message)
    if "version_retired" in struck:
        raise not_found(call.kind)
    if fault := struck.get("throttled"):
        wait = {"rateScope": "ACCOUNT", "rateName": "Requests per minute", "retryDelay": f"{60 * fault.value}s"}
        message = "Too many requests. Retry later."
        details = {"details": {"quotaErrorDetails": wait}}
        raise refuse(429, "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", message, details)
    if "quota_day" in struck:
        raise refuse(429, "quotaError", "RESOURCE_EXHAUSTED", "Too many requests. Retry in 24 hours.")
    if "too_many" in struck:
        raise Refusal(Answer(429, b"Too Many Requests", "text/plain; charset=utf-8"))
    if "closed" in struck and call.account:
        message = "The customer account can't be accessed because it is not yet enabled or has been deactivated."
        raise refuse(403, "authorizationError", "CUSTOMER_NOT_ENABLED", message)
    if "error_500" in struck:
        raise refuse(503, "internalError", "TRANSIENT_ERROR", "Retryable error.")
    if "html" in struck:
        raise Refusal(Answer(502, b"<!DOCTYPE html><html lang=en><title>Error 502 (Server Error)!!1</title>", HTML))
