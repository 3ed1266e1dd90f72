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

#: Added to the decision by which a message was queued again: 200 characters hold both.
SECOND_STAYED = "A segunda não saiu: a primeira foi achada no WhatsApp."


class ImpossibleMove(Exception):
    """A programming error: a message may never go from the one status to the other."""


def move(
    pk: uuid.UUID,
    current: MessageStatus,
    following: MessageStatus,
    *,
    where: dict[str, Any] | None = None,
    may_settle: bool = True,
    by_evidence: bool = False,
    shows_on_card: bool = True,
    along: statements.Along | None = None,
    **fields: Any,
) -> bool:
    """Move a message to `following` if it still is `current` (and matches `where`), writing `fields` too.

    One conditional UPDATE, so of two processes that try, one gets True; `along` is written with it or not at all.
    Without `may_settle` nothing is asked about what this may have made good: for who has just read that the client has
    no problem. `by_evidence`: for who knows that it left, or arrived, before it was queued again. Without
    `shows_on_card` the client's row is left to the caller, who moves several. Raises ImpossibleMove.
    """
    if not may_follow(current, following, by_evidence=by_evidence):
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
        if moved and shows and shows_on_card:
            standing.refresh(Message.objects.filter(pk=pk).exclude(client=None).values("client"))
    return moved


def keep_from_leaving(pk: uuid.UUID, **fields: Any) -> bool:
    """QUEUED → SENT: an earlier try has sent it after all, so the copy that was queued again must not leave.

    Only for who holds evidence of that try. What a person or the machine had decided stays to be read, with how it
    ended. False where the copy is leaving already, or is not queued.
    """
    decisions = Message.objects.filter(pk=pk, status=MessageStatus.QUEUED).values_list("decision", flat=True)
    for decision in decisions:
        said = f"{decision} {SECOND_STAYED}".strip()
        known = {"reason": "", "check_at": None, "decision": said}
        where = {"decision": decision}
        return move(pk, MessageStatus.QUEUED, MessageStatus.SENT, where=where, by_evidence=True, **(known | fields))
    return False


def _shows_on_the_card(current: MessageStatus, following: MessageStatus, fields: dict[str, Any]) -> bool:
    """Whether the client may need attention now, or no more. Not on the usual way of a message, which must cost little:
    who takes a reason away from a message in the queue says so itself.
    """
    waits = following == MessageStatus.QUEUED and bool(fields.get("reason"))
    overtaken = current == MessageStatus.QUEUED and following in REALLY_SENT
    gone = following == MessageStatus.CANCELLED or overtaken
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
