"""One run is taken out, and put back: exactly that one, whatever happens at the same moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from agency.models import Agency, Client
from reports import planning, sending, skipping
from reports.models import Report, ReportSettings
from reports.schedule import occurrence_key
from tests.reports.editor import HTMX, form, make_ipe, said, settings_form, text, toast, url
from tests.reports.factories import make_settings
from tests.threads import together

pytestmark = pytest.mark.django_db

#: 10:00 on a Tuesday in São Paulo; the next report is at 09:00 of each day.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY = "2026-11-25T12:00Z"
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def client(clock: Any, agency: Agency) -> Client:  # type: ignore[override]
    client = make_ipe(agency)
    make_settings(client, next_run_at=TOMORROW, last_run_on=date(2026, 11, 24))
    return client


def stored() -> tuple[date | None, datetime | None]:
    settings = ReportSettings.objects.get()
    return settings.skipped_on, settings.next_run_at


def post(browser: Browser, name: str, client: Client, key: str = KEY, **more: Any) -> Any:
    return browser.post(url(name, client), {"occurrence": key}, **more)


@pytest.mark.parametrize("name", ["skip", "put_back"])
def test_who_may(
    name: str, as_owner: Browser, as_stranger: Browser, as_anonymous: Browser, as_colleague: Browser, client: Client
) -> None:
    assert as_owner.get(url(name, client)).status_code == 405
    assert post(as_stranger, name, client).status_code == 404
    assert post(as_anonymous, name, client)["Location"].startswith(reverse("account_login"))
    assert stored() == (None, TOMORROW)
    assert post(as_colleague, name, client).status_code == 302


def test_the_next_run_is_taken_out_and_the_one_after_it_leaves(as_owner: Browser, client: Client, clock: Any) -> None:
    answer = post(as_owner, "skip", client, headers=HTMX)

    assert toast(answer) == {"text": "Envio pulado. O próximo é em 26/11 às 09:00.", "level": "ok"}
    assert f"client-changed-{client.pk}" in answer["HX-Trigger"]
    assert stored() == (date(2026, 11, 25), TOMORROW + DAY)
    clock.move_to(TOMORROW + timedelta(minutes=1))
    assert sending.send_due() == 0
    clock.move_to(TOMORROW + DAY)
    assert [sending.send_due(), sending.send_due()] == [1, 0]
    assert Report.objects.get().occurrence == "2026-11-26T12:00Z"


def test_it_is_shown_struck_through_until_its_time_has_passed(as_owner: Browser, client: Client, clock: Any) -> None:
    post(as_owner, "skip", client)

    for name in ("schedule", "settings"):
        page = text(as_owner.get(url(name, client)))
        assert '<s class="shrink-0">qua 25 nov, 09:00</s>' in page
        assert "Não pular" in page
        assert "Pular o próximo" not in page
        assert "qui 26 nov, 09:00" in page
    clock.move_to(TOMORROW)
    page = text(as_owner.get(url("schedule", client)))
    assert "<s " not in page
    assert "Pular o próximo" in page


def test_it_is_put_back(as_owner: Browser, client: Client, clock: Any) -> None:
    post(as_owner, "skip", client)

    answer = post(as_owner, "put_back", client)

    assert said(answer)[-1] == "O próximo relatório volta a sair em 25/11 às 09:00."
    assert stored() == (None, TOMORROW)
    clock.move_to(TOMORROW)
    assert sending.send_due() == 1


def test_a_click_on_an_old_page_takes_nothing_else_out(as_owner: Browser, client: Client, clock: Any) -> None:
    """A double click, and a page that was open while the run left."""
    post(as_owner, "skip", client)
    again = post(as_owner, "skip", client, headers=HTMX)
    other = post(as_owner, "skip", client, "2026-11-26T12:00Z", headers=HTMX)

    assert toast(again)["text"].startswith("Nada foi pulado")
    assert toast(other)["text"].startswith("Nada mudou: um envio já está pulado.")
    assert stored() == (date(2026, 11, 25), TOMORROW + DAY)
    clock.move_to(TOMORROW)
    late = post(as_owner, "put_back", client, headers=HTMX)
    assert toast(late)["text"].startswith("Nada mudou")
    assert stored() == (date(2026, 11, 25), TOMORROW + DAY)


@pytest.mark.parametrize("moment", [TOMORROW, TOMORROW + timedelta(minutes=3)])
def test_what_is_due_already_leaves(moment: datetime, as_owner: Browser, client: Client, clock: Any) -> None:
    clock.move_to(moment)

    post(as_owner, "skip", client)

    assert stored() == (None, TOMORROW)
    assert sending.send_due() == 1


@pytest.mark.parametrize("occurrence", ["", "nonsense", "2026-11-26T12:00Z"])
def test_only_the_next_one(occurrence: str, as_owner: Browser, client: Client) -> None:
    post(as_owner, "skip", client, occurrence)

    assert stored() == (None, TOMORROW)


def test_a_client_without_settings(as_owner: Browser, clock: Any, agency: Agency) -> None:
    client = make_ipe(agency)

    assert said(post(as_owner, "skip", client))[0].startswith("Nada foi pulado")


def test_without_scripts_the_editor_comes_back(as_owner: Browser, client: Client) -> None:
    answer = as_owner.post(url("skip", client), {"occurrence": KEY, "back": "editor"})

    assert answer["Location"] == url("settings", client)


def test_another_schedule_clears_it_and_says_so(as_owner: Browser, client: Client) -> None:
    post(as_owner, "skip", client)

    answer = as_owner.post(url("settings", client), form(client, **{"settings-time_of_day": "15:00"}))

    assert said(answer)[-1] == (
        "Alterações salvas. Próximo relatório: 25/11 às 15:00. "
        "O envio pulado de 25/11 às 09:00 era do horário antigo: confira os próximos."
    )
    assert stored() == (None, datetime(2026, 11, 25, 18, tzinfo=UTC))


def test_an_edit_of_anything_else_keeps_it(as_owner: Browser, client: Client) -> None:
    post(as_owner, "skip", client)

    answer = as_owner.post(url("settings", client), form(client, **{"settings-period": "yesterday"}))

    assert said(answer)[-1] == "Alterações salvas. Próximo relatório: 26/11 às 09:00."
    assert stored() == (date(2026, 11, 25), TOMORROW + DAY)


def test_the_editor_says_what_saving_would_do_to_it(as_owner: Browser, client: Client) -> None:
    post(as_owner, "skip", client)

    same = text(as_owner.post(url("preview", client), settings_form(period="yesterday"), headers=HTMX))
    other = text(as_owner.post(url("preview", client), settings_form(time_of_day="15:00"), headers=HTMX))

    assert "Não pular" in same
    assert "volta a sair" not in same
    assert "O envio que estava pulado era do horário salvo" in other
    assert "Não pular" not in other
    assert "Pular o próximo" not in other
    assert stored()[0] == date(2026, 11, 25), "a preview stores nothing"


def test_a_move_to_another_zone_keeps_that_day_out(as_owner: Browser, client: Client) -> None:
    post(as_owner, "skip", client)

    client.time_zone = "America/Manaus"
    client.save()

    assert stored() == (date(2026, 11, 25), datetime(2026, 11, 26, 13, tzinfo=UTC))


def test_pausing_and_going_on_keeps_it(as_owner: Browser, client: Client) -> None:
    post(as_owner, "skip", client)
    sending.pause(client, True)

    sending.pause(client, False)

    assert stored() == (date(2026, 11, 25), TOMORROW + DAY)


def test_a_held_report_waits_for_the_run_that_comes_instead(as_owner: Browser, client: Client) -> None:
    client.recipients.all().delete()
    report = sending.send_now(client, "3f0c6a2e").report
    assert report.expires_at == TOMORROW

    post(as_owner, "skip", client)

    assert Report.objects.get().expires_at == TOMORROW + DAY


@pytest.mark.django_db(transaction=True)
def test_a_run_is_taken_out_or_leaves_never_both(client: Client) -> None:
    """The click comes a moment before the hour, the sweep at it, and both at once."""
    made, was_skipped = together(lambda: sending.send_due(TOMORROW), lambda: skip_or_not(client))

    assert made == (0 if was_skipped else 1)
    assert Report.objects.count() == (0 if was_skipped else 1)
    assert stored()[1] == TOMORROW + DAY
    assert stored()[0] == (date(2026, 11, 25) if was_skipped else None)


def skip_or_not(client: Client) -> bool:
    try:
        skipping.skip(client, KEY, TOMORROW - timedelta(seconds=1))
    except skipping.NotNext:
        return False
    return True


def test_a_time_with_seconds_can_be_taken_out_too(client: Client) -> None:
    settings = planning.save_settings(client, {"time_of_day": time(9, 30, 15)}, NOW)
    assert settings.next_run_at is not None

    skipping.skip(client, occurrence_key(settings.next_run_at), NOW)

    assert stored()[0] == date(2026, 11, 25)
