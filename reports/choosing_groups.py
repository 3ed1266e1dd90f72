"""The groups that a client's reports and alerts can be sent to, as a person chooses among them. Stores no recipient but
by `add`; calls no gateway: a list that is old is asked for, and comes when it comes.

They are those of the number that sends for the client: its own, or the agency's where it has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agency.models import Client
from agency.text import search_key
from connections import group_lists
from connections.groups_rule import LATE_AFTER, LEAST_BETWEEN, LIST_LIFE, ListProblem
from connections.models import GroupList, WhatsAppConnection, WhatsAppGroup
from connections.states import Reason
from reports import notices, recipients
from reports.models import Recipient

#: So many are shown; whoever has more looks for one by its name.
MOST_SHOWN = 60
#: A number that somebody took away on purpose is not one to choose groups of.
_ON_PURPOSE = (Reason.BY_USER, Reason.BY_CLIENT, Reason.ARCHIVED)
LATE = "A lista está demorando mais que o normal. Ela chega sozinha: feche e abra de novo daqui a pouco."


@dataclass(frozen=True, slots=True)
class Offer:
    """`others`: the agency's other clients whose reports go there, for a warning; "" where there are none."""

    group: WhatsAppGroup
    is_chosen: bool
    others: str


@dataclass(frozen=True, slots=True)
class Picker:
    """What the list of groups shows. `number` None: there is no number to choose groups of.

    `is_loading`: it is being read, so ask again. `problem` is a sentence, "" where all is well. `found` groups have the
    searched words, of which `offers` are the first; `total` are in the list, which is of `fetched_at` (None: no list).
    """

    number: WhatsAppConnection | None
    offers: list[Offer]
    text: str = ""
    found: int = 0
    total: int = 0
    fetched_at: datetime | None = None
    is_old: bool = False
    is_loading: bool = False
    problem: str = ""

    @property
    def is_agencys(self) -> bool:
        return self.number is not None and self.number.client_id is None


def number_of(client: Client) -> WhatsAppConnection | None:
    """The number whose groups the client's reports can go to; it may be down just now. None: there is none yet."""
    rows = WhatsAppConnection.objects.filter(Q(client=client) | Q(client=None), agency=client.agency_id)
    linked = {row.client_id: row for row in rows.select_related("client", "agency") if _is_linked(row)}
    return linked.get(client.pk) or (linked.get(None) if client.use_agency_number else None)


def _is_linked(row: WhatsAppConnection) -> bool:
    return row.is_open or (row.connected_at is not None and bool(row.phone) and row.reason not in _ON_PURPOSE)


def groups_for(client: Client) -> QuerySet[WhatsAppGroup]:
    """All that may be chosen for this client, by whichever of its two numbers; never those of another client's."""
    mine = Q(connection__client=client)
    if client.use_agency_number:
        mine |= Q(connection__client=None)
    return WhatsAppGroup.objects.current().filter(mine, connection__agency=client.agency_id)


def refresh(client: Client, *, by_hand: bool = False) -> None:
    """Have the list read anew where it is old, or, `by_hand`, where it is not of this very moment."""
    number = number_of(client)
    if number is not None and number.is_open:
        group_lists.want(number, older_than=LEAST_BETWEEN if by_hand else LIST_LIFE)


def picker(client: Client, text: str = "", chosen: Iterable[str] = (), now: datetime | None = None) -> Picker:
    """The list as it is stored now. `chosen` are the ids of groups that a page has taken already and not yet saved."""
    number, now = number_of(client), now or timezone.now()
    if number is None:
        return Picker(None, [])
    known = GroupList.objects.filter(connection=number).first() or GroupList(connection=number)
    rows = list(WhatsAppGroup.objects.current().filter(connection=number))
    words = search_key(text).split()
    found = [row for row in rows if all(word in search_key(row.subject) for word in words)]
    waits = now - known.wanted_at if known.wanted_at else None
    read_at = known.fetched_at if known.phone == number.phone else None
    return Picker(
        number,
        _offers(client, sorted(found, key=lambda row: search_key(row.subject))[:MOST_SHOWN], set(chosen)),
        text=text,
        found=len(found),
        total=len(rows),
        fetched_at=read_at,
        is_old=read_at is not None and now - read_at > LIST_LIFE,
        is_loading=number.is_open and waits is not None and waits <= LATE_AFTER,
        problem=_problem(number, known, waits),
    )


def _problem(number: WhatsAppConnection, known: GroupList, waits: timedelta | None) -> str:
    if not number.is_open:
        return str(ListProblem.NOT_CONNECTED.label)
    if waits is not None:
        return LATE if waits > LATE_AFTER else ""
    return str(known.get_problem_display())


def _offers(client: Client, rows: list[WhatsAppGroup], chosen: set[str]) -> list[Offer]:
    jids = [row.jid for row in rows]
    stored = set(Recipient.objects.filter(client=client, group_jid__in=jids).values_list("group_jid", flat=True))
    others = recipients.clients_of_groups(client, jids)
    return [Offer(row, row.jid in stored or str(row.pk) in chosen, others.get(row.jid, "")) for row in rows]


def recipient_of(client: Client, group: WhatsAppGroup) -> Recipient:
    """The group as a recipient that is not stored yet."""
    is_agencys = group.connection.client_id is None
    made = Recipient(client=client, name=group.subject[:80], group_jid=group.jid, via_agency=is_agencys)
    made.group = group
    return made


def add(client: Client, group: WhatsAppGroup) -> bool:
    """Store the group as a recipient, at once; False where it is one already."""
    try:
        with transaction.atomic():
            recipient_of(client, group).save()
    except IntegrityError:
        return False
    notices.forget_untold(client)
    return True
