"""Support's console: each list opens, filters by problem, and costs the same for one row and for three."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import responses
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reports import agency_pauses, planning
from reports.balances import check_balances, record_reading
from reports.choices import BalanceSource
from reports.models import AdAccount, AdsCredential, AgencyPause, MetricsImport, ReportSettings
from reports.sending import send_now
from tests.factories import make_agency, make_client, make_user
from tests.reports.ads_world import META_TOKEN, make_access, meta_lists, meta_refuses, use_stubs
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LISTS = ["adaccount", "balancereading", "balancealert", "dailymetric", "recipient", "reportsettings", "report"]
LISTS += ["metricsimport", "adscredential", "listedaccount", "agencypause"]
SETTINGS_FORM = {
    "active": "on",
    "frequency": "daily",
    "weekdays": ["0"],
    "week_of": "2024-01-01",
    "when_closed": "skip",
    "conversion_family": "purchases",
    "day_of_month": "1",
    "time_of_day": "18:00",
    "period": "yesterday",
}
HISTORY = ["balancereading", "balancealert", "report", "metricsimport", "adscredential", "listedaccount"]


@pytest.fixture
def as_support(db: None) -> Browser:
    browser = Browser()
    support = make_user(is_staff=True, is_superuser=True)
    browser.force_login(support, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def make_everything() -> None:
    client = make_client()
    access = make_access(client.agency, "Ipê Loja")
    account = make_account(client=client, alert_enabled=True, alert_threshold=D(300), credential=access)
    make_days(account, week(NOW.date() - timedelta(days=1)))
    make_recipient(client)
    make_settings(client)
    record_reading(account, D(100), BalanceSource.INFORMED, NOW)
    send_now(client, "3f0c6a2e", NOW)
    check_balances(NOW)
    agency_pauses.add(client.agency, NOW.date(), NOW.date())
    MetricsImport.objects.create(agency=client.agency, file_name="numeros.csv", content="conta;data")


def queries_of(browser: Browser, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_for_one_and_for_three(name: str, as_support: Browser) -> None:
    url = reverse(f"admin:reports_{name}_changelist")
    make_everything()
    queries_of(as_support, url)  # the session's first request
    one = queries_of(as_support, url)
    make_everything()
    make_everything()

    assert queries_of(as_support, url) == one


@pytest.mark.parametrize("name", HISTORY)
def test_history_is_read_only(name: str, as_support: Browser) -> None:
    make_everything()
    model = apps.get_model("reports", name)

    assert as_support.get(reverse(f"admin:reports_{name}_add")).status_code == 403
    for row in model.objects.all():
        change, delete = (reverse(f"admin:reports_{name}_{what}", args=[row.pk]) for what in ("change", "delete"))
        assert as_support.get(change).status_code == 200
        assert as_support.post(change, {"reason": "x"}).status_code == 403
        assert as_support.post(delete, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(("choice", "shown"), [("low", "Baixa"), ("unknown", "Calada")])
def test_accounts_are_filtered_by_problem(choice: str, shown: str, as_support: Browser) -> None:
    make_account(name="Baixa", balance=D(1), alert_threshold=D(2), alert_enabled=True)
    make_account(name="Calada", balance=None)
    make_account(name="Cheia", balance=D(900), alert_threshold=D(2), alert_enabled=True)

    page = as_support.get(reverse("admin:reports_adaccount_changelist"), {"saldo": choice}).content.decode()

    assert [name for name in ("Baixa", "Calada", "Cheia") if name in page] == [shown]


def test_settings_saved_in_the_admin_get_their_next_run(as_support: Browser) -> None:
    client = make_client()
    settings = make_settings(client, active=False)
    form = {**SETTINGS_FORM, "client": str(client.pk)}

    answer = as_support.post(reverse("admin:reports_reportsettings_change", args=[settings.pk]), form)

    assert answer.status_code == 302
    settings = ReportSettings.objects.get()
    assert (settings.active, settings.time_of_day, settings.period) == (True, time(18), "yesterday")
    assert not settings.compare
    assert settings.next_run_at is not None
    assert settings.next_run_at > timezone.now()


def test_settings_can_be_added_in_the_admin(as_support: Browser) -> None:
    client = make_client()
    form = {**SETTINGS_FORM, "client": str(client.pk)}

    assert as_support.post(reverse("admin:reports_reportsettings_add"), form).status_code == 302
    assert ReportSettings.objects.get(client=client).next_run_at is not None


def test_an_accesss_secret_is_nowhere(as_support: Browser) -> None:
    access = make_access(make_agency(), "Ipê Loja", holder="Maré Alta BM")
    lists = reverse("admin:reports_adscredential_changelist")
    listed = access.listed.get()

    pages = [
        as_support.get(lists).content.decode(),
        as_support.get(reverse("admin:reports_adscredential_change", args=[access.pk])).content.decode(),
        as_support.get(reverse("admin:reports_listedaccount_change", args=[listed.pk])).content.decode(),
    ]

    assert ["Maré Alta BM" in page for page in pages] == [True] * 3
    stored = AdsCredential.objects.extra(select={"raw": "secret"}).values_list("raw", flat=True).get()
    for secret in (META_TOKEN, stored):
        assert not [page for page in pages if secret in page]
    found = as_support.get(lists, {"q": META_TOKEN[:12]}).content.decode()
    assert "Maré Alta BM" not in found


def test_support_lists_an_accesss_accounts_again(
    as_support: Browser, http: responses.RequestsMock, settings: Any
) -> None:
    use_stubs(settings)
    works, fails = make_access(make_agency(), "Velha"), make_access(make_agency(), "Velha", keys={"token": "EAAX"})
    order = {"action": "list_again", "_selected_action": [works.pk]}
    meta_lists(http, "Nova", "Outra")

    page = as_support.post(reverse("admin:reports_adscredential_changelist"), order, follow=True).content.decode()
    assert "2 contas." in page
    assert sorted(works.listed.values_list("name", flat=True)) == ["Nova", "Outra"]

    http.reset()
    meta_refuses(http, path="me/adaccounts")
    order["_selected_action"] = [fails.pk]
    as_support.post(reverse("admin:reports_adscredential_changelist"), order, follow=True)
    fails.refresh_from_db()
    assert not fails.is_alive


def test_support_that_may_only_look_cannot_list_again(db: None) -> None:
    browser, access = Browser(), make_access(make_agency(), "Velha")
    viewer = make_user(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_adscredential"))
    browser.force_login(viewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    lists = reverse("admin:reports_adscredential_changelist")

    assert browser.get(lists).status_code == 200
    browser.post(lists, {"action": "list_again", "_selected_action": [access.pk]}, follow=True)
    assert access.listed.get().name == "Velha"


def test_an_account_stays_with_its_client_and_with_what_the_platform_told(as_support: Browser) -> None:
    access = make_access(make_agency())
    account = make_account(credential=access, read_problem="Sem permissão.", due=D("12.50"))
    form = {
        "client": str(make_client().pk),
        "platform": "meta",
        "external_id": account.external_id,
        "name": "Outro nome",
        "currency": "BRL",
        "time_zone": "America/Sao_Paulo",
        "alert_by": "limit",
        "credential": "",
        "due": "0",
        "read_problem": "",
    }

    answer = as_support.post(reverse("admin:reports_adaccount_change", args=[account.pk]), form)

    changed = AdAccount.objects.get()
    assert (answer.status_code, changed.name) == (302, "Outro nome")
    assert (changed.client_id, changed.credential_id) == (account.client_id, access.pk)
    assert (changed.due, changed.read_problem) == (D("12.50"), "Sem permissão.")


def test_an_account_can_be_added_for_a_client(as_support: Browser) -> None:
    client = make_client()
    form = {"client": str(client.pk), "platform": "meta", "external_id": "12345", "name": "Nova", "currency": "BRL"}

    typed = form | {"time_zone": "America/Sao_Paulo", "alert_by": "limit"}
    as_support.post(reverse("admin:reports_adaccount_add"), typed)

    assert AdAccount.objects.get().client == client


def test_a_pause_that_support_adds_or_removes_moves_what_is_ahead(as_support: Browser) -> None:
    settings = make_settings(make_client())
    planning.save_settings(settings.client, {"active": True})
    before = ReportSettings.objects.get().next_run_at
    today = timezone.now().date()
    typed = {"agency": settings.client.agency_id, "note": "Recesso"}
    typed |= {"first_day": today - timedelta(days=1), "last_day": today + timedelta(days=9)}

    answer = as_support.post(reverse("admin:reports_agencypause_add"), typed)

    assert answer.status_code == 302
    paused = ReportSettings.objects.get().next_run_at
    assert paused is not None
    assert before is not None
    assert paused - before > timedelta(days=8)
    pause = AgencyPause.objects.get()
    assert as_support.post(reverse("admin:reports_agencypause_change", args=[pause.pk]), typed).status_code == 403
    as_support.post(reverse("admin:reports_agencypause_delete", args=[pause.pk]), {"post": "yes"})
    assert ReportSettings.objects.get().next_run_at == before


def test_a_group_is_listed_as_one_and_a_recipient_is_a_phone_or_a_group(as_support: Browser) -> None:
    client, jid = make_client(), "120363041077120114@g.us"
    make_recipient(client, name="Obra Serra Azul", phone="", group_jid=jid)

    shown = as_support.get(reverse("admin:reports_recipient_changelist"), {"q": jid}).content.decode()
    both = {"client": client.pk, "name": "X", "phone": "+5511987650099", "group_jid": "1203630@g.us"}
    refused = as_support.post(reverse("admin:reports_recipient_add"), both).content.decode()

    assert "grupo do WhatsApp" in shown
    assert "Informe um WhatsApp ou um grupo, e não os dois." in refused
