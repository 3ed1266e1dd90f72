from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.states import REALLY_SENT
from connections.states import MessageStatus as S
from reports.alerts_rule import (
    COOLDOWN,
    MARGIN,
    Decision,
    Earlier,
    End,
    Facts,
    Plan,
    plan,
    reached,
    tells_of_payment,
)
from reports.choices import PAYMENT_TROUBLE, AccountState, AlertBy, AlertKind, Stage

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LOW = Facts(balance=D("100"), threshold=D("300"))
FORECAST = Facts(by=AlertBy.FORECAST, balance=D("100"), ends_at=NOW + timedelta(days=2))
ALL = frozenset({Stage.DAYS_3, Stage.DAYS_1, Stage.OVER})


def lasting(days: float, **fields: Any) -> Facts:
    return replace(FORECAST, ends_at=NOW + timedelta(days=days), **fields)


@pytest.mark.parametrize(
    ("balance", "threshold", "enabled", "expected"),
    [
        (D("300.01"), D("300.00"), True, Decision.ABOVE),
        (D("300.00"), D("300.00"), True, Decision.SEND),
        (D("0"), D("300.00"), True, Decision.SEND),
        (D("0"), D("0"), True, Decision.SEND),
        (None, D("300.00"), True, Decision.UNKNOWN),
        (D("10"), None, True, Decision.NO_THRESHOLD),
        (D("10"), D("300.00"), False, Decision.OFF),
        (None, None, False, Decision.OFF),
    ],
)
def test_balance_against_threshold(balance: D | None, threshold: D | None, enabled: bool, expected: Decision) -> None:
    assert plan(Facts(enabled=enabled, balance=balance, threshold=threshold), [], NOW).decision == expected


@pytest.mark.parametrize(
    ("balance", "days", "stages", "expected"),
    [
        (D(100), 3.01, ALL, Decision.LASTS),
        (D(100), 3, ALL, Stage.DAYS_3),
        (D(100), 1.01, ALL, Stage.DAYS_3),
        (D(100), 1, ALL, Stage.DAYS_1),
        (D(100), 0.1, ALL, Stage.DAYS_1),
        # That it is over is known of nothing but the balance.
        (D(100), -1, ALL, Stage.DAYS_1),
        (D(0), -1, ALL, Stage.OVER),
        (D("-0.01"), None, ALL, Stage.OVER),
        (D(100), None, ALL, Decision.NO_FORECAST),
        (None, 2, ALL, Decision.UNKNOWN),
        # What is switched off leaves it to the one before.
        (D(0), -1, {Stage.DAYS_3, Stage.DAYS_1}, Stage.DAYS_1),
        (D(0), None, {Stage.DAYS_3}, Stage.DAYS_3),
        (D(100), 0.5, {Stage.DAYS_3, Stage.OVER}, Stage.DAYS_3),
        (D(100), 2, {Stage.DAYS_1, Stage.OVER}, Decision.LASTS),
        (D(100), 0.5, {Stage.OVER}, Decision.LASTS),
    ],
)
def test_the_deepest_stage_counts(balance: D | None, days: float | None, stages: Any, expected: Any) -> None:
    ends_at = None if days is None else NOW + timedelta(days=days)

    assert reached(replace(FORECAST, balance=balance, ends_at=ends_at, stages=frozenset(stages)), NOW) == expected


@pytest.mark.parametrize(
    ("status", "hours_ago", "expected"),
    [
        (S.QUEUED, 1, Decision.ON_ITS_WAY),
        (S.SENDING, 1, Decision.ON_ITS_WAY),
        (S.QUEUED, 30, Decision.ON_ITS_WAY),
        (S.SENT, 23.9, Decision.COOLING),
        (S.DELIVERED, 1, Decision.COOLING),
        (S.READ, 1, Decision.COOLING),
        (S.SENT, 24, Decision.SEND),
        (S.SENT, 48, Decision.SEND),
        (S.UNCERTAIN, 23.9, Decision.UNCERTAIN),
        (S.UNCERTAIN, 24, Decision.SEND),
        # Nothing was sent, so no silence of 24 hours: only a pause, so that a refused number is not tried each minute.
        (S.FAILED, 0.5, Decision.AFTER_FAILURE),
        (S.FAILED, 1, Decision.SEND),
        (S.EXPIRED, 0.1, Decision.AFTER_FAILURE),
        (S.EXPIRED, 2, Decision.SEND),
        (S.CANCELLED, 2, Decision.SEND),
    ],
)
@pytest.mark.parametrize(("facts", "stage"), [(LOW, Stage.LIMIT), (FORECAST, Stage.DAYS_3)])
def test_an_earlier_alert(facts: Facts, stage: Stage, status: S, hours_ago: float, expected: Decision) -> None:
    earlier = [Earlier(status, NOW - timedelta(hours=hours_ago), stage)]

    assert plan(facts, earlier, NOW).decision == expected


