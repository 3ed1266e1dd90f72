"""What of reports and balances becomes a notice: held, lost, expired, untold; and how it is settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from agency import notices
from agency.models import Agency, Client, Notice
from reports import balances, holding
from reports import notices as report_notices
from reports.choices import BalanceSource
from reports.models import AdAccount, Report
from tests.factories import make_client
from tests.reports.balance_form import form as balance_form
from tests.reports.editor import form
from tests.reports.factories import make_account, make_recipient, make_settings


@pytest.fixture
def client(agency: Agency) -> Client:
    client = make_client(agency=agency, name="Moda Ipê")
    make_settings(client)
    return client


def make_report(client: Client, occurrence: str = "2026-11-23T12:00Z", **fields: Any) -> Report:
    fields = {
        "status": "held",
        "reason": "Faltam 21 e 22 nov de Moda Ipê Verão.",
        "period_start": date(2026, 11, 16),
        "period_end": date(2026, 11, 22),
    } | fields
    return Report.objects.create(
        client=client, settings=client.report_settings, occurrence=occurrence, trigger="schedule", **fields
    )


def lost(client: Client, *occurrences: str) -> list[Report]:
    reason = "Previsto para 23/11/2026 às 09:00; o sistema só voltou mais de 6 horas depois."
    made = [make_report(client, occurrence, status="lost", reason=reason) for occurrence in occurrences]
    report_notices.report_lost(made)
    return made


def settle(report: Report, outcome: str = "Liberado.") -> None:
    report.status, report.settled_at = "built", timezone.now()
    report.save()
    report_notices.report_settled(report, outcome)


def open_titles(client: Client) -> list[str]:
    return [notice.title for notice in notices.open_of(client.agency)]


def outcomes(client: Client) -> list[str]:
    return [notice.outcome for notice in notices.recently_closed(client.agency)]


def test_a_held_report_is_a_notice_that_leads_to_its_release(client: Client) -> None:
    report = make_report(client)

    report_notices.report_held(report)

    notice = notices.open_of(client.agency).get()
    assert (notice.subject, notice.level, notice.client) == (report.subject, "warn", client)
    assert (notice.title, notice.text) == ("Relatório retido: Moda Ipê", "Faltam 21 e 22 nov de Moda Ipê Verão.")
    assert (notice.url, notice.action) == (reverse("reports:held", args=[client.pk, report.pk]), "Revisar")


@pytest.mark.parametrize("outcome", ["Liberado.", "Descartado."])
def test_a_person_who_settles_it_closes_it(outcome: str, client: Client) -> None:
    report = make_report(client)
    report_notices.report_held(report)

    settle(report, outcome)

    assert open_titles(client) == []
    assert outcomes(client) == [f"Moda Ipê: relatório de 16 a 22 nov {outcome.lower()}"]


def test_a_report_that_could_not_even_be_built_has_no_days(client: Client) -> None:
    report = make_report(client, period_start=None, period_end=None, reason="Não foi possível montar este relatório.")
    report_notices.report_held(report)

    settle(report, "Descartado.")

    assert outcomes(client) == ["Moda Ipê: relatório descartado."]


def test_settling_what_nobody_was_told_of_says_nothing(client: Client) -> None:
    settle(make_report(client))

    assert Notice.objects.count() == 0


def test_two_held_reports_of_a_client_are_two_notices(client: Client) -> None:
    first, second = make_report(client), make_report(client, "2026-11-24T12:00Z")
    report_notices.report_held(first)
    report_notices.report_held(second)

    settle(first)

    assert notices.open_of(client.agency).get().subject == second.subject


def test_one_lost_report_is_told_with_its_reason(client: Client) -> None:
    (report,) = lost(client, "2026-11-23T12:00Z")

    notice = notices.open_of(client.agency).get()
    assert (notice.subject, notice.level, notice.action) == (f"lost:{client.pk}", "bad", "Revisar")
    assert notice.url == reverse("reports:open_reports", args=[client.pk])
    assert (notice.title, notice.text) == ("Moda Ipê: 1 relatório perdido", report.reason)


def test_lost_reports_are_one_notice_for_each_client(client: Client) -> None:
    other = make_client(agency=client.agency, name="Padaria")
    make_settings(other)
    made = [
        make_report(client, "2026-11-21T12:00Z", status="lost"),
        make_report(client, "2026-11-22T12:00Z", status="lost"),
        make_report(other, status="lost"),
    ]

    report_notices.report_lost(made)

    assert sorted(open_titles(client)) == ["Moda Ipê: 2 relatórios perdidos", "Padaria: 1 relatório perdido"]


def test_more_lost_ones_are_news_and_settled_ones_are_not(client: Client) -> None:
    first, _ = lost(client, "2026-11-21T12:00Z", "2026-11-22T12:00Z")
    then = timezone.now() - timedelta(hours=1)
    Notice.objects.update(raised_at=then, mailed_at=then)

    settle(first)
    fewer = notices.open_of(client.agency).get()
    lost(client, "2026-11-23T12:00Z")
    more = notices.open_of(client.agency).get()

    assert (fewer.title, fewer.raised_at, fewer.mailed_at) == ("Moda Ipê: 1 relatório perdido", then, then)
    assert (more.pk, more.title, more.mailed_at) == (fewer.pk, "Moda Ipê: 2 relatórios perdidos", None)
    assert more.raised_at > then


def test_the_last_lost_one_that_is_settled_closes_the_notice(client: Client) -> None:
    for report in lost(client, "2026-11-21T12:00Z", "2026-11-22T12:00Z"):
        assert len(open_titles(client)) == 1
        settle(report, "Descartado.")

    assert open_titles(client) == []
    assert outcomes(client) == ["Moda Ipê: relatório de 16 a 22 nov descartado."]


def test_settling_a_held_report_leaves_the_lost_ones_open(client: Client) -> None:
    lost(client, "2026-11-21T12:00Z")
    held = make_report(client)
    report_notices.report_held(held)

    settle(held)

    assert open_titles(client) == ["Moda Ipê: 1 relatório perdido"]


def test_what_can_no_longer_be_released_is_not_counted_and_then_forgotten(client: Client) -> None:
    (old,) = lost(client, "2026-11-15T12:00Z")
    later = timezone.now() + report_notices.LOST_FOR + timedelta(hours=1)

    assert report_notices.forget_lost(timezone.now()) == 0
    assert report_notices.forget_lost(later) == 1
    assert open_titles(client) == []
    Report.objects.filter(pk=old.pk).update(created_at=timezone.now() - report_notices.LOST_FOR - timedelta(hours=1))
    lost(client, "2026-11-23T12:00Z")
    assert open_titles(client) == ["Moda Ipê: 1 relatório perdido"]


def test_lost_reports_wait_as_long_as_they_can_be_released() -> None:
    assert report_notices.LOST_FOR == holding.OPEN_FOR


def test_an_expired_report_stays_until_the_clients_next_one_was_sent(client: Client) -> None:
    report = make_report(client)
    report_notices.report_held(report)

    report_notices.report_expired(report)

    notice = notices.open_of(client.agency).get()
    assert notice.title == "Moda Ipê: relatório de 16 a 22 nov expirou sem ser liberado"
    assert (notice.level, notice.text, notice.action) == ("bad", report.reason, "Ver cliente")
    assert outcomes(client) == []

    report_notices.report_sent(client)

    assert open_titles(client) == []
    assert outcomes(client) == ["Moda Ipê: um relatório mais novo foi enviado."]


def test_a_client_whose_reports_expire_every_day_has_one_notice_of_it(client: Client) -> None:
    for day in (21, 22, 23):
        report = make_report(
            client, f"2026-11-{day}T12:00Z", period_start=date(2026, 11, day), period_end=date(2026, 11, day)
        )
        report_notices.report_held(report)
        report_notices.report_expired(report)

    assert open_titles(client) == ["Moda Ipê: relatório de 23 nov expirou sem ser liberado"]


def test_another_clients_report_settles_nothing_of_this_one(client: Client) -> None:
    other = make_client(agency=client.agency)
    report_notices.report_held(make_report(client))
    report_notices.report_expired(make_report(client, "2026-11-22T12:00Z"))

    report_notices.report_sent(other)

    assert len(open_titles(client)) == 2


# --- A low balance that nobody is told of ---

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
UNTOLD = "Moda Ipê: saldo baixo, e ninguém recebe o alerta"


@pytest.fixture
def account(client: Client) -> AdAccount:
    account = make_account(client=client, name="Ipê Loja", alert_enabled=True, alert_threshold=D("300.00"))
    read(account, "212.40")
    return account


def read(account: AdAccount, amount: str, at: datetime = NOW) -> None:
    balances.record_reading(account, D(amount), BalanceSource.INFORMED, at)


def test_a_low_balance_that_nobody_is_told_of_is_a_notice_once(client: Client, account: AdAccount) -> None:
    for minutes in range(3):
        balances.check_balances(NOW + timedelta(minutes=minutes))

    (notice,) = notices.open_of(client.agency)
    assert (notice.subject, notice.title, notice.client) == (f"balance:{account.pk}", UNTOLD, client)
    assert notice.text == (
        "Ipê Loja: saldo de R$ 212,40, limite de R$ 300,00. Ninguém está marcado para receber alertas."
    )
    assert notice.url == reverse("reports:balance", args=[client.pk])


def test_its_words_follow_the_balance_and_are_no_news(client: Client, account: AdAccount) -> None:
    balances.check_balances(NOW)
    before = notices.open_of(client.agency).get()
    read(account, "100", NOW + timedelta(minutes=1))

    balances.check_balances(NOW + timedelta(minutes=1))

    after = notices.open_of(client.agency).get()
    assert (after.pk, after.raised_at) == (before.pk, before.raised_at)
    assert "saldo de R$ 100,00" in after.text


def recipient_comes(browser: Browser, account: AdAccount) -> None:
    make_recipient(account.client, name="Beatriz")


def balance_is_filled_up(browser: Browser, account: AdAccount) -> None:
    read(account, "900", NOW + timedelta(minutes=1))


def alert_is_switched_off(browser: Browser, account: AdAccount) -> None:
    AdAccount.objects.update(alert_enabled=False)


@pytest.mark.parametrize(
    ("happens", "outcome"),
    [
        (recipient_comes, "Moda Ipê: o alerta de saldo de Ipê Loja tem quem receba."),
        (balance_is_filled_up, "Moda Ipê: o saldo de Ipê Loja não está mais no limite."),
        (alert_is_switched_off, "Moda Ipê: o alerta de saldo de Ipê Loja foi desligado."),
    ],
)
def test_it_closes_by_itself(
    happens: Callable[[Browser, AdAccount], None], outcome: str, as_owner: Browser, client: Client, account: AdAccount
) -> None:
    balances.check_balances(NOW)

    happens(as_owner, account)
    balances.check_balances(NOW + timedelta(minutes=2))

    assert open_titles(client) == []
    assert outcomes(client) == [outcome]


def test_an_account_that_is_gone_takes_its_notice_along(client: Client, account: AdAccount) -> None:
    balances.check_balances(NOW)

    account.delete()
    balances.check_balances(NOW)

    assert (open_titles(client), outcomes(client)) == ([], [])


def test_choosing_somebody_on_the_balance_page_closes_it_at_once(
    as_owner: Browser, client: Client, account: AdAccount
) -> None:
    beatriz = make_recipient(client, name="Beatriz", gets_alerts=False)
    balances.check_balances(NOW)
    assert open_titles(client) == [UNTOLD]

    typed = balance_form(client, **{"accounts-0-balance": "212,40", "recipients-gets_alerts": [beatriz.pk]})
    answer = as_owner.post(reverse("reports:balance", args=[client.pk]), typed)

    assert answer.status_code == 302
    assert open_titles(client) == []


def test_a_recipient_in_the_editor_closes_it_at_once(as_owner: Browser, client: Client, account: AdAccount) -> None:
    balances.check_balances(NOW)
    assert open_titles(client) == [UNTOLD]
    new = {"recipients-0-name": "Beatriz", "recipients-0-phone": "(11) 9 8765-0011", "recipients-0-gets_alerts": "on"}

    answer = as_owner.post(reverse("reports:settings", args=[client.pk]), form(client, **new))

    assert answer.status_code == 302
    assert open_titles(client) == []


def test_who_put_it_away_is_left_alone_for_a_day(client: Client, account: AdAccount) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        balances.check_balances()
        notices.dismiss(notices.open_of(client.agency).get())
        clock.shift(timedelta(hours=23))
        balances.check_balances()
        assert open_titles(client) == []

        clock.shift(timedelta(hours=2))
        balances.check_balances()

    assert open_titles(client) == [UNTOLD]


def test_where_somebody_gets_it_or_nothing_is_low_there_is_no_notice(client: Client, account: AdAccount) -> None:
    make_recipient(client)
    make_account(client=make_client(agency=client.agency), alert_enabled=True, alert_threshold=D(300), balance=D(301))

    balances.check_balances(NOW)

    assert open_titles(client) == []
