"""What a platform tells of an account's days becomes columns, with unknown kept apart from zero."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.readings import Daily, Day, Result
from reports.choices import Family, Platform
from reports.day_numbers import last_days, of_daily, spend_per_day, with_results
from reports.metrics import Metric, Sums, total, value

D = Decimal
TODAY = date(2026, 11, 24)
META, GOOGLE = Platform.META, Platform.GOOGLE


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def day(when: date, spend: str = "10", **results: Result) -> Day:
    named = {Family(name): result for name, result in results.items()}
    return Day(when, D(spend), impressions=1000, clicks=20, results=named)


def numbers(daily: Daily, since: date, until: date, *, platform: Platform = META, family: Family = Family.PURCHASES):  # type: ignore[no-untyped-def]
    return of_daily(daily, since, until, TODAY, platform=platform, family=family)


def test_a_day_that_is_over_and_has_no_row_ran_nothing() -> None:
    found = numbers(Daily((day(ago(1)),), "BRL"), ago(3), TODAY)

    assert sorted(found) == [ago(3), ago(2), ago(1)]  # of today nothing is known until there is a row
    assert found[ago(3)].sums == Sums(spend=D("0.00"), impressions=0, clicks=0)
    assert found[ago(1)].sums.spend == D("10.00")


def test_today_counts_once_the_platform_has_a_row() -> None:
    found = numbers(Daily((day(TODAY, "3.5"),), "BRL"), ago(1), TODAY)

    assert found[TODAY].sums.spend == D("3.50")


def test_a_family_that_the_account_never_showed_is_unknown_and_one_that_it_did_is_zero_on_other_days() -> None:
    daily = Daily((day(ago(1), purchases=Result(D(2), D("90"))), day(ago(2))), "BRL")

    found = numbers(daily, ago(3), ago(1))

    assert [found[ago(n)].sums.conversions for n in (1, 2, 3)] == [D("2.00"), D("0.00"), D("0.00")]
    assert [found[ago(n)].sums.revenue for n in (1, 2, 3)] == [D("90.00"), D("0.00"), D("0.00")]
    assert all(found[ago(n)].sums.leads is None and found[ago(n)].sums.messages is None for n in (1, 2, 3))


def test_a_family_known_by_its_recorded_key_is_zero_where_a_whole_read_lacks_it() -> None:
    found = numbers(Daily((day(ago(1)),), "BRL", keys={"leads": "lead"}), ago(1), ago(1))

    assert (found[ago(1)].sums.leads, found[ago(1)].sums.conversions) == (0, None)


def test_a_count_without_a_value_has_unknown_revenue() -> None:
    found = numbers(Daily((day(ago(1), purchases=Result(D(2))),), "BRL"), ago(1), ago(1))

    assert (found[ago(1)].sums.conversions, found[ago(1)].sums.revenue) == (D("2.00"), None)
    assert value(found[ago(1)].sums, Metric.ROAS) is None  # hidden, and never 0,00


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (Family.PURCHASES, D("2.00")),
        (Family.LEADS, D("5.00")),
        (Family.CONVERSATIONS, D("76.00")),
        (Family.LINK_CLICKS, D("7.00")),
        (Family.CHECKOUTS, None),
    ],
)
def test_conversions_are_what_the_client_counts_as_such(family: Family, expected: Decimal | None) -> None:
    told = {
        "purchases": Result(D(2), D(80)),
        "leads": Result(D(5)),
        "conversations": Result(D(76)),
        "link_clicks": Result(D(7)),
    }

    found = numbers(Daily((day(ago(1), **told),), "BRL"), ago(1), ago(1), family=family)[ago(1)]

    assert found.sums.conversions == expected
    assert (found.sums.revenue, found.sums.leads, found.sums.messages) == (D("80.00"), 5, 76)
    assert with_results(found.sums, found.results, platform=META, family=family) == found.sums


def test_googles_conversions_are_fractions_and_do_not_follow_the_family() -> None:
    daily = Daily((day(ago(1), conversions=Result(D("4.33"), D("120.5"))),), "BRL")

    found = numbers(daily, ago(2), ago(1), platform=GOOGLE, family=Family.LEADS)

    assert (found[ago(1)].sums.conversions, found[ago(1)].sums.revenue) == (D("4.33"), D("120.50"))
    assert (found[ago(2)].sums.conversions, found[ago(2)].sums.revenue) == (D("0.00"), D("0.00"))
    assert found[ago(1)].sums.leads is None


amounts = st.decimals(min_value=0, max_value=99999, places=2)
told_days = st.lists(st.tuples(amounts, st.integers(0, 10**6), st.integers(0, 10**4), amounts), min_size=2, max_size=40)


@given(told_days, st.data())
def test_the_sum_of_any_split_of_the_days_is_that_of_the_whole(
    rows: list[tuple[Decimal, int, int, Decimal]], data: st.DataObject
) -> None:
    days = tuple(
        Day(ago(n + 1), spend, shown, clicks, results={Family.PURCHASES: Result(D(clicks), worth)})
        for n, (spend, shown, clicks, worth) in enumerate(rows)
    )
    found = numbers(Daily(days, "BRL"), ago(len(days)), ago(1))
    cut = data.draw(st.integers(1, len(days) - 1))
    whole = total(("BRL", one.sums) for one in found.values())[1]
    parts = [
        total(("BRL", found[ago(n)].sums) for n in part)[1]
        for part in (range(1, cut + 1), range(cut + 1, len(days) + 1))
    ]

    assert whole == total(("BRL", part) for part in parts)[1]
    if whole.impressions:  # a ratio comes from the sums, whatever the ratios of the parts are
        assert value(whole, Metric.CTR) == D(whole.clicks or 0) * 100 / D(whole.impressions)


def test_recent_spend_counts_days_that_are_over() -> None:
    spends = {TODAY: D("1"), **{ago(n): D(10 * n) for n in range(1, 10)}}

    assert spend_per_day(spends, TODAY) == D("40.00")
    assert spend_per_day({TODAY: D("5")}, TODAY) is None
    assert last_days(TODAY, 28) == (date(2026, 10, 27), TODAY)
