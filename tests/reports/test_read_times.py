"""When an ad account is read: in its own moment of the half hour, later after failures, the past in pieces."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.readings import Usage
from reports.periods import Days
from reports.read_times import (
    PIECE,
    VISIT_EVERY,
    history_share,
    is_due,
    next_campaigns,
    next_piece,
    next_visit,
    pause_after,
    retry_at,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
moments = st.integers(0, 366 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds))
MINUTES = timedelta(minutes=1)


@given(st.uuids(), moments)
def test_an_account_comes_at_its_own_moment_of_the_half_hour(account: uuid.UUID, now: datetime) -> None:
    first = next_visit(account, now)
    second = next_visit(account, first)

    assert timedelta(minutes=5) <= first - now < timedelta(minutes=35)
    assert abs((second - first) - VISIT_EVERY) < timedelta(milliseconds=1)


def test_a_thousand_accounts_do_not_come_at_once() -> None:
    accounts = [uuid.UUID(int=number * 7919) for number in range(1000)]
    minutes = [int((next_visit(account, NOW) - NOW) / MINUTES) for account in accounts]

    assert max(minutes.count(minute) for minute in set(minutes)) < 60


@pytest.mark.parametrize(("failures", "minutes"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (50, 60), (1000, 60)])
def test_who_fails_again_waits_longer(failures: int, minutes: int) -> None:
    assert retry_at(failures, NOW) - NOW == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("percent", "wait", "expected"),
    [
        ("0", None, None),
        ("74.9", None, None),
        ("75", None, timedelta(seconds=20)),
        ("89.99", timedelta(hours=1), timedelta(seconds=20)),
        ("90", None, timedelta(minutes=5)),
        ("100", timedelta(minutes=37), timedelta(minutes=37)),
    ],
)
def test_who_has_asked_much_asks_slower_and_then_not_at_all(
    percent: str, wait: timedelta | None, expected: timedelta | None
) -> None:
    assert pause_after(Usage(Decimal(percent), wait=wait)) == expected


def test_due_is_what_was_never_read_or_long_ago() -> None:
    assert is_due(None, 25 * MINUTES, NOW)
    assert is_due(NOW - 25 * MINUTES, 25 * MINUTES, NOW)
    assert not is_due(NOW - 24 * MINUTES, 25 * MINUTES, NOW)


days = st.dates(date(2024, 1, 1), date(2026, 11, 24))


@given(days, st.integers(0, 396))
def test_the_pieces_of_the_past_are_all_of_it_and_no_day_twice(done_from: date, wanted: int) -> None:
    wanted_from, fetched, at = done_from - timedelta(days=wanted), [], done_from
    while piece := next_piece(wanted_from, at):
        assert (piece.until - piece.since) < PIECE
        fetched += [piece.since + timedelta(days=n) for n in range((piece.until - piece.since).days + 1)]
        assert piece.is_last == (piece.since == wanted_from)
        at = piece.since

    assert sorted(fetched) == [wanted_from + timedelta(days=n) for n in range(wanted)]


def test_no_past_is_fetched_before_the_newest_days_are_there() -> None:
    assert next_piece(date(2026, 1, 1), None) is None
    assert next_piece(None, date(2026, 1, 1)) is None


def test_the_share_of_the_past() -> None:
    today = date(2026, 11, 24)

    assert history_share(None, None, today) is None
    assert history_share(today - timedelta(days=200), None, today) == 0
    assert history_share(today - timedelta(days=200), today - timedelta(days=50), today) == 25
    assert history_share(today - timedelta(days=200), today - timedelta(days=200), today) == 100
    assert history_share(today, today, today) == 100


def november(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZoneInfo("America/Sao_Paulo"))


def days(first: tuple[int, int], last: tuple[int, int]) -> Days:
    return Days(date(2026, *first), date(2026, *last))


NEWEST = days((10, 27), (11, 23))


@pytest.mark.parametrize(
    ("hour", "there", "read_at", "days_from", "wanted"),
    [
        (0, None, None, None, NEWEST),  # never read, at whatever hour
        (4, days((9, 1), (11, 22)), november(23, 5), date(2026, 9, 1), days((11, 23), (11, 23))),  # yesterday is over
        (4, NEWEST, november(23, 5), None, None),
        (5, NEWEST, november(24, 4), None, NEWEST),  # and is read again once it is told in full
        (5, NEWEST, None, None, NEWEST),
        (23, NEWEST, november(24, 5), None, None),  # once a day
        (9, days((9, 1), (11, 1)), november(2, 5), date(2026, 9, 1), NEWEST),
        (4, days((9, 1), (11, 1)), november(2, 5), date(2026, 9, 1), days((11, 2), (11, 23))),
        (4, days((9, 1), (10, 26)), november(2, 5), date(2026, 9, 1), days((10, 27), (11, 23))),
        (4, days((9, 1), (10, 25)), november(2, 5), date(2026, 9, 1), NEWEST),  # the days between are read from here on
        (9, NEWEST, november(24, 5), date(2026, 11, 1), None),
        (9, NEWEST, november(24, 5), date(2026, 10, 20), days((10, 20), (10, 26))),
        (9, NEWEST, november(24, 5), date(2025, 11, 1), days((9, 24), (10, 26))),
        (9, days((9, 24), (11, 23)), november(24, 5), date(2025, 11, 1), days((8, 23), (9, 23))),
        (9, days((8, 23), (11, 23)), november(24, 5), date(2025, 11, 1), None),  # no report goes further back
    ],
)
def test_which_days_campaigns_are_read_of(
    hour: int, there: Days | None, read_at: datetime | None, days_from: date | None, wanted: Days | None
) -> None:
    assert next_campaigns(november(24, hour), there, read_at, days_from) == wanted


@given(st.integers(0, 24 * 200), st.integers(0, 400))
def test_campaigns_are_read_to_the_end_and_no_day_is_left_out(hours: int, back: int) -> None:
    local = november(24, 0) + timedelta(hours=hours)
    there: Days | None = None
    read_at: datetime | None = None
    for _ in range(6):
        wanted = next_campaigns(local, there, read_at, local.date() - timedelta(days=back))
        if wanted is None:
            break
        assert wanted.count <= 33
        if there is None:
            there, read_at = wanted, local
        else:
            assert wanted.last == there.first - timedelta(days=1)
            there = Days(wanted.first, there.last)

    assert there is not None
    assert (local.date() - there.first).days == max(28, min(back, 93))
