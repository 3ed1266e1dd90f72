"""What a visit to an ad account reads of its campaigns, and what of it is kept. No failure of it is one of the visit.

An account's own days are what reports are made of; its campaigns come after them, and what goes wrong with these is
noted in the account's own columns and tried again later.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reports import campaigns, read_failures, read_times
from reports.ads.errors import AdsError
from reports.ads.readings import AdsReader, Asked
from reports.campaign_days import packed_days
from reports.models import AdAccount
from reports.periods import Days

logger = logging.getLogger(__name__)

_RETRY = timedelta(minutes=55)  # with the account's next days
_OTHER_CURRENCY = "As campanhas vieram em outra moeda."
_OURS = "Não conseguimos entender as campanhas que a plataforma respondeu."


@dataclass(frozen=True, slots=True)
class CampaignsTold:
    """The campaigns of `days`, packed as they are stored; or else why there are none, in pt-BR."""

    days: Days
    packed: Mapping[date, bytes] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    error: AdsError | None = None


def read(account: AdAccount, reader: AdsReader, asked: Asked, now: datetime) -> CampaignsTold | None:
    """Ask for what is to be read now; None where that is nothing. Makes no query, and raises nothing."""
    days = _wanted(account, {}, now)
    if days is None:
        return None
    try:
        found = reader.campaigns(asked, days.first, days.last)
        if found.currency not in (account.currency, ""):
            return CampaignsTold(days, problem=_OTHER_CURRENCY)
        return CampaignsTold(days, packed_days(found, days), found.names)
    except AdsError as error:
        logger.warning("campaigns of ad account %s: %s", account.pk, error)
        return CampaignsTold(days, problem=error.sentence[:200], error=error)
    except Exception:
        logger.exception("campaigns of ad account %s could not be read", account.pk)
        return CampaignsTold(days, problem=_OURS)


def keep(account: AdAccount, told: CampaignsTold, now: datetime) -> dict[str, Any]:
    """Write what was told, in the caller's transaction; the account's columns that follow."""
    if told.problem:
        return {"campaigns_problem": told.problem, "campaigns_next_at": now + _pause_after(told.error)}
    there = _there(account, {})
    campaigns.write(account, told.packed, told.names, is_first=there is None)
    columns: dict[str, Any] = {"campaigns_problem": "", "campaigns_next_at": None}
    if there is None or told.days.first > there.last + timedelta(days=1):
        first, last = told.days.first, told.days.last  # the days between are not known
    else:
        first, last = min(there.first, told.days.first), max(there.last, told.days.last)
    if told.days.last == last and told.days.count == read_times.COMPLETE_DAYS:
        columns["campaigns_read_at"] = now
        if last.day == 1:
            campaigns.forget_old(account, last)
    return columns | {"campaigns_from": first, "campaigns_until": last}


def _pause_after(error: AdsError | None) -> timedelta:
    if read_failures.is_for_a_person(error):
        return read_times.AFTER_REFUSAL
    return max(_RETRY, error.wait) if error and error.wait else _RETRY


def has_more(account: AdAccount, columns: Mapping[str, Any], now: datetime) -> bool:
    """Whether there is more to read at once, where `columns` are about to be stored."""
    return _wanted(account, columns, now) is not None


def _wanted(account: AdAccount, columns: Mapping[str, Any], now: datetime) -> Days | None:
    next_at = columns.get("campaigns_next_at", account.campaigns_next_at)
    if next_at is not None and now < next_at:
        return None
    return read_times.next_campaigns(
        now.astimezone(ZoneInfo(account.time_zone)),
        _there(account, columns),
        columns.get("campaigns_read_at", account.campaigns_read_at),
        columns.get("history_done_from", account.history_done_from),
    )


def _there(account: AdAccount, columns: Mapping[str, Any]) -> Days | None:
    first = columns.get("campaigns_from", account.campaigns_from)
    last = columns.get("campaigns_until", account.campaigns_until)
    return None if first is None or last is None else Days(first, last)
