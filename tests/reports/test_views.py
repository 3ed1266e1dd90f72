from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, time, timedelta
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
from reports.models import AdAccount, BalanceReading, Report, ReportSettings
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week

pytestmark = pytest.mark.django_db

VIEWS = {"settings": ["get", "post"], "send_now": ["post"], "check_balance": ["post"]}
#: 10:00 in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
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


def form(client: Client, **typed: Any) -> dict[str, Any]:
    """The report page's form as it is drawn, with what a person typed over it."""
    data: dict[str, Any] = {
        "settings-active": "on",
        "settings-time_of_day": "09:00",
        "settings-period": "last_7_days",
        "settings-compare": "on",
        "recipients-TOTAL_FORMS": 2,
        "recipients-INITIAL_FORMS": 1,
        "accounts-TOTAL_FORMS": 1,
        "accounts-INITIAL_FORMS": 1,
    }
    for number, recipient in enumerate(client.recipients.all()):
        data |= {
            f"recipients-{number}-id": recipient.pk,
            f"recipients-{number}-name": recipient.name,
            f"recipients-{number}-phone": recipient.phone,
            f"recipients-{number}-gets_reports": "on",
        }
    # The empty row at the end comes with its boxes ticked.
    data |= {"recipients-1-name": "", "recipients-1-phone": ""}
    data |= {"recipients-1-gets_reports": "on", "recipients-1-gets_alerts": "on"}
    for number, account in enumerate(client.ad_accounts.all()):
        data[f"accounts-{number}-id"] = str(account.pk)
    return data | typed


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


def test_settings_shows_what_is_stored(as_colleague: Browser, client: Client) -> None:
    make_settings(client, time_of_day=time(18, 30))
    AdAccount.objects.update(balance=D("1064.20"), alert_threshold=D("700"))

    page = as_colleague.get(url("settings", client)).content.decode()

    for text in ("Moda Ipê", "18:30", "Beatriz", "1.064,20", "700,00"):
        assert text in page


def test_settings_of_a_client_without_any(as_owner: Browser, client: Client) -> None:
    assert as_owner.get(url("settings", client)).status_code == 200
    assert not ReportSettings.objects.get(client=client).active


@time_machine.travel(NOW, tick=False)
def test_settings_are_saved_with_their_next_run(as_owner: Browser, client: Client) -> None:
    typed = form(client, **{"settings-time_of_day": "18:30", "settings-period": "yesterday", "settings-compare": ""})

    answer = as_owner.post(url("settings", client), typed)

    assert (answer.status_code, answer["Location"]) == (302, reverse("agency:client", args=[client.pk]))
    assert said(answer) == ["Alterações salvas. Próximo relatório: 24/11 às 18:30."]
    settings = ReportSettings.objects.get()
    assert (settings.active, settings.time_of_day, settings.period) == (True, time(18, 30), "yesterday")
    assert not settings.compare
    assert settings.next_run_at == datetime(2026, 11, 24, 21, 30, tzinfo=UTC)


@time_machine.travel(NOW, tick=False)
def test_saving_never_fires_a_time_that_has_passed_today(as_owner: Browser, client: Client) -> None:
    answer = as_owner.post(url("settings", client), form(client))

    assert said(answer) == ["Alterações salvas. Próximo relatório: 25/11 às 09:00."]


def test_switching_off(as_owner: Browser, client: Client) -> None:
    make_settings(client, next_run_at=timezone.now() + timedelta(days=1))

    answer = as_owner.post(url("settings", client), form(client, **{"settings-active": ""}))

    assert said(answer) == ["Alterações salvas. O relatório automático está desligado."]
    assert ReportSettings.objects.get().next_run_at is None