@pytest.mark.parametrize(
    ("before", "status", "days", "expected"),
    [
        # A deeper stage is told at once, whatever became of the one before; unless that leaves this very moment.
        (Stage.DAYS_3, S.SENT, 0.9, Decision.SEND),
        (Stage.DAYS_3, S.QUEUED, 0.9, Decision.SEND),
        (Stage.DAYS_3, S.UNCERTAIN, 0.9, Decision.SEND),
        (Stage.DAYS_3, S.FAILED, 0.9, Decision.SEND),
        (Stage.DAYS_3, S.SENDING, 0.9, Decision.ON_ITS_WAY),
        # Back to an earlier one: who has read that it ends tomorrow need not read that it ends in three days.
        (Stage.DAYS_1, S.SENT, 2, Decision.COOLING),
        (Stage.OVER, S.READ, 0.9, Decision.COOLING),
        (Stage.DAYS_1, S.QUEUED, 2, Decision.ON_ITS_WAY),
        (Stage.DAYS_1, S.UNCERTAIN, 2, Decision.UNCERTAIN),
    ],
)
def test_stages_follow_each_other(before: Stage, status: S, days: float, expected: Decision) -> None:
    earlier = [Earlier(status, NOW - timedelta(minutes=30), before)]

    assert plan(lasting(days), earlier, NOW).decision == expected


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        (AlertKind.PAYMENT, S.QUEUED, Decision.ON_ITS_WAY),
        (AlertKind.PAYMENT, S.SENDING, Decision.ON_ITS_WAY),
        (AlertKind.PAYMENT, S.SENT, Decision.SEND),
        # That it was topped up is not true any more.
        (AlertKind.RECOVERED, S.QUEUED, Decision.SEND),
        (AlertKind.RECOVERED, S.SENDING, Decision.ON_ITS_WAY),
        (AlertKind.RECOVERED, S.READ, Decision.SEND),
    ],
)
def test_messages_of_another_kind(kind: AlertKind, status: S, expected: Decision) -> None:
    assert plan(LOW, [Earlier(status, NOW, kind=kind)], NOW).decision == expected


def test_a_person_need_not_wait_after_a_failure() -> None:
    assert plan(LOW, [Earlier(S.FAILED, NOW)], NOW, timedelta(0)).decision == Decision.SEND


def test_one_of_two_recipients_was_reached() -> None:
    earlier = [Earlier(S.FAILED, NOW - timedelta(hours=2)), Earlier(S.SENT, NOW - timedelta(hours=2))]

    assert plan(LOW, earlier, NOW).decision == Decision.COOLING


def test_old_alerts_do_not_hide_a_new_one() -> None:
    earlier = [Earlier(S.SENT, NOW - timedelta(days=9)), Earlier(S.QUEUED, NOW - timedelta(minutes=1))]

    assert plan(LOW, earlier, NOW).decision == Decision.ON_ITS_WAY


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (Decision.SEND, False)),
        ({"tells_agency": True}, (Decision.SEND, True)),
        ({"tells_agency": True, "tells_client": False}, (Decision.NOTICED, True)),
        ({"tells_client": False}, (Decision.OFF, False)),
        ({"muted_until": NOW + timedelta(minutes=1)}, (Decision.MUTED, False)),
        ({"muted_until": NOW + timedelta(minutes=1), "tells_agency": True}, (Decision.MUTED, True)),
        ({"muted_until": NOW}, (Decision.SEND, False)),
        ({"has_recipients": False}, (Decision.NO_RECIPIENTS, False)),
        ({"tells_agency": True, "noticed_stage": Stage.DAYS_3}, (Decision.SEND, False)),
        ({"tells_agency": True, "noticed_stage": Stage.OVER}, (Decision.SEND, False)),
    ],
)
def test_who_is_told(fields: dict[str, Any], expected: tuple[Decision, bool]) -> None:
    found = plan(replace(FORECAST, **fields), [], NOW)

    assert (found.decision, found.notifies) == expected


