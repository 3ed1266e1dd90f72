"""The pages of runs for many clients: who may be chosen, and how a run stands. The same number of queries for each page
of clients; changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import Count, OuterRef, Subquery

from agency import listing
from agency.listing import Asked, Listing
from agency.models import Agency, Client
from agency.rows import ClientRow, agency_connection_of
from reports import bulk, bulk_words
from reports.choices import BulkAction, BulkOutcome
from reports.models import BulkItem, BulkRun, Recipient

#: Of the last runs, as the page lists them; of what did not leave, as a run's page names it.
RECENT, NAMED = 5, 200
_SILENT = (BulkOutcome.DONE, BulkOutcome.WAITING)


@dataclass(frozen=True, slots=True)
class Row:
    """A client to choose, and how many people get its reports."""

    client: ClientRow
    recipients: int


@dataclass(frozen=True, slots=True)
class Choosing:
    found: Listing
    rows: list[Row]


@dataclass
class Standing:
    """How a run stands: `counts` by outcome, all of its clients."""

    run: BulkRun
    counts: dict[str, int]
    messages: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.total - self.counts.get(BulkOutcome.WAITING, 0)

    @property
    def action(self) -> BulkAction:
        return BulkAction(self.run.action)

    @property
    def sentence(self) -> str:
        return bulk_words.progress(self.action, self.counts)

    @property
    def is_going(self) -> bool:
        return self.run.finished_at is None

    @property
    def left_out(self) -> int:
        """How many nothing was done for, each with a reason."""
        return sum(count for outcome, count in self.counts.items() if outcome not in _SILENT)

    @property
    def left_out_unnamed(self) -> int:
        return self.left_out - len(self.told)

    @cached_property
    def told(self) -> list[BulkItem]:
        """The first of them, the ones that need somebody before those that were never begun."""
        return self._named(self.run.items.exclude(outcome__in=_SILENT))

    @cached_property
    def finished(self) -> list[BulkItem]:
        """The first of those that it was done for."""
        return self._named(self.run.items.filter(outcome=BulkOutcome.DONE))

    def _named(self, items: Any) -> list[BulkItem]:
        return list(items.select_related("client").order_by("outcome", "client__search_text", "pk")[:NAMED])


def asked_of(params: Any) -> Asked:
    """By name, whatever the address says of an order."""
    return replace(Asked.of(params), order="nome")


def choosing(agency: Agency, asked: Asked) -> Choosing:
    found = listing.listing(agency, asked)
    keys = [client.pk for client in found.clients]
    told = Recipient.objects.filter(client__in=keys, gets_reports=True).order_by().values_list("client")
    counts = dict(told.annotate(Count("pk")))
    return Choosing(found, [Row(client, counts.get(client.pk, 0)) for client in found.clients])


def all_of(agency: Agency, asked: Asked) -> list[uuid.UUID]:
    """The keys of all clients that search and filter keep, in order."""
    own = agency_connection_of(agency)
    return list(listing.matching(agency, asked, own).values_list("pk", flat=True))


def marked(agency: Agency, keys: Collection[uuid.UUID]) -> list[uuid.UUID] | None:
    """Of these keys those in service, by name; None where one is not the agency's."""
    mine = Client.objects.filter(agency=agency, pk__in=keys).order_by("search_text", "pk")
    found = list(mine.values_list("pk", "archived_at"))
    return [key for key, archived_at in found if archived_at is None] if len(found) == len(set(keys)) else None


def standing(run: BulkRun) -> Standing:
    tally = bulk.tally(run)
    counts = {outcome: clients for outcome, (clients, _) in tally.items()}
    return Standing(run, counts, sum(messages for _, messages in tally.values()))


def recent(agency: Agency) -> list[BulkRun]:
    """The last ones that were confirmed, with how many clients each is for (`size`)."""
    counted = BulkItem.objects.filter(run=OuterRef("pk")).order_by().values("run").annotate(count=Count("pk"))
    runs = BulkRun.objects.filter(agency=agency, started_at__isnull=False)
    return list(runs.annotate(size=Subquery(counted.values("count"))).order_by("-created_at")[:RECENT])


def going(agency: Agency, but: BulkRun) -> BulkRun | None:
    """Another one that is not done yet."""
    runs = BulkRun.objects.filter(agency=agency, started_at__isnull=False, finished_at=None)
    return runs.exclude(pk=but.pk).first()
