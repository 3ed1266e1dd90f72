"""Tells people that a connection fell, once, and closes that when it is back. Calls no gateway, sends nothing itself.

Beat calls `check` every minute; it reads what is stored, and calling it twice changes nothing. A notice `dropped:<pk>`
stands in the page and goes out by e-mail; a message to each gestor who wants it goes into the outbox, through the
agency's number and never through a client's. What fell together is one message. Whether something is a drop, and when
it is news again, is the affair of `drops_rule`; the words are `drops_words`'s.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from agency import notices
from agency.models import Agency, Client, Notice, NumberState
from connections import drops_words, gateway, notice_copies
from connections.drops_rule import ON_PURPOSE, RECENTLY, is_to_be_told, may_remind
from connections.drops_words import Words
from connections.falls import fall_of, fallen, known_state
from connections.models import ConnectionEvent, WhatsAppConnection
from connections.states import Status

logger = logging.getLogger(__name__)

SUBJECT = "dropped:"
#: Keys in one query: databases bound how many values one may carry.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Drop:
    """A connection whose notice is to stand: its words now, and the open notice where there is one."""

    connection: WhatsAppConnection
    words: Words
    url: str
    notice: Notice | None


def check(now: datetime | None = None) -> int:
    """Close what is over, tell of what fell; how many notices were raised. While the gateway is away nothing is."""
    now = now or timezone.now()
    _close_what_is_over(now)
    if gateway.outage() is not None:
        return 0
    told = 0
    down = fallen().order_by("agency", "pk")
    for _, rows in groupby(down, key=lambda row: row.agency_id):
        mine = list(rows)
        try:
            told += _tell(mine, now)
        except Exception:  # one agency's must not keep all others from being told
            logger.exception("drops of agency %s: not told", mine[0].agency_id)
    return told


def subject_of(connection: WhatsAppConnection) -> str:
    return f"{SUBJECT}{connection.pk}"


# --- What fell ------------------------------------------------------------------------------------------------------


def _tell(rows: Sequence[WhatsAppConnection], now: datetime) -> int:
    """Raise what is new of one agency's rows, and write the words anew of what stands; how many are new."""
    agency = rows[0].agency
    if not any(_needs_writing(drop, now) for drop in _drops(agency, rows, now)):
        return 0
    with transaction.atomic():
        # Two workers at once: the second waits here, and then finds what the first has raised. Not the lock that a
        # foreign key to the agency would wait for.
        list(Agency.objects.select_for_update(no_key=True).filter(pk=agency.pk).values_list("pk"))
        written = [drop for drop in _drops(agency, rows, now) if _needs_writing(drop, now)]
        raised = [(drop, _raise(drop, now)) for drop in written]
        fresh = [(drop, notice) for drop, notice in raised if drop.notice is None]
        if fresh:
            _tell_by_whatsapp(agency, fresh, now)
    return len(fresh)


def _drops(agency: Agency, rows: Sequence[WhatsAppConnection], now: datetime) -> list[Drop]:
    known = _notices_of(agency, rows)
    agencys = next((row for row in rows if row.client_id is None), None)
    agency_is_up = agencys is None and notice_copies.number_of(agency) is not None
    drops = []
    for row in rows:
        told = known.get(subject_of(row), [])
        standing = next((notice for notice in told if notice.closed_at is None), None)
        fall = fall_of(row, told)
        if fall.since is not None and (standing or is_to_be_told(fall, now, settings.WAIT_SCALE)):
            drops.append(Drop(row, _words(row, fall.since, now, agency_is_up), _url(row), standing))
    return drops


def _notices_of(agency: Agency, rows: Sequence[WhatsAppConnection]) -> dict[str, list[Notice]]:
    began = min((at for row in rows if (at := getattr(row, "fell_at", None))), default=None)
    lately = Q(closed_at=None) | (Q(closed_at__gte=began - RECENTLY) if began else Q())
    found: dict[str, list[Notice]] = {}
    for start in range(0, len(rows), _AT_ONCE):
        subjects = [subject_of(row) for row in rows[start : start + _AT_ONCE]]
        for notice in Notice.objects.filter(lately, agency=agency, subject__in=subjects):
            found.setdefault(notice.subject, []).append(notice)
    return found


