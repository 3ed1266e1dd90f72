"""Campaigns' days into the database and out of it: the one place that touches `CampaignDay` and `CampaignNames`."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import DateField, Q, Value

from reports.campaign_days import CampaignSums, listed, packed_names, unpacked_names
from reports.choices import Family, Platform
from reports.models import AdAccount, CampaignDay, CampaignNames
from reports.periods import Days
from reports.snapshot import Campaign

#: Days are kept for so long, though no report can be about most of them: a little more than a year.
KEPT = timedelta(days=396)
_BATCH = 500


@dataclass(slots=True)
class Stored:
    """Of one account: its campaigns' names, and its packed days."""

    names: dict[str, str] = field(default_factory=dict)
    days: dict[date, bytes] = field(default_factory=dict)


def stored(days: Days, **whose: Any) -> dict[uuid.UUID, Stored]:
    """What is stored of these days, by account, in one query; `whose` says of which accounts, as a filter of theirs."""
    wanted = Q(**{f"account__{name}": value for name, value in whose.items()})
    rows = CampaignDay.objects.filter(wanted, date__range=(days.first, days.last))
    names = CampaignNames.objects.filter(wanted).annotate(date=Value(None, output_field=DateField()))
    found: dict[uuid.UUID, Stored] = defaultdict(Stored)
    both: Iterable[Any] = rows.values_list("account_id", "date", "numbers").union(
        names.values_list("account_id", "date", "names"), all=True
    )
    for account, day, packed in both:
        if day is None:
            found[account].names = unpacked_names(bytes(packed))
        else:
            found[account].days[day] = bytes(packed)
    return found


def write(account: AdAccount, days: Mapping[date, bytes], names: Mapping[str, str], *, is_first: bool = False) -> None:
    """Write those days, and those names, that are not stored like this already. `is_first` says that nothing can be
    stored yet, which saves looking."""
    if not days:
        return
    known = Stored() if is_first else stored(Days(min(days), max(days)), pk=account.pk)[account.pk]
    changed = {day: packed for day, packed in days.items() if packed != known.days.get(day)}
    if changed:
        CampaignDay.objects.bulk_create(
            (CampaignDay(account=account, date=day, numbers=packed) for day, packed in changed.items()),
            update_conflicts=True,
            unique_fields=["account", "date"],
            update_fields=["numbers"],
            batch_size=_BATCH,
        )
    if (fresh := {**known.names, **names}) != known.names:
        CampaignNames.objects.bulk_create(
            [CampaignNames(account=account, names=packed_names(fresh))],
            update_conflicts=True,
            unique_fields=["account"],
            update_fields=["names"],
        )


def forget_old(account: AdAccount, today: date) -> None:
    account.campaign_days.filter(date__lt=today - KEPT).delete()


def of_accounts(
    found: Mapping[uuid.UUID, Stored], ran: Mapping[uuid.UUID, set[date]], *, platform: Platform, family: Family
) -> tuple[Campaign, ...]:
    """The campaigns of accounts of one platform and currency over a period. `ran` are the days of each account on
    which anything ran: none are listed where the campaigns of such a day are not known, since the rest would read as
    all. Two accounts' campaigns of one name stay two."""
    if any(days - found.get(account, Stored()).days.keys() for account, days in ran.items()):
        return ()
    campaigns: list[Campaign] = []
    for account in ran:
        sums, of_account = CampaignSums(), found.get(account, Stored())
        for day in of_account.days.values():
            sums.add(day)
        campaigns += sums.campaigns(of_account.names, platform=platform, family=family)
    return listed(campaigns)
