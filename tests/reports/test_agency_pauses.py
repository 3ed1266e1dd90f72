"""The agency's pauses: who may, what they do to what its clients have ahead, and that a run never slips into one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from agency.models import Agency, Client
from reports import agency_pauses, planning, sending
from reports.models import AgencyPause, Report, ReportSettings
from tests.factories import make_agency, make_client
from tests.reports.editor import HTMX, make_ipe, said, settings_form, text, url
from tests.reports.factories import make_settings
from tests.threads import together

pytestmark = pytest.mark.django_db

#: 10:00 on a Tuesday in São Paulo; the next report is at 09:00 of each day.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST, LAST = date(2026, 11, 25), date(2026, 11, 27)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def client(clock: Any, agency: Agency) -> Client:  # type: ignore[override]
    client = make_ipe(agency)
    make_settings(client, next_run_at=TOMORROW, last_run_on=date(2026, 11, 24))
    return client


def pauses_url() -> str:
    return reverse("reports:pauses")


def typed(first: str = "2026-11-25", last: str = "2026-11-27", note: str = "Recesso") -> dict[str, str]:
    return {"first_day": first, "last_day": last, "note": note}


def next_run(client: Client) -> datetime | None:
    return ReportSettings.objects.get(client=client).next_run_at


def test_who_may(as_owner: Browser, as_colleague: Browser, as_stranger: Browser, as_anonymous: Browser) -> None:
    assert as_anonymous.get(pauses_url())["Location"].startswith(reverse("account_login"))
    with time_machine.travel(NOW, tick=False):
        as_colleague.post(pauses_url(), typed())
    pause = AgencyPause.objects.get()
    remove = reverse("reports:pause_remove", args=[pause.pk])

    assert as_stranger.post(remove).status_code == 404
    assert as_owner.get(remove).status_code == 405
    assert as_owner.put(pauses_url()).status_code == 405
    assert "25/11/2026" not in text(as_stranger.get(pauses_url()))
    assert as_owner.post(remove)["Location"] == pauses_url()
    assert not AgencyPause.objects.exists()


def test_a_pause_is_added_and_what_it_covers_does_not_run(as_owner: Browser, client: Client, clock: Any) -> None:
    answer = as_owner.post(pauses_url(), typed())

    assert said(answer) == [
        (
            "Pausa de 25/11/2026 a 27/11/2026 salva: nenhum relatório automático sai nestes dias. "
            "O próximo envio de 1 cliente mudou."
        )
    ]
    assert next_run(client) == datetime(2026, 11, 28, 12, tzinfo=UTC)
    page = text(as_owner.get(pauses_url()))
    assert "25/11/2026 a 27/11/2026" in page
    for name in ("schedule", "settings"):
        page = text(as_owner.get(url(name, client)))
        assert "25 a 27 nov, 3 envios" in page
        assert "pausa da agência (Recesso)" in page
        assert "sáb 28 nov, 09:00" in page
    made = []
    for day in range(5):
        clock.move_to(TOMORROW + day * DAY)
        made.append(sending.send_due())
    assert made == [0, 0, 0, 1, 1]


def test_a_pause_is_removed(as_owner: Browser, client: Client) -> None:
    pause = agency_pauses.add(client.agency, FIRST, LAST).pause

    answer = as_owner.post(reverse("reports:pause_remove", args=[pause.pk]))

    assert said(answer) == [
        (
            "Pausa de 25/11/2026 a 27/11/2026 removida: os relatórios voltam a sair nestes dias. "
            "O próximo envio de 1 cliente mudou."
        )
    ]
    assert next_run(client) == TOMORROW
    assert "Nenhuma pausa marcada." in text(as_owner.get(pauses_url()))


def test_the_same_days_twice_are_one_pause(as_owner: Browser, client: Client) -> None:
    as_owner.post(pauses_url(), typed())

    answer = as_owner.post(pauses_url(), typed(note="Recesso de novo"))

    assert "já estava na lista" in said(answer)[-1]
    assert AgencyPause.objects.get().note == "Recesso"


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        ("2026-11-27", "2026-11-25", "O último dia vem antes do primeiro."),
        ("2026-11-01", "2026-11-23", "Este dia já passou."),
        ("2026-11-25", "2028-11-25", "Uma pausa dura no máximo um ano."),
        ("2029-11-25", "2029-11-26", "Só até dois anos à frente."),
        ("", "2026-11-25", "Este campo é obrigatório."),
        ("25 de novembro", "2026-11-25", "Informe uma data válida."),
    ],
)
def test_what_is_no_pause_is_refused(first: str, last: str, problem: str, as_owner: Browser, client: Client) -> None:
    page = text(as_owner.post(pauses_url(), typed(first, last)))

    assert problem in page
    assert not AgencyPause.objects.exists()
    assert next_run(client) == TOMORROW


def test_only_the_agencys_own_clients(as_owner: Browser, client: Client) -> None:
    other = make_client(agency=make_agency())
    make_settings(other, next_run_at=TOMORROW)

    as_owner.post(pauses_url(), typed())

    assert next_run(other) == TOMORROW


def test_what_falls_into_a_pause_is_sent_on_the_next_working_day(as_owner: Browser, client: Client) -> None:
    # A Thursday's, in a pause until Friday: on Monday.
    planning.save_settings(client, {"frequency": "weekly", "weekdays": (3,), "when_closed": "postpone"}, NOW)

    as_owner.post(pauses_url(), typed())

    assert next_run(client) == datetime(2026, 11, 30, 12, tzinfo=UTC)
    page = text(as_owner.get(url("schedule", client)))
    assert "adiado para seg 30 nov: pausa da agência (Recesso)" in page


def test_a_day_that_has_had_its_report_is_not_made_up_for(client: Client) -> None:
    """Today's went at 09:00; at 10:00 a pause begins that covers today."""
    planning.save_settings(client, {"frequency": "weekly", "weekdays": (1,), "when_closed": "postpone"}, NOW)

    agency_pauses.add(client.agency, date(2026, 11, 24), LAST)

    assert next_run(client) == datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("when_closed", "expected"), [("skip", "2026-11-28"), ("postpone", "2026-11-28")])
