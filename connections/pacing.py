"""Gives each message its moment on the number that will carry it, by the rules of `manners`; stores due times.

A moment is reserved once, in the connection's row, and written into the message as its due time: when that comes it may
leave without asking again. So a queue of a number leaves one by one, and a number that is free sends at once.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from agency import standing
from agency.cards import related
from connections.manners import Pace, QuietHours, Rules, reserve
from connections.models import Message, MessageStatus, WhatsAppConnection

#: How long a number rests that WhatsApp refused a message of (463 and the like).
PAUSE = timedelta(hours=1)
#: A shorter wait is not worth a word to anybody.
_WORTH_SAYING = timedelta(minutes=10)
_FIELDS = ("next_slot_at", "hour_began_at", "hour_count", "paused_until", "first_connected_at")


def is_its_turn(message: Message, connection: WhatsAppConnection, now: datetime) -> bool:
    """Whether this message may leave through this connection now; else it has got its moment and waits for it."""
    if not settings.MANNERS:
        return True
    is_paused = connection.paused_until is not None and connection.paused_until > now
    if message.kind == Message.Kind.TEST and not is_paused:
        return True  # one, to the gestor who has just asked for it and watches the phone
    quiet = _quiet_hours(message)
    may_leave = not is_paused and (quiet is None or quiet.end_after(now) is None)
    if message.slot_of == connection.pk and message.slot_at is not None and message.slot_at <= now and may_leave:
        return True
    slot = _reserve(message, connection, now)
    return slot is not None and slot <= now


def avoided(message: Message, now: datetime) -> uuid.UUID | None:
    """The client's connection, where the moment that has come is one of the agency's number: its own did not send."""
    if message.client is None or not message.tries or message.slot_at is None or message.slot_at > now:
        return None
    own = related(message.client, "whatsapp_connection")
    return own.pk if own is not None and message.slot_of != own.pk else None


def pause(connection_pk: uuid.UUID, now: datetime) -> None:
    """Nothing more leaves through this number for a while."""
    until = now + PAUSE * settings.WAIT_SCALE
    shorter = Q(paused_until=None) | Q(paused_until__lt=until)
    WhatsAppConnection.objects.filter(shorter, pk=connection_pk).update(paused_until=until)


@transaction.atomic
def _reserve(message: Message, connection: WhatsAppConnection, now: datetime) -> datetime | None:
    """The moment that the message got; None where another process has moved it on."""
    row = WhatsAppConnection.objects.select_for_update(no_key=True).only(*_FIELDS).get(pk=connection.pk)
    pace = Pace(**{name: getattr(row, name) for name in _FIELDS})
    slot, taken = reserve(pace, Rules(), now, quiet=_quiet_hours(message))
    why = _why(message, slot) if slot - now > _WORTH_SAYING else message.reason
    mine = Message.objects.filter(pk=message.pk, status=MessageStatus.QUEUED, due_at=message.due_at)
    if not mine.update(slot_at=slot, slot_of=connection.pk, due_at=slot, reason=why):
        return None
    message.slot_at, message.slot_of, message.due_at = slot, connection.pk, slot
    rows = WhatsAppConnection.objects.filter(pk=connection.pk)
    rows.update(next_slot_at=taken.next_slot_at, hour_began_at=taken.hour_began_at, hour_count=taken.hour_count)
    if bool(why) != bool(message.reason):
        standing.refresh([message.client_id])
    message.reason = why
    return slot


def _why(message: Message, slot: datetime) -> str:
    local = slot.astimezone(message.client.zone if message.client else ZoneInfo(message.agency.time_zone))
    return f"Este número envia aos poucos: a vez desta mensagem é às {local:%H:%M}."


def _quiet_hours(message: Message) -> QuietHours | None:
    agency = message.agency
    if agency.quiet_from is None or agency.quiet_until is None:
        return None
    return QuietHours(agency.quiet_from, agency.quiet_until, ZoneInfo(agency.time_zone))
