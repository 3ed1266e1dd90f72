"""The one place that writes a message's status. Refuses impossible moves; knows nothing of routes or gateways."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

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
        elif moved and (following in REALLY_SENT or current in NEEDS_A_PERSON):
            _settle(pk)
    return moved


def _settle(pk: uuid.UUID) -> None:
    """Take the client's note of a problem off where this message made it good, and put the next one in its place."""
    message = Message.objects.only("client_id", "kind", "to").get(pk=pk)
    if message.client_id is None:
        return
    noted = ClientDelivery.objects.filter(client=message.client_id, problem__kind=message.kind, problem__to=message.to)
    if noted.exists():
        ClientDelivery.objects.filter(client=message.client_id).update(problem=_newest_problem(message.client_id))


def _newest_problem(client_pk: uuid.UUID) -> uuid.UUID | None:
    made_good = Message.objects.filter(
        client=client_pk,
        kind=OuterRef("kind"),
        to=OuterRef("to"),
        status__in=REALLY_SENT,
        created_at__gt=OuterRef("created_at"),
    )
    problems = Message.objects.filter(~Exists(made_good), client=client_pk, status__in=NEEDS_A_PERSON)
    return problems.order_by("-created_at").values_list("pk", flat=True).first()
