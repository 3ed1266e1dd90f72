"""What the rule of alerts has to know of ad accounts, read for many at once: the same few queries for one and for
hundreds. Only reads."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from connections.models import Message, MessageStatus
from connections.states import REALLY_SENT
from reports import forecast
from reports.alert_text import Money
from reports.alerts_rule import Earlier, Facts, tells_of_payment
from reports.choices import AccountState, AlertBy, AlertKind, PaidBy, Stage
from reports.models import AdAccount, BalanceAlert, Recipient

#: An alert that is older neither silences nor waits: its messages live for a day, and then silence for another.
_LATELY = timedelta(days=3)


@dataclass(slots=True)
class Known:
    """An account, what the rule asks of it, and its earlier messages; those of payments apart, since they are told."""

    account: AdAccount
    facts: Facts
    earlier: list[Earlier] = field(default_factory=list)
    of_payment: list[Earlier] = field(default_factory=list)

    def tells_of_payment(self, now: datetime) -> bool:
        """Whether its client is to be told now that the platform cannot charge."""
        account, facts = self.account, self.facts
        wanted = account.tell_payment and account.tell_client and facts.has_recipients and not facts.is_muted(now)
        return (
            wanted
            and account.client.archived_at is None
            and tells_of_payment(
                AccountState(account.state),
                since=account.payment_since,
                earlier=[*self.of_payment, *(message for message in self.earlier if message.waits)],
                now=now,
            )
        )


def known_of(accounts: Sequence[AdAccount], now: datetime) -> list[Known]:
    """In their order. Three queries; the accounts come with their client."""
    listeners = _listeners(accounts)
    alerts: dict[uuid.UUID, list[BalanceAlert]] = defaultdict(list)
    lately = Q(created_at__gte=now - _LATELY)
    since = Q(created_at__gte=F("account__low_since")) | Q(created_at__gte=F("account__payment_since"))
    for alert in BalanceAlert.objects.filter(lately | since, account__in=accounts).order_by("created_at"):
        alerts[alert.account_id].append(alert)
    messages = _messages([alert for found in alerts.values() for alert in found])
    return [
        _known(account, now, alerts[account.pk], messages, has_recipients=account.client_id in listeners)
        for account in accounts
    ]


def stored_facts(
    account: AdAccount, now: datetime, *, has_recipients: bool = True, told_balance: Decimal | None = None
) -> Facts:
    """What stands on the account itself."""
    return Facts(
        enabled=account.alert_enabled and account.client.archived_at is None,
        by=AlertBy(account.alert_by),
        stages=frozenset(stage for stage, is_on in _stages(account) if is_on),
        balance=account.balance,
        threshold=account.alert_threshold,
        ends_at=trusted_end(account, now),
        tells_client=account.tell_client,
        tells_agency=account.tell_agency,
        has_recipients=has_recipients,
        muted_until=account.muted_until,
        low_stage=Stage(account.low_stage) if account.low_stage else None,
        noticed_stage=Stage(account.noticed_stage) if account.noticed_stage else None,
        told_balance=told_balance,
    )


def trusted_end(account: AdAccount, now: datetime) -> datetime | None:
    """The forecast, as long as the balance it is made on is young: else nobody has read that account for days."""
    at = account.balance_at
    return account.balance_ends_at if at is not None and now - at <= forecast.OLD_BALANCE else None


def money_of(account: AdAccount) -> Money:
    """What a message tells of it."""
    return Money(
        account=account.name,
        currency=account.currency,
        balance=account.balance,
        zone=ZoneInfo(account.time_zone),
        by=AlertBy(account.alert_by),
        threshold=account.alert_threshold,
        ends_at=account.balance_ends_at,
        paid_by=PaidBy(account.paid_by),
        pay_note=account.pay_note,
    )


def _stages(account: AdAccount) -> tuple[tuple[Stage, bool], ...]:
    return (
        (Stage.DAYS_3, account.alert_3_days),
        (Stage.DAYS_1, account.alert_1_day),
        (Stage.OVER, account.alert_over),
    )


def _listeners(accounts: Sequence[AdAccount]) -> set[uuid.UUID]:
    rows = Recipient.objects.filter(client__in={account.client_id for account in accounts}, gets_alerts=True)
    return set(rows.values_list("client_id", flat=True))


def _messages(alerts: Sequence[BalanceAlert]) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = defaultdict(list)
    for start in range(0, len(alerts), 500):
        subjects = [alert.subject for alert in alerts[start : start + 500]]
        columns = ("subject", "status", "sent_at", "expires_at", "sending_since", "created_at")
        for message in Message.objects.filter(subject__in=subjects).only(*columns):
            found[message.subject].append(message)
    return found


def _known(
    account: AdAccount,
    now: datetime,
    alerts: list[BalanceAlert],
    messages: dict[str, list[Message]],
    *,
    has_recipients: bool,
) -> Known:
    told = [alert for alert in alerts if _is_of_this_time(alert, account) and alert.kind == AlertKind.LOW]
    told_balance = told[-1].balance if told else None
    facts = stored_facts(account, now, has_recipients=has_recipients, told_balance=told_balance)
    known = Known(account, facts)
    for alert in alerts:
        for message in messages[alert.subject]:
            stage = Stage(alert.stage) if alert.stage else Stage.LIMIT
            earlier = Earlier(MessageStatus(message.status), _time_of(message), stage, AlertKind(alert.kind))
            known.earlier.append(earlier)
            if alert.kind == AlertKind.PAYMENT and account.payment_since and alert.created_at >= account.payment_since:
                known.of_payment.append(earlier)
    return known


def _is_of_this_time(alert: BalanceAlert, account: AdAccount) -> bool:
    """Made since the balance was well last."""
    return account.low_since is not None and alert.created_at >= account.low_since


def _time_of(message: Any) -> datetime:
    """When a message was sent, may have been sent, or was given up."""
    if message.status in REALLY_SENT and message.sent_at is not None:
        at: datetime = message.sent_at
    elif message.status == MessageStatus.EXPIRED:
        at = message.expires_at
    else:
        at = message.sending_since or message.created_at
    return at
