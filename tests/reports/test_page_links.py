"""Addresses of reports' pages: which tokens open which report, and which open nothing."""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from agency.services import archive_client
from reports import page_links
from reports.models import Report
from tests.factories import make_agency, make_client
from tests.reports.factories import make_settings

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
LIFE = timedelta(days=90)


def unstored(version: int = 0) -> Report:
    return Report(pk=uuid.UUID(int=7), page_version=version)


def make_sent(client: Client, **fields: Any) -> Report:
    kept = getattr(client, "report_settings", None) or make_settings(client)
    given = {"occurrence": str(uuid.uuid4()), "trigger": "manual", "snapshot": {"version": 2}, **fields}
    return Report.objects.create(client=client, settings=kept, **given)


@pytest.fixture
def report(agency: Agency) -> Report:
    return make_sent(make_client(agency=agency))


def signed(named: bytes, salt: str = "adscape.report-page", key: str | None = None) -> str:
    signer = signing.TimestampSigner(key=key or settings.SECRET_KEY, salt=salt, sep="~")
    return signer.sign(urlsafe_b64encode(named).decode())


OURS = uuid.UUID(int=7).bytes + b"\0\0"
PLAIN = urlsafe_b64encode(OURS).decode()
UNKNOWN: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "marks only": lambda: "~~",
    "one word": lambda: "relatorio",
    "very long": lambda: "x" * 5000,
    "letters of another alphabet": lambda: "ção~1~2",
    "the bare id": lambda: uuid.UUID(int=7).hex,
    "not signed": lambda: f"{PLAIN}~1xXMnb~" + "A" * 43,
    "signed without a time": lambda: signing.Signer(salt="adscape.report-page", sep="~").sign(PLAIN),
    "signed for another kind of page": lambda: signed(OURS, salt="adscape.connect-link"),
    "signed by another installation": lambda: signed(OURS, key="the key of somebody else"),
    "too short": lambda: signed(OURS[:-1]),
    "too long": lambda: signed(OURS + b"\0"),
    "empty": lambda: signed(b""),
    "not base64": lambda: signing.TimestampSigner(salt="adscape.report-page", sep="~").sign("não é base64"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_was_not_signed_for_a_report_is_unknown(case: str) -> None:
    """Without a database: a query would fail the test."""
    with pytest.raises(page_links.UnknownLink):
        page_links.find(UNKNOWN[case]())


@given(place=st.integers(min_value=0), letter=st.characters(codec="ascii"), version=st.integers(0, 65535))
def test_no_letter_of_a_token_can_be_changed(place: int, letter: str, version: int) -> None:
    token = page_links.token_of(unstored(version))
    place %= len(token)
    other = token[:place] + letter + token[place + 1 :]

    if other != token:
        with pytest.raises((page_links.UnknownLink, page_links.ExpiredLink)):
            page_links.find(other)


@given(cut=st.integers(1, 80), more=st.text(max_size=5))
def test_neither_can_it_be_shortened_or_lengthened(cut: int, more: str) -> None:
    token = page_links.token_of(unstored())

    for other in (token[:-cut], token[cut:], f"{token}{more}x", f"{more}x{token}"):
        with pytest.raises(page_links.UnknownLink):
            page_links.find(other)


@pytest.mark.parametrize(("age", "opens"), [(timedelta(), True), (LIFE, True), (LIFE + timedelta(seconds=2), False)])
def test_it_opens_for_ninety_days(age: timedelta, opens: bool, report: Report) -> None:
    with time_machine.travel(NOW, tick=False):
        token = page_links.token_of(report)
        assert page_links.good_until() == NOW + LIFE

    with time_machine.travel(NOW + age, tick=False):
        if opens:
            assert page_links.find(token) == report
        else:
            with pytest.raises(page_links.ExpiredLink):
                page_links.find(token)


def test_how_long_is_a_setting(report: Report) -> None:
    with time_machine.travel(NOW, tick=False):
        token = page_links.token_of(report)

    with (
        override_settings(REPORT_LINK_DAYS=2),
        time_machine.travel(NOW + timedelta(days=3), tick=False),
        pytest.raises(page_links.ExpiredLink),
    ):
        page_links.find(token)


def test_the_address_is_a_full_one_that_names_nobody(report: Report) -> None:
    address = page_links.public_url(report)

    assert address.startswith(f"{settings.PUBLIC_URL}/r/")
    assert len(address.removeprefix(settings.PUBLIC_URL)) < 90  # it stands in a message
    for known in (report.pk.hex, str(report.pk), str(report.client_id), report.client.name):
        assert known not in address


def test_all_of_it_is_one_query(report: Report, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    token = page_links.token_of(report)

    with django_assert_num_queries(1):
        found = page_links.find(token)
        assert (found.client.agency.name, hasattr(found.client.agency, "logo")) == ("Maré Alta", False)


@pytest.mark.parametrize(
    "fields",
    [{"status": status} for status in ("held", "lost", "expired", "discarded")] + [{"snapshot": {}}],
)
def test_only_what_was_sent_has_a_page(fields: dict[str, Any], report: Report) -> None:
    token = page_links.token_of(report)
    Report.objects.update(**fields)

    with pytest.raises(page_links.EndedLink):
        page_links.find(token)


@pytest.mark.parametrize("how", ["archived", "deleted"])
def test_it_ends_with_its_client(how: str, report: Report) -> None:
    token = page_links.token_of(report)
    archive_client(report.client) if how == "archived" else report.client.delete()

    with pytest.raises(page_links.EndedLink):
        page_links.find(token)


def test_an_ended_address_opens_nothing_and_a_new_one_does(report: Report) -> None:
    other = make_sent(report.client)
    leaked, untouched = page_links.token_of(report), page_links.token_of(other)

    page_links.end(report)

    with pytest.raises(page_links.EndedLink):
        page_links.find(leaked)
    assert page_links.find(page_links.token_of(report)) == report
    assert page_links.find(untouched) == other


def test_all_addresses_of_one_agency_end_at_once(report: Report) -> None:
    others = [make_sent(report.client), make_sent(make_client(agency=report.client.agency))]
    strange = make_sent(make_client(agency=make_agency()))
    tokens = [page_links.token_of(each) for each in (report, *others)]

    assert page_links.end_all(report.client.agency) == 3

    for token in tokens:
        with pytest.raises(page_links.EndedLink):
            page_links.find(token)
    assert page_links.find(page_links.token_of(strange)) == strange
