"""When a balance ends: what each weekday spent last, evenly over its hours; unknown wherever it would be a guess."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import forecast

SP = ZoneInfo("America/Sao_Paulo")
#: A Tuesday, at noon in São Paulo.
NOW = datetime(2026, 11, 24, 12, tzinfo=SP)
TODAY = NOW.date()
EVEN = {TODAY - timedelta(days=back): D(240) for back in range(1, 8)}
#: Monday to Sunday.
SHAPED = dict(zip(range(7), map(D, (100, 200, 300, 400, 500, 0, 0)), strict=True))
SHAPED_DAYS = {day: SHAPED[day.weekday()] for day in EVEN}


def end(balance: D | None, spends: dict[date, D] = EVEN, read_at: datetime | None = NOW) -> datetime | None:
    return forecast.ends_at(balance=balance, read_at=read_at, spends=spends, zone=SP, now=NOW)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SP)


@pytest.mark.parametrize(
    ("balance", "spends", "expected"),
    [
        # Half of today is left: 120 of its 240.
        (D(60), EVEN, at(24, 18)),
        (D(120), EVEN, at(25, 0)),
        (D(480), EVEN, at(26, 12)),
        (D(120 + 240 * 7), EVEN, datetime(2026, 12, 2, tzinfo=SP)),
        # Tuesday 100 left of 200, Wednesday 300, Thursday 400, Friday half of 500.
        (D(100 + 300 + 400 + 250), SHAPED_DAYS, at(27, 12)),
        # Nothing is spent on the weekend: it ends on Monday.
        (D(100 + 300 + 400 + 500 + 50), SHAPED_DAYS, at(30, 12)),
        (D(0), EVEN, NOW),
        (D(-5), EVEN, NOW),
        (D(0), {}, NOW),
        (None, EVEN, None),
        (D(100), {}, None),
        # Nothing was spent all week: it ends at no time that anybody could name.
        (D(100), dict.fromkeys(EVEN, D(0)), None),
        # Wednesday's spend is unknown: an end before it is known, a later one is not.
        (D(60), {day: spend for day, spend in EVEN.items() if day.weekday() != 2}, at(24, 18)),
        (D(300), {day: spend for day, spend in EVEN.items() if day.weekday() != 2}, None),
        (D(60), {day: spend for day, spend in EVEN.items() if day.weekday() != 1}, None),
        # A file that ends three days before yesterday is late; one day more is too late.
        (D(60), {day - timedelta(days=3): spend for day, spend in EVEN.items()}, at(24, 18)),
        (D(60), {day - timedelta(days=4): spend for day, spend in EVEN.items()}, None),
        # What is not over yet says nothing.
        (D(60), {TODAY: D(240), TODAY + timedelta(days=1): D(240)}, None),
    ],
)
def test_when_it_ends(balance: D | None, spends: dict[date, D], expected: datetime | None) -> None:
    assert end(balance, spends) == expected


def test_a_balance_of_days_ago_has_lost_what_those_days_spent() -> None:
    spends = EVEN | {date(2026, 11, 22): D(0), date(2026, 11, 23): D(40)}

    # Half of Saturday 120, Sunday nothing, Monday 40 and not the 240 of other days, a quarter of Tuesday.
    assert end(D(120 + 40 + 60), spends, at(21, 12)) == at(24, 6)
    assert end(D(100), EVEN, NOW - forecast.OLD_BALANCE - timedelta(minutes=1)) is None


def test_the_day_of_a_clock_change_is_as_long_as_it_is() -> None:
    zone = ZoneInfo("America/New_York")
    now = datetime(2026, 11, 1, tzinfo=zone)  # 25 hours long
    spends = {now.date() - timedelta(days=back): D(250) for back in range(1, 8)}

    found = forecast.ends_at(balance=D(250), read_at=now, spends=spends, zone=zone, now=now)

    assert found == datetime(2026, 11, 2, tzinfo=zone)


@pytest.mark.parametrize(
    ("balance", "ends", "words", "of_card"),
    [
        (D(60), at(24, 18, 40), "acaba hoje, ~18h", "acaba hoje"),
        (D(60), at(25, 0, 1), "acaba em ~1 dia, qua 0h", "acaba em ~1 dia"),
        (D(60), at(27, 14), "acaba em ~3 dias, sex 14h", "acaba em ~3 dias"),
        (D(60), datetime(2026, 12, 8, 9, tzinfo=SP), "acaba em ~14 dias, ter 9h", "acaba em ~14 dias"),
        (D(60), datetime(2026, 12, 9, 9, tzinfo=SP), "acaba em ~15 dias", "acaba em ~15 dias"),
        (D(60), NOW + forecast.FARTHEST, "dura mais de um ano", "dura mais de um ano"),
        (D(60), at(24, 11), "deve ter acabado", "deve ter acabado"),
        (D(0), at(24, 11), "acabou", "acabou"),
        (D(-1), None, "acabou", "acabou"),
        (D(60), None, "", ""),
        (None, at(27, 14), "", ""),
    ],
)
def test_words(balance: D | None, ends: datetime | None, words: str, of_card: str) -> None:
    assert forecast.words(balance, ends, NOW, SP) == words
    assert forecast.day_words(balance, ends, NOW, SP) == of_card


def test_days_are_those_of_the_accounts_calendar() -> None:
    late = datetime(2026, 11, 24, 23, tzinfo=SP)

    assert forecast.days_left(late + timedelta(hours=2), late, SP) == 1
    assert forecast.days_left(late + timedelta(hours=2), late, ZoneInfo("America/Los_Angeles")) == 0
    assert forecast.days_left(late - timedelta(days=2), late, SP) == 0
    assert forecast.days_left(None, late, SP) is None
    assert forecast.time_left(late, late + timedelta(days=1)) == timedelta(0)


money = st.decimals(0, 5000, places=2)
weeks = st.lists(money | st.none(), min_size=7, max_size=7).map(
    lambda week: {TODAY - timedelta(days=1 + back): spend for back, spend in enumerate(week) if spend is not None}
)


@given(weeks, st.decimals("0.01", 50000, places=2), st.decimals("0.01", 5000, places=2))
def test_more_money_never_ends_sooner(spends: dict[date, D], balance: D, more: D) -> None:
    sooner, later = end(balance, spends), end(balance + more, spends)

    assert later is None or (sooner is not None and NOW <= sooner <= later)


@given(weeks, st.decimals("0.01", 50000, places=2), st.integers(0, 6))
def test_knowing_less_never_makes_an_end(spends: dict[date, D], balance: D, weekday: int) -> None:
    less = {day: spend for day, spend in spends.items() if day.weekday() != weekday}
    if len(less) < len(spends) and max(less, default=None) == max(spends):
        found = end(balance, less)
        assert found is None or found == end(balance, spends)


@given(st.lists(st.decimals("0.01", 5000, places=2), min_size=7, max_size=7), st.decimals("0.01", 50000, places=2))
def test_what_was_spent_by_the_end_is_the_balance(week: list[D], balance: D) -> None:
    spends = {TODAY - timedelta(days=1 + back): spend for back, spend in enumerate(week)}
    of = {day.weekday(): spend for day, spend in spends.items()}
    found = end(balance, spends)
    assert found is not None
    if found - NOW > forecast.FARTHEST - timedelta(days=2):
        return
    days = (found.date() - TODAY).days
    into = D(str((found - datetime.combine(found.date(), NOW.min.time(), SP)).total_seconds())) / 86400
    spent = sum((of[(TODAY + timedelta(days=ahead)).weekday()] for ahead in range(days)), D(0))
    spent += of[found.weekday()] * into - of[TODAY.weekday()] / 2

    assert abs(spent - balance) < D("0.05")
