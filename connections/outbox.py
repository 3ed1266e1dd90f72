"""How the rest of Adscape says something: a row in the outbox, and a ring of the bell. Sends nothing itself.

The row is the truth; Celery is only the bell. A bell that is lost (broker away, worker killed) costs at most one sweep.
"""

from __future__ import annotations

import logging
import math
import secrets
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from agency import standing
from agency.models import Agency, Client
from connections import statements, tasks  # tasks as a module: it imports services that ring through this one
from connections.models import ClientDelivery, Message, MessageStatus
from connections.moves import move
from connections.references import REFERENCE_ALPHABET, REFERENCE_LENGTH

logger = logging.getLogger(__name__)
T = TypeVar("T")
_random = secrets.SystemRandom()

#: Rows in one statement: databases bound how many values one may carry.
_AT_ONCE = 500
_CAME_TO_NOTHING = (MessageStatus.CANCELLED, MessageStatus.FAILED, MessageStatus.EXPIRED)
#: Seconds: what is due later is left to the sweep.
_MOMENT = 30
_COPIED = (
    *("agency", "client", "kind", "subject", "dedupe_key", "to", "to_name", "expires_at", "wants_agency_number"),
    *("file", "file_type"),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said to one recipient.

    `to` is E.164; `compose(reference)` gives the text, which must hold the reference. The same `dedupe_key` twice is
    one message. `wants_agency_number` is for the phone of the client's own number (see `routing.choose`). With a `file`
    (its MIME type in `file_type`) the text is its caption, and the reference goes into the name as well.
    """

    agency: Agency
    client: Client | None
    kind: Message.Kind
    subject: str
    dedupe_key: str
    to: str
    compose: Callable[[str], str]
    expires_at: datetime
    to_name: str = ""
    due_at: datetime | None = None
    wants_agency_number: bool = False
    file: bytes | None = None
    file_name: str = ""
    file_type: str = ""


def enqueue(draft: Draft | None = None, **fields: Any) -> Message:
    """Put one message for one recipient into the outbox, inside the caller's transaction where there is one.

    Takes a `Draft` or its fields. The same `dedupe_key` twice is one message: the first is returned, untouched. Raises
    ValueError for a client of another agency.
    """
    return enqueue_many([draft or Draft(**fields)])[0]


@transaction.atomic
def enqueue_many(drafts: Sequence[Draft]) -> list[Message]:
    """As `enqueue`, for many in few statements; in the order of the drafts, each key once."""
    for draft in drafts:
        if draft.client is not None and draft.client.agency_id != draft.agency.pk:
            raise ValueError("The client is not the agency's.")
    by_key = {draft.dedupe_key: draft for draft in reversed(drafts)}
    known = _by_key(by_key)
    missing = [draft for key, draft in by_key.items() if key not in known]
    if missing:
        mine = _insert(missing)
        known |= {message.dedupe_key: message for message in mine}
        # Another process may have been first with a key in this very moment; then its message is the one.
        known |= _by_key(draft.dedupe_key for draft in missing if draft.dedupe_key not in known)
        _note_newest(mine)
        _ring_when_due(mine)
    return [known[draft.dedupe_key] for draft in drafts]


def _by_key(keys: Iterable[str]) -> dict[str, Message]:
    found: dict[str, Message] = {}
    for some in _batches(list(keys)):
        rows = Message.objects.select_related("agency", "client").filter(dedupe_key__in=some)
        found |= {message.dedupe_key: message for message in rows}
    return found


def _insert(drafts: Sequence[Draft]) -> list[Message]:
    """Those of them whose key nobody has taken meanwhile."""
    now = timezone.now()
    messages = [
        Message(
            **{name: getattr(draft, name) for name in _COPIED},
            reference=reference,
            body=draft.compose(reference),
            file_name=_named(draft.file_name, reference),
            due_at=draft.due_at or now,
        )
        for draft, reference in zip(drafts, _new_references(len(drafts)), strict=True)
    ]
    written = {pk for some in _batches(messages) for pk in statements.insert_new(Message, some)}
    return [message for message in messages if message.pk in written]


def _named(file_name: str, reference: str) -> str:
    """The reference before the ending, by which a document is found again: `Relatório #K7F3QX.pdf`."""
    if not file_name:
        return ""
    name = PurePosixPath(file_name)
    return f"{name.stem} #{reference}{name.suffix}"


def _new_references(count: int) -> list[str]:
    fresh: set[str] = set()
    while len(fresh) < count:
        some = {"".join(_random.choices(REFERENCE_ALPHABET, k=REFERENCE_LENGTH)) for _ in range(count)}
        for few in _batches(sorted(some - fresh)):
            taken = Message.objects.filter(reference__in=few).values_list("reference", flat=True)
            fresh |= set(few) - set(taken)
    return list(fresh)[:count]


def _note_newest(messages: Sequence[Message]) -> None:
    """Keep each client's newest message beside it, for its card."""
    newest = {message.client.pk: message for message in messages if message.client is not None}
    rows = [ClientDelivery(client_id=pk, last_message=message) for pk, message in newest.items()]
    ClientDelivery.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["client"], update_fields=["last_message"], batch_size=_AT_ONCE
    )
    # The message before this one may be what a client needed attention for.
    standing.refresh(pk for pk, message in newest.items() if message.client and message.client.attention_if_agency_up)


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


