"""Balances as they are read, and the alerts that follow from them. Asks no platform and calls no gateway itself."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from agency import standing
from agency.models import Client
from connections import outbox
from connections.models import Message, MessageStatus
from connections.states import REALLY_SENT
from reports import lasting, notices, text
from reports.alerts_rule import AFTER_FAILURE, Decision, Earlier, decide
from reports.choices import BalanceSource
from reports.models import AdAccount, BalanceAlert, BalanceReading, Recipient

logger = logging.getLogger(__name__)

#: An alert that could not leave for so long is old news; a new one says today's balance.
MESSAGE_LIFE = timedelta(hours=24)
#: How many of an account's newest alerts are asked about: far more than can fall into 24 hours and still matter.
_EARLIER_ALERTS = 50


@dataclass(frozen=True, slots=True)
class Check:
    """What was decided about one account, and the alert that followed if one did."""

    account: AdAccount
    decision: Decision
    alert: BalanceAlert | None = None


@transaction.atomic
def record_reading(
    account: AdAccount, amount: Decimal | None, source: BalanceSource, read_at: datetime | None = None
) -> BalanceReading:
    """Keep a reading (`amount` None: the platform could not say), and show it on the account if it is the newest."""
    read_at = read_at or timezone.now()
    reading = BalanceReading.objects.create(account=account, amount=amount, source=source, read_at=read_at)
    is_newest = Q(balance_at=None) | Q(balance_at__lte=read_at)
    shown = {"balance": amount, "balance_at": read_at, "balance_source": source}
    if AdAccount.objects.filter(is_newest, pk=account.pk).update(**shown):
        account.balance, account.balance_at, account.balance_source = amount, read_at, source
        account.balance_ends_at = lasting.end_of(account, timezone.now())
        account.save(update_fields=["balance_ends_at"])
        standing.refresh([account.client_id])
    return reading


def check_balances(now: datetime | None = None) -> int:
    """Alert for each account at or under its threshold where the rule allows it; how many alerts that made."""
    now = now or timezone.now()
    notices.forget_untold()
    made = 0
    for pk in list(AdAccount.objects.low().values_list("pk", flat=True)):
        try:
            made += _check(pk, now, AFTER_FAILURE).alert is not None
        except (OperationalError, InterfaceError):
            logger.exception("ad account %s: the database failed; it is checked again at the next sweep", pk)
        except Exception:
            logger.exception("ad account %s: its balance could not be checked", pk)
    return made


def check_balance(account: AdAccount, now: datetime | None = None) -> Check:
    """The same check for one account because a person asks, who need not wait after an alert that did not leave."""
    return _check(account.pk, now or timezone.now(), timedelta(0))


def check_client(client: Client, now: datetime | None = None) -> list[Check]:
    """`check_balance` for each of a client's accounts."""
    return [check_balance(account, now) for account in AdAccount.objects.filter(client=client)]


@transaction.atomic
def _check(pk: uuid.UUID, now: datetime, after_failure: timedelta) -> Check:
    # The lock makes of two checks at once one after the other: the second finds the first one's alert on its way.
    # SQLite knows no row locks and needs none, since its transactions begin by taking the only write lock.
    locked = AdAccount.objects.select_for_update(of=("self",)).select_related("client__agency")
    account = locked.get(pk=pk)
    decision = decide(
        balance=account.balance,
        threshold=account.alert_threshold,
        enabled=account.alert_enabled and not account.client.is_archived,
        earlier=_earlier(account),
        now=now,
        after_failure=after_failure,
    )
    if decision is not Decision.SEND:
        return Check(account, decision)
    recipients = list(Recipient.objects.filter(client=account.client, gets_alerts=True))
    if not recipients:
        notices.balance_untold(account, now)
        return Check(account, Decision.NO_RECIPIENTS)
    return Check(account, decision, _alert(account, recipients, now))


def _earlier(account: AdAccount) -> list[Earlier]:
    alerts = account.alerts.order_by("-created_at").values_list("pk", flat=True)[:_EARLIER_ALERTS]
    messages = Message.objects.filter(subject__in=[f"alert:{pk}" for pk in alerts])
    return [Earlier(MessageStatus(message.status), _time_of(message)) for message in messages.defer("body")]


def _time_of(message: Message) -> datetime:
    """When a message was sent, may have been sent, or was given up."""
    if message.status in REALLY_SENT and message.sent_at is not None:
        return message.sent_at
    if message.status == MessageStatus.EXPIRED:
        return message.expires_at
    return message.sending_since or message.created_at


def _alert(account: AdAccount, recipients: list[Recipient], now: datetime) -> BalanceAlert:
    balance, threshold = account.balance, account.alert_threshold
    if balance is None or threshold is None:
        raise ValueError("An alert needs a known balance and a threshold.")
    reading = account.readings.filter(read_at=account.balance_at).first() if account.balance_at else None
    alert = BalanceAlert.objects.create(
        account=account, balance=balance, threshold=threshold, reading=reading, created_at=now
    )
    words: dict[str, Any] = {
        "account": account.name,
        "balance": balance,
        "threshold": threshold,
        "currency": account.currency,
    }
    outbox.enqueue_many(
        [
            outbox.Draft(
                agency=account.client.agency,
                client=account.client,
                kind=Message.Kind.ALERT,
                subject=alert.subject,
                dedupe_key=f"{alert.subject}:{recipient.phone}",
                to=recipient.phone,
                to_name=recipient.name,
                compose=lambda reference: text.alert_text(**words, reference=reference),
                expires_at=now + MESSAGE_LIFE,
                wants_agency_number=recipient.via_agency,
            )
            for recipient in recipients
        ]
    )
    return alert
