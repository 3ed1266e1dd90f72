"""What a person must know, said once: the one function that other apps call, and its undoing. Sends nothing itself.

An open notice per subject: a subject that is raised again while it is open changes its words and stays the same notice.
It is closed by its subject being resolved, or put away by a person. The e-mail copy is `agency.notice_mail`'s affair.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agency.models import Agency, Client, Membership, Notice, NoticeCopy

Level = Notice.Level

#: "Resolvido às 06:12: …" is still shown for so long.
RECENT = timedelta(hours=24)
#: Nobody counts further: the bell says "99+".
COUNTED = 100
#: What is closed is kept for so long, and so many are deleted in one go.
KEPT = timedelta(days=90)
SWEPT = 1000
#: Each further round means that somebody else opened and closed the subject in between.
ROUNDS = 20


def raise_notice(
    agency: Agency,
    subject: str,
    *,
    title: str,
    text: str = "",
    level: Level = Level.WARN,
    client: Client | None = None,
    url: str = "",
    action: str = "",
    is_news: bool | None = None,
) -> Notice:
    """Tell the agency's people of `subject` (such as `report:<id>`), in the caller's transaction where there is one.

    `title`, `text` and `action` are pt-BR, `url` a path of the product. Words of an open notice are written over; it
    becomes unread, and is mailed, again where its title changed; `is_news` says so otherwise.
    Raises ValueError for a client of another agency and for an address outside of the product.
    """
    if client is not None and client.agency_id != agency.pk:
        raise ValueError("The client is not the agency's.")
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError("A notice leads to a path of the product.")
    words: dict[str, Any] = {
        "title": _short(title, 160),
        "text": _short(text, 300),
        "level": level,
        "client": client,
        "url": url,
        "action": _short(action, 40),
    }
    return _raise(agency, subject, words, is_news=is_news)


@transaction.atomic(savepoint=False)
def _raise(agency: Agency, subject: str, words: dict[str, Any], *, is_news: bool | None) -> Notice:
    for _ in range(ROUNDS):
        known = Notice.objects.select_for_update().filter(agency=agency, subject=subject, closed_at=None).first()
        if known is not None:
            return _reword(known, words, is_news=is_news)
        # A second process that inserts the same subject waits here for the first, and then inserts nothing.
        made = Notice(agency=agency, subject=subject, **words)
        Notice.objects.bulk_create([made], ignore_conflicts=True)
        if Notice.objects.filter(pk=made.pk).exists():
            return made
    raise RuntimeError(f"The notice {subject} was opened and closed all the time.")


def resolve(agency: Agency, subject: str, *, outcome: str = "") -> bool:
    """Close the open notice of a subject, saying in pt-BR how it ended; False where there is none.

    Without an outcome it goes silently, as one that a person put away.
    """
    return _close(Notice.objects.filter(agency=agency, subject=subject), outcome) == 1


def resolve_all(agency: Agency, subjects: Iterable[str], *, outcome: str = "") -> int:
    """Close the open notices of several subjects; how many there were."""
    return _close(Notice.objects.filter(agency=agency, subject__in=list(subjects)), outcome)


def dismiss(notice: Notice) -> bool:
    """A person puts a notice away; False where it was closed already."""
    return _close(Notice.objects.filter(pk=notice.pk), "") == 1


def close_of_client(client: Client) -> int:
    """Nobody has to do anything for a client out of service."""
    return _close(Notice.objects.filter(client=client), "")


def open_of(agency: Agency) -> QuerySet[Notice]:
    """The agency's open notices, newest first."""
    return Notice.objects.filter(agency=agency, closed_at=None).order_by("-raised_at", "pk")


def recently_closed(agency: Agency, now: datetime | None = None) -> QuerySet[Notice]:
    """What came right by itself within a day, newest first; not what a person put away."""
    since = (now or timezone.now()) - RECENT
    return Notice.objects.filter(agency=agency, closed_at__gt=since).exclude(outcome="").order_by("-closed_at", "pk")


def unread_count(membership: Membership) -> int:
    """Open notices raised since this person last read them, in one query; counted up to COUNTED."""
    unread = open_of(membership.agency)
    if membership.notices_read_at is not None:
        unread = unread.filter(raised_at__gt=membership.notices_read_at)
    return len(unread.order_by().values_list("pk")[:COUNTED])  # quicker than counting in a query around it


def mark_read(membership: Membership, until: datetime | None = None) -> None:
    """Everything raised by `until` (when the person's list was made, else now) counts as read. Never goes back."""
    now = timezone.now()
    until = min(until, now) if until else now
    rows = Membership.objects.filter(pk=membership.pk)
    rows.filter(Q(notices_read_at=None) | Q(notices_read_at__lt=until)).update(notices_read_at=until)
    membership.refresh_from_db(fields=["notices_read_at"])


def sweep(now: datetime | None = None) -> int:
    """Delete what was closed long ago, and close what was raised for a client that was being archived just then."""
    now = now or timezone.now()
    _close(Notice.objects.filter(client__in=Client.objects.exclude(archived_at=None)), "")
    old = Notice.objects.filter(closed_at__lt=now - KEPT).values_list("pk", flat=True)[:SWEPT]
    return Notice.objects.filter(pk__in=list(old)).delete()[1].get("agency.Notice", 0)


@transaction.atomic(savepoint=False)
def _close(notices: QuerySet[Notice], outcome: str) -> int:
    # Locked in one order, so that two who close the same notices wait for each other instead of dying of it.
    still_open = notices.filter(closed_at=None).select_for_update().order_by("pk")
    pks = list(still_open.values_list("pk", flat=True))
    if not pks:
        return 0
    ends = {"closed_at": timezone.now(), "outcome": _short(outcome, 200)}
    return Notice.objects.filter(pk__in=pks, closed_at=None).update(**ends)


def _reword(notice: Notice, words: dict[str, Any], *, is_news: bool | None) -> Notice:
    """`notice` is locked."""
    if is_news or (is_news is None and notice.title != words["title"]):
        words = words | {"raised_at": timezone.now(), "mailed_at": None, "mail_claimed_at": None}
        NoticeCopy.objects.filter(notice=notice).delete()
    for name, value in words.items():
        setattr(notice, name, value)
    notice.save(update_fields=list(words))
    return notice


def _short(words: str, length: int) -> str:
    """On one line, with a mark where something had to be left out."""
    line = " ".join(words.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"
