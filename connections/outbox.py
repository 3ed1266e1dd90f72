"""How the rest of Adscape says something: a row in the outbox, and a ring of the bell. Sends nothing itself.

The row is the truth; Celery is only the bell. A bell that is lost (broker away, worker killed) costs at most one sweep.
"""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agency import standing
from agency.models import Agency, Client
from connections.models import ClientDelivery, Message, MessageStatus
from connections.moves import move
from connections.tasks import deliver_message

logger = logging.getLogger(__name__)

#: Without 0/O, 1/I and U, which people misread aloud.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
REFERENCE_LENGTH = 6


def new_reference() -> str:
    """A short code that no message has yet, such as K7F3QX; it stands in the message's last line as #K7F3QX."""
    while True:
        reference = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))
        if not Message.objects.filter(reference=reference).exists():
            return reference


@transaction.atomic
def enqueue(
    *,
    agency: Agency,
    client: Client | None,
    kind: Message.Kind,
    subject: str,
    dedupe_key: str,
    to: str,
    compose: Callable[[str], str],
    expires_at: datetime,
    to_name: str = "",
    due_at: datetime | None = None,
    wants_agency_number: bool = False,
) -> Message:
    """Put one message for one recipient into the outbox, inside the caller's transaction where there is one.

    `to` is E.164; `compose(reference)` gives the text, which must hold the reference. The same `dedupe_key` twice is
    one message: the first is returned, untouched. `wants_agency_number` is for the phone of the client's own number
    (see `routing.choose`). Raises ValueError for a client of another agency.
    """
    if client is not None and client.agency_id != agency.pk:
        raise ValueError("The client is not the agency's.")
    existing = Message.objects.filter(dedupe_key=dedupe_key).first()
    if existing is not None:
        return existing
    reference = new_reference()
    message, is_new = Message.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "agency": agency,
            "client": client,
            "kind": kind,
            "subject": subject,
            "reference": reference,
            "to": to,
            "to_name": to_name,
            "body": compose(reference),
            "wants_agency_number": wants_agency_number,
            "due_at": due_at or timezone.now(),
            "expires_at": expires_at,
        },
    )
    if is_new:
        if client is not None:
            ClientDelivery.objects.update_or_create(client=client, defaults={"last_message": message})
            if client.attention_if_agency_up:  # the message before this one may be what it was for
                standing.refresh([client.pk])
        ring_after_commit(message.pk)
    return message


def ring_after_commit(pk: uuid.UUID) -> None:
    """Wake a worker for this message once the caller's rows can be seen; a broker that is away is not an error."""
    # robust: the row is committed by then, and the sweep rings again. The caller must not hear of a silent bell.
    transaction.on_commit(lambda: deliver_message.delay(str(pk)), robust=True)


def cancel_queued(client: Client, *, reason: str) -> int:
    """Cancel what of this client has not begun to leave; returns how many. What is being sent now is not touched."""
    queued = Message.objects.filter(client=client, status=MessageStatus.QUEUED).values_list("pk", flat=True)
    return sum(move(pk, MessageStatus.QUEUED, MessageStatus.CANCELLED, reason=reason) for pk in list(queued))


@transaction.atomic
def try_again(message: Message, *, expires_at: datetime) -> bool:
    """A person's decision to queue a failed or expired message once more. Never for one that may have been sent."""
    current = MessageStatus(message.status)
    if current not in (MessageStatus.FAILED, MessageStatus.EXPIRED):
        return False
    moved = move(
        message.pk, current, MessageStatus.QUEUED, reason="", due_at=timezone.now(), expires_at=expires_at, tries=0
    )
    if moved:
        ring_after_commit(message.pk)
    return moved
