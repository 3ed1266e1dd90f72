"""From rows of insights to days and reach: the recorded figures, and every row that cannot be meant so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reports.ads.errors import AdsError, Remedy
from reports.ads.meta_insights import daily_of, reach_of
from reports.ads.readings import Asked, Day, Reach, Result
from reports.choices import Family
from tests.reports.ads.recorded import recorded

FIRST, SECOND, LAST = date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)
ACCOUNT = Asked("1000000000000001", "BRL", "America/Sao_Paulo")


def dated(name: str, day: date = FIRST) -> dict[str, Any]:
    """A recorded row as the row of one day: recorders had left the days out."""
    (row,) = recorded(name)["data"]
    return {**row, "date_start": day.isoformat(), "date_stop": day.isoformat()}


def row(day: date = FIRST, **fields: Any) -> dict[str, Any]:
    whole = {
        "account_id": "1000000000000001",
        "account_currency": "BRL",
        "spend": "12.34",
        "impressions": "1000",
        "clicks": "20",
        "date_start": day.isoformat(),
        "date_stop": day.isoformat(),
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None}


def action(kind: Any, value: Any) -> dict[str, Any]:
    return {"action_type": kind, "value": value}


def test_the_recorded_month_of_a_brazilian_account() -> None:
    daily = daily_of([dated("insights_br_same_purchase_5_names_same_lead_7_names")], ACCOUNT, FIRST, LAST)

    assert daily.days == (
        Day(
            FIRST,
            Decimal("22662.53"),
            1_000_000,
            17775,
            {
                Family.PURCHASES: Result(Decimal(10)),
                Family.LEADS: Result(Decimal(13)),
                Family.FORM_LEADS: Result(Decimal(13)),
                Family.CONVERSATIONS: Result(Decimal(3531)),
                Family.LINK_CLICKS: Result(Decimal(17775)),
            },
        ),
    )
    assert (daily.currency, daily.keys["link_clicks"]) == ("BRL", "link_click")


def test_the_recorded_conversations() -> None:
    (day,) = daily_of([dated("insights_conversations_and_lead")], ACCOUNT, FIRST, LAST).days

    assert (day.spend, day.impressions, day.clicks) == (Decimal("1594.31"), 43706, 441)
    assert day.results == {
        Family.CONVERSATIONS: Result(Decimal(76)),
        Family.LEADS: Result(Decimal(11)),
        Family.LINK_CLICKS: Result(Decimal(157)),
    }


def test_the_recorded_row_of_four_days_is_no_day() -> None:
    (found,) = recorded("insights_metaAdsTemplateDataForOneDay")["data"]

    with pytest.raises(AdsError, match="absurd: day 2024-06-21 is many"):
        daily_of([found], ACCOUNT, date(2024, 6, 21), date(2024, 6, 24))


def test_days_come_in_order_and_a_day_without_a_row_is_none() -> None:
    daily = daily_of([row(LAST), row(FIRST)], ACCOUNT, FIRST, LAST)

    assert [day.date for day in daily.days] == [FIRST, LAST]
    assert daily_of([], ACCOUNT, FIRST, LAST).days == ()


def test_what_meta_leaves_out_did_not_happen_and_what_it_adds_is_ignored() -> None:
    rows = [row(actions=[action("lead", "2")]), row(SECOND, impressions=None, clicks=None, brand_new={"x": 1})]
    first, second = daily_of(rows, ACCOUNT, FIRST, LAST).days

    assert (second.impressions, second.clicks) == (0, 0)
    assert first.results == {Family.LEADS: Result(Decimal(2))}
    assert second.results == {Family.LEADS: Result(Decimal(0))}


def test_numbers_that_a_pipeline_has_rewritten_are_read() -> None:
    (day,) = daily_of([row(spend=280, impressions=12.0, clicks="3.0")], ACCOUNT, FIRST, LAST).days

    assert (day.spend, day.impressions, day.clicks) == (Decimal(280), 12, 3)


def test_values_come_with_their_counts() -> None:
    rows = [row(actions=[action("omni_purchase", "2")], action_values=[action("omni_purchase", "301.50")]), row(SECOND)]
    daily = daily_of(rows, ACCOUNT, FIRST, LAST)

    assert [day.results[Family.PURCHASES] for day in daily.days] == [
        Result(Decimal(2), Decimal("301.50")),
        Result(Decimal(0), Decimal(0)),
    ]
    assert daily.keys["purchases:value"] == "omni_purchase"


def test_a_family_that_could_not_be_asked_about_is_unknown_and_still_recorded() -> None:
    asked = Asked("1000000000000001", "BRL", "UTC", keys={Family.PROFILE_VISITS: "instagram_profile_visits"})
    daily = daily_of([row()], asked, FIRST, LAST, untold={Family.PROFILE_VISITS})

    assert daily.days[0].results == {}
    assert Family.PROFILE_VISITS in daily.keys


@pytest.mark.parametrize(
    ("rows", "currency"),
    [([row(account_currency="USD")], "USD"), ([row(account_currency=None)], "BRL"), ([], "BRL")],
)
def test_the_currency_is_told_as_it_came(rows: list[dict[str, Any]], currency: str) -> None:
    assert daily_of(rows, ACCOUNT, FIRST, LAST).currency == currency


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row(spend="-0.01")], "spend"),
        ([row(spend="1000000000000.01")], "spend"),
        ([row(spend=None)], "spend"),
        ([row(spend="R$ 10")], "spend"),
        ([row(spend="NaN")], "spend"),
        ([row(impressions="-1")], "impressions"),
        ([row(impressions="9" * 20)], "impressions"),
        ([row(clicks="1.5")], "clicks"),
        ([row(inline_link_clicks="-2")], "inline_link_clicks"),
        ([row(date(2026, 10, 31))], "day 2026-10-31 not asked"),
        ([row(date(2026, 11, 4))], "day 2026-11-04 not asked"),
        ([row(date_start="ontem")], "date_start"),
        ([row(date_start=None)], "date_start"),
        ([row(date_stop="2026-11-02")], "day 2026-11-01 is many"),
        ([row(), row()], "day 2026-11-01 twice"),
        ([row(), row(SECOND, account_currency="USD")], "currencies"),
        ([row(account_id="999")], "another account"),
        ([row(actions={"lead": 1})], "actions"),
        ([row(actions=["lead"])], "actions"),
        ([row(actions=[action(None, "1")])], "actions"),
        ([row(actions=[action("lead", "x")])], "actions lead"),
        ([row(actions=[action("lead", "-1")])], "actions lead"),
        ([row(actions=[action("lead", "1"), action("lead", "2")])], "actions lead"),
        ([row(action_values=[action("lead", "1000000000001")])], "action_values lead"),
    ],
)
def test_one_thing_that_cannot_be_meant_so_refuses_all(rows: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(AdsError) as caught:
        daily_of([row(LAST), *rows], ACCOUNT, FIRST, LAST)

    assert (caught.value.remedy, caught.value.code) == (Remedy.FIX_REQUEST, f"absurd: {code}")
    assert caught.value.of_account


def test_reach_is_of_the_period_and_frequency_a_ratio_of_sums() -> None:
    (found,) = recorded("insights_br_same_purchase_5_names_same_lead_7_names")["data"]
    reach = reach_of([found], ACCOUNT)

    assert reach == Reach(412_000, Decimal(1_000_000) / 412_000)
    assert round(Decimal(1_000_000) / 412_000, 2) == Decimal(found["frequency"])


@pytest.mark.parametrize(
    ("rows", "reach"),
    [
        ([], Reach(0, None)),
        ([row(reach="0")], Reach(0, None)),
        ([row()], None),
        ([row(reach="500")], Reach(500, Decimal(2))),
    ],
)
def test_reach_that_is_nothing_or_not_told(rows: list[dict[str, Any]], reach: Reach | None) -> None:
    assert reach_of(rows, ACCOUNT) == reach


@pytest.mark.parametrize("rows", [[row(reach="1"), row(SECOND, reach="1")], [row(reach="-1")], [row(account_id="9")]])
def test_reach_that_cannot_be_meant_so(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(AdsError, match="absurd"):
        reach_of(rows, ACCOUNT)
