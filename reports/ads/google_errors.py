"""What an answer of Google Ads or of Google's token endpoint means when it brings no reading. Pure; makes no call.

The message that Google writes is never used: it names customers and quotes the query. Only the names of its
enumerations become a code, and only where they look like one. What each means stands in `google_meanings`.
https://developers.google.com/google-ads/api/docs/best-practices/error-types
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from reports.ads.errors import AdsError, Remedy
from reports.ads.google_meanings import (
    FAILURES,
    FAMILIES,
    GRANTS,
    LATER,
    PAUSE,
    REASONS,
    REFUSED,
    STATUSES,
    Meaning,
    Unauthenticated,
)

__all__ = ["Unauthenticated", "error_of", "oauth_error_of"]

#: Longer than the day that a quota is for, no pause is believed.
LONGEST_WAIT = timedelta(days=1)

_DURATION = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?s")
_FAMILY = re.compile(r"[a-z][A-Za-z]{2,60}Error")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,80}")
_OAUTH_NAME = re.compile(r"[a-z][a-z_]{2,40}")


def error_of(status: int, body: Any) -> AdsError | None:
    """What is wrong with an answer, given its HTTP status and JSON; None where nothing is.

    A stream that began well may end in an element that is an error: then nothing of the answer counts.
    """
    found = next((each["error"] for each in _elements(body) if "error" in each), None)
    if found is None:
        return None if 200 <= status < 300 else _by_status(status)
    if not isinstance(found, dict):
        return _by_status(status if status >= 400 else 500)
    if status < 400:
        inner = found.get("code")
        status = inner if isinstance(inner, int) and 400 <= inner < 600 else 500
    return _by_details(status, found)


def oauth_error_of(status: int, body: Any) -> AdsError | None:
    """As `error_of`, for the token endpoint, where `error` is a string."""
    name = body.get("error") if isinstance(body, dict) else None
    if name is None:
        return None if 200 <= status < 300 else _status_meaning(status).error(f"oauth.http {status}")
    if not isinstance(name, str) or not _OAUTH_NAME.fullmatch(name):
        return _status_meaning(status).error(f"oauth.http {status}")
    return GRANTS.get(name, _status_meaning(status)).error(f"oauth.{name}")


def _elements(body: Any) -> Iterator[dict[str, Any]]:
    """An object, or the objects of an array: searchStream answers with one."""
    yield from (each for each in (body if isinstance(body, list) else [body]) if isinstance(each, dict))


def _status_meaning(status: int) -> Meaning:
    return STATUSES.get(status, LATER if status >= 500 or status < 400 else REFUSED)


def _by_status(status: int, name: Any = None) -> AdsError:
    is_name = isinstance(name, str) and _NAME.fullmatch(name)
    code = f"http {status} {name}" if is_name else f"http {status}"
    return _status_meaning(status).error(code, is_unauthenticated=status == 401)


def _by_details(status: int, error: Mapping[str, Any]) -> AdsError:
    details = error.get("details")
    objects = [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []
    failures = [failure for each in objects for failure in _failures(each)]
    wait = max(filter(None, [*(_wait_of(each) for each in [*objects, *failures])]), default=None)
    named = _named(failures)
    if named is not None:
        code, failure = named
        family = code.partition(".")[0]
        meaning = FAILURES.get(code) or FAMILIES.get(family) or (LATER if status >= 500 else REFUSED)
        meaning = replace(meaning, of_account=meaning.of_account or _is_of_account(failure))
        return _with_wait(meaning, wait).error(code, is_unauthenticated=status == 401)
    for each in objects:
        reason = each.get("reason")
        if isinstance(reason, str) and reason in REASONS:
            return _with_wait(REASONS[reason], wait).error(reason, is_unauthenticated=status == 401)
        if str(each.get("@type", "")).endswith("google.rpc.QuotaFailure"):
            return _with_wait(PAUSE, wait).error("QuotaFailure")
    plain = _by_status(status, error.get("status"))
    plain.wait = wait if plain.remedy is Remedy.THROTTLED else None
    return plain


def _failures(detail: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The errors of a GoogleAdsFailure; a detail of another type has none."""
    errors = detail.get("errors")
    if str(detail.get("@type", "")).endswith(".GoogleAdsFailure") and isinstance(errors, list):
        yield from (each for each in errors if isinstance(each, dict))


def _named(failures: list[Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]] | None:
    """The one of several errors that the tables know best, with its code."""
    found = [(code, failure) for failure in failures if (code := _code_of(failure))]
    for known in (FAILURES, FAMILIES):
        for code, failure in found:
            if code in known or code.partition(".")[0] in known:
                return code, failure
    return found[0] if found else None


def _code_of(failure: Mapping[str, Any]) -> str:
    code = failure.get("errorCode")
    for family, name in code.items() if isinstance(code, dict) else ():
        if _FAMILY.fullmatch(family) and isinstance(name, str) and _NAME.fullmatch(name):
            return f"{family}.{name}"
    return ""


def _quota(failure: Mapping[str, Any]) -> Mapping[str, Any]:
    details = failure.get("details")
    quota = details.get("quotaErrorDetails") if isinstance(details, dict) else None
    return quota if isinstance(quota, dict) else {}


def _is_of_account(failure: Mapping[str, Any]) -> bool:
    return _quota(failure).get("rateScope") == "ACCOUNT"


def _wait_of(detail: Mapping[str, Any]) -> timedelta | None:
    """From `retryDelay`, in a RetryInfo or in the details of one error, as JSON writes a duration: `900s`, `1.5s`."""
    written = detail.get("retryDelay", _quota(detail).get("retryDelay"))
    found = _DURATION.fullmatch(written) if isinstance(written, str) else None
    if not found:
        return None
    return min(timedelta(seconds=float(f"{found[1]}.{found[2] or 0}")), LONGEST_WAIT)


def _with_wait(meaning: Meaning, wait: timedelta | None) -> Meaning:
    return replace(meaning, wait=wait) if wait and meaning.remedy is Remedy.THROTTLED else meaning
