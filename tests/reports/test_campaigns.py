"""A report's campaigns: per platform and currency, the dearest first, and none where a day of them is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from reports import campaigns
from reports.ads.readings import Campaigns, Day, Result
from reports.campaign_days import packed_days
from reports.choices import Family, Platform
from reports.models import AdAccount
from reports.numbers import gather
from reports.periods import Days
from reports.snapshot import Block, from_json, to_json
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_settings, week

pytestmark = pytest.mark.django_db

#: 09:00 in São Paulo.
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
YESTERDAY = date(2026, 11, 23)
WEEK = Days(date(2026, 11, 17), YESTERDAY)
META = {Family.PURCHASES: True, Family.LEADS: False}


def ran(spend: str, purchases: int = 0, worth: str = "0", leads: int = 0, *, impressions: int = 1000) -> Day:
    results = {Family.PURCHASES: Result(D(purchases), D(worth)), Family.LEADS: Result(D(leads))}
    return Day(WEEK.first, D(spend), impressions, 10, {family: one for family, one in results.items() if one.count})


def store(
    account: AdAccount, each_day: Mapping[str, Day], days: Days = WEEK, families: Mapping[Family, bool] | None = None
) -> None:
    """The same campaigns on each of these days, named by their id."""
    told = Campaigns(
        dict.fromkeys(days.each, each_day), {one: f"Campanha {one}" for one in each_day}, "BRL", families or META
    )
    campaigns.write(account, packed_days(told, days), told.names)


def blocks(account: AdAccount, **settings: Any) -> tuple[Block, ...]:
    data = gather(make_settings(account.client, **settings), NOW, with_campaigns=True).data
    assert data is not None
    return data.blocks


def listed(block: Block) -> list[tuple[str, D | None]]:
    return [(one.name, one.numbers.spend) for one in block.campaigns]


def test_the_campaigns_of_the_period_the_dearest_first() -> None:
    account = make_account()
    make_days(account, week(YESTERDAY))
    store(account, {"1": ran("30.10", 1, "90"), "2": ran("69.90", 2, "150.50", leads=1), "3": ran("0", impressions=0)})
    store(account, {"9": ran("5000")}, Days(date(2026, 11, 10), date(2026, 11, 16)))  # of the week before

    (block,) = blocks(account)

    assert listed(block) == [("Campanha 2", D("489.30")), ("Campanha 1", D("210.70"))]
    second = block.campaigns[0].numbers
    assert (second.conversions, second.revenue, second.leads, second.messages) == (14, D("1053.50"), 7, None)
    assert (second.impressions, second.clicks) == (7000, 70)


@pytest.mark.parametrize(
    ("family", "conversions"), [(Family.PURCHASES, D(14)), (Family.LEADS, D(7)), (Family.CONVERSATIONS, None)]
)
def test_conversions_are_what_the_client_counts(family: Family, conversions: D | None) -> None:
    account = make_account()
    make_days(account, week(YESTERDAY))
    store(account, {"2": ran("69.90", 2, "150.50", leads=1)})

    (block,) = blocks(account, conversion_family=family)

    assert (block.campaigns[0].numbers.conversions, block.campaigns[0].numbers.revenue) == (conversions, D("1053.50"))


def test_two_accounts_are_one_list_and_two_currencies_and_platforms_are_not() -> None:
    client = make_client()
    for number, (platform, currency) in enumerate(
        [("meta", "BRL"), ("meta", "BRL"), ("meta", "USD"), ("google", "BRL")], 1
    ):
        account = make_account(client=client, platform=platform, currency=currency)
        make_days(account, week(YESTERDAY))
        store(account, {"7": ran(f"{number}.00")})
    store(account, {"7": Day(WEEK.first, D(4), 10, 1, {})}, families={Family.CONVERSIONS: True})

    found = blocks(account)

    assert [(block.platform, block.currency, listed(block)) for block in found] == [
        (Platform.META, "BRL", [("Campanha 7", D("14.00")), ("Campanha 7", D("7.00"))]),
        (Platform.META, "USD", [("Campanha 7", D("21.00"))]),
        (Platform.GOOGLE, "BRL", [("Campanha 7", D("28.00"))]),
    ]
    google = found[2].campaigns[0].numbers
    assert (google.conversions, google.revenue, google.leads) == (0, 0, None)


def test_the_sum_of_all_platforms_lists_none() -> None:
    client = make_client()
    for platform in ("meta", "google"):
        account = make_account(client=client, platform=platform)
        make_days(account, week(YESTERDAY))
        store(account, {"7": ran("1.00")})

    assert [len(block.campaigns) for block in blocks(account, blend=True)] == [1, 1, 0]


@pytest.mark.parametrize(
    ("stored", "listed_at_all"),
    [
        (WEEK, True),
        (Days(WEEK.first, date(2026, 11, 22)), False),  # yesterday's are not there yet
        (Days(date(2026, 11, 18), YESTERDAY), False),
    ],
)
def test_a_part_of_the_period_is_not_shown_as_the_whole(stored: Days, listed_at_all: bool) -> None:
    account = make_account()
    make_days(account, week(YESTERDAY))
    store(account, {"1": ran("10")}, stored)

    (block,) = blocks(account)

    assert bool(block.campaigns) is listed_at_all


def test_an_account_whose_numbers_come_from_files_leaves_the_list_of_its_block_unknown() -> None:
    client = make_client()
    read, imported = make_account(client=client), make_account(client=client)
    for account in (read, imported):
        make_days(account, week(YESTERDAY))
    store(read, {"1": ran("10")})

    assert blocks(read)[0].campaigns == ()


def test_a_day_on_which_nothing_ran_needs_no_campaigns_and_one_without_numbers_counts_for_none() -> None:
    client = make_client()
    account, idle = make_account(client=client), make_account(client=client)
    make_days(account, [date(2026, 11, 18), *week(YESTERDAY)[:4]])
    make_days(account, [WEEK.first], spend=D(0), impressions=0)
    make_days(idle, week(YESTERDAY), spend=D(0), impressions=0)
    store(account, {"1": ran("10")}, Days(date(2026, 11, 18), YESTERDAY))

    assert listed(blocks(account)[0]) == [("Campanha 1", D("50.00"))]


def test_more_than_five_hundred_are_cut_off_with_what_the_rest_did() -> None:
    account = make_account()
    make_days(account, [YESTERDAY])
    store(account, {str(number): ran(f"{number}.00", leads=1) for number in range(1, 504)}, Days(YESTERDAY, YESTERDAY))

    (block,) = blocks(account, period="yesterday")

    assert len(block.campaigns) == 501
    assert (block.campaigns[500].name, block.campaigns[500].numbers.spend) == ("Outras campanhas (3)", D("6.00"))
    assert block.campaigns[500].numbers.leads == 3
    assert sum(one.numbers.spend or 0 for one in block.campaigns) == sum(range(1, 504))


def test_they_are_read_where_asked_for_in_one_query_more(django_assert_num_queries: Any) -> None:
    client = make_client()
    for _ in range(3):
        account = make_account(client=client)
        make_days(account, week(YESTERDAY, weeks=2))
        store(account, {"1": ran("10")})
    settings = make_settings(client)

    with django_assert_num_queries(1):
        plain = gather(settings, NOW).data
    with django_assert_num_queries(2):
        data = gather(settings, NOW, with_campaigns=True).data

    assert plain is not None
    assert data is not None
    assert (len(plain.blocks[0].campaigns), len(data.blocks[0].campaigns)) == (0, 3)
    assert from_json(to_json(data)) == data


def test_another_clients_campaigns_are_not_listed() -> None:
    mine, other = make_account(external_id="5"), make_account(external_id="5")
    for account in (mine, other):
        make_days(account, week(YESTERDAY))
    store(other, {"1": ran("10")})

    assert blocks(mine)[0].campaigns == ()
