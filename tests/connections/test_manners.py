from __future__ import annotations

import random
import zoneinfo
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.manners import HOUR, SLOW_START, Pace, QuietHours, Rules, reserve

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OLD = Pace(first_connected_at=NOW - timedelta(days=30))
SAO_PAULO = zoneinfo.ZoneInfo("America/Sao_Paulo")
NO_JITTER = Rules(gap=timedelta(seconds=10), jitter=0, hourly_cap=3)


def slots(pace: Pace, rules: Rules, count: int, *, now: datetime = NOW, quiet: QuietHours | None = None) -> list[float]:
    """Seconds after `now` at which so many messages, all due now, would leave."""
    found = []
    for _ in range(count):
        slot, pace = reserve(pace, rules, now, quiet=quiet, chance=random.Random(1))  # noqa: S311
        found.append((slot - now).total_seconds())
    return found


@pytest.mark.parametrize(
    ("pace", "rules", "expected"),
    [
        (OLD, NO_JITTER, [0, 10, 20, 3600, 3610]),
        # A fresh number: three times the gap, a third of the cap.
        (Pace(), NO_JITTER, [0, 3600, 7200]),
        (Pace(first_connected_at=NOW - SLOW_START + timedelta(seconds=1)), NO_JITTER, [0, 3600]),
        (Pace(first_connected_at=NOW - SLOW_START), NO_JITTER, [0, 10]),
        # Blocked by WhatsApp for a while.
        (
            Pace(first_connected_at=NOW - timedelta(days=30), paused_until=NOW + timedelta(hours=2)),
            NO_JITTER,
            [7200, 7210],
        ),
        # Sent a moment ago.
        (Pace(NOW + timedelta(seconds=4), NOW - HOUR / 2, 1, None, NOW - timedelta(days=30)), NO_JITTER, [4, 14, 1800]),
        # Off.
        (OLD, Rules(gap=timedelta(0), hourly_cap=0), [0, 0, 0, 0, 0, 0]),
    ],
)
def test_messages_leave_one_by_one(pace: Pace, rules: Rules, expected: list[float]) -> None:
    assert slots(pace, rules, len(expected)) == expected


@pytest.mark.parametrize(
    ("begins", "ends", "at", "end"),
    [
        ("20:00", "08:00", "2026-11-24T22:59", None),  # 19:59 in São Paulo
        ("20:00", "08:00", "2026-11-24T23:00", "2026-11-25T11:00"),
        ("20:00", "08:00", "2026-11-25T05:00", "2026-11-25T11:00"),
        ("20:00", "08:00", "2026-11-25T11:00", None),
        ("12:00", "14:00", "2026-11-24T16:30", "2026-11-24T17:00"),
        ("12:00", "14:00", "2026-11-24T17:00", None),
    ],
)
def test_quiet_hours(begins: str, ends: str, at: str, end: str | None) -> None:
    quiet = QuietHours(time.fromisoformat(begins), time.fromisoformat(ends), SAO_PAULO)
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert quiet.end_after(moment) == (datetime.fromisoformat(end).replace(tzinfo=UTC) if end else None)


def test_what_is_due_in_quiet_hours_leaves_one_by_one_after_them() -> None:
    quiet = QuietHours(time(8), time(10), SAO_PAULO)  # NOW is 09:00

    assert slots(OLD, NO_JITTER, 3, quiet=quiet) == [3600, 3610, 3620]


@given(
    st.lists(st.integers(0, 4000), min_size=2, max_size=60),
    st.integers(0, 60),
    st.floats(0, 1),
    st.integers(0, 20),
    st.integers(0, 10),
)
def test_gap_and_cap_hold_for_any_arrivals(waits: list[int], gap: int, jitter: float, cap: int, days: int) -> None:
    rules = Rules(timedelta(seconds=gap), jitter, cap)
    pace, now = Pace(first_connected_at=NOW - timedelta(days=days)), NOW
    sent: list[datetime] = []
    for wait in waits:
        now += timedelta(seconds=wait)
        slot, pace = reserve(pace, rules, now)
        assert slot >= now
        sent.append(slot)

    assert sent == sorted(sent)
    assert all(later - earlier >= timedelta(seconds=gap) for earlier, later in pairwise(sent))
    if cap:
        # Never more than twice the cap in any hour, wherever that begins: an hour of ours begins with a message.
        assert all(sum(at <= other < at + HOUR for other in sent) <= 2 * cap for at in sent)