def _words(row: WhatsAppConnection, since: datetime, now: datetime, agency_is_up: bool) -> Words:
    down = drops_words.Down(*known_state(row), since, now, ZoneInfo(row.agency.time_zone))
    if row.client is None:
        without = Client.objects.active().filter(agency=row.agency_id, use_agency_number=True)
        dependents = without.exclude(number_state=NumberState.OWN).count()
        return drops_words.of_agency(down, dependents=dependents)
    uses_agency = row.client.use_agency_number
    return drops_words.of_client(row.client.name, down, uses_agency=uses_agency, agency_is_up=agency_is_up)


def _url(row: WhatsAppConnection) -> str:
    return reverse("agency:client", args=[row.client_id]) if row.client_id else reverse("connections:index")


# --- How it is told -------------------------------------------------------------------------------------------------


def _needs_writing(drop: Drop, now: datetime) -> bool:
    stands, words = drop.notice, drop.words
    if stands is None or _is_news(stands, drop.connection.agency, now):
        return True
    return (stands.title, stands.text, stands.level) != (words.title, words.text, _level(words))


def _is_news(notice: Notice, agency: Agency, now: datetime) -> bool:
    quiet = (agency.quiet_from, agency.quiet_until) if agency.quiet_from and agency.quiet_until else None
    return may_remind(notice.raised_at, now, ZoneInfo(agency.time_zone), quiet)


def _raise(drop: Drop, now: datetime) -> Notice:
    row, words = drop.connection, drop.words
    return notices.raise_notice(
        row.agency,
        subject_of(row),
        title=words.title,
        text=words.text,
        level=_level(words),
        client=row.client,
        url=drop.url,
        action=words.action,
        is_news=drop.notice is not None and _is_news(drop.notice, row.agency, now),
    )


def _level(words: Words) -> notices.Level:
    return notices.Level.BAD if words.is_bad else notices.Level.WARN


def _tell_by_whatsapp(agency: Agency, fresh: Sequence[tuple[Drop, Notice]], now: datetime) -> None:
    """One message for each gestor who wants it, unique by the first of these notices and the person."""
    each = [(drop.words, f"{settings.PUBLIC_URL}{drop.url}") for drop, _ in fresh]
    first, notice = fresh[0]
    list_url = f"{settings.PUBLIC_URL}{reverse('agency:notices')}"
    notice_copies.enqueue(
        agency,
        notice,
        # Of one alone it can be taken back; what tells of several stays true of the others.
        subject=subject_of(first.connection) if len(fresh) == 1 else f"{SUBJECT}several:{notice.pk}",
        compose=lambda reference: drops_words.message(each, list_url, reference),
        now=now,
    )


# --- How it ends ----------------------------------------------------------------------------------------------------


def _close_what_is_over(now: datetime) -> None:
    standing = list(Notice.objects.filter(closed_at=None, subject__startswith=SUBJECT).select_related("agency"))
    keys = [uuid.UUID(notice.subject.removeprefix(SUBJECT)) for notice in standing]
    rows: dict[uuid.UUID, WhatsAppConnection] = {}
    for start in range(0, len(keys), _AT_ONCE):
        found = WhatsAppConnection.objects.filter(pk__in=keys[start : start + _AT_ONCE])
        rows |= {row.pk: row for row in found.select_related("agency", "client").defer("token", "webhook_secret")}
    for notice, key in zip(standing, keys, strict=True):
        outcome = _outcome(rows.get(key), notice, now)
        if outcome is not None:
            _close(notice, outcome)


def _outcome(row: WhatsAppConnection | None, notice: Notice, now: datetime) -> str | None:
    """How it ended, in pt-BR; None while it lasts. A pairing under way ends nothing yet."""
    if row is None:
        return ""
    whose = row.client.name if row.client else "WhatsApp da agência"
    if row.is_connected:
        return f"{whose}: Reconectado às {_back_at(row, notice, now).astimezone(ZoneInfo(row.agency.time_zone)):%H:%M}."
    if row.reason in ON_PURPOSE:
        return f"{whose}: {row.get_reason_display()}"
    return None


def _back_at(row: WhatsAppConnection, notice: Notice, now: datetime) -> datetime:
    """When it came back. A session that only tried to has no event of it: then it is just back."""
    events = ConnectionEvent.objects.filter(connection=row, kind=ConnectionEvent.Kind.STATUS, status=Status.CONNECTED)
    back_at = events.values_list("at", flat=True).first() or row.connected_at
    return back_at if back_at is not None and back_at >= notice.raised_at else now


@transaction.atomic
def _close(notice: Notice, outcome: str) -> None:
    notice_copies.take_back(notice.agency, notice.subject)  # first: every move locks message, then notices
    notices.resolve(notice.agency, notice.subject, outcome=outcome)
