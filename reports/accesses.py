"""The agency's accesses to ad platforms as pages show them. Only reads, and never an access's secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from agency.models import Agency
from reports.account_ids import show_account_id
from reports.ads_notices import EXPIRES_SOON
from reports.choices import Platform
from reports.models import AdAccount, AdsCredential, ListedAccount


@dataclass(frozen=True, slots=True)
class Access:
    """An access with how many accounts it lists, and how many of the clients' are read with it."""

    credential: AdsCredential
    listed: int
    followed: int
    #: dead, paused, over (its end has passed, and nobody has noticed yet), ending (within a week) or alive.
    state: str

    @property
    def manager(self) -> str:
        """The Google manager's id as Google writes it; empty without one."""
        return show_account_id(Platform.GOOGLE, self.credential.login_customer_id)


def of_agency(agency: Agency, now: datetime) -> list[Access]:
    """All accesses of an agency, by platform and age, in one query."""
    rows = AdsCredential.objects.filter(agency=agency)
    rows = rows.annotate(listed_count=_count(ListedAccount.objects.all()), followed_count=_count(followed()))
    return [
        Access(row, row.listed_count, row.followed_count, state_of(row, now))
        for row in rows.order_by("-platform", "created_at")  # Meta first, as everywhere
    ]


def followed() -> QuerySet[AdAccount]:
    """Accounts of clients in service that are read with some access."""
    return AdAccount.objects.filter(client__archived_at=None, credential__isnull=False)


def state_of(credential: AdsCredential, now: datetime) -> str:
    if not credential.is_alive:
        return "dead"
    ends = credential.expires_at
    if ends is not None and ends <= now:
        return "over"
    if credential.paused_until is not None and credential.paused_until > now:
        return "paused"
    return "ending" if ends is not None and ends <= now + EXPIRES_SOON else "alive"


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many of these rows belong to each access."""
    mine = rows.filter(credential=OuterRef("pk")).order_by().values("credential")
    return Coalesce(Subquery(mine.annotate(count=Count("pk")).values("count"), output_field=IntegerField()), 0)
