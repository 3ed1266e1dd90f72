"""Support's console: each list opens, filters by problem, and costs the same for one row and for three."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal as D

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reports.balances import check_balances, record_reading
from reports.choices import BalanceSource
from reports.models import MetricsImport, ReportSettings
from reports.sending import send_now
from tests.factories import make_client, make_user
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LISTS = ["adaccount", "balancereading", "balancealert", "dailymetric", "recipient", "reportsettings", "report"]
LISTS += ["metricsimport"]
SETTINGS_FORM = {
    "active": "on",
    "frequency": "daily",
    "weekday": "0",
    "conversion_family": "purchases",
    "day_of_month": "1",
    "time_of_day": "18:00",
    "period": "yesterday",
}
HISTORY = ["balancereading", "balancealert", "report", "metricsimport"]


@pytest.fixture
def as_support(db: None) -> Browser:
    browser = Browser()
    support = make_user(is_staff=True, is_superuser=True)
    browser.force_login(support, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def make_everything() -> None:
    client = make_client()
    account = make_account(client=client, alert_enabled=True, alert_threshold=D(300))
    make_days(account, week(NOW.date() - timedelta(days=1)))
    make_recipient(client)
    make_settings(client)
    record_reading(account, D(100), BalanceSource.INFORMED, NOW)
    send_now(client, "3f0c6a2e", NOW)
    check_balances(NOW)
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
