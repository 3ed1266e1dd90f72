"""Rows of Meta's insights of an account: numbers as text, what did not happen left out, one event under many names.

https://developers.facebook.com/docs/marketing-api/insights
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from reports.demo_campaigns import DemoCampaign
from reports.metrics import Sums, total
from reports.sandbox.accounts import SandboxAccount
from reports.sandbox.meta_answers import bad_parameter

FIELDS = frozenset(
    (
        "account_id",
        "account_name",
        "account_currency",
        "spend",
        "impressions",
        "reach",
        "frequency",
        "clicks",
        "inline_link_clicks",
        "ctr",
        "inline_link_click_ctr",
        "cpc",
        "cpm",
        "actions",
        "action_values",
        "cost_per_action_type",
        "purchase_roas",
        "instagram_profile_visits",
        "date_start",
        "date_stop",
    )
)
#: Of rows by campaign.
CAMPAIGN_FIELDS = FIELDS | {"campaign_id", "campaign_name"}
#: The names under which Meta lists one and the same purchase, lead, conversation.
PURCHASES = (
    "omni_purchase",
    "onsite_app_purchase",
    "onsite_web_app_purchase",
    "onsite_conversion.purchase",
    "onsite_web_purchase",
)
LEADS = (
    "onsite_conversion.lead",
    "offsite_complete_registration_add_meta_leads",
    "offsite_search_add_meta_leads",
    "onsite_web_lead",
    "lead",
    "offsite_content_view_add_meta_leads",
    "onsite_conversion.lead_grouped",
)
STARTED = "onsite_conversion.messaging_conversation_started_7d"
_PRESETS = {"today": (0, 0), "yesterday": (1, 1)} | {f"last_{days}d": (days, 1) for days in (3, 7, 14, 28, 30, 90)}


def asked_days(given: Mapping[str, str], today: date) -> tuple[date, date]:
    """The first and last day of `time_range`, else of `date_preset`. Raises Refusal."""
    if "time_range" in given:
        try:
            found = json.loads(given["time_range"])
            since, until = date.fromisoformat(found["since"]), date.fromisoformat(found["until"])
        except (ValueError, KeyError, TypeError):
            raise bad_parameter("(#100) param time_range must be a JSON object with since and until") from None
        if since > until:
            raise bad_parameter("(#100) since must be on or before until")
        return since, until
    preset = given.get("date_preset", "last_30d")
    if preset not in _PRESETS:
        raise bad_parameter(f"(#100) date_preset must be one of: {', '.join(_PRESETS)}")
    first, last = _PRESETS[preset]
    return today - timedelta(days=first), today - timedelta(days=last)


def daily_rows(account: SandboxAccount, currency: str, days: Iterable[tuple[date, Sums]]) -> list[dict[str, Any]]:
    return [_row(account, currency, sums, day, day, 1) for day, sums in days]


def campaign_rows(
    account: SandboxAccount, currency: str, days: Iterable[tuple[date, DemoCampaign, Sums]]
) -> list[dict[str, Any]]:
    """What Meta adds up is the account's; clicks on links are counted for each campaign anew, and so rounded."""
    return [
        {
            **_row(account, currency, sums, day, day, 1),
            "campaign_id": campaign.external_id,
            "campaign_name": campaign.name,
        }
        for day, campaign, sums in days
    ]


def whole_rows(
    account: SandboxAccount, currency: str, days: list[tuple[date, Sums]], since: date, until: date
) -> list[dict[str, Any]]:
    """One row for all days, none where nothing ran."""
    if not days:
        return []
    _, sums = total((currency, sums) for _, sums in days)
    return [_row(account, currency, sums, since, until, len(days))]


def _row(account: SandboxAccount, currency: str, sums: Sums, start: date, stop: date, days: int) -> dict[str, Any]:
    spend, impressions, clicks = sums.spend or Decimal(0), sums.impressions or 0, sums.clicks or 0
    link_clicks = clicks * 9 // 10
    # Of a longer time a smaller part of the views is of people who had seen none before.
    reach = max(1, int(impressions / (1.2 + 0.06 * days)))
    counts = _counts(account, sums, link_clicks)
    row: dict[str, Any] = {
        "account_id": account.external_id,
        "account_name": account.name,
        "account_currency": currency,
        "spend": str(spend),
        "impressions": str(impressions),
        "reach": str(reach),
        "frequency": f"{impressions / reach:.6f}",
        "clicks": str(clicks),
        "inline_link_clicks": str(link_clicks),
        "ctr": f"{100 * clicks / impressions:.6f}",
        "inline_link_click_ctr": f"{100 * link_clicks / impressions:.6f}",
        "cpm": f"{1000 * float(spend) / impressions:.6f}",
        "date_start": start.isoformat(),
        "date_stop": stop.isoformat(),
    }
    if clicks:
        row["cpc"] = f"{float(spend) / clicks:.6f}"
    if counts:
        row["actions"] = _actions((name, str(count)) for name, count in counts.items())
        row["cost_per_action_type"] = _actions((name, f"{float(spend) / count:.6f}") for name, count in counts.items())
    if sums.revenue and sums.conversions:
        row["action_values"] = _actions((name, str(sums.revenue)) for name in PURCHASES)
        row["purchase_roas"] = _actions([("omni_purchase", f"{sums.revenue / spend:.6f}")] if spend else [])
    return row


def _actions(entries: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"action_type": name, "value": value} for name, value in entries]


def _counts(account: SandboxAccount, sums: Sums, link_clicks: int) -> dict[str, int]:
    """What happened, by each of its names. The sandbox's conversions are purchases, whatever else they are too, so that
    they are the same number whichever of them a client counts."""
    purchases, leads, started = int(sums.conversions or 0), sums.leads or 0, sums.messages or 0
    counts = {"link_click": link_clicks, "landing_page_view": link_clicks * 4 // 5, "post_engagement": link_clicks * 2}
    if account.profile.kind == "shop":
        counts |= {"omni_add_to_cart": purchases * 6, "omni_initiated_checkout": purchases * 3}
    counts |= dict.fromkeys(PURCHASES, purchases) | dict.fromkeys(LEADS, leads)
    counts |= {
        STARTED: started,
        "onsite_conversion.total_messaging_connection": started * 5 // 4,
        "onsite_conversion.messaging_first_reply": started * 2 // 3,
    }
    return {name: count for name, count in counts.items() if count}