def test_a_deeper_stage_is_news_to_the_gestor() -> None:
    assert plan(lasting(0.5, tells_agency=True, noticed_stage=Stage.DAYS_3), [], NOW).notifies


#: The client was told of a hundred.
WAS_LOW = replace(LOW, low_stage=Stage.LIMIT, told_balance=D(100))
WAS_ENDING = replace(FORECAST, low_stage=Stage.DAYS_3, told_balance=D(100))


@pytest.mark.parametrize(
    ("was", "fields", "expected"),
    [
        (WAS_LOW, {"balance": D("330.01")}, End.TOPPED_UP),
        (WAS_LOW, {"balance": D("330")}, None),  # above the limit, but not by the margin
        (WAS_LOW, {"balance": D("330.01"), "told_balance": None}, End.QUIETLY),  # nobody was told of it
        (WAS_LOW, {"balance": D("330.01"), "low_stage": None}, None),  # nothing was low
        (WAS_LOW, {"balance": D("90"), "threshold": D(50)}, End.QUIETLY),  # only the limit was lowered
        (WAS_LOW, {"balance": None}, None),
        (WAS_LOW, {"threshold": None}, End.QUIETLY),
        (WAS_LOW, {"enabled": False}, End.QUIETLY),
        (WAS_ENDING, {"ends_at": NOW + timedelta(hours=84, minutes=1), "balance": D(700)}, End.TOPPED_UP),
        (WAS_ENDING, {"ends_at": NOW + timedelta(hours=84), "balance": D(700)}, None),
        # It lasts longer since less is spent: that is no top-up.
        (WAS_ENDING, {"ends_at": NOW + timedelta(days=9), "balance": D(90)}, End.QUIETLY),
        (WAS_ENDING, {"ends_at": None, "balance": D(700)}, None),
        (
            WAS_ENDING,
            {"ends_at": NOW + timedelta(hours=37), "balance": D(700), "stages": frozenset({Stage.DAYS_1})},
            End.TOPPED_UP,
        ),
        (
            WAS_ENDING,
            {"ends_at": NOW + timedelta(hours=13), "balance": D(700), "stages": frozenset({Stage.OVER})},
            End.TOPPED_UP,
        ),
    ],
)
def test_when_it_is_well_again(was: Facts, fields: dict[str, Any], expected: End | None) -> None:
    assert plan(replace(was, **fields), [], NOW).end == expected


def test_what_leaves_this_moment_is_waited_for() -> None:
    facts = replace(LOW, balance=D(900), low_stage=Stage.LIMIT, told_balance=D(100))

    assert plan(facts, [Earlier(S.SENDING, NOW)], NOW).end is None
    assert plan(facts, [Earlier(S.QUEUED, NOW)], NOW).end is End.TOPPED_UP


@pytest.mark.parametrize("state", AccountState)
@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([], True),
        ([Earlier(S.QUEUED, NOW, kind=AlertKind.LOW)], False),
        ([Earlier(S.SENT, NOW - timedelta(days=40), kind=AlertKind.PAYMENT)], False),
        ([Earlier(S.UNCERTAIN, NOW - timedelta(days=40), kind=AlertKind.PAYMENT)], False),
        ([Earlier(S.FAILED, NOW - timedelta(minutes=59), kind=AlertKind.PAYMENT)], False),
        ([Earlier(S.FAILED, NOW - timedelta(hours=1), kind=AlertKind.PAYMENT)], True),
        ([Earlier(S.SENT, NOW, kind=AlertKind.LOW)], True),
    ],
)
def test_a_payment_that_fails_is_told_once(state: AccountState, earlier: list[Earlier], expected: bool) -> None:
    told = tells_of_payment(state, since=NOW - timedelta(days=41), earlier=earlier, now=NOW)

    assert told == (expected and state in PAYMENT_TROUBLE)


# --- Whatever happens ---

