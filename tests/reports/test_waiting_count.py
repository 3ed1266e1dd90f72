"""How many reports wait for a person: the bar of every page says what "Envios" lists, and asks nothing more for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency.access import _memberships
from agency.models import Agency, User
from agency.services import archive_client
from reports import holding
from tests.factories import make_agency, make_client
from tests.reports.sends_world import make_report

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "ends", "age", "waits"),
    [
        ("held", None, DAY, 1),
        ("held", DAY, DAY, 1),
        ("held", -DAY, 2 * DAY, 0),
        ("lost", None, 6 * DAY, 1),
        ("lost", None, 8 * DAY, 0),
        ("built", None, DAY, 0),
        ("discarded", DAY, DAY, 0),
        ("expired", -DAY, DAY, 0),
    ],
)
def test_the_bar_counts_what_can_still_be_decided(
    status: str, ends: timedelta | None, age: timedelta, waits: int, agency: Agency, owner: User
) -> None:
    now = timezone.now()
    for one in (agency, make_agency()):
        client = make_client(agency=one)
        make_report(client, status=status, expires_at=now + ends if ends else None, created_at=now - age)

    assert _memberships().get(user=owner).reports_waiting == waits  # type: ignore[attr-defined]
    assert holding.open_of_agency(agency).count() == waits


def test_a_client_out_of_service_waits_for_nobody(agency: Agency, owner: User) -> None:
    report = make_report(make_client(agency=agency), status="held")
    archive_client(report.client)

    assert _memberships().get(user=owner).reports_waiting == 0  # type: ignore[attr-defined]


def test_it_costs_no_query_of_its_own(
    agency: Agency, owner: User, as_owner: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(2):
        make_report(make_client(agency=agency), status="held")

    with django_assert_num_queries(1):
        assert _memberships().get(user=owner).reports_waiting == 2  # type: ignore[attr-defined]
    assert ">2 retidos<" in as_owner.get(reverse("agency:profile")).content.decode()
