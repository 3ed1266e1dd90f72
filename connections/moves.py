"""The one place that writes a message's status. Refuses impossible moves; knows nothing of routes or gateways."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from agency import standing
from connections import problems, statements
from connections.models import ClientDelivery, Message, MessageStatus
from connections.states import NEEDS_A_PERSON, REALLY_SENT, may_follow


class ImpossibleMove(Exception):
    """A programming error: a message may never go from the one status to the other."""


def move(
    pk: uuid.UUID,
    current: MessageStatus,
    following: MessageStatus,
    *,
    where: dict[str, Any] | None = None,
    may_settle: bool = True,
    along: statements.Along | None = None,
    **fields: Any,
) -> bool:
    """Move a message to `following` if it still is `current` (and matches `where`), writing `fields` too.

    One conditional UPDATE, so of two processes that try, one gets True; `along` is written with it or not at all.
    Without `may_settle` nothing is asked about what this may have made good: for who has just read that the client has
    no problem. Raises ImpossibleMove.
    """
    if not may_follow(current, following):
        raise ImpossibleMove(f"{current} → {following}")
    sought = {"pk": pk, "status": current, **(where or {})}
    written = {"status": following, **fields}
    settles = may_settle and (following in REALLY_SENT or current in NEEDS_A_PERSON)
    shows = _shows_on_the_card(current, following, fields)
    if not (settles or shows):  # the usual way: a statement alone needs no BEGIN and COMMIT
        return statements.update(Message, sought, written, along) == 1
    with transaction.atomic(savepoint=False):
        moved = statements.update(Message, sought, written, along) == 1
        if moved and following in NEEDS_A_PERSON:
            ClientDelivery.objects.filter(client__messages=pk).update(problem=pk)
            problems.tell(pk)
        elif moved and settles:
            _settle(pk)
        if moved and shows:
            standing.refresh(Message.objects.filter(pk=pk).exclude(client=None).values("client"))
    return moved


def _shows_on_the_card(current: MessageStatus, following: MessageStatus, fields: dict[str, Any]) -> bool:
    """Whether the client may need attention now, or no more. Not on the usual way of a message, which must cost little:
    who takes a reason away from a message in the queue says so itself.
    """
    waits = following == MessageStatus.QUEUED and bool(fields.get("reason"))
    gone = following == MessageStatus.CANCELLED
    return waits or gone or following in NEEDS_A_PERSON or current in NEEDS_A_PERSON


def _settle(pk: uuid.UUID) -> None:
    """Take the client's note of a problem off where this message made it good, and put the next one in its place.

    Its notices go with it; where there are none, which is nearly always, that costs nothing.
    """
    noted = ClientDelivery.objects.filter(
        client=OuterRef("client"), problem__kind=OuterRef("kind"), problem__to=OuterRef("to")
    )
    rows = problems.with_open_notices(Message.objects.only("client_id", "kind", "to"))
    message = rows.annotate(is_noted=Exists(noted)).get(pk=pk)
    if message.is_noted:
        newest = _newest_problem(message.client_id)
        ClientDelivery.objects.filter(client=message.client_id).update(problem=newest)
    if problems.may_have_notices(message):
        problems.take_back(message)
    if message.is_noted:
        # After the notices: every move locks message, note, notices, client in this order.
        standing.refresh([message.client_id])


def _newest_problem(client_pk: uuid.UUID | None) -> uuid.UUID | None:
    found = problems.still_problems(Message.objects.filter(client=client_pk))
    return found.values_list("pk", flat=True).first()
