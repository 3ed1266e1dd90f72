"""How much of what Meta lets us ask is used up, from the headers of its answers. Pure; what it cannot read it ignores.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting and
https://developers.facebook.com/docs/marketing-api/overview/rate-limiting. Each header is JSON in text, its percentages
run to 100, and it comes on throttled answers too. How long to pause stands in one of them in seconds and in another in
minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from reports.ads.json_values import number
from reports.ads.readings import Usage

#: From here on nothing more is asked; below it the time until a counter is reset is no order to pause.
STOP_PERCENT = Decimal(90)
_LONGEST_WAIT = timedelta(days=1)
_CALL_SHARES = ("call_count", "total_cputime", "total_time")


def usage_of(headers: Mapping[str, str]) -> Usage:
    """The highest of what one answer's headers tell; nothing told is `Usage()`."""
    found = {name.lower(): text for name, text in headers.items()}
    app = _object(found.get("x-app-usage"))
    account = _object(found.get("x-ad-account-usage"))
    insights = _object(found.get("x-fb-ads-insights-throttle"))
    cases = list(_business_cases(_object(found.get("x-business-use-case-usage"))))
    of_account = max(_share(account, "acc_id_util_pct"), _share(insights, "acc_id_util_pct"))
    of_all = [_share(app, *_CALL_SHARES), _share(insights, "app_id_util_pct")]
    of_all += [_share(case, *_CALL_SHARES) for case in cases]
    waits = [_wait(case, "estimated_time_to_regain_access", timedelta(minutes=1)) for case in cases]
    if _share(account, "acc_id_util_pct") >= STOP_PERCENT:
        waits.append(_wait(account, "reset_time_duration", timedelta(seconds=1)))
    longest = max(waits, default=timedelta(0))
    return Usage(max(of_account, *of_all), of_account, longest or None)


def higher(one: Usage, other: Usage) -> Usage:
    """What two answers tell together."""
    waits = [usage.wait for usage in (one, other) if usage.wait is not None]
    return Usage(
        max(one.percent, other.percent), max(one.account_percent, other.account_percent), max(waits, default=None)
    )


def _object(text: str | None) -> Mapping[str, object]:
    try:
        found = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _business_cases(by_business: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """`{"<business>": [{"type": "ads_insights", …}, …]}`: several kinds of calls for each business."""
    for cases in by_business.values():
        if isinstance(cases, list):
            yield from (case for case in cases if isinstance(case, dict))


def _share(counters: Mapping[str, object], *names: str) -> Decimal:
    return max((number(counters.get(name)) or Decimal(0) for name in names), default=Decimal(0))


def _wait(counters: Mapping[str, object], name: str, unit: timedelta) -> timedelta:
    """Nothing where it is not told; never over a day, which no limit of Meta's takes."""
    units = number(counters.get(name)) or Decimal(0)
    if units <= 0:
        return timedelta(0)
    return min(unit * float(min(units, Decimal(10**6))), _LONGEST_WAIT)