def test_what_is_due_and_not_yet_claimed_does_not_slip_into_a_pause(
    when_closed: str, expected: str, client: Client, clock: Any
) -> None:
    ReportSettings.objects.update(when_closed=when_closed)
    clock.move_to(TOMORROW + timedelta(seconds=20))

    agency_pauses.add(client.agency, FIRST, LAST)

    assert sending.send_due() == 0
    assert str(next_run(client))[:10] == expected


def test_a_weekly_one_that_was_due_is_made_up_for(client: Client, clock: Any) -> None:
    planning.save_settings(client, {"frequency": "weekly", "weekdays": (2,), "when_closed": "postpone"}, NOW)
    clock.move_to(TOMORROW + timedelta(seconds=20))

    agency_pauses.add(client.agency, FIRST, FIRST)

    assert sending.send_due() == 0
    assert next_run(client) == TOMORROW + DAY


@pytest.mark.django_db(transaction=True)
def test_a_pause_and_a_sweep_at_once(client: Client) -> None:
    """Whichever comes first, nothing is planned for a day of the pause."""
    together(
        lambda: sending.send_due(TOMORROW),
        lambda: agency_pauses.add(client.agency, date(2026, 11, 26), LAST, now=TOMORROW),
    )
    sending.send_due(TOMORROW)

    assert Report.objects.count() == 1
    assert next_run(client) == datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_two_pauses_at_once_are_both_known(client: Client) -> None:
    together(
        lambda: agency_pauses.add(client.agency, FIRST, FIRST, now=NOW),
        lambda: agency_pauses.add(client.agency, FIRST + DAY, LAST, now=NOW),
    )

    assert len(ReportSettings.objects.get().agency_pauses) == 2
    assert next_run(client) == datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_who_comes_later_knows_of_it(as_owner: Browser, client: Client, agency: Agency) -> None:
    """A client whose report is set up, or switched on again, in a pause."""
    later = make_client(agency=agency)
    make_settings(later, active=False)
    new = make_client(agency=agency)
    agency_pauses.add(agency, FIRST, LAST)

    page = text(as_owner.post(url("preview", later), settings_form(), headers=HTMX))
    planning.settings_of(new)
    for one in (later, new):
        planning.save_settings(one, {"active": True}, NOW)

    assert "pausa da agência" in page
    assert [next_run(later), next_run(new)] == 2 * [datetime(2026, 11, 28, 12, tzinfo=UTC)]


def test_one_that_cannot_be_read_stops_nobody(client: Client, agency: Agency) -> None:
    broken = make_client(agency=agency)
    make_settings(broken, next_run_at=TOMORROW, frequency="hourly")

    agency_pauses.add(agency, FIRST, LAST)

    assert next_run(client) == datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_a_held_report_waits_for_the_run_after_the_pause(client: Client) -> None:
    client.recipients.all().delete()
    sending.send_now(client, "3f0c6a2e")

    agency_pauses.add(client.agency, FIRST, LAST)

    assert Report.objects.get().expires_at == datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize("clients", [1, 12])
def test_what_a_pause_costs_however_many_clients(
    clients: int, clock: Any, agency: Agency, django_assert_num_queries: Any
) -> None:
    for _ in range(clients):
        make_settings(make_client(agency=agency), next_run_at=TOMORROW)

    # settings; the pause: looked for, written; all pauses; settings: their copy, their next runs; held reports. And two
    # savepoints.
    with django_assert_num_queries(7 + 4):
        change = agency_pauses.add(agency, FIRST, LAST)

    assert change.moved == clients


def test_a_pause_that_is_over_is_not_listed_and_not_copied(as_owner: Browser, client: Client) -> None:
    AgencyPause.objects.create(agency=client.agency, first_day=date(2026, 11, 2), last_day=date(2026, 11, 23))
    AgencyPause.objects.create(agency=client.agency, first_day=date(2025, 12, 23), last_day=date(2026, 1, 2))

    agency_pauses.add(client.agency, FIRST, LAST)

    assert "23/11/2026" not in text(as_owner.get(pauses_url()))
    assert [pause[0] for pause in ReportSettings.objects.get().agency_pauses] == ["2026-11-02", "2026-11-25"]