def test_recipients_are_added_changed_and_removed(as_owner: Browser, client: Client) -> None:
    added = {"recipients-1-name": "Paulo", "recipients-1-phone": "(31) 9 9311-0846"}
    as_owner.post(url("settings", client), form(client, **added))
    assert list(client.recipients.values_list("name", "phone", "gets_reports", "gets_alerts")) == [
        ("Beatriz", "+5511987650011", True, False),
        ("Paulo", "+5531993110846", True, True),
    ]

    client.recipients.get(name="Paulo").delete()
    changed = {"recipients-0-DELETE": "on", "recipients-1-name": "Ana", "recipients-1-phone": "(31) 9 8842-1179"}
    as_owner.post(url("settings", client), form(client, **changed))
    assert list(client.recipients.values_list("name", flat=True)) == ["Ana"]


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("recipients-1-phone", "99311-0846", "Falta o DDD"),
        ("recipients-1-phone", "(31) 8842-1179", "Falta o 9"),
        ("recipients-1-phone", "", "obrigatório"),
        ("recipients-1-phone", "+55 11 98765-0011", "Este número já está na lista."),
        ("settings-time_of_day", "25:00", "hora válida"),
        ("settings-period", "last_millennium", "válida"),
        ("accounts-0-alert_threshold", "-1", "maior ou igual"),
        ("accounts-0-balance", "muito", "número"),
    ],
)
def test_bad_input_is_said_and_nothing_is_saved(
    as_owner: Browser, client: Client, field: str, value: str, error: str
) -> None:
    typed = form(client, **{"recipients-1-name": "Paulo", "recipients-1-phone": "(31) 9 9311-0846", field: value})

    answer = as_owner.post(url("settings", client), typed)

    assert answer.status_code == 200
    assert error in answer.content.decode()
    assert client.recipients.count() == 1
    assert not ReportSettings.objects.get().active


def test_an_alert_needs_a_threshold(as_owner: Browser, client: Client) -> None:
    answer = as_owner.post(url("settings", client), form(client, **{"accounts-0-alert_enabled": "on"}))

    assert "Informe o limite em reais" in answer.content.decode()
    assert not AdAccount.objects.get().alert_enabled


def test_alert_and_balance_are_saved_as_typed_in_brazil(as_owner: Browser, client: Client) -> None:
    typed = {"accounts-0-alert_enabled": "on", "accounts-0-alert_threshold": "1.300,50"}
    typed["accounts-0-balance"] = "2.212,40"

    as_owner.post(url("settings", client), form(client, **typed))

    account = AdAccount.objects.get()
    assert (account.alert_enabled, account.alert_threshold) == (True, D("1300.50"))
    assert (account.balance, account.balance_source) == (D("2212.40"), "informado")
    assert BalanceReading.objects.get().amount == D("2212.40")


def test_an_unchanged_balance_is_no_reading(as_owner: Browser, client: Client) -> None:
    AdAccount.objects.update(balance=D("2212.40"), balance_source="meta_display")

    as_owner.post(url("settings", client), form(client, **{"accounts-0-balance": "2.212,40"}))

    assert not BalanceReading.objects.exists()
    assert AdAccount.objects.get().balance_source == "meta_display"


def test_another_clients_rows_cannot_be_written(as_owner: Browser, client: Client) -> None:
    foreign = make_account(alert_threshold=None)
    others = make_recipient(foreign.client, name="De outro")
    typed = {
        "accounts-0-id": str(foreign.pk),
        "accounts-0-alert_threshold": "5",
        "recipients-0-id": others.pk,
        "recipients-0-name": "Tomado",
    }

    answer = as_owner.post(url("settings", client), form(client, **typed))

    assert answer.status_code == 200
    foreign.refresh_from_db()
    others.refresh_from_db()
    assert (foreign.alert_threshold, others.name) == (None, "De outro")


def test_a_row_that_is_gone_meanwhile_is_said(as_owner: Browser, client: Client) -> None:
    typed = form(client)
    client.recipients.all().delete()

    answer = as_owner.post(url("settings", client), typed)

    assert "A lista mudou enquanto você editava" in answer.content.decode()
    assert not ReportSettings.objects.get().active


@pytest.mark.parametrize("data", [{}, {"settings-active": "on"}, {"recipients-TOTAL_FORMS": "x"}])
def test_a_broken_form_is_not_a_server_error(as_owner: Browser, client: Client, data: dict[str, str]) -> None:
    assert as_owner.post(url("settings", client), data).status_code == 200


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


def test_an_old_page_does_not_write_an_old_balance_over_a_newer_one(as_owner: Browser, client: Client) -> None:
    AdAccount.objects.update(balance=D("500.00"), balance_source="meta_display")
    page = as_owner.get(url("settings", client)).content.decode()
    drawn_with = form(client, **{"accounts-0-balance": "500,00", "initial-accounts-0-balance": "500,00"})
    AdAccount.objects.update(balance=D("40.00"))  # recorded by somebody else while the page was open

    as_owner.post(url("settings", client), drawn_with)

    assert 'name="initial-accounts-0-balance" value="500,00"' in page
    assert AdAccount.objects.get().balance == D("40.00")
    assert BalanceReading.objects.count() == 0
