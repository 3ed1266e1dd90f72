"""Puts alerts into the outbox and takes them back, inside the transaction of who has decided it and locked the account.
Decides nothing and sends nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from connections import outbox
from connections.models import Message, MessageStatus
from connections.moves import move
from connections.states import REALLY_SENT
from reports import alert_facts, alert_text
from reports.alerts_rule import Earlier
from reports.choices import AccountState, AlertKind, Stage
from reports.models import AdAccount, BalanceAlert, Recipient

#: An alert that could not leave for so long is old news; a new one says today's balance.
MESSAGE_LIFE = timedelta(hours=24)
DEEPER = "Um alerta mais urgente tomou o lugar deste."
WELL_AGAIN = "O saldo voltou ao normal antes de o alerta sair."
SWITCHED_OFF = "O alerta foi desligado antes de este sair."
MUTED = "Os alertas desta conta foram silenciados antes de este sair."
PAID = "O pagamento foi resolvido antes de o alerta sair."


def low(account: AdAccount, stage: Stage, now: datetime, *, to_client: bool, to_agency: bool) -> BalanceAlert:
    """That the balance has reached a stage: to the client's recipients, and noted as told to the gestor."""
    if account.balance is None:
        raise ValueError("An alert needs a known balance.")
    money = alert_facts.money_of(account)
    reading = account.readings.filter(read_at=account.balance_at).first() if account.balance_at else None
    alert = BalanceAlert.objects.create(
        account=account,
        stage=stage,
        balance=account.balance,
        threshold=account.alert_threshold if stage is Stage.LIMIT else None,
        words="" if stage is Stage.LIMIT else money.forecast(now),
        tells_agency=to_agency,
        reading=reading,
        created_at=now,
    )
    if to_client:
        _enqueue(alert, _listeners(account), lambda reference: alert_text.low(money, now, reference), now)
    return alert


def recovered(account: AdAccount, now: datetime) -> BalanceAlert | None:
    """That it was topped up: to those who were really sent an alert since it became low, and still get alerts."""
    if account.low_since is None:
        return None
    alerts = account.alerts.filter(kind=AlertKind.LOW, created_at__gte=account.low_since)
    subjects = [f"alert:{pk}" for pk in alerts.values_list("pk", flat=True)]
    reached = set(Message.objects.filter(subject__in=subjects, status__in=REALLY_SENT).values_list("to", flat=True))
    people = [person for person in _listeners(account) if person.address in reached]
    if not people:
        return None
    money = alert_facts.money_of(account)
    alert = BalanceAlert.objects.create(
        account=account,
        kind=AlertKind.RECOVERED,
        stage="",
        balance=account.balance,
        words=money.forecast(now),
        created_at=now,
    )
    _enqueue(alert, people, lambda reference: alert_text.recovered(money, now, reference), now)
    return alert


def payment(account: AdAccount, now: datetime) -> BalanceAlert:
    """That the platform cannot charge, to the client's recipients."""
    money, state = alert_facts.money_of(account), AccountState(account.state)
    alert = BalanceAlert.objects.create(
        account=account,
        kind=AlertKind.PAYMENT,
        stage="",
        balance=account.balance,
        words=state.label,
        created_at=now,
    )
    _enqueue(alert, _listeners(account), lambda reference: alert_text.payment(money, state, reference), now)
    return alert


def take_back(account: AdAccount, reason: str, kinds: Iterable[AlertKind] = tuple(AlertKind)) -> int:
    """Cancel what of the account's alerts has not begun to leave; how many messages. Leaves the client's row alone."""
    lately = account.alerts.filter(kind__in=list(kinds)).order_by("-created_at").values_list("pk", flat=True)
    subjects = [f"alert:{pk}" for pk in lately[:50]]
    waiting = Message.objects.filter(subject__in=subjects, status=MessageStatus.QUEUED).order_by("pk")
    return sum(
        move(pk, MessageStatus.QUEUED, MessageStatus.CANCELLED, shows_on_card=False, reason=reason)
        for pk in list(waiting.values_list("pk", flat=True))
    )


def on_its_way(kind: AlertKind, now: datetime) -> Earlier:
    """What has just been put into the outbox, as the rule knows it."""
    return Earlier(MessageStatus.QUEUED, now, kind=kind)


def _listeners(account: AdAccount) -> list[Recipient]:
    return list(Recipient.objects.filter(client=account.client, gets_alerts=True))


def _enqueue(
    alert: BalanceAlert, people: Iterable[Recipient], compose: Callable[[str], str], now: datetime
) -> list[Message]:
    client = alert.account.client
    return outbox.enqueue_many(
        [
            outbox.Draft(
                agency=client.agency,
                client=client,
                kind=Message.Kind.ALERT,
                subject=alert.subject,
                dedupe_key=f"{alert.subject}:{recipient.address}",
                to=recipient.address,
                to_name=recipient.name,
                compose=compose,
                expires_at=now + MESSAGE_LIFE,
                wants_agency_number=recipient.via_agency,
            )
            for recipient in people
        ]
    )
