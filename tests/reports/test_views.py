from __future__ import annotations

import json
import uuid
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Client
from agency.services import archive_client
from connections.models import Message
from reports.models import AdAccount, Report
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_recipient, week

pytestmark = pytest.mark.django_db

VIEWS = {"send_now": ["post"], "check_balance": ["post"]}
TOKEN = "0d2f4a1c-6a0e-4a52-9a47-0b7f6f0f2c11"


@pytest.fixture
def client(agency: Agency) -> Client:  # type: ignore[override]
    """The agency's client, with a week's numbers up to yesterday and one recipient."""
    client = make_client(agency=agency, name="Moda Ipê")
    yesterday = timezone.now().astimezone(client.zone).date() - timedelta(days=1)
    make_days(make_account(client=client, name="Ipê Loja"), week(yesterday, weeks=2))
    make_recipient(client, name="Beatriz", phone="+5511987650011")
    return client


def url(name: str, client: Client) -> str:
    return reverse(f"reports:{name}", args=[client.pk])


def toast(answer: Any) -> dict[str, str]:
    return json.loads(answer["HX-Trigger"])["toast"]


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_wrong_method(name: str, method: str, as_owner: Browser, client: Client) -> None:
    if method not in VIEWS[name]:
        assert getattr(as_owner, method)(url(name, client)).status_code == 405


@pytest.mark.parametrize("name", VIEWS)
def test_anonymous_goes_to_login(name: str, as_anonymous: Browser, client: Client) -> None:
    answer = as_anonymous.post(url(name, client))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    assert not Report.objects.exists()


@pytest.mark.parametrize("name", VIEWS)
def test_anonymous_htmx_goes_to_login_without_a_login_page_in_the_fragment(
    name: str, as_anonymous: Browser, client: Client
) -> None:
    answer = as_anonymous.post(url(name, client), headers={"HX-Request": "true"})

    assert answer["HX-Redirect"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", VIEWS)
def test_a_stranger_and_an_unknown_id_find_nothing(
    name: str, as_stranger: Browser, as_owner: Browser, client: Client
) -> None:
    unknown = Client(pk=uuid.uuid4())

    assert as_stranger.post(url(name, client), {"token": TOKEN}).status_code == 404
    assert as_owner.post(url(name, unknown), {"token": TOKEN}).status_code == 404
    assert not Report.objects.exists()


@pytest.mark.parametrize("name", VIEWS)
def test_an_archived_client_is_not_found(name: str, as_owner: Browser, client: Client) -> None:
    archive_client(client)

    assert as_owner.post(url(name, client), {"token": TOKEN}).status_code == 404


@pytest.mark.parametrize("name", VIEWS)
def test_a_post_without_csrf_is_refused(name: str, owner: Any, client: Client) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.post(url(name, client), {"token": TOKEN}).status_code == 403


def test_send_now_by_htmx_says_it_and_renews_the_card(as_owner: Browser, client: Client) -> None:
    make_recipient(client)

    answer = as_owner.post(url("send_now", client), {"token": TOKEN}, headers={"HX-Request": "true"})

    assert answer.status_code == 204
    assert toast(answer) == {"text": "Relatório a caminho de 2 destinatários.", "level": "ok"}
    assert f"client-changed-{client.pk}" in json.loads(answer["HX-Trigger"])


def test_send_now_without_javascript(as_owner: Browser, client: Client) -> None:
    answer = as_owner.post(url("send_now", client), {"token": TOKEN})

    assert answer["Location"] == reverse("agency:client", args=[client.pk])
    assert said(answer) == ["Relatório a caminho de 1 destinatário."]


def test_a_double_click_is_one_report(as_owner: Browser, client: Client) -> None:
    click = {"path": url("send_now", client), "data": {"token": TOKEN}, "headers": {"HX-Request": "true"}}

    answers = [as_owner.post(**click) for _ in range(2)]

    assert toast(answers[0]) == toast(answers[1])
    assert (Report.objects.count(), Message.objects.count()) == (1, 1)


def test_a_slow_double_click_is_one_report(as_owner: Browser, client: Client) -> None:
    """The card has drawn itself anew in between, with a token of its own; two seconds later it is another wish."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        as_owner.post(url("send_now", client), {"token": "first-token"})
        clock.shift(0.8)
        as_owner.post(url("send_now", client), {"token": "second-token"})
        assert Report.objects.count() == 1

        clock.shift(2)
        as_owner.post(url("send_now", client), {"token": "third-token"})
        assert Report.objects.count() == 2


def test_a_page_left_open_says_that_it_does_not_send_again(as_owner: Browser, client: Client) -> None:
    as_owner.post(url("send_now", client), {"token": TOKEN})
    Report.objects.update(created_at=timezone.now() - timedelta(minutes=5))

    answer = as_owner.post(url("send_now", client), {"token": TOKEN}, headers={"HX-Request": "true"})

    assert toast(answer)["level"] == "info"
    assert "não se repete" in toast(answer)["text"]


@pytest.mark.parametrize("token", ["", "x", "a" * 65, "manual: '; --", "ção" * 4])
def test_send_now_without_a_proper_token_sends_nothing(as_owner: Browser, client: Client, token: str) -> None:
    answer = as_owner.post(url("send_now", client), {"token": token}, headers={"HX-Request": "true"})

    assert toast(answer)["level"] == "error"
    assert not Report.objects.exists()


def test_send_now_that_is_held_says_why(as_owner: Browser, client: Client) -> None:
    client.recipients.all().delete()

    answer = as_owner.post(url("send_now", client), {"token": TOKEN}, headers={"HX-Request": "true"})

    assert toast(answer) == {"text": "Relatório retido. Sem destinatários.", "level": "error"}


@pytest.mark.parametrize(
    ("balance", "enabled", "text", "level"),
    [
        ("200", True, "Ipê Loja: alerta a caminho.", "ok"),
        ("900", True, "Ipê Loja: saldo acima do limite, nenhum alerta é necessário.", "info"),
        (None, True, "Ipê Loja: saldo desconhecido, nenhum alerta é enviado.", "error"),
        ("200", False, "Ipê Loja: o alerta está desligado.", "error"),
    ],
)
def test_check_balance_says_what_happened(
    as_owner: Browser, client: Client, balance: str | None, enabled: bool, text: str, level: str
) -> None:
    AdAccount.objects.update(balance=balance, alert_threshold=D(300), alert_enabled=enabled)

    answer = as_owner.post(url("check_balance", client), headers={"HX-Request": "true"})

    assert toast(answer) == {"text": text, "level": level}
    assert Message.objects.count() == (level == "ok")


def test_check_balance_within_24_hours(as_owner: Browser, client: Client) -> None:
    AdAccount.objects.update(balance=D(10), alert_threshold=D(300), alert_enabled=True)
    as_owner.post(url("check_balance", client))
    assert said(as_owner.post(url("check_balance", client)))[-1] == "Ipê Loja: um alerta já está a caminho."
    Message.objects.update(status="sent", sent_at=timezone.now())

    answer = as_owner.post(url("check_balance", client))

    assert said(answer)[-1] == "Ipê Loja: já houve um alerta nas últimas 24 horas."


def test_check_balance_without_an_account(as_owner: Browser, agency: Agency) -> None:
    answer = as_owner.post(url("check_balance", make_client(agency=agency)), headers={"HX-Request": "true"})

    assert toast(answer) == {"text": "Este cliente não tem conta de anúncios.", "level": "info"}
