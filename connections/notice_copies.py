"""A notice's copy by WhatsApp, to each of the agency's people who wants it, through the agency's number alone. Writes
rows of the outbox and sends nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from agency.models import Agency, Notice, User
from agency.phones import canonical, forms_of
from connections import outbox
from connections.models import Message, MessageStatus, WhatsAppConnection
from connections.moves import move
from connections.states import Status

#: Long enough to outlast an agency's quiet hours.
MESSAGE_LIFE = timedelta(hours=12)


def enqueue(
    agency: Agency, notice: Notice, *, subject: str, compose: Callable[[str], str], now: datetime, about: str = ""
) -> int:
    """One message for each person, in the caller's transaction; how many. None while the agency's number is down.

    The same notice to the same person is one message, however often this is called; `about` names what of one notice
    is told anew. `compose(reference)` gives the text.
    """
    sender = number_of(agency)
    people = _people(agency, sender) if sender else []
    drafts = [
        outbox.Draft(
            agency=agency,
            client=None,  # so that no client's number carries it
            kind=Message.Kind.NOTICE,
            subject=subject,
            dedupe_key=f"notice:{notice.pk}:{about}:{person.pk}" if about else f"notice:{notice.pk}:{person.pk}",
            to=person.phone,
            to_name=person.name[:80],
            compose=compose,
            expires_at=now + MESSAGE_LIFE,
            wants_agency_number=True,
        )
        for person in people
    ]
    return len(outbox.enqueue_many(drafts)) if drafts else 0


def take_back(agency: Agency, subject: str) -> None:
    """Cancel the copies of that subject which have not begun to leave. Locks messages: before any notice is locked."""
    waiting = Message.objects.filter(agency=agency, subject=subject, status=MessageStatus.QUEUED)
    for pk in list(waiting.values_list("pk", flat=True)):
        move(pk, MessageStatus.QUEUED, MessageStatus.CANCELLED, reason="O aviso perdeu o motivo antes de sair.")


def number_of(agency: Agency) -> WhatsAppConnection | None:
    """The agency's own number, where it is up."""
    return WhatsAppConnection.objects.filter(agency=agency, client=None, status=Status.CONNECTED).first()


def _people(agency: Agency, sender: WhatsAppConnection) -> list[User]:
    """Each phone once; not that of the agency's number itself, which is not notified of its own messages."""
    wanted = User.objects.filter(membership__agency=agency, is_active=True, notices_by_whatsapp=True)
    people = {canonical(person.phone): person for person in wanted.exclude(phone="").order_by("-pk")}
    return [person for person in people.values() if person.phone not in forms_of(sender.phone)]
