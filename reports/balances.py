"""Balances as they are read, and the alerts that follow from them. Asks no platform and calls no gateway itself."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from agency import standing
from agency.models import Client
from reports import alert_facts, alert_sending, alerts_rule, lasting, low_notices, notices
from reports.alert_facts import Known
from reports.alerts_rule import AFTER_FAILURE, Decision, End, Plan
from reports.choices import AccountState, AlertKind, BalanceSource
from reports.models import AdAccount, BalanceAlert, BalanceReading

logger = logging.getLogger(__name__)

#: What a check writes of an account.
_WRITTEN = ("low_stage", "low_since", "noticed_stage", "payment_since")
#: Accounts that one round of queries looks at.
_AT_ONCE = 500


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
    ends_at = lasting.end_of(account, timezone.now(), shown)
    if AdAccount.objects.filter(is_newest, pk=account.pk).update(**shown, balance_ends_at=ends_at):
        account.balance, account.balance_at, account.balance_source = amount, read_at, source
        account.balance_ends_at = ends_at
        standing.refresh([account.client_id])
    return reading


def check_balances(now: datetime | None = None) -> int:
    """Tell of each account's money what the rule wants told; how many alerts that made. Where nothing is to be done it
    costs a few queries for each 500 accounts that are low, and locks none."""
    now = now or timezone.now()
    notices.forget_untold()
    made = 0
    for pk in list(_to_act_on(now)):
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


# --- Which accounts --------------------------------------------------------------------------------------------------


def _to_act_on(now: datetime) -> Iterator[uuid.UUID]:
    """The accounts of which something is to be said or written now, by what stands in the rows without a lock."""
    keys = list(AdAccount.objects.to_watch(now).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        try:
            yield from _of_these(some, now)
        except Exception:  # of one account's rows: each is checked by itself, and only that one fails
            logger.exception("ad accounts could not be looked at together")
            yield from some


def _of_these(keys: list[uuid.UUID], now: datetime) -> list[uuid.UUID]:
    accounts = list(AdAccount.objects.filter(pk__in=keys).select_related("client").order_by("pk"))
    planned = [(known, _plan(known, now, AFTER_FAILURE)) for known in alert_facts.known_of(accounts, now)]
    nobodys = [known.account for known, plan in planned if _is_nobodys(known, plan)]
    untold = notices.said_untold(nobodys, now) if nobodys else set()
    return [
        known.account.pk
        for known, plan in planned
        if _changes(known, plan, now) or (_is_nobodys(known, plan) and known.account.pk not in untold)
    ]


def _plan(known: Known, now: datetime, after_failure: timedelta) -> Plan:
    return alerts_rule.plan(known.facts, known.earlier, now, after_failure)


def _changes(known: Known, plan: Plan, now: datetime) -> bool:
    is_new = plan.stage is not None and plan.stage != known.facts.low_stage
    is_paid = _is_paid(known.account)
    return plan.sends or plan.notifies or plan.end is not None or is_new or is_paid or known.tells_of_payment(now)


def _is_nobodys(known: Known, plan: Plan) -> bool:
    """Low, and nobody at all is told."""
    return plan.decision is Decision.NO_RECIPIENTS and not known.account.tell_agency


def _is_paid(account: AdAccount) -> bool:
    return account.payment_since is not None and account.state == AccountState.ACTIVE


# --- One account -----------------------------------------------------------------------------------------------------


@transaction.atomic
def _check(pk: uuid.UUID, now: datetime, after_failure: timedelta) -> Check:
    # The lock makes of two checks at once one after the other: the second finds the first one's alert on its way.
    # SQLite knows no row locks and needs none, since its transactions begin by taking the only write lock.
    locked = AdAccount.objects.select_for_update(of=("self",)).select_related("client__agency")
    (known,) = alert_facts.known_of([locked.get(pk=pk)], now)
    is_payment = known.tells_of_payment(now)
    if is_payment:
        known.earlier.append(alert_sending.on_its_way(AlertKind.PAYMENT, now))
    plan = _plan(known, now, after_failure)
    # In the order in which everybody locks: messages, notices, the client.
    taken_back = _take_back(known, plan)
    _notify(known, plan, now)
    alert = _say(known, plan, is_payment=is_payment, now=now)
    _store(known, plan, is_payment=is_payment, now=now)
    if taken_back:
        standing.refresh([known.account.client_id])
    return Check(known.account, Decision.SEND if is_payment else plan.decision, alert)


def _take_back(known: Known, plan: Plan) -> int:
    """Cancel what is not true any more before it leaves; how many messages."""
    account, taken = known.account, 0
    if _is_paid(account):
        taken += alert_sending.take_back(account, alert_sending.PAID, [AlertKind.PAYMENT])
    if plan.end:
        reason = alert_sending.WELL_AGAIN if known.facts.enabled else alert_sending.SWITCHED_OFF
        taken += alert_sending.take_back(account, reason, [AlertKind.LOW])
    elif plan.sends:
        taken += alert_sending.take_back(account, alert_sending.DEEPER, [AlertKind.LOW, AlertKind.RECOVERED])
    return taken


def _notify(known: Known, plan: Plan, now: datetime) -> None:
    account = known.account
    if plan.notifies and plan.stage:
        low_notices.raise_low(account, plan.stage, now, has_recipients=known.facts.has_recipients)
    elif _is_nobodys(known, plan):
        notices.balance_untold(account, now)
    elif plan.end and account.noticed_stage:
        is_well = known.facts.enabled and account.tell_agency
        low_notices.resolve(account, low_notices.well_again(account) if is_well else "")


def _say(known: Known, plan: Plan, *, is_payment: bool, now: datetime) -> BalanceAlert | None:
    """Keep what is told, and put into the outbox what the client is told of it. Never two messages to anybody."""
    account = known.account
    alert = None
    if plan.stage and (plan.sends or plan.notifies):
        alert = alert_sending.low(account, plan.stage, now, to_client=plan.sends, to_agency=plan.notifies)
    if is_payment:  # then nothing of the balance goes to the client
        return alert_sending.payment(account, now)
    if alert is not None:
        return alert
    hears = account.tell_client and account.tell_recovery and not known.facts.is_muted(now)
    return alert_sending.recovered(account, now) if plan.end is End.TOPPED_UP and hears else None


def _store(known: Known, plan: Plan, *, is_payment: bool, now: datetime) -> None:
    account = known.account
    before = {name: getattr(account, name) for name in _WRITTEN}
    if plan.end:
        account.low_stage, account.low_since, account.noticed_stage = "", None, ""
    elif plan.stage:
        account.low_stage, account.low_since = plan.stage, account.low_since or now
        account.noticed_stage = plan.stage if plan.notifies else account.noticed_stage
    if is_payment:
        account.payment_since = account.payment_since or now
    elif _is_paid(account):
        account.payment_since = None
    if changed := [name for name in _WRITTEN if getattr(account, name) != before[name]]:
        account.save(update_fields=changed)


def mute(account: AdAccount, until: datetime | None) -> int:
    """Tell the client nothing of this account until then; None: tell again. How many messages that cancelled."""
    with transaction.atomic():
        locked = AdAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
        locked.muted_until = account.muted_until = until
        locked.save(update_fields=["muted_until"])
        taken = alert_sending.take_back(locked, alert_sending.MUTED) if until else 0
        if taken:
            standing.refresh([locked.client_id])
    return taken
