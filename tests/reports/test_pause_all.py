""" "Pausar todos": what is automatic stops for all clients, and "Retomar todos" lets just those go on again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from agency.services import archive_client
from connections.models import Message
from reports import agency_pauses, pause_all, planning, sending
from reports.models import Report, ReportSettings
from tests.factories import make_agency, make_client
from tests.reports.factories import make_settings
from tests.reports.sends_world import NOW, TODAY, at, make_report, make_send

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def at_nine_forty_three() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def reporting(agency: Agency, **fields: Any) -> Client:
    client = make_client(agency=agency)
    make_settings(client, **{"next_run_at": at(18), "time_of_day": "18:00", **fields})
    return client


def settings_of(client: Client) -> ReportSettings:
    return ReportSettings.objects.get(client=client)


def is_active(*clients: Client) -> list[bool]:
    return [settings_of(client).active for client in clients]


def test_only_what_it_stopped_goes_on_again(agency: Agency) -> None:
    on, off, by_hand = reporting(agency), reporting(agency, active=False), reporting(agency, frequency="manual")
    others = reporting(make_agency())

    paused = pause_all.pause(agency)
    assert (paused.clients, is_active(on, off, by_hand, others)) == (2, [False, False, False, True])
    assert settings_of(on).next_run_at is None
    assert pause_all.automatic(agency) == (0, 2)

    assert pause_all.resume(agency) == 2
    assert is_active(on, off, by_hand) == [True, False, True]
    assert settings_of(on).next_run_at == at(18)
    assert pause_all.automatic(agency) == (2, 0)


def test_twice_is_once(agency: Agency) -> None:
    on = reporting(agency)

    assert [pause_all.pause(agency).clients for _ in range(2)] == [1, 0]
    assert [pause_all.resume(agency) for _ in range(2)] == [1, 0]
    assert is_active(on) == [True]


def test_one_that_a_person_switched_on_and_off_since_is_left_to_that_person(agency: Agency) -> None:
    client = reporting(agency)
    pause_all.pause(agency)

    sending.pause(client, False)
    sending.pause(client, True)

    assert pause_all.resume(agency) == 0
    assert is_active(client) == [False]


def test_an_edit_meanwhile_keeps_it_among_those_that_go_on(agency: Agency) -> None:
    client = reporting(agency)
    pause_all.pause(agency)

    planning.save_settings(client, {"compare": False, "active": False})

    assert pause_all.resume(agency) == 1


def test_what_waits_in_the_outbox_is_cancelled_and_alerts_are_not(agency: Agency) -> None:
    client = reporting(agency)
    (report,) = make_send(client, "Camila", status="queued")
    (alert,) = make_send(client, "Camila", status="queued", kind="alert")
    (left,) = make_send(client, "Camila", status="sent", sent_at=NOW)

    assert pause_all.pause(agency).taken_back == 1

    stored = dict(Message.objects.values_list("pk", "status"))
    assert [stored[one.pk] for one in (report, alert, left)] == ["cancelled", "queued", "sent"]


def test_it_is_what_a_pause_of_each_would_have_been(agency: Agency) -> None:
    """The same columns, of the settings and of what is held, whichever way."""
    clients = [reporting(agency, skipped_on=TODAY + timedelta(days=1)) for _ in range(2)]
    for client in clients:
        make_report(client, status="held", reason="Faltam dias.", expires_at=at(18))

    sending.pause(clients[0], True)
    pause_all.pause(agency)
    paused = [_columns(client) for client in clients]
    assert paused[0] == paused[1]

    agency_pauses.add(agency, TODAY + timedelta(days=1), TODAY + timedelta(days=3), "recesso")
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        sending.pause(clients[0], False)
        pause_all.resume(agency)
    resumed = [_columns(client) for client in clients]
    assert resumed[0] == resumed[1]


def _columns(client: Client) -> list[Any]:
    names = ("active", "next_run_at", "skipped_on", "made_up_from", "agency_pauses", "last_problem")
    settings = settings_of(client)
    held = Report.objects.get(client=client)
    return [*(getattr(settings, name) for name in names), held.status, held.expires_at]


def test_an_archived_client_stays_as_it_is(agency: Agency) -> None:
    client = reporting(agency)
    pause_all.pause(agency)
    archive_client(client)

    assert pause_all.resume(agency) == 0


def test_settings_that_cannot_be_read_do_not_keep_the_others_stopped(agency: Agency) -> None:
    odd, fine = reporting(agency), reporting(agency)
    pause_all.pause(agency)
    ReportSettings.objects.filter(client=odd).update(frequency="x")

    assert pause_all.resume(agency) == 1
    assert is_active(odd, fine) == [False, True]


@pytest.mark.parametrize("count", [1, 12])
def test_many_cost_what_one_costs(
    count: int, agency: Agency, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        reporting(agency)

    with django_assert_num_queries(9):
        pause_all.pause(agency)
    with django_assert_num_queries(8):
        pause_all.resume(agency)


@pytest.mark.parametrize(("name", "verb"), [("pause_all", "Pausar"), ("resume_all", "Retomar")])
def test_it_asks_first(name: str, verb: str, agency: Agency, as_owner: Browser) -> None:
    reporting(agency)
    if name == "resume_all":
        pause_all.pause(agency)
    address, before = reverse(f"reports:{name}"), pause_all.automatic(agency)

    html = as_owner.get(address, headers=HTMX).content.decode()
    assert f"{verb} os relatórios automáticos de 1 cliente?" in html
    assert pause_all.automatic(agency) == before

    page = as_owner.post(address, follow=True).content.decode()
    assert "Relatórios automáticos de 1 cliente" in page
    assert pause_all.automatic(agency) == before[::-1]
    assert ("Retomar todos" in page) == (name == "pause_all")


@pytest.mark.parametrize("name", ["pause_all", "resume_all"])
def test_only_ones_own(name: str, agency: Agency, as_stranger: Browser, as_anonymous: Browser) -> None:
    client = reporting(agency)
    if name == "resume_all":
        pause_all.pause(agency)
    before = is_active(client)

    assert as_anonymous.post(reverse(f"reports:{name}")).status_code == 302
    as_stranger.post(reverse(f"reports:{name}"))
    assert as_stranger.put(reverse(f"reports:{name}")).status_code == 405
    assert is_active(client) == before
