"""The report editor's page and its saving: what is stored, what is refused, what no frequency can break; pausing."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agency import standing
from agency.models import Agency, Client
from agency.services import archive_client
from connections import outbox
from connections.models import Message
from reports import sending
from reports.metrics import Metric
from reports.models import Recipient, Report, ReportSettings
from tests.reports.editor import HTMX, TOKEN, form, make_ipe, said, text, toast, url
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week

pytestmark = pytest.mark.django_db

#: 10:00 on a Tuesday in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
VIEWS = {"settings": ["get", "post"], "preview": ["post"], "send_test": ["post"], "pause": ["post"]}
METHODS = ["get", "post", "put", "delete"]


@pytest.fixture
def client(agency: Agency) -> Client:  # type: ignore[override]
    return make_ipe(agency)


def via_agency(client: Client) -> str:
    return url("recipient_via_agency", client, client.recipients.values_list("pk", flat=True).get())


@pytest.fixture
def addresses(client: Client) -> dict[str, str]:
    return {**{name: url(name, client) for name in VIEWS}, "recipient_via_agency": via_agency(client)}


ALL_VIEWS = {**VIEWS, "recipient_via_agency": ["post"]}


def nothing_happened() -> bool:
    return not (Message.objects.exists() or Report.objects.exists() or Recipient.objects.filter(via_agency=True))


@pytest.mark.parametrize("name", ALL_VIEWS)
@pytest.mark.parametrize("method", METHODS)
def test_wrong_method(name: str, method: str, as_owner: Browser, addresses: dict[str, str]) -> None:
    answer = getattr(as_owner, method)(addresses[name])

    assert (answer.status_code == 405) is (method not in ALL_VIEWS[name])


@pytest.mark.parametrize("name", ALL_VIEWS)
def test_anonymous_goes_to_login(name: str, as_anonymous: Browser, addresses: dict[str, str]) -> None:
    plain = as_anonymous.post(addresses[name], {"token": TOKEN, "paused": "1"})
    htmx = as_anonymous.post(addresses[name], {"token": TOKEN, "paused": "1"}, headers=HTMX)

    assert plain["Location"].startswith(reverse("account_login"))
    assert htmx["HX-Redirect"].startswith(reverse("account_login"))
    assert htmx.content == b""
    assert nothing_happened()


@pytest.mark.parametrize("name", ALL_VIEWS)
def test_a_stranger_and_an_unknown_id_find_nothing(
    name: str, as_stranger: Browser, as_owner: Browser, client: Client, addresses: dict[str, str]
) -> None:
    unknown = addresses[name].replace(str(client.pk), str(uuid.uuid4()))

    assert as_stranger.post(addresses[name], {"token": TOKEN, "paused": "1"}).status_code == 404
    assert as_owner.post(unknown, {"token": TOKEN, "paused": "1"}).status_code == 404
    assert nothing_happened()


@pytest.mark.parametrize("name", ALL_VIEWS)
def test_an_archived_client_is_not_found(
    name: str, as_owner: Browser, client: Client, addresses: dict[str, str]
) -> None:
    archive_client(client)

    assert as_owner.post(addresses[name], {"token": TOKEN}).status_code == 404


@pytest.mark.parametrize("name", ALL_VIEWS)
def test_a_post_without_csrf_is_refused(name: str, owner: Any, addresses: dict[str, str]) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.post(addresses[name], {"token": TOKEN}).status_code == 403


def test_settings_shows_what_is_stored(as_colleague: Browser, client: Client) -> None:
    make_settings(
        client, time_of_day=time(18, 30), frequency="weekly", weekdays=(3,), metrics=["spend", "cpa"], blend=True
    )

    page = text(as_colleague.get(url("settings", client)))

    for words in ("Moda Ipê", "18:30", "Beatriz", "2 de 26, em ordem de envio"):
        assert words in page
    for chosen in ('value="spend" checked', 'value="cpa" checked'):
        assert chosen in page
    assert re.search('value="weekly"[^>]* checked', page)
    assert re.findall(r'name="settings-weekdays" value="(\d)"[^>]* checked', page) == ["3"]
    assert 'value="roas" checked' not in page


def test_settings_of_a_client_without_any(as_owner: Browser, client: Client) -> None:
    assert as_owner.get(url("settings", client)).status_code == 200
    assert not ReportSettings.objects.get(client=client).active


def test_the_page_needs_as_many_queries_for_many_recipients(as_owner: Browser, client: Client) -> None:
    as_owner.get(url("settings", client))
    with CaptureQueriesContext(database) as few:
        as_owner.get(url("settings", client))
    for _ in range(9):
        make_recipient(client)
    with CaptureQueriesContext(database) as many:
        as_owner.get(url("settings", client))

    assert len(few) == len(many) <= 15


@time_machine.travel(NOW, tick=False)
def test_the_page_says_when_and_about_which_days_the_next_report_is(as_owner: Browser, client: Client) -> None:
    make_settings(client, frequency="weekly", time_of_day=time(8), next_run_at=datetime(2026, 11, 30, 11, tzinfo=UTC))

    page = text(as_owner.get(url("settings", client)))

    assert "Horário de Brasília." in page
    assert "segunda, 30 nov, 08:00" in page
    assert "Sempre até ontem. Em 30 nov: 23 a 29 nov." in page
    assert "Com 16 a 22 nov." in page


@time_machine.travel(NOW, tick=False)
def test_the_value_of_each_metric_stands_beside_it_per_platform(as_owner: Browser, client: Client) -> None:
    yesterday = NOW.date() - timedelta(days=1)
    google = make_account(client=client, platform="google")
    make_days(google, week(yesterday, weeks=2), spend="10.50", revenue=None, messages=None)

    page = " ".join(text(as_owner.get(url("settings", client))).split())

    assert "Meta Ads: </span>R$ 700,00" in page
    assert "Google Ads: </span>R$ 73,50" in page
    # The twelve, and what follows from them; not what only a platform tells, as clicks on the link.
    assert page.count("Meta Ads: </span>") == 18
    # Not revenue, its ROAS, messages: Google does not report them here.
    assert page.count("Google Ads: </span>") == 11


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


SCHEDULES: list[tuple[dict[str, Any], datetime | None, str]] = [
    ({"frequency": "weekly", "weekdays": ["0", "3"]}, datetime(2026, 11, 26, 12, tzinfo=UTC), "26/11 às 09:00"),
    (
        {"frequency": "biweekly", "weekdays": ["1"], "week_of": "2026-11-23"},
        datetime(2026, 12, 8, 12, tzinfo=UTC),
        "08/12 às 09:00",
    ),
    (
        {"frequency": "biweekly", "weekdays": ["1"], "week_of": "2026-11-30"},
        datetime(2026, 12, 1, 12, tzinfo=UTC),
        "01/12 às 09:00",
    ),
    ({"frequency": "monthly", "day_of_month": "31"}, datetime(2026, 11, 30, 12, tzinfo=UTC), "30/11 às 09:00"),
    ({"frequency": "weekly", "weekdays": ["0"]}, datetime(2026, 11, 30, 12, tzinfo=UTC), "30/11 às 09:00"),
    ({"frequency": "weekly", "weekdays": ["1"]}, datetime(2026, 12, 1, 12, tzinfo=UTC), "01/12 às 09:00"),
    ({"frequency": "monthly", "day_of_month": "28"}, datetime(2026, 11, 28, 12, tzinfo=UTC), "28/11 às 09:00"),
    ({"frequency": "monthly", "day_of_month": "5"}, datetime(2026, 12, 5, 12, tzinfo=UTC), "05/12 às 09:00"),
    ({"frequency": "daily"}, datetime(2026, 11, 25, 12, tzinfo=UTC), "25/11 às 09:00"),
    ({"frequency": "manual"}, None, "A frequência é manual: nada sai sozinho."),
]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(("typed", "next_run", "words"), SCHEDULES)
def test_each_frequency_has_its_next_run(
    typed: dict[str, Any], next_run: datetime | None, words: str, as_owner: Browser, client: Client
) -> None:
    answer = as_owner.post(url("settings", client), form(client, **{f"settings-{k}": v for k, v in typed.items()}))

    assert words in said(answer)[0]
    stored = ReportSettings.objects.get()
    assert (stored.frequency, stored.next_run_at) == (typed["frequency"], next_run)
    assert [str(day) for day in stored.weekdays] == typed.get("weekdays", ["0"])
    assert str(stored.day_of_month) == typed.get("day_of_month", "1")


@pytest.mark.parametrize(
    ("frequency", "broken"),
    [
        ("daily", {"weekdays": ["9"], "week_of": "ontem", "day_of_month": "30"}),
        ("weekly", {"day_of_month": ""}),
        ("monthly", {"weekdays": ["segunda"]}),
        ("manual", {"weekdays": [], "when_closed": "", "day_of_month": "0", "time_of_day": "25:00"}),
    ],
)
def test_a_field_that_does_not_matter_is_never_wrong(
    frequency: str, broken: dict[str, Any], as_owner: Browser, client: Client
) -> None:
    make_settings(client, weekdays=(4,), day_of_month=20, time_of_day=time(7, 15))
    typed = {"frequency": frequency, "weekdays": ["4"], "day_of_month": "20", "time_of_day": "07:15", **broken}

    answer = as_owner.post(url("settings", client), form(client, **{f"settings-{k}": v for k, v in typed.items()}))

    assert answer.status_code == 302
    stored = ReportSettings.objects.get()
    assert (stored.frequency, stored.weekdays, stored.day_of_month) == (frequency, (4,), 20)
    assert stored.time_of_day == time(7, 15)


@pytest.mark.parametrize(
    ("frequency", "field", "value"),
    [
        ("weekly", "weekdays", ["7"]),
        ("weekly", "weekdays", []),
        ("biweekly", "weekdays", []),
        ("biweekly", "week_of", "amanhã"),
        ("monthly", "day_of_month", "29"),
        ("monthly", "day_of_month", "0"),
        ("weekly", "time_of_day", ""),
        ("hourly", "frequency", "hourly"),
    ],
)
def test_a_field_that_matters_is_checked(
    frequency: str, field: str, value: str | list[str], as_owner: Browser, client: Client
) -> None:
    typed = form(client, **{"settings-frequency": frequency, f"settings-{field}": value})

    answer = as_owner.post(url("settings", client), typed)

    assert answer.status_code == 200
    assert "Nada foi salvo." in text(answer)
    assert not ReportSettings.objects.get().active


def test_metrics_are_stored_in_the_order_of_the_message(as_owner: Browser, client: Client) -> None:
    as_owner.post(url("settings", client), form(client, **{"settings-metrics": ["cpa", "spend", "leads"]}))

    assert ReportSettings.objects.get().metrics == ["spend", "leads", "cpa"]


def test_metrics_left_out_are_not_in_what_is_sent(as_owner: Browser, client: Client) -> None:
    chosen = [name for name in Metric.values if name != "revenue"]

    as_owner.post(url("settings", client), form(client, **{"settings-metrics": chosen}))
    sending.send_now(client, TOKEN)

    body = Message.objects.get().body
    assert "Investimento" in body
    assert "Receita" not in body


@pytest.mark.parametrize("metrics", [[], ["nonsense"]])
def test_at_least_one_metric(metrics: list[str], as_owner: Browser, client: Client) -> None:
    answer = as_owner.post(url("settings", client), form(client, **{"settings-metrics": metrics}))

    assert answer.status_code == 200
    assert ("Escolha pelo menos uma métrica." in text(answer)) is (metrics == [])
    assert not ReportSettings.objects.get().active


@time_machine.travel(NOW, tick=False)
def test_saving_never_fires_a_time_that_has_passed_today(as_owner: Browser, client: Client) -> None:
    answer = as_owner.post(url("settings", client), form(client))

    assert said(answer) == ["Alterações salvas. Próximo relatório: 25/11 às 09:00."]


def test_switching_off(as_owner: Browser, client: Client) -> None:
    make_settings(client, next_run_at=timezone.now() + timedelta(days=1))

    answer = as_owner.post(url("settings", client), form(client, **{"settings-active": ""}))

    assert said(answer) == ["Alterações salvas. O relatório automático está desligado."]
    assert ReportSettings.objects.get().next_run_at is None


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("settings-time_of_day", "25:00", "hora válida"),
        ("settings-period", "last_millennium", "válida"),
    ],
)
def test_bad_input_is_said_and_nothing_is_saved(
    as_owner: Browser, client: Client, field: str, value: str, error: str
) -> None:
    typed = form(client, **{"recipients-1-name": "Paulo", "recipients-1-phone": "(31) 9 9311-0846", field: value})

    answer = as_owner.post(url("settings", client), typed)

    assert answer.status_code == 200
    assert error in text(answer)
    assert client.recipients.count() == 1
    assert not ReportSettings.objects.get().active


@pytest.mark.parametrize("data", [{}, {"settings-active": "on"}, {"recipients-TOTAL_FORMS": "x"}])
def test_a_broken_form_is_not_a_server_error(as_owner: Browser, client: Client, data: dict[str, str]) -> None:
    assert as_owner.post(url("settings", client), data).status_code == 200


# --- Pausing ------------------------------------------------------------------------------------------------------


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("paused", "words", "level", "next_run"),
    [
        ("1", "Relatório automático pausado. Nada sai sozinho até você retomar.", "info", None),
        (
            "0",
            "Relatório automático retomado. Próximo: 25/11 às 09:00.",
            "ok",
            datetime(2026, 11, 25, 12, tzinfo=UTC),
        ),
    ],
)
def test_pausing_and_going_on(
    paused: str, words: str, level: str, next_run: datetime | None, as_owner: Browser, client: Client
) -> None:
    make_settings(client, active=paused == "1", next_run_at=None if paused == "0" else NOW + timedelta(days=1))

    answer = as_owner.post(url("pause", client), {"paused": paused}, headers=HTMX)

    assert answer.status_code == 204
    assert toast(answer) == {"text": words, "level": level}
    assert f"client-changed-{client.pk}" in json.loads(answer["HX-Trigger"])
    stored = ReportSettings.objects.get()
    assert (stored.active, stored.next_run_at) == (paused == "0", next_run)


def test_pausing_without_javascript(as_owner: Browser, client: Client) -> None:
    answer = as_owner.post(url("pause", client), {"paused": "1"})

    assert answer["Location"] == reverse("agency:client", args=[client.pk])
    assert said(answer) == ["Relatório automático pausado. Nada sai sozinho até você retomar."]


def test_what_a_paused_client_missed_is_not_due_when_it_goes_on(as_owner: Browser, client: Client) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        make_settings(client, next_run_at=NOW + timedelta(hours=1), time_of_day=time(11))
        as_owner.post(url("pause", client), {"paused": "1"})
        clock.shift(timedelta(hours=2))
        assert sending.send_due() == 0

        as_owner.post(url("pause", client), {"paused": "0"})

        assert sending.send_due() == 0
        assert ReportSettings.objects.get().next_run_at == datetime(2026, 11, 25, 14, tzinfo=UTC)
        clock.shift(timedelta(hours=23))
        assert sending.send_due() == 1


def test_a_run_that_is_due_survives_being_resumed_again(as_owner: Browser, client: Client) -> None:
    due = timezone.now() - timedelta(minutes=1)
    make_settings(client, next_run_at=due)

    as_owner.post(url("pause", client), {"paused": "0"})

    assert ReportSettings.objects.get().next_run_at == due


def test_going_on_with_a_manual_frequency_says_that_nothing_leaves(as_owner: Browser, client: Client) -> None:
    make_settings(client, active=False, frequency="manual")

    answer = as_owner.post(url("pause", client), {"paused": "0"}, headers=HTMX)

    assert "a frequência é manual" in toast(answer)["text"]


@pytest.mark.parametrize("data", [{}, {"paused": "talvez"}])
def test_a_broken_pause_changes_nothing(data: dict[str, str], as_owner: Browser, client: Client) -> None:
    make_settings(client, active=True)

    answer = as_owner.post(url("pause", client), data, headers=HTMX)

    assert toast(answer)["level"] == "error"
    assert ReportSettings.objects.get().active


def queue_everything(client: Client) -> None:
    """A report to two, a balance alert and a test, none of which has begun to leave."""
    make_recipient(client, name="Caio", phone="+5531993110846")
    sending.send_now(client, TOKEN)
    for kind in (Message.Kind.ALERT, Message.Kind.TEST):
        outbox.enqueue(
            agency=client.agency,
            client=client,
            kind=kind,
            subject=f"{kind}:1",
            dedupe_key=f"{kind}:1",
            to="+5511987650011",
            compose=lambda reference: f"Texto #{reference}",
            expires_at=timezone.now() + timedelta(hours=1),
        )


def kinds(status: str) -> list[str]:
    return sorted(Message.objects.filter(status=status).values_list("kind", flat=True))


def test_pausing_takes_back_the_reports_that_wait_and_says_how_many(as_owner: Browser, client: Client) -> None:
    make_settings(client)
    queue_everything(client)

    answer = as_owner.post(url("pause", client), {"paused": "1"}, headers=HTMX)
    page = text(as_owner.get(reverse("agency:client", args=[client.pk])))

    assert toast(answer)["text"] == (
        "Relatório automático pausado. Nada sai sozinho até você retomar."
        " 2 mensagens que esperavam na fila foram canceladas."
    )
    assert (kinds("cancelled"), kinds("queued")) == (["report", "report"], ["alert", "test"])
    assert page.count("O relatório automático foi pausado antes de esta mensagem sair.") == 2
    assert page.count("Cancelado") == 2


def test_what_is_leaving_is_not_taken_back(as_owner: Browser, client: Client) -> None:
    make_settings(client)
    queue_everything(client)
    Message.objects.filter(to_name="Caio").update(status="sending", sending_since=timezone.now())

    answer = as_owner.post(url("pause", client), {"paused": "1"}, headers=HTMX)

    assert toast(answer)["text"].endswith(" 1 mensagem que esperava na fila foi cancelada.")
    assert kinds("sending") == ["report"]


def test_going_on_takes_nothing_back(as_owner: Browser, client: Client) -> None:
    make_settings(client, active=False)
    queue_everything(client)

    as_owner.post(url("pause", client), {"paused": "0"}, headers=HTMX)

    assert kinds("cancelled") == []


@pytest.mark.parametrize(("was_active", "cancelled"), [(True, ["report", "report"]), (False, [])])
def test_switching_off_in_the_editor_takes_back_what_waits(
    was_active: bool, cancelled: list[str], as_owner: Browser, client: Client
) -> None:
    make_settings(client, active=was_active)
    queue_everything(client)

    answer = as_owner.post(url("settings", client), form(client, **{"settings-active": ""}))

    counted = " 2 mensagens que esperavam na fila foram canceladas." if cancelled else ""
    assert said(answer) == [f"Alterações salvas. O relatório automático está desligado.{counted}"]
    assert kinds("cancelled") == cancelled


@pytest.mark.parametrize("typed", [{"settings-active": ""}, {"recipients-0-DELETE": "on"}])
def test_a_client_whose_waiting_message_was_taken_back_calls_for_nobody(
    typed: dict[str, str], as_owner: Browser, client: Client
) -> None:
    make_settings(client)
    sending.send_now(client, TOKEN)
    Message.objects.update(reason="O número do cliente está desconectado.")
    standing.refresh([client.pk])
    client.refresh_from_db()
    assert client.attention_if_agency_up

    as_owner.post(url("settings", client), form(client, **typed))

    client.refresh_from_db()
    assert Message.objects.get().status == "cancelled"
    assert not client.attention_if_agency_up


@time_machine.travel(NOW, tick=False)
def test_a_run_that_was_taken_back_does_not_come_again(as_owner: Browser, client: Client) -> None:
    make_settings(client, next_run_at=NOW - timedelta(minutes=1), time_of_day=time(9, 59))
    assert sending.send_due() == 1
    as_owner.post(url("pause", client), {"paused": "1"})

    as_owner.post(url("pause", client), {"paused": "0"})

    assert sending.send_due() == 0
    assert (kinds("cancelled"), kinds("queued")) == (["report"], [])
