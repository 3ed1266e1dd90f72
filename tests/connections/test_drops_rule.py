"""Whether a fall is told, and when it is told again: the rule as a table, without a row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from connections.drops_rule import DOWN, Fall, is_to_be_told, may_remind
from connections.states import Status

NOON = datetime(2026, 11, 24, 15, tzinfo=UTC)  # in São Paulo
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TRIES = {"status": Status.CONNECTING}
FELL = Fall(status=Status.DISCONNECTED, since=NOON - 4 * MINUTE, read_at=NOON)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"status": Status.UNSTABLE}, True),
        ({"status": Status.RESTRICTED}, True),
        ({"status": Status.CONNECTED}, False),
        ({"status": Status.CONNECTING}, False),
        ({"status": Status.AWAITING_SCAN}, False),
        ({"since": NOON - 3 * MINUTE}, True),
        ({"since": NOON - 3 * MINUTE + timedelta(seconds=1)}, False),
        ({"since": None}, False),
        # Read for the last time before it had lasted: nobody knows.
        ({"read_at": NOON - 2 * MINUTE}, False),
        ({"read_at": None}, False),
        ({"read_at": None, "exists_at_gateway": False}, True),
        ({"read_at": NOON - MINUTE}, True),
        ({"is_pairing": True}, False),
        ({"on_purpose": True}, False),
        ({"put_away": True}, False),
        # It flaps: it came back from the drop before this one a moment before.
        ({"came_back_at": NOON - 10 * MINUTE}, False),
        ({"came_back_at": NOON - 25 * MINUTE, "since": NOON - 15 * MINUTE}, True),
        ({"came_back_at": NOON - 2 * HOUR}, True),
        # A session that tries to come back gets longer, and not for ever.
        ({**TRIES, "since": NOON - 10 * MINUTE}, True),
        ({**TRIES, "since": NOON - 10 * MINUTE + timedelta(seconds=1)}, False),
        ({**TRIES, "since": NOON - 30 * MINUTE, "read_at": NOON - 21 * MINUTE}, False),
        ({**TRIES, "since": NOON - 30 * MINUTE, "read_at": NOON - 20 * MINUTE}, True),
        ({**TRIES, "since": None}, False),
        ({**TRIES, "since": NOON - 30 * MINUTE, "is_pairing": True}, False),
        ({**TRIES, "since": NOON - 30 * MINUTE, "on_purpose": True}, False),
        ({**TRIES, "since": NOON - 30 * MINUTE, "put_away": True}, False),
        ({**TRIES, "since": NOON - 14 * MINUTE, "came_back_at": NOON - 20 * MINUTE}, False),
        ({**TRIES, "since": NOON - 15 * MINUTE, "came_back_at": NOON - 20 * MINUTE}, True),
        ({"status": Status.AWAITING_SCAN, "since": NOON - 30 * MINUTE}, False),
    ],
)
def test_what_is_told(changes: dict[str, object], expected: bool) -> None:
    assert is_to_be_told(replace(FELL, **changes), NOON) is expected  # type: ignore[arg-type]


def test_the_waits_are_shortened_in_proportion() -> None:
    short = replace(FELL, since=NOON - timedelta(seconds=19))

    assert is_to_be_told(short, NOON, 0.1) is True
    assert is_to_be_told(short, NOON, 0.2) is False


def test_what_is_down_is_what_no_message_leaves_through_and_nothing_is_under_way() -> None:
    assert {*Status} - DOWN == {Status.CONNECTED, Status.CONNECTING, Status.AWAITING_SCAN}


@pytest.mark.parametrize(
    ("hour", "quiet", "expected"),
    [
        (12, None, True),
        (8, None, True),
        (7, None, False),
        (22, None, False),
        (2, None, False),
        (7, (time(20), time(6)), True),
        (21, (time(20), time(6)), False),
        (13, (time(12), time(14)), False),
        (23, (time(12), time(14)), True),
    ],
)
def test_nobody_is_reminded_at_night(hour: int, quiet: tuple[time, time] | None, expected: bool) -> None:
    now = datetime(2026, 11, 24, hour, tzinfo=SAO_PAULO)

    assert may_remind(now - 30 * HOUR, now.astimezone(UTC), SAO_PAULO, quiet) is expected


def test_a_reminder_comes_after_a_day_and_no_sooner() -> None:
    assert may_remind(NOON - 24 * HOUR, NOON, SAO_PAULO) is True
    assert may_remind(NOON - 24 * HOUR + MINUTE, NOON, SAO_PAULO) is False


def test_night_is_that_of_the_agencys_zone() -> None:
    """Eight in the evening in São Paulo is eleven at night in Lisbon."""
    evening = datetime(2026, 11, 24, 20, tzinfo=SAO_PAULO)

    assert may_remind(evening - 24 * HOUR, evening, SAO_PAULO) is True
    assert may_remind(evening - 24 * HOUR, evening, ZoneInfo("Europe/Lisbon")) is False
