"""Campaigns' days packed and added up: whatever the split, the same sums; and what is unknown stays so."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.readings import Campaigns, Day, Result
from reports.campaign_days import CampaignSums, listed, packed_days, packed_names, unpacked_names
from reports.choices import Family, Platform
from reports.demo_campaigns import campaigns_of, shared_out
from reports.demo_numbers import Profile, day_numbers
from reports.metrics import Metric, Sums, total, value
from reports.periods import Days
from reports.snapshot import Campaign

FIRST = date(2026, 11, 1)
SHOP = {Family.PURCHASES: True, Family.LEADS: False}


def day(spend: str, impressions: int = 1000, clicks: int = 10, **results: Result) -> Day:
    return Day(FIRST, D(spend), impressions, clicks, {Family(name): result for name, result in results.items()})


def told(days: list[dict[str, Day]], families: dict[Family, bool] | None = None) -> Campaigns:
    by_date = {FIRST + timedelta(days=number): each for number, each in enumerate(days)}
    return Campaigns(by_date, {}, "BRL", SHOP if families is None else families)


def added_up(
    *found: Campaigns, family: Family = Family.PURCHASES, names: dict[str, str] | None = None
) -> dict[str, Sums]:
    sums = CampaignSums()
    for each in found:
        for packed in packed_days(each, Days(min(each.days), max(each.days))).values():
            sums.add(packed)
    return {one.name: one.numbers for one in sums.campaigns(names or {}, platform=Platform.META, family=family)}


def test_days_add_up_by_campaign() -> None:
    found = told(
        [
            {
                "1": day("40.10", 4000, 80, purchases=Result(D(3), D("600.00"))),
                "2": day("59.90", 9000, 120, purchases=Result(D(1), D("150.50")), leads=Result(D(2))),
            },
            {"1": day("35", 3500, 70), "3": day("0", 12, 0)},
            {},
            {"2": day("65", 9800, 131, purchases=Result(D(2), D("310.00")))},
        ]
    )

    assert added_up(found, names={"1": "Remarketing", "2": "Aberto"}) == {
        "Remarketing": Sums(D("75.10"), D("600.00"), D(3), 7500, 150, 0, None, purchases=3),
        "Aberto": Sums(D("124.90"), D("460.50"), D(3), 18800, 251, 2, None, purchases=3),
        "3": Sums(D(0), D(0), D(0), 12, 0, 0, None, purchases=0),
    }


@pytest.mark.parametrize(
    ("family", "conversions"), [(Family.PURCHASES, D(3)), (Family.LEADS, D(0)), (Family.CHECKOUTS, None)]
)
def test_conversions_are_what_the_client_counts(family: Family, conversions: D | None) -> None:
    found = told([{"1": day("10", purchases=Result(D(3), D(9)))}])

    numbers = added_up(found, family=family)["1"]

    assert (numbers.conversions, numbers.revenue, numbers.leads, numbers.messages) == (conversions, D(9), 0, None)


@pytest.mark.parametrize(
    ("second", "conversions", "revenue"),
    [
        (told([{"1": day("1")}], {}), None, None),  # the account had not shown any purchase
        (told([{"1": day("1")}], {Family.PURCHASES: False}), D(3), None),
        (told([{"1": day("1", purchases=Result(D(1), None))}]), D(4), None),  # worth what nobody told
        (told([{"2": day("1")}], {}), D(3), D(9)),  # on which this one did not run
    ],
)
def test_what_is_unknown_of_one_of_its_days_is_unknown_of_all(
    second: Campaigns, conversions: D | None, revenue: D | None
) -> None:
    first = told([{"1": day("10", purchases=Result(D(3), D(9)))}])

    for order in ([first, second], [second, first]):
        numbers = added_up(*order)["1"]
        assert (numbers.conversions, numbers.revenue) == (conversions, revenue)


def test_what_did_nothing_is_not_listed() -> None:
    found = told([{"1": day("0", 0, 0), "2": day("0", 0, 0, leads=Result(D(1))), "3": day("0.01", 0, 0)}])

    assert set(added_up(found)) == {"2", "3"}


numbers = st.builds(
    lambda spend, impressions, clicks, count, worth: Day(
        FIRST,
        D(spend).scaleb(-6),
        impressions,
        clicks,
        {Family.PURCHASES: Result(D(count).scaleb(-2), D(worth).scaleb(-2))} if count else {},
    ),
    *(
        st.integers(0, 10**10),
        st.integers(0, 10**7),
        st.integers(0, 10**5),
        st.integers(0, 10**4),
        st.integers(0, 10**8),
    ),
)
sheets = st.lists(st.dictionaries(st.sampled_from(["1", "2", "3"]), numbers), min_size=1, max_size=8)


@given(sheets, st.data())
def test_any_split_of_days_adds_up_to_the_whole_and_ratios_are_of_the_sums(
    days: list[dict[str, Day]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(days))
    plain: dict[str, list[Day]] = {}
    for of_day in days:
        for campaign, each in of_day.items():
            plain.setdefault(campaign, []).append(each)

    whole = added_up(told(days))

    assert added_up(*(told([each]) for each in order)) == whole
    for campaign, sums in whole.items():
        found = plain[campaign]
        assert sums.spend == sum(each.spend for each in found).quantize(D("0.01"))  # type: ignore[union-attr]
        assert sums.clicks == sum(each.clicks for each in found)
        impressions = sum(each.impressions for each in found)
        expected = D(100 * sum(each.clicks for each in found)) / impressions if impressions else None
        assert value(sums, Metric.CTR) == expected


def named(number: int, spend: str) -> Campaign:
    return Campaign(f"Campanha {number}", Sums(D(spend), None, D(1), 10, 1, 0, None))


def test_the_dearest_come_first_and_the_rest_is_one_line() -> None:
    found = listed(named(number, f"{number}.50") for number in range(1, 504))

    assert (len(found), found[0].name, found[499].name) == (501, "Campanha 503", "Campanha 4")
    assert found[500] == Campaign("Outras campanhas (3)", Sums(D("7.50"), None, D(3), 30, 3, 0, None))
    assert len(listed(found[:500])) == 500


def test_five_hundred_campaigns_over_two_months_take_less_than_a_megabyte() -> None:
    families = {family: family is Family.PURCHASES for family in Family if family is not Family.CONVERSIONS}

    def numbers_of(number: int, each: int) -> Day:
        spend = 137 + (number * 7919 + each * 104729) % 19_000
        results = {
            Family.LINK_CLICKS: Result(D(spend // 90)),
            Family.LANDING_PAGE_VIEWS: Result(D(spend // 110)),
            Family.VIDEO_VIEWS: Result(D(spend // 3)),
        }
        if spend % 9 > 4:
            results[Family.PURCHASES] = Result(D(spend % 9), D(spend * 4).scaleb(-2))
        return Day(FIRST, D(spend).scaleb(-2), spend // 2, spend // 70, results)

    ids = [str(120210000000000000 + number * 7_919_104_729 % 10**12) for number in range(500)]
    found = told([{one: numbers_of(n, each) for n, one in enumerate(ids)} for each in range(3)], families)

    packed = packed_days(found, Days(FIRST, FIRST + timedelta(days=2)))

    assert sum(map(len, packed.values())) / 3 * 62 < 1_000_000


def test_names_come_back_as_they_were() -> None:
    names = {"2": "Coleção “Verão” 🌞 | 50%", "1": ""}

    assert unpacked_names(packed_names(names)) == names
    assert packed_names(names) == packed_names(dict(reversed(names.items())))


@given(
    st.sampled_from(["shop", "leads", "talks"]),
    st.sampled_from(Platform),
    st.integers(0, 10**9 - 1),
    st.integers(0, 999),
)
def test_the_demonstrations_campaigns_add_up_to_their_account(
    kind: str, platform: Platform, digits: int, number: int
) -> None:
    account, profile = f"7{digits:09}", Profile(kind, 180, 3.1 if kind == "shop" else 0.0)
    when = FIRST + timedelta(days=number)
    whole = day_numbers(account, platform, profile, when)

    parts = list(shared_out(whole, campaigns_of(platform, account, profile), when))

    assert total(("BRL", part) for _, part in parts) == ("BRL", whole)
    assert len(parts) >= 1
