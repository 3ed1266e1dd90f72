"""The one place that writes a message's status. Refuses impossible moves; knows nothing of routes or gateways."""

from __future__ import annotations

import uuid
from typing import Any

from connections.models import Message, MessageStatus
from connections.states import may_follow


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
    rows = Message.objects.filter(pk=pk, status=current, **(where or {}))
    return rows.update(status=following, **fields) == 1
