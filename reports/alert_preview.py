"""What the balance page shows of an alert before it is sent: its text by the one renderer, and how the balance stands
now. Saves nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from reports import alert_facts, alert_text, alerts_rule, lasting
from reports.choices import AlertBy, Stage
from reports.models import AdAccount


@dataclass(frozen=True, slots=True)
class AlertPreview:
    """`text` is empty where no alert can be: nothing is known to tell. `stands` says in pt-BR how it stands now."""

    text: str
    stands: str


def make(account: AdAccount, now: datetime, typed: tuple[Decimal | None] | None = None) -> AlertPreview:
    """Of an account that need not be stored; its client is at hand. `typed` is a balance that is about to be recorded,
    which may be that it is unknown."""
    facts = alert_facts.stored_facts(account, now)
    money = alert_facts.money_of(account)
    if typed is not None:
        ends_at = lasting.end_of(account, now, {"balance": typed[0], "balance_at": now})
        facts = replace(facts, balance=typed[0], ends_at=ends_at)
        money = replace(money, balance=typed[0], ends_at=ends_at)
    found = alerts_rule.reached(facts, now)
    is_known = money.balance is not None and (money.by is AlertBy.LIMIT or bool(money.forecast(now)))
    can_be = is_known and (money.by is AlertBy.FORECAST or money.threshold is not None)
    return AlertPreview(alert_text.low(money, now) if can_be else "", _stands(found))


def _stands(found: Stage | alerts_rule.Decision) -> str:
    if isinstance(found, Stage):
        return {
            Stage.LIMIT: "Agora: no limite ou abaixo.",
            Stage.DAYS_3: "Agora: até 3 dias de verba.",
            Stage.DAYS_1: "Agora: até 1 dia de verba.",
            Stage.OVER: "Agora: a verba acabou.",
        }[found]
    return f"Agora: {found.label}"
