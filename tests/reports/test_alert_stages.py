"""Stages, the gestor, recovery, silence and payments, through the sweep and with a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from agency import notices
from agency.models import Agency, Client, Notice
from connections.models import Message, MessageStatus
from reports import balances
from reports.alerts_rule import Decision
from reports.balances import check_balance, check_balances
from reports.choices import AlertKind, Stage
from reports.models import AdAccount, BalanceAlert
from tests.factories import make_client, make_connection
from tests.reports.factories import make_account, make_recipient

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def client(agency: Agency) -> Client:
    client = make_client(agency=agency, name="Moda Ipê")
    make_recipient(client, name="Beatriz", phone="+5511987650011")
    return client


@pytest.fixture
def account(client: Client) -> AdAccount:
    """By the forecast, with two days and a bit left."""
    fields: dict[str, Any] = {"alert_enabled": True, "alert_by": "forecast", "name": "Ipê Loja"}
    account = make_account(client=client, **fields)
    lasts(account, 2 * DAY)
    return account


def lasts(account: AdAccount, left: timedelta | None, *, balance: str | None = "212.40", now: datetime = NOW) -> None:
    """What a reading would have written."""
    account.balance = None if balance is None else D(balance)
    account.balance_at, account.balance_ends_at = now, None if left is None else now + left
    account.save(update_fields=["balance", "balance_at", "balance_ends_at"])


def sent(at: datetime = NOW, **wanted: Any) -> None:
    Message.objects.filter(status=MessageStatus.QUEUED, **wanted).update(status=MessageStatus.SENT, sent_at=at)


def told(account: AdAccount) -> list[tuple[str, str]]:
    return list(account.alerts.order_by("created_at").values_list("kind", "stage"))


def titles(agency: Agency) -> list[str]:
    return list(notices.open_of(agency).values_list("title", flat=True))


def test_each_stage_is_told_once_and_at_once(account: AdAccount) -> None:
    made = [check_balances(NOW), check_balances(NOW + timedelta(minutes=1))]
    sent()
    lasts(account, 0.9 * DAY, now=NOW + 2 * HOUR)
    made += [check_balances(NOW + 2 * HOUR), check_balances(NOW + 3 * HOUR)]
    sent(NOW + 2 * HOUR)
    lasts(account, timedelta(0), balance="0", now=NOW + 4 * HOUR)
    made += [check_balances(NOW + 4 * HOUR)]
    sent(NOW + 4 * HOUR)
    lasts(account, 0.9 * DAY, balance="50", now=NOW + 5 * HOUR)  # a little came in: nobody need hear that it ends soon
    made += [check_balances(NOW + 5 * HOUR)]

    assert made == [1, 0, 1, 0, 1, 0]
    assert told(account) == [("low", "days_3"), ("low", "days_1"), ("low", "over")]
    first = BalanceAlert.objects.get(stage=Stage.DAYS_3)
    assert (first.words, first.threshold) == ("acaba em ~2 dias, qui 9h", None)
    assert "⏳ Previsão: acaba em ~2 dias, qui 9h\n" in Message.objects.get(subject=first.subject).body


def test_a_deeper_stage_takes_the_place_of_what_waits(account: AdAccount) -> None:
    check_balances(NOW)
    lasts(account, 0.5 * DAY, now=NOW + HOUR)

    check_balances(NOW + HOUR)

    states = dict(Message.objects.values_list("subject", "status"))
    by_stage = {alert.stage: states[alert.subject] for alert in account.alerts.all()}
    assert by_stage == {"days_3": "cancelled", "days_1": "queued"}


@pytest.mark.parametrize(
    ("left", "balance"),
    [(None, "212.40"), (None, None), (timedelta(days=3, minutes=1), "212.40")],
)
def test_what_is_unknown_or_lasts_is_not_told(account: AdAccount, left: timedelta | None, balance: str | None) -> None:
    lasts(account, left, balance=balance)

    assert check_balances(NOW) == 0
    assert not account.alerts.exists()


def test_a_forecast_on_an_old_balance_is_not_told(account: AdAccount) -> None:
    assert check_balances(NOW + 8 * DAY) == 0
    assert check_balance(account, NOW + 8 * DAY).decision == Decision.NO_FORECAST


def test_the_card_and_the_list_know_it(account: AdAccount, client: Client) -> None:
    check_balances(NOW)

    account.refresh_from_db()
    client.refresh_from_db()
    assert (account.is_low, client.has_low_balance) == (True, True)
    assert list(AdAccount.objects.low()) == [account]
    lasts(account, 9 * DAY, balance="2000", now=NOW + HOUR)
    check_balances(NOW + HOUR)
    account.refresh_from_db()
    client.refresh_from_db()
    assert (account.is_low, client.has_low_balance) == (False, False)


# --- The gestor ---


def test_the_gestor_gets_one_notice_which_deepens_and_closes(
    account: AdAccount, client: Client, agency: Agency, mailoutbox: list[Any]
) -> None:
    AdAccount.objects.update(tell_agency=True, tell_client=False)
    for minutes in range(3):
        check_balances(NOW + timedelta(minutes=minutes))
    (notice,) = notices.open_of(agency)
    assert notice.title == "Moda Ipê: verba de Ipê Loja acaba em até 3 dias"
    assert notice.text == "Saldo de R$ 212,40, acaba em ~2 dias, qui 9h. O cliente não é avisado."
    assert (notice.client, notice.subject) == (client, f"low:{account.pk}")

    account.refresh_from_db()
    lasts(account, timedelta(0), balance="0", now=NOW + HOUR)
    check_balances(NOW + HOUR)
    assert titles(agency) == ["Moda Ipê: verba de Ipê Loja acabou"]

    account.refresh_from_db()
    lasts(account, 9 * DAY, balance="2000", now=NOW + 2 * HOUR)
    check_balances(NOW + 2 * HOUR)
    assert titles(agency) == []
    assert list(notices.recently_closed(agency).values_list("outcome", flat=True)) == [
        "Moda Ipê: saldo de Ipê Loja em R$ 2.000,00."
    ]
    assert not Message.objects.exists()
    assert [alert.tells_agency for alert in account.alerts.all()] == [True, True]


def test_its_copy_goes_by_whatsapp_through_the_agencys_number(account: AdAccount, agency: Agency, owner: Any) -> None:
    type(owner).objects.filter(pk=owner.pk).update(phone="+5511912345678", notices_by_whatsapp=True)
    make_connection(agency=agency, status="connected", phone="+5511940028765")
    AdAccount.objects.update(tell_agency=True)

    check_balances(NOW)
    check_balances(NOW + timedelta(minutes=1))

    (copy,) = Message.objects.filter(kind=Message.Kind.NOTICE)
    assert (copy.to, copy.client) == ("+5511912345678", None)
    assert copy.body.startswith("⚠️ *Adscape • Moda Ipê: verba de Ipê Loja acaba em até 3 dias*\n")
    assert "O cliente também é avisado." in copy.body
    lasts(account, 9 * DAY, balance="2000", now=NOW + HOUR)
    check_balances(NOW + HOUR)
    copy.refresh_from_db()
    assert copy.status == MessageStatus.CANCELLED


def test_who_put_the_notice_away_hears_of_the_next_stage_only(account: AdAccount, agency: Agency) -> None:
    AdAccount.objects.update(tell_agency=True)
    check_balances(NOW)
    notices.dismiss(notices.open_of(agency).get())
    check_balances(NOW + HOUR)
    assert titles(agency) == []

    account.refresh_from_db()
    lasts(account, 0.5 * DAY, now=NOW + 2 * HOUR)
    check_balances(NOW + 2 * HOUR)

    assert titles(agency) == ["Moda Ipê: verba de Ipê Loja acaba em até 1 dia"]


def test_the_gestor_who_is_told_needs_no_second_notice_that_nobody_is(account: AdAccount, agency: Agency) -> None:
    account.client.recipients.all().delete()  # type: ignore[attr-defined]
    AdAccount.objects.update(tell_agency=True)

    check_balances(NOW)

    (notice,) = notices.open_of(agency)
    assert notice.subject.startswith("low:")
    assert notice.text.endswith("Ninguém está marcado para receber alertas.")


# --- Recovery ---


def recover(account: AdAccount, at: datetime, balance: str = "2000") -> int:
    account.refresh_from_db()
    lasts(account, 9 * DAY, balance=balance, now=at)
    return check_balances(at)


def test_who_was_told_hears_once_that_it_was_topped_up(account: AdAccount, client: Client) -> None:
    other = make_recipient(client, name="Paulo")
    check_balances(NOW)
    sent(to="+5511987650011")
    Message.objects.filter(to=other.phone).update(status=MessageStatus.FAILED, sending_since=NOW)

    made = [recover(account, NOW + HOUR), check_balances(NOW + 2 * HOUR)]

    assert made == [1, 0]
    alert = account.alerts.get(kind=AlertKind.RECOVERED)
    (message,) = Message.objects.filter(subject=alert.subject)
    assert message.to == "+5511987650011"
    assert message.body == (
        "✅ *Saldo recarregado*\n📋 Conta: Ipê Loja\n💰 Saldo atual: R$ 2.000,00\n"
        f"⏳ Previsão: acaba em ~9 dias, qui 10h\nNenhuma ação necessária.\n_#{message.reference}_"
    )


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"tell_recovery": False}, MessageStatus.SENT),
        ({"tell_client": False}, MessageStatus.SENT),
        ({"muted_until": NOW + DAY}, MessageStatus.SENT),
        ({"alert_enabled": False}, MessageStatus.SENT),
        ({}, MessageStatus.FAILED),
        ({}, MessageStatus.UNCERTAIN),
    ],
)
def test_nobody_hears_of_a_top_up_that_they_did_not_miss(
    account: AdAccount, fields: dict[str, Any], status: MessageStatus
) -> None:
    check_balances(NOW)
    Message.objects.update(status=status, sent_at=NOW, sending_since=NOW)
    AdAccount.objects.update(**fields)

    assert recover(account, NOW + HOUR) == 0
    account.refresh_from_db()
    assert (account.low_stage, account.low_since) == ("", None)


def test_an_alert_that_waits_does_not_leave_after_the_top_up(account: AdAccount) -> None:
    check_balances(NOW)

    assert recover(account, NOW + HOUR) == 0
    assert list(Message.objects.values_list("status", "reason")) == [
        ("cancelled", "O saldo voltou ao normal antes de o alerta sair.")
    ]


def test_a_border_that_is_crossed_to_and_fro_tells_once(account: AdAccount) -> None:
    made = 0
    for number in range(24):
        now = NOW + number * HOUR
        account.refresh_from_db()
        lasts(account, 3 * DAY + (HOUR if number % 2 else -HOUR), balance=str(200 + number % 3), now=now)
        made += check_balances(now)
        sent(now)

    assert made == 1


# --- Silence ---


def test_while_it_is_muted_the_client_hears_nothing(account: AdAccount) -> None:
    check_balances(NOW)

    assert balances.mute(account, NOW + DAY) == 1
    assert check_balances(NOW + HOUR) == 0
    assert check_balance(account, NOW + HOUR).decision == Decision.MUTED
    assert Message.objects.get().status == MessageStatus.CANCELLED
    assert check_balances(NOW + DAY) == 1


def test_what_is_muted_can_be_heard_again(account: AdAccount) -> None:
    balances.mute(account, NOW + DAY)
    balances.mute(account, None)

    assert check_balances(NOW) == 1


# --- A payment that fails ---


@pytest.fixture
def unpaid(client: Client) -> AdAccount:
    return make_account(client=client, name="Ipê Pós", state="payment_failed", tell_payment=True)


def test_a_payment_that_fails_is_told_once_and_again_after_it_was_well(unpaid: AdAccount) -> None:
    made = [check_balances(NOW), check_balances(NOW + HOUR)]
    sent()
    AdAccount.objects.update(state="disabled_for_payment")  # the same trouble, further on
    made += [check_balances(NOW + 9 * DAY)]
    AdAccount.objects.update(state="unknown")
    made += [check_balances(NOW + 10 * DAY)]
    AdAccount.objects.update(state="active")
    made += [check_balances(NOW + 11 * DAY)]
    AdAccount.objects.update(state="no_payment_method")
    made += [check_balances(NOW + 12 * DAY)]

    assert made == [1, 0, 0, 0, 0, 1]
    assert told(unpaid) == [("payment", ""), ("payment", "")]
    first, second = Message.objects.order_by("created_at")
    assert "💳 Pagamento recusado\n" in first.body
    assert "💳 Sem forma de pagamento\n" in second.body


@pytest.mark.parametrize(
    "fields", [{"tell_payment": False}, {"tell_client": False}, {"muted_until": NOW + DAY}, {"state": "disabled"}]
)
def test_a_payment_is_told_to_nobody_who_is_not_to_hear_it(unpaid: AdAccount, fields: dict[str, Any]) -> None:
    AdAccount.objects.update(**fields)

    assert check_balances(NOW) == 0


def test_a_payment_message_that_failed_is_tried_again_after_an_hour(unpaid: AdAccount) -> None:
    check_balances(NOW)
    Message.objects.update(status=MessageStatus.FAILED, sending_since=NOW)

    assert [check_balances(NOW + timedelta(minutes=59)), check_balances(NOW + HOUR)] == [0, 1]


def test_a_payment_that_was_mended_before_it_was_told(unpaid: AdAccount) -> None:
    check_balances(NOW)
    AdAccount.objects.update(state="active")

    check_balances(NOW + HOUR)

    assert Message.objects.get().status == MessageStatus.CANCELLED


def test_never_two_messages_at_once(account: AdAccount) -> None:
    AdAccount.objects.update(state="payment_failed", tell_payment=True)

    assert [check_balances(NOW), check_balances(NOW + HOUR)] == [1, 0]
    assert told(account) == [("payment", "")]
    sent(NOW + HOUR)
    assert check_balances(NOW + 2 * HOUR) == 1
    assert told(account) == [("payment", ""), ("low", "days_3")]


# --- What it costs ---


@pytest.mark.parametrize("count", [1, 12])
def test_a_sweep_with_nothing_to_do_costs_the_same_for_many(agency: Agency, count: int) -> None:
    for number in range(count):
        client = make_client(agency=agency)
        told = make_account(client=client, alert_enabled=True, alert_by="forecast")
        lasts(told, 2 * DAY)
        make_recipient(client)
        lasts(make_account(client=client, alert_enabled=True, alert_threshold=D(100)), 9 * DAY)
        nobodys = make_account(client=make_client(agency=agency), alert_enabled=True, alert_threshold=D(1000))
        lasts(nobodys, None, balance=str(number))
    check_balances(NOW)
    sent()

    with CaptureQueriesContext(database) as taken:
        assert check_balances(NOW + HOUR) == 0

    # open untold notices and their accounts; who is to be watched; their rows, recipients, alerts, messages; untold
    assert len(taken) == 8
    assert Notice.objects.filter(closed_at=None).count() == count


def test_one_account_whose_rows_are_broken_stops_no_other(account: AdAccount, caplog: Any) -> None:
    broken = make_account(client=account.client, alert_enabled=True, alert_by="forecast")
    lasts(broken, DAY)
    AdAccount.objects.filter(pk=broken.pk).update(low_stage="nonsense")

    assert check_balances(NOW) == 1
    assert str(broken.pk) in caplog.text
