"""Whether how an account's money stands is to be told now, to whom, and when that is over. Pure; reads no row.

Unknown never alerts. A balance goes through stages; the deepest that is reached counts. A message that was really sent,
or may have been, gives 24 hours of silence to its own stage and to those before it, from its own time; a deeper stage
is told at once. What is on its way blocks what says the same or less; what failed starts no silence, but is not
repeated every minute either. A balance is well again only with a margin beyond its first stage, so that one that
wavers at a border tells nobody anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from django.db import models

from connections.states import REALLY_SENT, MessageStatus
from reports.choices import PAYMENT_TROUBLE, AccountState, AlertBy, AlertKind, Stage
from reports.forecast import WATCHED

COOLDOWN = timedelta(hours=24)
#: How long beat waits after an alert that did not leave, so that a refused number does not fill the history.
AFTER_FAILURE = timedelta(hours=1)
#: How near the end each stage begins.
REACH = {Stage.DAYS_3: WATCHED, Stage.DAYS_1: timedelta(days=1)}
#: Beyond the first stage by so much more time, or so many times the limit, a balance is well again.
MARGIN, MARGIN_OF_LIMIT = timedelta(hours=12), Decimal("1.1")

_WAITS = (MessageStatus.QUEUED, MessageStatus.SENDING)


class Decision(models.TextChoices):
    """The label is what a person reads who asked for the check."""

    SEND = "send", "alerta a caminho."
    NOTICED = "noticed", "só o gestor é avisado, e o aviso está no sino."
    OFF = "off", "o alerta está desligado."
    NO_THRESHOLD = "no_threshold", "falta definir o limite do alerta."
    UNKNOWN = "unknown", "saldo desconhecido, nenhum alerta é enviado."
    NO_FORECAST = "no_forecast", "sem gasto recente conhecido para prever o fim, nenhum alerta é enviado."
    ABOVE = "above", "saldo acima do limite, nenhum alerta é necessário."
    LASTS = "lasts", "a verba ainda dura, nenhum alerta é necessário."
    NO_RECIPIENTS = "no_recipients", "ninguém está marcado para receber alertas."
    MUTED = "muted", "alertas silenciados, nada vai ao cliente."
    COOLING = "cooling", "já houve um alerta nas últimas 24 horas."
    ON_ITS_WAY = "on_its_way", "um alerta já está a caminho."
    UNCERTAIN = "uncertain", "um alerta das últimas 24 horas pode ter chegado; por isso nenhum outro sai agora."
    AFTER_FAILURE = "after_failure", "o último alerta não saiu; tentamos de novo em até uma hora."


class End(Enum):
    """How what was low is over: topped up, or just not low any more (it lasts longer, or nobody asks)."""

    TOPPED_UP = "topped_up"
    QUIETLY = "quietly"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message of an earlier alert of that account; `at` is when it was sent, may have been, or was given up."""

    status: MessageStatus
    at: datetime
    stage: Stage = Stage.LIMIT
    kind: AlertKind = AlertKind.LOW

    @property
    def waits(self) -> bool:
        return self.status in _WAITS

    def says(self, stage: Stage) -> bool:
        """That stage, or a deeper one."""
        return self.kind == AlertKind.LOW and self.stage.depth >= stage.depth


@dataclass(frozen=True, slots=True)
class Facts:
    """An account's money and what is wanted of its alerts, as of now.

    `ends_at` is the forecast, None where it is unknown or too old. `low_stage` is what the last check found,
    `noticed_stage` the deepest that the gestor was told since the balance was well. `told_balance`: that of the newest
    alert since then.
    """

    enabled: bool = True
    by: AlertBy = AlertBy.LIMIT
    stages: frozenset[Stage] = frozenset({Stage.DAYS_3, Stage.DAYS_1, Stage.OVER})
    balance: Decimal | None = None
    threshold: Decimal | None = None
    ends_at: datetime | None = None
    tells_client: bool = True
    tells_agency: bool = False
    has_recipients: bool = True
    muted_until: datetime | None = None
    low_stage: Stage | None = None
    noticed_stage: Stage | None = None
    told_balance: Decimal | None = None

    def is_muted(self, now: datetime) -> bool:
        return self.muted_until is not None and self.muted_until > now


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about a balance. `stage` is the one reached; None where it is well, unknown or nobody's affair.

    `notifies`: the gestor is to get a notice of this stage. `end` closes what was low before.
    """

    decision: Decision
    stage: Stage | None = None
    notifies: bool = False
    end: End | None = None

    @property
    def sends(self) -> bool:
        return self.decision is Decision.SEND


def plan(facts: Facts, earlier: Iterable[Earlier], now: datetime, after_failure: timedelta = AFTER_FAILURE) -> Plan:
    """What to do about an account's balance. `after_failure` is zero where a person asks."""
    found = reached(facts, now)
    if not isinstance(found, Stage):
        return Plan(found, end=_end(facts, found, list(earlier), now))
    notifies = facts.tells_agency and (facts.noticed_stage is None or found.depth > facts.noticed_stage.depth)
    return Plan(_to_client(facts, found, list(earlier), now, after_failure), found, notifies)


