from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from connections.states import MessageStatus as S
from reports.alerts_rule import Decision, Earlier, decide

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LOW = {"balance": D("100"), "threshold": D("300"), "enabled": True, "now": NOW}


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
    assert decide(balance=balance, threshold=threshold, enabled=enabled, earlier=[], now=NOW) == expected


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
def test_an_earlier_alert(status: S, hours_ago: float, expected: Decision) -> None:
    earlier = [Earlier(status, NOW - timedelta(hours=hours_ago))]

    assert decide(**LOW, earlier=earlier) == expected


def test_a_person_need_not_wait_after_a_failure() -> None:
    earlier = [Earlier(S.FAILED, NOW)]

    assert decide(**LOW, earlier=earlier, after_failure=timedelta(0)) == Decision.SEND


def test_one_of_two_recipients_was_reached() -> None:
    earlier = [Earlier(S.FAILED, NOW - timedelta(hours=2)), Earlier(S.SENT, NOW - timedelta(hours=2))]

    assert decide(**LOW, earlier=earlier) == Decision.COOLING


def test_old_alerts_do_not_hide_a_new_one() -> None:
    earlier = [Earlier(S.SENT, NOW - timedelta(days=9)), Earlier(S.QUEUED, NOW - timedelta(minutes=1))]

    assert decide(**LOW, earlier=earlier) == Decision.ON_ITS_WAY
