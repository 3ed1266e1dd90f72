"""An editor that was open while somebody else saved takes nothing back; the same page saved twice is no quarrel."""

from __future__ import annotations

import html
import re
from datetime import time
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from agency.models import Agency, Client
from reports.models import ReportSettings
from tests.reports.editor import HTMX, form, make_ipe, said, text, url
from tests.reports.factories import make_recipient, make_settings
from tests.threads import together

pytestmark = pytest.mark.django_db

SAID = "Alguém mudou este relatório depois que você abriu esta página."
PAULO = {"recipients-1-name": "Paulo", "recipients-1-phone": "(31) 9 9311-0846"}


@pytest.fixture
def client(agency: Agency) -> Client:  # type: ignore[override]
    client = make_ipe(agency)
    make_settings(client, time_of_day=time(9))
    return client


def save(browser: Browser, client: Client, data: dict[str, Any]) -> Any:
    return browser.post(url("settings", client), data)


def words(answer: Any) -> str:
    """The note at the top, as it is read."""
    note = re.search(r'id="stale">.*?</div></div>', text(answer), re.DOTALL)
    assert note is not None
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", note[0])).split())


def drawn_in(answer: Any) -> str:
    found = re.search(r'name="drawn" value="(\w+)"', text(answer))
    assert found is not None
    return found[1]


def test_the_page_carries_what_it_was_drawn_from(as_owner: Browser, client: Client) -> None:
    assert drawn_in(as_owner.get(url("settings", client))) == form(client)["drawn"]


@pytest.mark.parametrize(
    ("meanwhile", "stored"),
    [
        ({"settings-active": ""}, "Ativo: não"),
        ({"settings-time_of_day": "15:30"}, "Hora: 15:30"),
        ({"settings-period": "yesterday"}, "Período: Ontem"),
        ({"settings-metrics": ["spend", "cpa"]}, "O que mostrar: Investimento, CPA"),
        ({"recipients-0-phone": "(31) 9 9311-0846"}, "Beatriz: (31) 9 9311-0846, relatórios"),
        ({"recipients-0-gets_reports": ""}, "Beatriz: (11) 9 8765-0011, não recebe nada"),
        (PAULO, "Paulo: (31) 9 9311-0846, relatórios e alertas"),
    ],
)
def test_an_older_page_takes_nothing_back(
    meanwhile: dict[str, Any], stored: str, as_owner: Browser, as_colleague: Browser, client: Client
) -> None:
    older = form(client, **{"settings-blend": "on"})
    assert save(as_colleague, client, form(client, **meanwhile)).status_code == 302
    before = form(client)["drawn"]

    answer = save(as_owner, client, older)

    assert answer.status_code == 200
    assert SAID in words(answer)
    assert stored in words(answer)
    assert f'href="{url("settings", client)}">Carregar o que está salvo' in text(answer)
    assert form(client)["drawn"] == before
    assert re.search(r'name="settings-blend"[^>]*checked', text(answer)), "what was typed stays"


def test_pausing_meanwhile_is_not_undone(as_owner: Browser, as_colleague: Browser, client: Client) -> None:
    older = form(client)
    as_colleague.post(url("pause", client), {"paused": "1"})

    answer = save(as_owner, client, {**older, "settings-time_of_day": "10:00"})

    assert "Ativo: não" in words(answer)
    assert not ReportSettings.objects.get().active


def test_who_has_read_it_may_write_over_it(as_owner: Browser, as_colleague: Browser, client: Client) -> None:
    older = form(client, **{"settings-time_of_day": "07:00"})
    save(as_colleague, client, form(client, **{"settings-time_of_day": "15:30"}, **PAULO))

    refused = save(as_owner, client, older)
    again = save(as_owner, client, {**older, "drawn": drawn_in(refused)})

    assert again.status_code == 302
    assert ReportSettings.objects.get().time_of_day == time(7)
    assert client.recipients.filter(name="Paulo").exists(), "a row that the page did not show is not its to remove"


def test_a_row_that_is_gone_does_not_let_older_settings_through(
    as_owner: Browser, as_colleague: Browser, client: Client
) -> None:
    make_recipient(client, name="Zoé")
    older = form(client, **{"settings-time_of_day": "07:00"})
    save(as_colleague, client, form(client, **{"recipients-1-DELETE": "on", "settings-time_of_day": "15:30"}))

    answer = save(as_owner, client, older)

    assert "A lista mudou enquanto você editava" in words(answer)
    assert "Hora: 15:30" in words(answer)
    assert 'value="07:00"' in text(answer), "what was typed stays"
    assert "Zoé" not in text(answer)
    assert ReportSettings.objects.get().time_of_day == time(15, 30)


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"settings-time_of_day": "15:30", "settings-metrics": ["spend"]},
        PAULO,
        {"recipients-0-name": "Bia", "recipients-0-phone": "(31) 9 9311-0846"},
        {"recipients-0-DELETE": "on"},
        {"recipients-0-DELETE": "on", **PAULO},
    ],
)
def test_one_page_saved_twice_is_saved(typed: dict[str, Any], as_owner: Browser, client: Client) -> None:
    data = form(client, **typed)

    first = save(as_owner, client, data)
    stored = form(client)["drawn"]
    second = save(as_owner, client, data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"] == reverse("agency:client", args=[client.pk])
    assert said(second)[-1].startswith("Alterações salvas.")
    assert form(client)["drawn"] == stored


@pytest.mark.django_db(transaction=True)
def test_two_people_who_save_in_one_moment_do_not_mix(as_owner: Browser, as_colleague: Browser, client: Client) -> None:
    early, late = (form(client, **{"settings-time_of_day": hour}) for hour in ("07:00", "15:30"))

    answers = together(lambda: save(as_owner, client, early), lambda: save(as_colleague, client, late))

    assert sorted(answer.status_code for answer in answers) == [200, 302]
    saved = time(7) if answers[0].status_code == 302 else time(15, 30)
    assert ReportSettings.objects.get().time_of_day == saved


@pytest.mark.django_db(transaction=True)
def test_the_two_halves_of_a_double_click_are_one_save(
    as_owner: Browser, as_colleague: Browser, client: Client
) -> None:
    data = form(client, **PAULO)

    answers = together(lambda: save(as_owner, client, data), lambda: save(as_colleague, client, data))

    assert [answer.status_code for answer in answers] == [302, 302]
    assert client.recipients.count() == 2


def test_a_page_from_before_an_update_is_not_trusted(as_owner: Browser, client: Client) -> None:
    data = form(client, **{"settings-time_of_day": "15:30"})
    del data["drawn"]

    assert SAID in words(save(as_owner, client, data))
    assert ReportSettings.objects.get().time_of_day == time(9)


def test_an_older_page_still_has_its_preview(as_owner: Browser, as_colleague: Browser, client: Client) -> None:
    older = form(client, **{"settings-period": "yesterday"})
    save(as_colleague, client, form(client, **{"settings-time_of_day": "15:30"}))

    live = as_owner.post(url("preview", client), older, headers=HTMX)
    plain = as_owner.post(url("preview", client), older)

    assert (live.status_code, plain.status_code) == (200, 200)
    assert drawn_in(plain) == older["drawn"], "drawing it anew must not make an old page a new one"