facts_of_any_kind = st.builds(
    Facts,
    enabled=st.booleans(),
    by=st.sampled_from(AlertBy),
    stages=st.frozensets(st.sampled_from(sorted(ALL))),
    balance=st.none() | st.decimals(-10, 1000, places=2),
    threshold=st.none() | st.decimals(0, 1000, places=2),
    ends_at=st.none() | st.integers(-200, 400).map(lambda hours: NOW + timedelta(hours=hours)),
    tells_client=st.booleans(),
    tells_agency=st.booleans(),
    has_recipients=st.booleans(),
    muted_until=st.none() | st.integers(-48, 48).map(lambda hours: NOW + timedelta(hours=hours)),
    low_stage=st.none() | st.sampled_from(Stage),
    noticed_stage=st.none() | st.sampled_from(Stage),
    told_balance=st.none() | st.decimals(0, 1000, places=2),
)
earlier_of_any_kind = st.lists(
    st.builds(
        Earlier,
        st.sampled_from(S),
        st.integers(0, 60).map(lambda hours: NOW - timedelta(hours=hours)),
        st.sampled_from(Stage),
        st.sampled_from(AlertKind),
    ),
    max_size=4,
)


@given(facts_of_any_kind, earlier_of_any_kind)
def test_what_never_happens(facts: Facts, earlier: list[Earlier]) -> None:
    found = plan(facts, earlier, NOW)

    if facts.balance is None:
        assert (found.sends, found.notifies, found.stage) == (False, False, None)
    if facts.by is AlertBy.FORECAST and facts.ends_at is None and (facts.balance or 0) > 0:
        assert not found.sends
    if found.sends:
        assert facts.enabled
        assert facts.tells_client
        assert facts.has_recipients
        assert not facts.is_muted(NOW)
        assert not any(message.status == S.SENDING for message in earlier)
        assert not any(
            message.status in REALLY_SENT and message.says(found.stage) and NOW - message.at < COOLDOWN  # type: ignore[arg-type]
            for message in earlier
        )
    assert not (found.end and found.stage)


@given(st.decimals(0, 1000, places=2), st.decimals(0, 500, places=2), st.integers(-100, 400), st.integers(0, 200))
def test_less_is_never_a_shallower_stage(balance: D, less: D, hours: int, sooner: int) -> None:
    def depth(facts: Facts) -> int:
        found = reached(facts, NOW)
        return found.depth if isinstance(found, Stage) else 0

    more = replace(FORECAST, balance=balance, ends_at=NOW + timedelta(hours=hours))

    assert depth(replace(more, balance=balance - less, ends_at=NOW + timedelta(hours=hours - sooner))) >= depth(more)


steps = st.lists(
    st.tuples(
        st.integers(1, 30 * 60),  # minutes until the next check
        st.none() | st.integers(-10, 120),  # hours that it lasts then
        st.sampled_from([S.SENT, S.SENT, S.FAILED, S.UNCERTAIN, S.EXPIRED]),  # what becomes of what is sent
    ),
    max_size=40,
)


@given(steps)
def test_however_it_wavers_each_stage_is_told_once_a_day(wavers: list[tuple[int, int | None, S]]) -> None:
    now, facts, sent = NOW, FORECAST, []  # type: ignore[var-annotated]
    for minutes, hours, becomes in wavers:
        now += timedelta(minutes=minutes)
        balance = D(0) if hours is not None and hours <= 0 else D(100)
        ends_at = None if hours is None else now + timedelta(hours=hours)
        facts = replace(facts, balance=balance, ends_at=ends_at)
        found: Plan = plan(facts, sent, now)
        if found.sends:
            assert found.stage is not None
            sent.append(Earlier(becomes, now, found.stage))
        facts = replace(facts, low_stage=None if found.end else found.stage or facts.low_stage)
    real = [message for message in sent if message.status in REALLY_SENT]
    for one, other in itertools.pairwise(real):
        assert other.at - one.at >= COOLDOWN or other.stage.depth > one.stage.depth
    for first in real:
        assert len([other for other in real if first.at <= other.at < first.at + COOLDOWN]) <= len(ALL)


def test_wavering_at_the_border_opens_and_closes_nothing() -> None:
    facts = replace(FORECAST, low_stage=Stage.DAYS_3, noticed_stage=Stage.DAYS_3, tells_agency=True)
    for hours in range(73, 72 + int(MARGIN.total_seconds() // 3600) + 1):
        found = plan(replace(facts, ends_at=NOW + timedelta(hours=hours)), [], NOW)
        assert (found.end, found.notifies, found.sends) == (None, False, False)
