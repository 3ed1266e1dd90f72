"""Campaigns' days into the database and out of it: the one place that touches `CampaignDay`."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.db.models import OuterRef, Q, Subquery, Value

from agency.models import Client
from reports.campaign_days import CampaignSums, listed, packed_names, unpacked_names
from reports.choices import Family
from reports.models import AdAccount, CampaignDay, DailyMetric
from reports.models.campaign import NAMES
from reports.periods import Days
from reports.snapshot import Block, Campaign, ReportData

#: Days are kept for so long, though no report can be about most of them: a little more than a year.
KEPT = timedelta(days=396)
_BATCH = 500


@dataclass(slots=True)
class Stored:
    """Of one account: its campaigns' names, and its packed days."""

    names: dict[str, str] = field(default_factory=dict)
    days: dict[date, bytes] = field(default_factory=dict)


def stored(account: AdAccount, days: Days) -> Stored:
    """What is stored of these days of an account, in one query."""
    wanted = Q(date__range=(days.first, days.last)) | Q(date=NAMES)
    found = Stored()
    for day, packed in CampaignDay.rows.filter(wanted, account=account).values_list("date", "numbers"):
        if day == NAMES:
            found.names = unpacked_names(bytes(packed))
        else:
            found.days[day] = bytes(packed)
    return found


def write(account: AdAccount, days: Mapping[date, bytes], names: Mapping[str, str], *, is_first: bool = False) -> None:
    """Write those days, and those names, that are not stored like this already. `is_first` says that nothing can be
    stored yet, which saves looking."""
    if not days:
        return
    known = Stored() if is_first else stored(account, Days(min(days), max(days)))
    changed = {day: packed for day, packed in days.items() if packed != known.days.get(day)}
    if (fresh := {**known.names, **names}) != known.names:
        changed[NAMES] = packed_names(fresh)
    if changed:
        CampaignDay.rows.bulk_create(
            (CampaignDay(account=account, date=day, numbers=packed) for day, packed in changed.items()),
            update_conflicts=True,
            unique_fields=["account", "date"],
            update_fields=["numbers"],
            batch_size=_BATCH,
        )


def forget_old(account: AdAccount, today: date) -> None:
    account.campaign_days.filter(date__lt=today - KEPT).delete()


def listed_in(data: ReportData, client: Client, family: Family) -> ReportData:
    """The same report, with the campaigns of each platform and currency; `family` is what the client counts as
    conversions at Meta. The sum of all platforms lists none.

    A block lists none at all where those of a day on which anything ran are not known: the rest would read as the
    whole. Two accounts' campaigns of one name stay two.
    """
    sums, names = _ran(client, data.days)

    def of_block(block: Block) -> tuple[Campaign, ...]:
        platform, accounts = block.platform, sums.get((block.platform, block.currency))
        if platform is None or accounts is None or None in accounts.values():
            return ()
        each = (
            of_account.campaigns(names.get(account, {}), platform=platform, family=family)
            for account, of_account in accounts.items()
            if of_account is not None
        )
        return listed(campaign for of_account in each for campaign in of_account)

    return replace(data, blocks=tuple(replace(block, campaigns=of_block(block)) for block in data.blocks))


#: By platform and currency, of each account that ran: its campaigns added up, None where some of it is not known.
_Sums = dict[tuple[str | None, str], dict[uuid.UUID, CampaignSums | None]]


def _ran(client: Client, days: Days) -> tuple[_Sums, dict[uuid.UUID, dict[str, str]]]:
    """What the campaigns of the client did on the days on which anything ran, and their names; one query."""
    of_day = CampaignDay.objects.filter(account=OuterRef("account"), date=OuterRef("date"))
    rows = (
        DailyMetric.objects.filter(Q(spend__gt=0) | Q(impressions__gt=0), client=client)
        .filter(date__range=(days.first, days.last))
        .order_by()
        .values_list("account_id", "platform", "account__currency", Subquery(of_day.values("numbers")))
    )
    named = CampaignDay.rows.filter(account__client=client, date=NAMES).values_list(
        "account_id", Value(""), Value(""), "numbers"
    )
    sums: _Sums = defaultdict(dict)
    names: dict[uuid.UUID, dict[str, str]] = {}
    for account, platform, currency, packed in rows.union(named, all=True):
        if not platform:
            names[account] = unpacked_names(bytes(packed))
            continue
        into = sums[platform, currency].setdefault(account, CampaignSums())
        if packed is None or into is None:
            sums[platform, currency][account] = None
        else:
            into.add(bytes(packed))
    return sums, names
