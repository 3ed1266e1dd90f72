"""Mails the Monday digest: at eight o'clock of the agency, once to each of its people who wants e-mails.

A `DigestCopy` claims a person and a week before the e-mail leaves; of two workers one has it. A worker that dies in
between costs that person the week's digest: all of it stands on the pages, and a second copy would only make one ask
which of them is right. What certainly did not leave, since the mail server was away, is given back and tried again.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from smtplib import SMTPException
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency
from agency.notice_mail import ServerAway, people_of, send_letter, wanted
from reports import digest
from reports.digest import Digest
from reports.models import DigestCopy

logger = logging.getLogger(__name__)


def send_due(now: datetime | None = None) -> int:
    """Mail each digest whose hour has come; how many e-mails. Never raises for a mail server."""
    now = now or timezone.now()
    sent = 0
    zones = Agency.objects.filter(weekly_digest=True).order_by().values_list("time_zone", flat=True).distinct()
    for zone in list(zones):
        monday = _monday_of(now, zone)
        if monday is None:
            continue
        for agency in _waiting(zone, monday):
            try:
                sent += _mail(agency, monday)
            except ServerAway as error:
                logger.warning("digests wait, the mail server is away: %s", error)
                return sent
            except Exception:
                logger.exception("digest of agency %s: not mailed", agency.pk)
    return sent


def _monday_of(now: datetime, zone: str) -> date | None:
    try:
        return digest.monday_of(now, ZoneInfo(zone))
    except ZoneInfoNotFoundError:  # of a row that was written past the form
        logger.exception("digests of zone %s: not mailed", zone)
        return None


def _waiting(zone: str, monday: date) -> list[Agency]:
    """Agencies of a zone with somebody who wants this digest and whose copy nobody has begun."""
    begun = DigestCopy.objects.filter(user=OuterRef("user"), week=monday)
    people = wanted().filter(~Exists(begun)).values("user__membership__agency")
    return list(Agency.objects.filter(weekly_digest=True, time_zone=zone, pk__in=people).order_by("pk"))


def _mail(agency: Agency, monday: date) -> int:
    found = digest.gather(agency, monday)
    sent = 0
    for address in people_of(agency):
        copy, is_mine = DigestCopy.objects.get_or_create(user=address.user, week=monday, defaults={"agency": agency})
        # With nothing to say the claim stays too: nobody needs to count again before next Monday.
        if is_mine and not found.is_silent:
            sent += _tell(address, copy, agency, found)
    return sent


def _tell(address: EmailAddress, copy: DigestCopy, agency: Agency, found: Digest) -> bool:
    try:
        send_letter(letter(address.email, agency, found))
    except ServerAway:
        copy.delete()
        raise
    except (SMTPException, OSError, ValueError) as error:  # it may have left all the same
        logger.warning("digest for user %s not sent: %s", address.user_id, type(error).__name__)
        return False
    DigestCopy.objects.filter(pk=copy.pk).update(sent_at=timezone.now())
    return True


def letter(to: str, agency: Agency, found: Digest) -> EmailMultiAlternatives:
    subject = f"Adscape: a semana de {agency.name}"
    context = {
        "agency": agency,
        "digest": found,
        "clients_url": f"{settings.PUBLIC_URL}{reverse('agency:client_list')}",
        "uncertain_url": f"{settings.PUBLIC_URL}{reverse('connections:uncertain')}",
        "sending_url": f"{settings.PUBLIC_URL}{reverse('connections:index')}",
        "profile_url": f"{settings.PUBLIC_URL}{reverse('agency:profile')}",
        "subject": subject,
    }
    made = EmailMultiAlternatives(
        " ".join(subject.split()),
        render_to_string("emails/digest.txt", context),
        to=[to],
        headers={"Auto-Submitted": "auto-generated"},
    )
    made.attach_alternative(render_to_string("emails/digest.html", context), "text/html")
    return made
