"""Numbers by campaign as the platforms tell them: every page, every batch, under the account's own names of results."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
import responses

from reports.ads.errors import AdsError
from reports.ads.google_rows import campaigns_of
from reports.ads.meta_campaigns import CampaignPages
from reports.ads.readings import Asked, Campaigns, Day, Result
from reports.choices import Family
from tests.reports.ads import google_recorded
from tests.reports.ads.google_stub import GoogleStub
from tests.reports.ads.recorded import recorded
from tests.reports.ads.test_meta import INSIGHTS, Meta, page, reader
from tests.reports.ads.test_meta import row as account_row

FIRST, SECOND, LAST = date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 4)
#: As the account's own days were counted: purchases with their worth, leads and clicks on links without.
KEYS = {
    "purchases": "omni_purchase",
    "purchases:value": "omni_purchase",
    "leads": "lead",
    "link_clicks": "inline_link_clicks",
}
ACCOUNT = Asked("1000000000000001", "BRL", "America/Sao_Paulo", keys=KEYS)
A, B, C = "120210000000000010", "120210000000000020", "120210000000000030"
CUSTOMER = Asked("1234567890", "BRL", "America/Sao_Paulo")
BEGIN, END = date(2026, 9, 1), date(2026, 9, 30)


@pytest.fixture
def meta(http: responses.RequestsMock) -> Meta:
    return Meta(http)


def row(day: int, campaign: str = A, name: str = "Vendas", **fields: Any) -> dict[str, Any]:
    return account_row(day, campaign_id=campaign, campaign_name=name, **fields)


def test_metas_campaigns_of_all_pages(meta: Meta) -> None:
    for each in recorded("insights_campaigns_two_pages"):
        meta.says(INSIGHTS, each)

    found = reader().campaigns(ACCOUNT, FIRST, LAST)

    assert found.names == {A: "Vendas | Remarketing", B: "Vendas | Público aberto", C: "Reconhecimento"}
    assert found.families == {Family.PURCHASES: True, Family.LEADS: False, Family.LINK_CLICKS: False}
    assert found.days == {
        FIRST: {
            A: Day(
                FIRST,
                D("40.10"),
                4000,
                80,
                {Family.PURCHASES: Result(D(3), D(600)), Family.LINK_CLICKS: Result(D(60))},
            ),
            B: Day(
                FIRST,
                D("59.90"),
                9000,
                120,
                {
                    Family.PURCHASES: Result(D(1), D("150.50")),
                    Family.LEADS: Result(D(2)),
                    Family.LINK_CLICKS: Result(D(90)),
                },
            ),
        },
        SECOND: {
            A: Day(SECOND, D(35), 3500, 70, {Family.LINK_CLICKS: Result(D(50))}),
            B: Day(
                SECOND,
                D(65),
                9800,
                131,
                {Family.PURCHASES: Result(D(2), D(310)), Family.LINK_CLICKS: Result(D(95))},
            ),
            C: Day(SECOND, D(0), 12, 0, {}),
        },
    }
    first, second = meta.asked
    assert (first["level"], first["time_increment"], first["limit"], second["after"]) == (
        "campaign",
        "1",
        "500",
        "MgZDZD",
    )
    assert first["fields"].split(",") == [
        *("account_id", "account_currency", "campaign_id", "campaign_name", "spend", "impressions", "clicks"),
        *("inline_link_clicks", "actions", "action_values", "instagram_profile_visits"),
    ]


def test_what_is_too_much_at_once_is_asked_for_in_halves(meta: Meta) -> None:
    meta.says(INSIGHTS, page([row(1)], "c1", more=True))
    meta.fails(INSIGHTS, 100, 1487534)  # on its second page
    meta.says(INSIGHTS, page([row(1), row(2)]))
    meta.says(INSIGHTS, page([row(3, name="Vendas 2"), row(3, B)]))

    found = reader().campaigns(ACCOUNT, FIRST, LAST)

    assert {day.day: list(each) for day, each in found.days.items()} == {1: [A], 2: [A], 3: [A, B]}
    assert found.names[A] == "Vendas 2"
    assert [asked["time_range"][-5:-2] for asked in meta.asked] == ["-04", "-04", "-02", "-04"]


def test_what_takes_too_long_is_given_up(meta: Meta, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.ads.meta._CAMPAIGNS_PATIENCE", -1.0)
    meta.says(INSIGHTS, page([row(1)], "c1", more=True))

    with pytest.raises(AdsError, match="too slow"):
        reader().campaigns(ACCOUNT, FIRST, LAST)
    assert len(meta.asked) == 1


def test_a_version_that_does_not_know_the_youngest_field_is_asked_without(meta: Meta) -> None:
    known = Asked(ACCOUNT.external_id, "BRL", "UTC", keys={Family.PROFILE_VISITS: "instagram_profile_visits"})
    meta.fails(INSIGHTS, 100)
    meta.says(INSIGHTS, page([row(1)]))

    found = reader().campaigns(known, FIRST, LAST)

    assert (found.families, found.days[FIRST][A].results) == ({}, {})


def test_a_campaigns_results_go_by_the_accounts_names_whatever_it_shows_itself() -> None:
    pages = CampaignPages(Asked(ACCOUNT.external_id, "BRL", "UTC", keys={"leads": "lead"}), FIRST, LAST)
    form = {"action_type": "onsite_conversion.lead_grouped", "value": "5"}
    pages.take([row(1, actions=[form, {"action_type": "omni_purchase", "value": "1"}])])

    found = pages.all()

    assert (found.families, found.days[FIRST][A].results) == ({Family.LEADS: False}, {})


def test_of_something_that_happened_without_its_worth_the_worth_is_unknown() -> None:
    pages = CampaignPages(ACCOUNT, FIRST, LAST)
    pages.take([row(1, actions=[{"action_type": "omni_purchase", "value": "1"}])])

    assert pages.all().days[FIRST][A].results == {Family.PURCHASES: Result(D(1), None)}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row(1), row(1)], "campaign on 2026-11-01 twice"),
        ([row(1, "")], "campaign on 2026-11-01 without id"),
        ([row(5)], "day 2026-11-05 not asked"),
        ([row(1, spend="-1")], "spend"),
        ([row(1, account_id="9")], "another account"),
        ([row(2, account_currency="USD")], "currencies"),
    ],
)
def test_one_row_that_cannot_be_meant_so_refuses_all(rows: list[Any], code: str) -> None:
    pages = CampaignPages(ACCOUNT, FIRST, LAST)
    pages.take([row(2, B)])

    with pytest.raises(AdsError, match=f"absurd: {code}"):
        pages.take(rows)


def test_nothing_that_ran_is_no_campaign(meta: Meta) -> None:
    meta.says(INSIGHTS, page([]))

    assert reader().campaigns(ACCOUNT, FIRST, LAST) == Campaigns({}, {}, "BRL", families_of_account())


def families_of_account() -> dict[Family, bool]:
    return {Family.PURCHASES: True, Family.LEADS: False, Family.LINK_CLICKS: False}


def test_googles_campaigns_of_all_batches(http: responses.RequestsMock) -> None:
    google = GoogleStub(http)
    google.gives_tokens()
    query = "FROM campaign WHERE segments.date BETWEEN '2026-09-01' AND '2026-09-30'"
    google.answers("1234567890", query, google_recorded.recorded("searchStream_campaigns_daily"))

    found = google.reader().campaigns(CUSTOMER, BEGIN, END)

    second, third = date(2026, 9, 2), date(2026, 9, 3)
    assert found == Campaigns(
        {
            second: {
                "21000000001": Day(second, D("12.345678"), 300, 45, {Family.CONVERSIONS: Result(D("2.5"), D("180.0"))}),
                "21000000002": Day(
                    second, D("87.654322"), 5200, 96, {Family.CONVERSIONS: Result(D("4.0"), D("820.4"))}
                ),
            },
            third: {
                "21000000002": Day(third, D(50), 4100, 70, {}),
                "21000000003": Day(third, D("1.5"), 20, 1, {}),
            },
        },
        {
            "21000000001": "Pesquisa | Marca",
            "21000000002": "Performance Max | Loja nova",
            "21000000003": "Pesquisa | Removida",
        },
        "BRL",
        {Family.CONVERSIONS: True},
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"segments": {"date": "2026-10-01"}}, "date outside"),
        ({"campaign": {"name": "Sem id"}}, "campaign.id"),
        ({"campaign": {"id": "-4"}}, "id"),
        ({"metrics": {"clicks": "-1"}}, "clicks"),
        ({"customer": {"currencyCode": "USD"}}, "two currencies"),
    ],
)
def test_google_is_refused_as_strictly(change: dict[str, Any], code: str) -> None:
    rows = [row for each in google_recorded.recorded("searchStream_campaigns_daily") for row in each["results"]]

    with pytest.raises(AdsError, match=code):
        campaigns_of([*rows[:2], {**rows[2], **change}], CUSTOMER, BEGIN, END)
