"""How many reports wait for a person: the bar of every page says what "Envios" lists, and asks nothing more for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency import waiting
from agency.access import _memberships
from agency.models import Agency, User
from agency.services import archive_client
from reports import holding, tasks
from reports.models import ReportSettings
from reports.sending import send_now
from tests.factories import make_agency, make_client
from tests.reports.factories import make_account, make_days, make_recipient
from tests.reports.sends_world import make_report

DAY, NOW = timedelta(days=1), timezone.now()


def counted(agency: Agency) -> int:
    return Agency.objects.values_list("reports_waiting", flat=True).get(pk=agency.pk)


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
    status: str, ends: timedelta | None, age: timedelta, waits: int, agency: Agency
) -> None:
    now = timezone.now()
    for one in (agency, make_agency()):
        client = make_client(agency=one)
        make_report(client, status=status, expires_at=now + ends if ends else None, created_at=now - age)

    waiting.recount_all()

    assert counted(agency) == waits
    assert holding.open_of_agency(agency).count() == waits


def test_a_client_out_of_service_waits_for_nobody(agency: Agency) -> None:
    report = make_report(make_client(agency=agency), status="held")
    waiting.recount_all()
    assert counted(agency) == 1
    archive_client(report.client)

    waiting.recount_all()

    assert counted(agency) == 0


def test_beat_counts(agency: Agency) -> None:
    make_report(make_client(agency=agency), status="held")
    ReportSettings.objects.update(active=False)  # nothing else happens in this ring

    tasks.send_due()

    assert counted(agency) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("decide", ["release", "discard"])
def test_who_decides_sees_one_less_at_once(decide: str, agency: Agency, owner: User) -> None:
    client = make_client(agency=agency)
    make_recipient(client)
    make_days(make_account(client=client), [NOW.date() - timedelta(days=number) for number in range(16)])
    report = make_report(client, status="held", created_at=NOW)
    waiting.recount_all()
    assert counted(agency) == 1

    if decide == "discard":
        holding.discard(report, owner)
    else:
        holding.release(report, holding.propose(report).digest, owner)

    assert counted(agency) == 0


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_for_and_is_held_counts_at_once(agency: Agency) -> None:
    client = make_client(agency=agency)

    send_now(client, "token-1234")

    assert counted(agency) == 1


def test_it_costs_no_query_of_its_own(
    agency: Agency, owner: User, as_owner: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(2):
        make_report(make_client(agency=agency), status="held")

    waiting.recount_all()

    with django_assert_num_queries(1):
        assert _memberships().get(user=owner).agency.reports_waiting == 2
    assert ">2 retidos<" in as_owner.get(reverse("agency:profile")).content.decode()


def test_to_count_writes_only_what_changed(agency: Agency, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_report(make_client(agency=agency), status="held")
    waiting.recount_all()

    with django_assert_num_queries(3):
        waiting.recount_all()
