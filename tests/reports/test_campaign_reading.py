"""Campaigns are read in the visits of their account, once a day; what fails of them spoils none of its days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import responses
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from agency.models import Agency
from reports import campaigns, synchronising
from reports.campaign_days import CampaignSums
from reports.choices import CredentialState, Family, Platform
from reports.models import AdAccount, AdsCredential, CampaignDay, DailyMetric
from reports.periods import Days
from reports.snapshot import Campaign
from tests.reports.platforms import META, Meta, campaign_row
from tests.reports.test_synchronising import make_access, make_account

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # noon in São Paulo
YESTERDAY = date(2026, 11, 23)
NEWEST = (date(2026, 10, 27), YESTERDAY)
A, B = "120210000000000010", "120210000000000020"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def addresses(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.META_API_URL = META
    monkeypatch.setattr("reports.ads.http.time.sleep", lambda seconds: None)


@pytest.fixture
def meta(http: responses.RequestsMock) -> Meta:
    found = Meta(http)
    found.days("700")
    found.account("700")
    found.campaigns = [
        campaign_row(YESTERDAY, A, "Vendas | Remarketing", spend="60.25", purchases=2, worth="300.00"),
        campaign_row(YESTERDAY, B, "Vendas | Aberto", spend="39.75", purchases=0, worth="0"),
        campaign_row(YESTERDAY - DAY, A, "Vendas | Remarketing", spend="10.00", purchases=1, worth="50.00"),
    ]
    return found


@pytest.fixture
def account(agency: Agency) -> AdAccount:
    return make_account(make_access(agency))


def read(at: datetime = NOW) -> AdAccount:
    AdAccount.objects.update(next_read_at=at)
    synchronising.read_due(at)
    return AdAccount.objects.get()


def of_days(account: AdAccount, first: date, last: date = YESTERDAY) -> list[Campaign]:
    stored, sums = campaigns.stored(account, Days(first, last)), CampaignSums()
    for packed in stored.days.values():
        sums.add(packed)
    return sums.campaigns(stored.names, platform=Platform.META, family=Family.PURCHASES)


def versions() -> list[Any]:
    return list(CampaignDay.rows.order_by("pk").values_list())


def test_the_newest_complete_days_are_stored_with_their_account(account: AdAccount, meta: Meta) -> None:
    account = read()

    assert meta.asked_campaigns == [NEWEST]
    assert (account.campaigns_from, account.campaigns_until) == NEWEST
    assert (account.campaigns_read_at, account.campaigns_problem) == (NOW, "")
    assert CampaignDay.objects.count() == 28  # also those on which nothing ran
    first, second = of_days(account, NEWEST[0])
    assert (first.name, first.numbers.spend, first.numbers.revenue) == ("Vendas | Remarketing", D("70.25"), D("350.00"))
    assert (second.name, second.numbers.spend, second.numbers.conversions) == ("Vendas | Aberto", D("39.75"), 0)
    assert [one.numbers.spend for one in of_days(account, YESTERDAY)] == [D("60.25"), D("39.75")]


def test_they_are_read_once_a_day_and_not_with_every_visit(account: AdAccount, meta: Meta) -> None:
    for hours in (0, 1, 2, 11, 13, 17.5, 18.5):  # from noon to half past six in the morning
        read(NOW + hours * HOUR)

    one_day_later = (date(2026, 10, 28), date(2026, 11, 24))
    assert meta.asked_campaigns == [NEWEST, (date(2026, 11, 24), date(2026, 11, 24)), one_day_later]
    assert len(meta.asked) == 7  # the account's own days, meanwhile


def test_a_second_read_writes_nothing_that_is_the_same(account: AdAccount, meta: Meta) -> None:
    read()
    before = versions()
    AdAccount.objects.update(campaigns_read_at=None)

    with CaptureQueriesContext(database) as taken:
        read(NOW + HOUR)

    assert len(meta.asked_campaigns) == 2
    assert versions() == before
    assert len([query for query in taken if 'FROM "reports_campaignday"' in query["sql"]]) == 1
    assert not [query for query in taken if 'INSERT INTO "reports_campaign' in query["sql"]]


def test_what_is_told_later_writes_over_what_was_told_and_a_new_name_is_taken_on(
    account: AdAccount, meta: Meta
) -> None:
    read()
    meta.campaigns = [
        campaign_row(YESTERDAY, A, "Vendas | Clientes", spend="61.00", purchases=3, worth="420.00"),
        campaign_row(YESTERDAY - DAY, B, "Vendas | Aberto", spend="5.00"),
    ]
    AdAccount.objects.update(campaigns_read_at=None)

    account = read(NOW + HOUR)

    assert [(one.name, one.numbers.spend) for one in of_days(account, NEWEST[0])] == [
        ("Vendas | Aberto", D("5.00")),
        ("Vendas | Clientes", D("61.00")),
    ]


def test_the_past_is_read_in_pieces_as_far_as_a_report_can_reach(account: AdAccount, meta: Meta) -> None:
    AdAccount.objects.update(history_from=date(2026, 1, 1))
    moment = NOW
    for _ in range(8):
        synchronising.read_due(moment)
        next_at = AdAccount.objects.get().next_read_at
        assert next_at is not None
        moment = next_at

    assert meta.asked_campaigns == [
        NEWEST,
        (date(2026, 9, 24), date(2026, 10, 26)),
        (date(2026, 8, 23), date(2026, 9, 23)),
    ]
    account.refresh_from_db()
    assert (account.campaigns_from, account.campaigns_until) == (date(2026, 8, 23), YESTERDAY)
    assert CampaignDay.objects.count() == 93


@pytest.mark.parametrize(("code", "hours"), [(200, 6), (2635, 1), (100, 6)])
def test_a_failure_is_noted_and_spoils_none_of_the_accounts_days(
    code: int, hours: int, account: AdAccount, meta: Meta
) -> None:
    meta.campaigns, rows = code, meta.campaigns

    account = read()

    assert (account.days_read_at, account.read_problem, account.read_failures) == (NOW, "", 0)
    assert DailyMetric.objects.count() == 28
    assert account.balance == D("278.60")
    assert account.campaigns_problem
    assert (account.campaigns_until, CampaignDay.objects.count()) == (None, 0)
    asked = len(meta.asked_campaigns)
    read(NOW + HOUR / 2)
    assert len(meta.asked_campaigns) == asked  # not with the next visit
    meta.campaigns = rows

    account = read(NOW + hours * HOUR)

    assert (account.campaigns_problem, account.campaigns_until) == ("", YESTERDAY)


def test_an_answer_that_we_do_not_understand_spoils_nothing_either(
    account: AdAccount, meta: Meta, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("bug")

    monkeypatch.setattr("reports.campaign_reading.packed_days", fail)

    account = read()

    assert (account.days_read_at, account.read_problem) == (NOW, "")
    assert "entender" in account.campaigns_problem


def test_campaigns_in_another_currency_are_not_stored(account: AdAccount, meta: Meta) -> None:
    meta.campaigns = [campaign_row(YESTERDAY, account_currency="USD")]

    account = read()

    assert (account.days_read_at, CampaignDay.objects.count()) == (NOW, 0)
    assert "moeda" in account.campaigns_problem


def test_an_access_that_dies_meanwhile_is_told_as_dead_and_the_days_stay(account: AdAccount, meta: Meta) -> None:
    meta.campaigns = 190

    account = read()

    assert account.days_read_at == NOW
    assert AdsCredential.objects.get().state == CredentialState.DEAD


def test_where_days_failed_campaigns_are_not_asked_for(
    account: AdAccount, meta: Meta, http: responses.RequestsMock
) -> None:
    http.reset()
    meta.refuse("700", 2, status=500)

    read()

    assert meta.asked_campaigns == []


def test_days_of_more_than_a_year_ago_are_let_go_of(account: AdAccount, meta: Meta) -> None:
    first = datetime(2026, 12, 2, 15, 0, tzinfo=UTC)
    for when in (date(2025, 10, 30), date(2025, 10, 31)):
        CampaignDay.objects.create(account=account, date=when, numbers=b"")

    read(first)

    assert CampaignDay.objects.order_by("date").values_list("date", flat=True)[0] == date(2025, 10, 31)
