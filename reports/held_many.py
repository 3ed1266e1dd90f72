"""Reports of one agency that wait for a person, many at a time: listed, shown as they would leave, released, discarded.

Each is released by `holding.release` in a transaction of its own and by the digest of the text that the person was
shown: one that has changed, or that somebody else has settled, is left as it is and told of.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from agency.models import Agency, User
from reports import holding
from reports.holding import Changed, NotOpen, Proposal
from reports.models import Report

#: So many fit into the address of a question about all of them, and into one answer's time.
MOST = 50


@dataclass(slots=True)
class Answered:
    """What became of each of the reports that an answer was given for."""

    done: list[Report] = field(default_factory=list)
    #: What would be sent is not what the person was shown.
    changed: list[Report] = field(default_factory=list)
    #: Another person, or the next occurrence, was first.
    settled: list[Report] = field(default_factory=list)


def of_agency(agency: Agency, keys: Collection[uuid.UUID]) -> list[Report]:
    """Those of the agency's reports, whatever has become of them; of clients in service, by their names."""
    rows = Report.objects.filter(pk__in=keys, client__agency=agency, client__archived_at=None)
    found = list(
        rows.select_related("client", "settings", "settled_by").defer("snapshot").order_by("client__name", "pk")
    )
    for report in found:
        report.client.agency = agency
    return found


def propose(reports: Collection[Report]) -> list[Proposal]:
    """What each of those that still wait would send now; a few queries for each."""
    open_ = {report.pk for report in reports if holding.is_open(report)}
    return [holding.propose(report) for report in reports if report.pk in open_]


def release(reports: Collection[Report], digests: Mapping[uuid.UUID, str], by: User) -> Answered:
    """Send each of them as it was shown (`digests` by the report's key), or leave it."""
    answered = Answered()
    for report in reports:
        try:
            holding.release(report, digests.get(report.pk, ""), by)
        except Changed:
            answered.changed.append(report)
        except NotOpen:
            answered.settled.append(report)
        else:
            answered.done.append(report)
    return answered


def discard(reports: Collection[Report], by: User) -> Answered:
    """Give each of them up that still waits."""
    answered = Answered()
    for report in reports:
        (answered.done if holding.discard(report, by) else answered.settled).append(report)
    return answered
