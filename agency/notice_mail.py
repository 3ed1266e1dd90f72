"""The e-mail copy of notices: one e-mail for each person with all that is new, sent once. Raises and closes nothing.

Notices are claimed by `mail_claimed_at`, a lease: of two workers one sends. What a person got is a `NoticeCopy`, so a
try that failed for somebody is repeated for that person alone. No e-mail leaves inside a transaction. A process that is
killed between an e-mail and its copy costs that person a second e-mail after the lease; nothing is ever lost.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Notice, NoticeCopy

logger = logging.getLogger(__name__)

#: What resolves itself sooner is not worth an e-mail.
PATIENCE = timedelta(minutes=1)
#: Longer than the e-mails of one agency take; then the same notices may be tried again.
LEASE = timedelta(minutes=10)
#: So many notices are claimed at once; the rest goes out a minute later.
CLAIMED = 500
#: So many are told in full, the others only counted.
TOLD = 20


class ServerAway(Exception):
    """The mail server cannot be reached at all: nobody else's e-mail would leave either."""


def send_due(now: datetime | None = None) -> int:
    """Mail what is open, unmailed and older than a minute; how many e-mails. Never raises for a mail server."""
    now = now or timezone.now()
    sent = 0
    for agency in list(Agency.objects.filter(pk__in=_due(now).values("agency")).order_by("pk")):
        try:
            sent += _mail(agency, now)
        except ServerAway as error:
            logger.warning("notices wait, the mail server is away: %s", error)
            break
        except Exception:
            logger.exception("notices of agency %s: not mailed", agency.pk)
    return sent


def _due(now: datetime) -> QuerySet[Notice]:
    free = Q(mail_claimed_at=None) | Q(mail_claimed_at__lt=now - LEASE)
    return Notice.objects.filter(free, closed_at=None, mailed_at=None, raised_at__lte=now - PATIENCE)


@transaction.atomic
def _claim(agency: Agency, now: datetime) -> list[uuid.UUID]:
    """Make what is due of an agency ours. A second worker waits for the first here, and then finds nothing."""
    rows = _due(now).filter(agency=agency).select_for_update().order_by("raised_at", "pk")
    pks = list(rows.values_list("pk", flat=True)[:CLAIMED])
    _due(now).filter(pk__in=pks).update(mail_claimed_at=now)
    return pks


def _mail(agency: Agency, now: datetime) -> int:
    people = people_of(agency)
    claimed = _claim(agency, now) if people else []  # without anybody to tell, it waits for somebody
    if not claimed:
        return 0
    mine = Notice.objects.filter(pk__in=claimed, mail_claimed_at=now)
    sent, done = 0, True
    try:
        for address in people:
            told = _tell(address, agency, mine)
            sent += told is True
            done = done and told is not False
    except ServerAway:
        if not sent:
            mine.update(mail_claimed_at=None)  # nothing was begun: the next minute may try again
        raise
    if done:
        mine.filter(pk__in=NoticeCopy.objects.filter(notice__in=claimed).values("notice")).update(
            mailed_at=timezone.now()
        )
    return sent


def wanted() -> QuerySet[EmailAddress]:
    """The verified addresses of active people who want e-mails."""
    addresses: QuerySet[EmailAddress] = EmailAddress.objects.filter(
        verified=True, user__is_active=True, user__notices_by_email=True
    )
    return addresses


def people_of(agency: Agency) -> list[EmailAddress]:
    """A verified address of each of the agency's people who wants to be told, the primary one first."""
    best: dict[int, EmailAddress] = {}
    for address in (
        wanted().filter(user__membership__agency=agency).select_related("user").order_by("user_id", "-primary", "pk")
    ):
        best.setdefault(address.user_id, address)
    return list(best.values())


def _tell(address: EmailAddress, agency: Agency, mine: QuerySet[Notice]) -> bool | None:
    """One person's e-mail about what is still open, still ours and not told before: True where it left, False where it
    did not and is to be tried again, None where there was nothing to do or never will be."""
    fresh = mine.filter(closed_at=None).exclude(copies__user=address.user_id)
    notices = list(fresh.order_by("-raised_at", "pk"))
    if not notices:
        return None
    try:
        send_letter(_letter(address.email, agency, notices))
    except SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        logger.warning("notices for user %s refused by the mail server: %s", address.user_id, codes)
        if any(code < 500 for code in codes):
            return False
        _remember(address, mine, notices)  # this address will not take it the next time either
        return None
    except (SMTPException, OSError, ValueError) as error:  # ValueError: an address that no header can hold
        logger.warning("notices for user %s not sent: %s", address.user_id, type(error).__name__)
        return False
    _remember(address, mine, notices)
    return True


@transaction.atomic
def _remember(address: EmailAddress, mine: QuerySet[Notice], notices: Iterable[Notice]) -> None:
    # Not of one that was given a new title meanwhile: that has to be told again.
    told = mine.filter(pk__in=[notice.pk for notice in notices]).select_for_update().order_by("pk")
    copies = [NoticeCopy(notice_id=pk, user_id=address.user_id) for pk in told.values_list("pk", flat=True)]
    NoticeCopy.objects.bulk_create(copies, ignore_conflicts=True)


def send_letter(letter: EmailMultiAlternatives) -> None:
    """Each e-mail on a connection of its own, so that one which breaks takes no other along."""
    connection = get_connection()
    try:
        connection.open()
    except (SMTPException, OSError) as error:
        raise ServerAway(type(error).__name__) from error
    try:
        connection.send_messages([letter])
    finally:
        connection.close()


def _letter(to: str, agency: Agency, notices: list[Notice]) -> EmailMultiAlternatives:
    count = len(notices)
    subject = notices[0].title if count == 1 else f"Adscape: {count} avisos de {agency.name}"
    told = notices[:TOLD]
    context: dict[str, Any] = {
        "agency": agency,
        "subject": subject,
        "notices": [(notice, f"{settings.PUBLIC_URL}{notice.url}" if notice.url else "") for notice in told],
        "more": count - len(told),
        "all_url": f"{settings.PUBLIC_URL}{reverse('agency:notices')}",
        "profile_url": f"{settings.PUBLIC_URL}{reverse('agency:profile')}",
    }
    letter = EmailMultiAlternatives(
        " ".join(subject.split()),
        render_to_string("emails/notices.txt", context),
        to=[to],
        headers={"Auto-Submitted": "auto-generated"},
    )
    letter.attach_alternative(render_to_string("emails/notices.html", context), "text/html")
    return letter
