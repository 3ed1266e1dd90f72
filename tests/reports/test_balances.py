"""A low balance is told once in 24 hours, counted from when a message was really sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db.models.signals import pre_save
from django.utils import timezone

from agency.models import Client
from connections.models import Message, MessageStatus
from reports.alerts_rule import Decision
from reports.balances import check_balance, check_balances, check_client, record_reading
from reports.choices import BalanceSource
from reports.models import AdAccount, BalanceAlert, BalanceReading
from tests.reports.factories import make_account, make_recipient
from tests.reports.test_sending import together

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def low_account(*, recipients: int = 1, amount: str = "212.40", **fields: Any) -> AdAccount:
    fields = {"alert_enabled": True, "alert_threshold": D("300.00"), **fields}
    account = make_account(**fields)
    record_reading(account, D(amount), BalanceSource.META_DISPLAY, NOW - timedelta(minutes=5))
    for _ in range(recipients):
        make_recipient(account.client)
    return account


def settle(status: MessageStatus, **fields: Any) -> None:
    Message.objects.update(status=status, **fields)


@pytest.mark.django_db
def test_a_low_balance_is_told_once() -> None:
    account = low_account(recipients=2, name="Ipê Loja Online")

    assert [check_balances(NOW), check_balances(NOW + timedelta(minutes=1))] == [1, 0]

    alert = BalanceAlert.objects.get()
    assert (alert.account, alert.balance, alert.threshold) == (account, D("212.40"), D("300.00"))
    assert alert.reading == account.readings.get()
    messages = Message.objects.all()
    assert {m.dedupe_key for m in messages} == {f"alert:{alert.pk}:{r.phone}" for r in account.client.recipients.all()}
    assert {(m.kind, m.subject, m.expires_at) for m in messages} == {
        ("alert", f"alert:{alert.pk}", NOW + timedelta(hours=24))
    }
    for message in messages:
        assert message.body == (
            "⚠️ *Alerta Adscape - Saldo Baixo*\n📋 Conta: Ipê Loja Online\n💰 Saldo atual: R$ 212,40\n"
            "🔻 Limite configurado: R$ 300,00\nAção necessária para manter campanhas ativas.\n"
            f"_#{message.reference}_"
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"amount": "300.01"},
        {"alert_enabled": False},
        {"alert_threshold": None},
    ],
)
def test_nothing_is_told_where_nothing_is_wrong(fields: dict[str, Any]) -> None:
    low_account(**fields)

    assert check_balances(NOW) == 0
    assert not BalanceAlert.objects.exists()


@pytest.mark.django_db
def test_the_threshold_itself_is_low() -> None:
    low_account(amount="300.00")

    assert check_balances(NOW) == 1


@pytest.mark.django_db
def test_unknown_is_never_told() -> None:
    account = low_account()
    record_reading(account, None, BalanceSource.META_DISPLAY, NOW)

    assert check_balances(NOW) == 0
    assert check_balance(account, NOW).decision == Decision.UNKNOWN


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "fields", "after", "again"),
    [
        # Queued at NOW, sent two hours later: the day counts from when it was sent.
        (MessageStatus.SENT, {"sent_at": NOW + timedelta(hours=2)}, timedelta(hours=25), 0),
        (MessageStatus.READ, {"sent_at": NOW + timedelta(hours=2)}, timedelta(hours=26), 1),
        (MessageStatus.UNCERTAIN, {"sending_since": NOW + timedelta(hours=1)}, timedelta(hours=24), 0),
        (MessageStatus.UNCERTAIN, {"sending_since": NOW + timedelta(hours=1)}, timedelta(hours=25), 1),
        (MessageStatus.QUEUED, {}, timedelta(hours=30), 0),
        (MessageStatus.FAILED, {"sending_since": NOW}, timedelta(minutes=59), 0),
        (MessageStatus.FAILED, {"sending_since": NOW}, timedelta(hours=1), 1),
        (MessageStatus.EXPIRED, {}, timedelta(hours=24, minutes=59), 0),
        (MessageStatus.EXPIRED, {}, timedelta(hours=25), 1),
    ],
)
def test_when_an_alert_may_follow_another(
    status: MessageStatus, fields: dict[str, Any], after: timedelta, again: int
) -> None:
    low_account()
    check_balances(NOW)
    settle(status, **fields)

    assert check_balances(NOW + after) == again


@pytest.mark.django_db
def test_a_person_may_ask_again_after_a_failure() -> None:
    account = low_account()
    check_balances(NOW)
    settle(MessageStatus.FAILED, sending_since=NOW)

    checked = check_balance(account, NOW + timedelta(minutes=1))

    assert checked.decision == Decision.SEND
    assert checked.alert is not None


@pytest.mark.django_db
def test_each_account_has_its_own_silence() -> None:
    first = low_account()
    second = low_account(recipients=0, client=first.client)
    check_balance(first, NOW)

    assert [check.decision for check in check_client(first.client, NOW)] == [Decision.ON_ITS_WAY, Decision.SEND]
    assert second.alerts.count() == 1


@pytest.mark.django_db
def test_without_anybody_to_tell_no_alert_is_made() -> None:
    account = low_account(recipients=0)
    make_recipient(account.client, gets_alerts=False)

    assert check_balances(NOW) == 0
    assert check_balance(account, NOW).decision == Decision.NO_RECIPIENTS
    assert not BalanceAlert.objects.exists()


@pytest.mark.django_db
def test_an_archived_client_is_not_told() -> None:
    account = low_account()
    Client.objects.filter(pk=account.client_id).update(archived_at=timezone.now())

    assert check_balances(NOW) == 0
    assert check_balance(account, NOW).decision == Decision.OFF


@pytest.mark.django_db
def test_one_bad_account_never_stops_the_others(caplog: pytest.LogCaptureFixture) -> None:
    bad, good = low_account(), low_account()

    def refuse(instance: BalanceAlert, **kwargs: Any) -> None:
        if instance.account_id == bad.pk:
            raise RuntimeError("broken")

    pre_save.connect(refuse, sender=BalanceAlert)
    try:
        assert check_balances(NOW) == 1
    finally:
        pre_save.disconnect(refuse, sender=BalanceAlert)

    assert BalanceAlert.objects.get().account == good
    assert str(bad.pk) in caplog.text


@pytest.mark.django_db
def test_the_newest_reading_is_the_balance() -> None:
    account = make_account()

    record_reading(account, D("500"), BalanceSource.META_DISPLAY, NOW)
    record_reading(account, D("900"), BalanceSource.INFORMED, NOW - timedelta(hours=1))  # came late
    account.refresh_from_db()

    assert (account.balance, account.balance_at, account.balance_source) == (D("500"), NOW, "meta_display")
    assert BalanceReading.objects.filter(account=account).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_checks_at_once_tell_once() -> None:
    low_account(recipients=2)

    made = together(lambda: check_balances(NOW))

    assert sorted(made) == [0, 1]
    assert BalanceAlert.objects.count() == 1
    assert Message.objects.count() == 2
