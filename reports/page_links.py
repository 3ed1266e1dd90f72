"""Addresses of reports' public pages: signed, good for so many days, and ended by a number in the report's row.

A token holds the report's id and the version of its addresses, and nothing of the client. Whoever has one sees that
report; a wrong one costs no query.
"""

from __future__ import annotations

import binascii
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency
from reports import snapshot
from reports.choices import ReportStatus
from reports.models import Report
from reports.snapshot import ReportData
from reports.text import NO_REFERENCE

_signer = signing.TimestampSigner(salt="adscape.report-page", sep="~")
_ID_BYTES, _VERSION_BYTES = 16, 2
#: So many signs of each token of a report are the same: those that hold nothing but its id.
_SAME_FOR_A_REPORT = _ID_BYTES * 4 // 3


class UnknownLink(Exception):
    """A token that was not signed here, or not for a report's page."""


class ExpiredLink(Exception):
    """One of ours that is older than settings.REPORT_LINK_DAYS."""


class EndedLink(Exception):
    """One of ours that opens nothing any more: ended by a person, its report is not there or was never sent."""


def token_of(report: Report) -> str:
    named = report.pk.bytes + report.page_version.to_bytes(_VERSION_BYTES, "big")
    return _signer.sign(urlsafe_b64encode(named).decode())


def public_url(report: Report) -> str:
    """The full address of the report's page, good from now on for settings.REPORT_LINK_DAYS."""
    return settings.PUBLIC_URL + reverse("reports:public", args=[token_of(report)])


def unsent_url() -> str:
    """What stands for the address in a text that is shown before it is sent: each one that leaves has its own."""
    return settings.PUBLIC_URL + reverse("reports:public", args=["TOKEN"]).replace("TOKEN", NO_REFERENCE)


def good_until(now: datetime | None = None) -> datetime:
    """Until when an address that is given out now opens."""
    return (now or timezone.now()) + _life()


def find(token: str) -> Report:
    """The sent report of a token, with its client, agency and all but the picture of the agency's logo.

    Raises UnknownLink and ExpiredLink without a query, EndedLink after one.
    """
    pk, version = _read(token)
    rows = Report.objects.select_related("client__agency__logo").defer("client__agency__logo__content")
    sent = rows.filter(pk=pk, page_version=version, status=ReportStatus.BUILT, client__archived_at=None).first()
    if sent is None or not sent.snapshot:
        raise EndedLink
    return sent


def numbers_of(report: Report) -> ReportData:
    """What it said when it was sent. Raises EndedLink for a snapshot that this version cannot read."""
    try:
        return snapshot.from_json(report.snapshot)
    except ValueError:
        raise EndedLink from None


def is_linked_in(body: str, report: Report) -> bool:
    """Whether a text holds an address of this report's page, of whatever age or version."""
    before, _, _ = reverse("reports:public", args=["TOKEN"]).partition("TOKEN")
    return before + urlsafe_b64encode(report.pk.bytes).decode()[:_SAME_FOR_A_REPORT] in body


def end(report: Report) -> None:
    """Every address of this report's page that was given out opens nothing any more; new ones do."""
    Report.objects.filter(pk=report.pk).update(page_version=F("page_version") + 1)
    report.refresh_from_db(fields=["page_version"])


def end_all(agency: Agency) -> int:
    """The same for each report of an agency's; how many reports."""
    return Report.objects.filter(client__agency=agency).update(page_version=F("page_version") + 1)


def _read(token: str) -> tuple[uuid.UUID, int]:
    try:
        named = urlsafe_b64decode(_signer.unsign(token, max_age=_life()))
    except signing.SignatureExpired:
        raise ExpiredLink from None
    except (signing.BadSignature, binascii.Error, ValueError):
        raise UnknownLink from None
    if len(named) != _ID_BYTES + _VERSION_BYTES:
        raise UnknownLink
    return uuid.UUID(bytes=named[:_ID_BYTES]), int.from_bytes(named[_ID_BYTES:], "big")


def _life() -> timedelta:
    return timedelta(days=settings.REPORT_LINK_DAYS)