def _ring_when_due(messages: Sequence[Message]) -> None:
    """What is due in a moment has its bell then: the sweep would let it wait for half a minute."""
    now, bells = timezone.now(), defaultdict[int, list[uuid.UUID]](list)
    for message in messages:
        wait = math.ceil((message.due_at - now).total_seconds())
        bells[wait if 0 < wait <= _MOMENT else 0].append(message.pk)
    for seconds, pks in bells.items():
        ring_after_commit(*pks, seconds=seconds)


def ring_after_commit(*pks: uuid.UUID, seconds: int = 0) -> None:
    """Wake workers for these messages once the caller's rows can be seen; a broker that is away is not an error."""
    # robust: the rows are committed by then, and the sweep rings again. The caller must not hear of a silent bell.
    transaction.on_commit(lambda: tasks.ring(pks, seconds), robust=True)


@transaction.atomic
def cancel_queued(
    client: Client,
    *,
    reason: str,
    to: Iterable[str] | None = None,
    kind: Message.Kind | None = None,
    is_on_a_card: bool = True,
) -> int:
    """Cancel what of this client has not begun to leave, of this kind or any, to these numbers or to all; how many.

    What is being sent now is not touched. Without `is_on_a_card` the client's row is left alone.
    """
    # All of them are locked before the client's row is written: who claims one of them writes that row afterwards.
    queued = Message.objects.select_for_update().filter(client=client, status=MessageStatus.QUEUED).order_by("pk")
    if kind is not None:
        queued = queued.filter(kind=kind)
    if to is not None:
        queued = queued.filter(to__in=list(to)).exclude(kind=Message.Kind.TEST)
    pks = list(queued.values_list("pk", flat=True))
    cancelled = sum(
        move(pk, MessageStatus.QUEUED, MessageStatus.CANCELLED, shows_on_card=False, reason=reason) for pk in pks
    )
    if cancelled and is_on_a_card:
        standing.refresh([client.pk])
    return cancelled


def has_newer_copy(message: Message) -> bool:
    """Whether the same was put into the outbox for the same address again, and has not come to nothing."""
    newer = Message.objects.filter(
        subject=message.subject, to=message.to, file_type=message.file_type, created_at__gt=message.created_at
    )
    return newer.exclude(status__in=_CAME_TO_NOTHING).exists()


@transaction.atomic
def try_again(message: Message, *, expires_at: datetime) -> bool:
    """A person's decision to queue a failed or expired message once more. Never for one that may have been sent, nor
    for one whose file is gone (`files`)."""
    current = MessageStatus(message.status)
    if current not in (MessageStatus.FAILED, MessageStatus.EXPIRED):
        return False
    # Under the lock that whoever says it once more takes, too: of the two, one leaves.
    list(Message.objects.select_for_update().filter(pk=message.pk).values_list("pk"))
    if has_newer_copy(message):
        return False
    if message.file_name and Message.objects.filter(pk=message.pk, file=None).exists():
        return False
    moved = move(
        message.pk,
        current,
        MessageStatus.QUEUED,
        reason="",
        due_at=timezone.now(),
        expires_at=expires_at,
        tries=0,
        awaits_receipt=False,
        offered_again=False,  # a person may try the number that was refused
    )
    if moved:
        ring_after_commit(message.pk)
    return moved