def reached(facts: Facts, now: datetime) -> Stage | Decision:
    """The deepest stage that the balance has reached, or why it has reached none."""
    if not facts.enabled:
        return Decision.OFF
    if facts.by is AlertBy.LIMIT:
        return _against_limit(facts.balance, facts.threshold)
    if facts.balance is None:
        return Decision.UNKNOWN
    is_over = facts.balance <= 0
    if is_over and Stage.OVER in facts.stages:
        return Stage.OVER
    if facts.ends_at is None and not is_over:
        return Decision.NO_FORECAST
    left = timedelta(0) if is_over or facts.ends_at is None else facts.ends_at - now
    near = [stage for stage in REACH if stage in facts.stages and left <= REACH[stage]]
    return max(near, key=lambda stage: stage.depth, default=Decision.LASTS)


def _against_limit(balance: Decimal | None, threshold: Decimal | None) -> Stage | Decision:
    if threshold is None:
        return Decision.NO_THRESHOLD
    if balance is None:
        return Decision.UNKNOWN
    return Decision.ABOVE if balance > threshold else Stage.LIMIT


def _to_client(facts: Facts, stage: Stage, earlier: list[Earlier], now: datetime, after_failure: timedelta) -> Decision:
    if not facts.tells_client:
        return Decision.NOTICED if facts.tells_agency else Decision.OFF
    if facts.is_muted(now):
        return Decision.MUTED
    blocked = _blocked_by(stage, earlier, now, after_failure)
    if blocked is None and not facts.has_recipients:
        return Decision.NO_RECIPIENTS
    return blocked or Decision.SEND


def _blocked_by(stage: Stage, earlier: list[Earlier], now: datetime, after_failure: timedelta) -> Decision | None:
    # What is queued and says less is replaced; what is leaving this very moment is waited for.
    if any(_blocks(message, stage) for message in earlier if message.waits):
        return Decision.ON_ITS_WAY
    recent = [message for message in earlier if message.says(stage) and now - message.at < COOLDOWN]
    if any(message.status in REALLY_SENT for message in recent):
        return Decision.COOLING
    if any(message.status == MessageStatus.UNCERTAIN for message in recent):
        return Decision.UNCERTAIN
    if any(now - message.at < after_failure for message in recent):
        return Decision.AFTER_FAILURE
    return None


def _blocks(message: Earlier, stage: Stage) -> bool:
    is_leaving = message.status == MessageStatus.SENDING
    return is_leaving or message.kind == AlertKind.PAYMENT or message.says(stage)


def _end(facts: Facts, why: Decision, earlier: list[Earlier], now: datetime) -> End | None:
    """How a balance that has reached no stage ends what was low; None where nothing was, or nobody knows yet."""
    if facts.low_stage is None:
        return None
    if why in (Decision.OFF, Decision.NO_THRESHOLD):
        return End.QUIETLY
    if why not in (Decision.ABOVE, Decision.LASTS) or not _is_well(facts, now):
        return None
    if any(message.status == MessageStatus.SENDING for message in earlier):
        return None  # in a moment it is known whether there is anything to take back
    if facts.balance is None or facts.told_balance is None:
        return End.QUIETLY
    return End.TOPPED_UP if facts.balance > facts.told_balance else End.QUIETLY


def _is_well(facts: Facts, now: datetime) -> bool:
    if facts.by is AlertBy.LIMIT:
        if facts.balance is None or facts.threshold is None:
            return False
        return facts.balance > facts.threshold * MARGIN_OF_LIMIT
    widest = max((REACH[stage] for stage in REACH if stage in facts.stages), default=timedelta(0))
    return facts.ends_at is not None and facts.ends_at - now > widest + MARGIN


def tells_of_payment(state: AccountState, *, since: datetime | None, earlier: Iterable[Earlier], now: datetime) -> bool:
    """Whether the client is to be told that the platform cannot charge: once, until the account is active again.

    `since` is when that was told first, `earlier` holds all messages of it since then.
    """
    if state not in PAYMENT_TROUBLE:
        return False
    found = list(earlier)
    if any(message.waits for message in found):
        return False
    told = [message for message in found if message.kind == AlertKind.PAYMENT and since is not None]
    if any(message.status in REALLY_SENT or message.status == MessageStatus.UNCERTAIN for message in told):
        return False
    return all(now - message.at >= AFTER_FAILURE for message in told)
