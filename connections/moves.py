"""The one place that writes a message's status. Refuses impossible moves; knows nothing of routes or gateways."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from agency import standing
from connections import problems
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
    **fields: Any,
) -> bool:
    """Move a message to `following` if it still is `current` (and matches `where`), writing `fields` too.

    One conditional UPDATE, so of two processes that try, one gets True. Raises ImpossibleMove.
    """
    if not may_follow(current, following):
        raise ImpossibleMove(f"{current} → {following}")
    with transaction.atomic(savepoint=False):
        moved = Message.objects.filter(pk=pk, status=current, **(where or {})).update(status=following, **fields) == 1
        if moved and following in NEEDS_A_PERSON:
            ClientDelivery.objects.filter(client__messages=pk).update(problem=pk)
            problems.tell(pk)
        elif moved and (following in REALLY_SENT or current in NEEDS_A_PERSON):
            _settle(pk)
        if moved and _shows_on_the_card(current, following, fields):
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
    message = problems.with_open_notices(Message.objects.only("client_id", "kind", "to")).get(pk=pk)
    was_noted = message.client_id is not None and _take_note_off(message.client_id, message)
    if problems.may_have_notices(message):
        problems.take_back(message)
    if was_noted:
        # After the notices: every move locks message, note, notices, client in this order.
        standing.refresh([message.client_id])


def _take_note_off(client_pk: uuid.UUID, message: Message) -> bool:
    noted = ClientDelivery.objects.filter(client=client_pk, problem__kind=message.kind, problem__to=message.to)
    if not noted.exists():
        return False
    ClientDelivery.objects.filter(client=client_pk).update(problem=_newest_problem(client_pk))
    return True


def _newest_problem(client_pk: uuid.UUID) -> uuid.UUID | None:
    found = problems.still_problems(Message.objects.filter(client=client_pk))
    return found.values_list("pk", flat=True).first()
