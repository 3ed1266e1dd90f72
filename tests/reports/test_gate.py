"""The data gate: what holds a report, by tables of numbers; what is usual in a week does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import gate
from reports.choices import HoldKind, Platform
from reports.gathered import AccountKey, Course, Gap, Gathered, Reading
from reports.metrics import Metric, Sums
from reports.periods import Days
from reports.snapshot import Block, DayPoint, ReportData

WEEK = Days(date(2026, 11, 17), date(2026, 11, 23))
SUNDAY = Days(date(2026, 11, 22), date(2026, 11, 22))
ACCOUNT = AccountKey(UUID(int=1), "Ipê Busca", Platform.GOOGLE, "BRL")
THREE = D(3)


def points(first: date, spends: Sequence[str | None]) -> tuple[DayPoint, ...]:
    days = (first + timedelta(days=number) for number in range(len(spends)))
    return tuple(
        DayPoint(day, None if spend is None else Sums(spend=D(spend))) for day, spend in zip(days, spends, strict=True)
    )


def course(now: Sequence[str | None], before: Sequence[str | None], days: Days = WEEK) -> Course:
    base = days.first - timedelta(days=len(before))
    return Course(Platform.META, "BRL", points(days.first, now), points(base, before))


def gathered(
    *courses: Course, days: Days = WEEK, gaps: tuple[Gap, ...] = (), readings: tuple[Reading, ...] = ()
) -> Gathered:
    block = Block(Platform.META, "BRL", Sums(spend=D(1)))
    data = ReportData("Moda Ipê", days, None, (Metric.SPEND,), (block,))
    return Gathered(days, data, gaps, readings, courses)


def reading(*, alive: bool = True, until: date | None = WEEK.last) -> Reading:
    return Reading(ACCOUNT, alive, until, datetime(2026, 11, 24, 11, tzinfo=UTC))


@pytest.mark.parametrize(
    ("now", "before", "kind"),
    [
        (["100"] * 7, ["100"] * 7, None),
        (["100"] * 7, ["40"] * 7, None),  # two and a half times
        (["300"] * 7, ["100"] * 7, None),  # just three times is not beyond
        (["301"] * 7, ["100"] * 7, HoldKind.JUMP),
        (["0"] * 6 + ["2800"], ["100"] * 7, HoldKind.JUMP),
        (["9"] * 7, ["0.50"] * 7, None),  # pennies
        (["100"] * 7, ["0"] * 7, None),  # it has begun
        (["0"] * 7, ["0"] * 7, None),
        (["0"] * 7, ["180"] * 7, HoldKind.ZERO),
        (["0"] * 7, ["0"] * 6 + ["0.01"], HoldKind.ZERO),
        (["0"] * 6 + ["0.01"], ["180"] * 7, None),
        (["0"] * 7, [*["180"] * 6, None], None),  # what was before is not known
        ([*["900"] * 6, None], ["100"] * 7, None),  # a gap has its own cause
        (["900"] * 7, [], None),
    ],
)
def test_spend_against_what_was_usual(
    now: Sequence[str | None], before: Sequence[str | None], kind: HoldKind | None
) -> None:
    found = gate.causes(gathered(course(now, before)), THREE)

    assert [cause.kind for cause in found] == ([kind] if kind else [])


def test_an_agency_may_let_any_spend_pass() -> None:
    assert not gate.causes(gathered(course(["9000"] * 7, ["100"] * 7)), None)


def test_the_words_of_a_spend_name_the_platform_and_what_was_usual() -> None:
    zero, jump = course(["0"] * 7, ["180"] * 7), course(["5400"] * 7, ["1830"] * 7)

    assert gate.sentence(gate.causes(gathered(zero), THREE)) == (
        "Meta Ads zerado onde havia números: antes, ~R$ 180,00 por dia."
    )
    assert gate.sentence(gate.causes(gathered(jump), D(2))) == (
        "Gasto fora do comum: Meta Ads com R$ 5.400,00 por dia, antes ~R$ 1.830,00."
    )


@pytest.mark.parametrize(
    ("now", "sundays_before", "stands"),
    [
        ("0", {}, True),  # nothing is known of other Sundays
        ("0", {1: "0"}, False),  # it never runs on Sundays
        ("0", {1: "90", 2: "80"}, True),
        ("0", {1: "90", 2: "0"}, False),
        ("900", {}, True),
        ("900", {1: "850"}, False),  # Sundays are dear
        ("900", {1: "100"}, True),
    ],
)
def test_a_single_day_is_compared_with_the_same_day_of_other_weeks(
    now: str, sundays_before: dict[int, str], stands: bool
) -> None:
    found = gathered(course([now], ["100"], SUNDAY), days=SUNDAY)
    assert not gate.causes(found, THREE)
    doubted = gate.suspicions(found, THREE)

    spends = {SUNDAY.first - timedelta(weeks=weeks): D(spend) for weeks, spend in sundays_before.items()}
    spends |= {SUNDAY.first - timedelta(days=passed): D(100) for passed in (1, 2, 3)}

    assert [gate.confirmed(each, spends, THREE) for each in doubted] == [stands]


@pytest.mark.parametrize(
    ("found", "kinds", "said"),
    [
        (reading(), [], ""),
        (reading(until=None), [], ""),  # never read: its numbers came from files
        (
            reading(until=date(2026, 11, 22)),
            [HoldKind.STALE],
            "Os números de Ipê Busca só estão completos até 22 nov.",
        ),
        (
            reading(alive=False, until=date(2026, 11, 22)),
            [HoldKind.ACCESS],
            "O acesso aos números do Google parou de funcionar. Lidos só até 22 nov.",
        ),
        (reading(alive=False, until=None), [HoldKind.ACCESS], "O acesso aos números do Google parou de funcionar."),
    ],
)
def test_readings(found: Reading, kinds: list[HoldKind], said: str) -> None:
    causes = gate.causes(gathered(readings=(found,)), THREE)

    assert ([cause.kind for cause in causes], gate.sentence(causes)) == (kinds, said)


def test_missing_days_say_it_all_of_an_account_that_is_old_as_well() -> None:
    gap = Gap(ACCOUNT, (date(2026, 11, 22), date(2026, 11, 23)))
    found = gate.causes(gathered(gaps=(gap,), readings=(reading(until=date(2026, 11, 21)),)), THREE)

    assert gate.sentence(found) == "Faltam 22 e 23 nov de Ipê Busca."


@given(st.lists(st.sampled_from(["A" * 30, "B" * 90, "C" * 250]), min_size=1, max_size=6))
def test_a_reason_is_never_longer_than_its_column_and_never_empty(sentences: list[str]) -> None:
    said = gate.sentence([gate.Cause(HoldKind.GAPS, sentence) for sentence in sentences])

    assert 0 < len(said) <= 200


@given(
    st.lists(st.decimals(0, 10_000, places=2), min_size=7, max_size=7),
    st.lists(st.decimals(0, 10_000, places=2), min_size=7, max_size=7),
    st.sampled_from([D(2), D(3), D(5), D(10)]),
)
def test_no_spend_within_the_factor_is_ever_held_as_a_jump(now: list[D], before: list[D], factor: D) -> None:
    found = gate.causes(gathered(course([str(each) for each in now], [str(each) for each in before])), factor)

    if sum(now) <= sum(before) * factor:
        assert HoldKind.JUMP not in {cause.kind for cause in found}
