"""Many held reports at once: each leaves as it was shown, in a transaction of its own, or stays and is told of."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from agency.models import Agency, User
from agency.services import archive_client
from connections.models import Message
from reports import holding
from reports.models import DailyMetric, Report
from tests.factories import make_agency, make_client
from tests.reports.factories import make_account, make_days, make_recipient, week
from tests.reports.sends_world import NOW, make_report

HTMX = {"HX-Request": "true"}
YESTERDAY = date(2026, 11, 23)
RELEASE, DISCARD = "reports:held_release", "reports:held_discard"


@pytest.fixture(autouse=True)
def at_nine_forty_three() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def hold(agency: Agency, name: str, **fields: Any) -> Report:
    """A report whose account lacks a day, with one recipient."""
    client = make_client(agency=agency, name=name)
    make_days(make_account(client=client), week(YESTERDAY)[1:])
    make_recipient(client, name=f"Dono de {name}")
    words = {"status": "held", "reason": "Falta 23 nov de Conta.", "expires_at": NOW + timedelta(days=1), **fields}
    return make_report(client, period_start=week(YESTERDAY)[-1], **words)


@pytest.fixture
def held(agency: Agency) -> list[Report]:
    return [hold(agency, name) for name in ("Ateliê", "Barbearia", "Café")]


def ask(browser: Browser, view: str, reports: list[Report]) -> str:
    return browser.get(reverse(view), {"report": [report.pk for report in reports]}, headers=HTMX).content.decode()


def digests_in(html: str) -> list[str]:
    return re.findall(r'name="digest" value="([0-9a-f:-]+)"', html)


def release(browser: Browser, digests: list[str]) -> str:
    return browser.post(reverse(RELEASE), {"digest": digests}, headers=HTMX)["HX-Trigger"]


def states(*reports: Report) -> list[str]:
    return [Report.objects.get(pk=report.pk).status for report in reports]


def test_the_question_shows_what_each_would_send(held: list[Report], as_owner: Browser) -> None:
    html = ask(as_owner, RELEASE, held[:2])

    assert html.count('class="bubble"') == 2
    assert "para Dono de Ateliê" in html
    assert len(digests_in(html)) == 2
    assert "Liberar 2" in html


def test_each_leaves_as_it_was_shown_and_once(held: list[Report], as_owner: Browser, owner: User) -> None:
    digests = digests_in(ask(as_owner, RELEASE, held[:2]))

    first, second = release(as_owner, digests), release(as_owner, digests)

    assert "2 liberados." in first
    assert "2 j\\u00e1 tinham sido decididos (Ateli\\u00ea, Barbearia)." in second
    assert states(*held) == ["built", "built", "held"]
    assert Message.objects.count() == 2
    assert Report.objects.filter(settled_by=owner).count() == 2


def test_one_that_changed_stays_and_the_others_leave(held: list[Report], as_owner: Browser) -> None:
    digests = digests_in(ask(as_owner, RELEASE, held))
    DailyMetric.objects.filter(client=held[1].client, date=YESTERDAY - timedelta(days=1)).update(spend=1)

    said = release(as_owner, digests)

    assert "2 liberados, 1 mudou: veja antes (Barbearia)." in said
    assert states(*held) == ["built", "held", "built"]
    assert Message.objects.filter(client=held[1].client).count() == 0


def test_one_that_somebody_settled_meanwhile_is_named(held: list[Report], as_owner: Browser, colleague: User) -> None:
    digests = digests_in(ask(as_owner, RELEASE, held))
    holding.discard(Report.objects.select_related("client__agency", "settings").get(pk=held[0].pk), colleague)

    said = release(as_owner, digests)

    assert "2 liberados, 1 j\\u00e1 tinha sido decidido (Ateli\\u00ea)." in said


def test_a_digest_of_another_report_releases_nothing(held: list[Report], as_owner: Browser) -> None:
    first, second = (pair.split(":") for pair in digests_in(ask(as_owner, RELEASE, held[:2])))

    said = release(as_owner, [f"{first[0]}:{second[1]}"])

    assert "1 mudou" in said
    assert states(held[0]) == ["held"]


def test_one_that_has_nothing_to_send_is_said_and_left_out(agency: Agency, as_owner: Browser) -> None:
    full, empty = hold(agency, "Ateliê"), hold(agency, "Barbearia")
    empty.client.recipients.all().delete()

    html = ask(as_owner, RELEASE, [full, empty])

    assert len(digests_in(html)) == 1
    assert "<strong>Não sai:</strong>" in html
    assert "Barbearia:" in html


def test_discarding_asks_first(held: list[Report], as_owner: Browser) -> None:
    html = ask(as_owner, DISCARD, held[:2])
    assert "Descartar 2 relatórios?" in html

    keys = [str(report.pk) for report in held[:2]]
    said = [as_owner.post(reverse(DISCARD), {"report": keys}, headers=HTMX)["HX-Trigger"] for _ in range(2)]

    assert "2 descartados." in said[0]
    assert "decididos" in said[1]
    assert states(*held) == ["discarded", "discarded", "held"]


@pytest.mark.parametrize("view", [RELEASE, DISCARD])
def test_nothing_marked_is_said(view: str, held: list[Report], as_owner: Browser) -> None:
    assert "Marque na lista" in ask(as_owner, view, [])


@pytest.mark.parametrize("view", [RELEASE, DISCARD])
def test_without_scripts_it_is_a_page_and_leads_back(view: str, held: list[Report], as_owner: Browser) -> None:
    html = as_owner.get(reverse(view), {"report": held[0].pk}).content.decode()
    assert "<html" in html

    asked = {"digest": digests_in(html)} if view == RELEASE else {"report": held[0].pk}
    answer = as_owner.post(reverse(view), asked, follow=True)

    assert answer.redirect_chain == [(reverse("reports:sends"), 302)]
    assert states(held[0]) != ["held"]


@pytest.mark.parametrize("view", [RELEASE, DISCARD])
def test_only_ones_own(view: str, held: list[Report], as_stranger: Browser, as_owner: Browser) -> None:
    theirs, digest = hold(make_agency(), "De outra"), f"{held[0].pk}:{'0' * 64}"

    assert as_stranger.get(reverse(view), {"report": held[0].pk}).status_code == 404
    assert as_stranger.post(reverse(view), {"report": held[0].pk, "digest": digest}).status_code == 404
    assert as_owner.get(reverse(view), {"report": [held[0].pk, theirs.pk]}).status_code == 404
    assert as_owner.get(reverse(view), {"report": "x"}).status_code == 404
    archive_client(held[0].client)
    assert as_owner.get(reverse(view), {"report": held[0].pk}).status_code == 404
    assert states(held[1], theirs) == ["held", "held"]


def test_of_more_than_fit_the_first_are_asked_about(agency: Agency, as_owner: Browser, held: list[Report]) -> None:
    keys = [report.pk for report in held]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.held_many.MOST", 2)

        shown = as_owner.get(reverse(RELEASE), {"report": keys}, headers=HTMX)

    assert shown.status_code == 200
    assert len(digests_in(shown.content.decode())) == 2
