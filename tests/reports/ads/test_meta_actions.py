"""One of Meta's names for each family, the same for number, value and every day; the rest is never added."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.meta_actions import Actions, keys_of, results_of
from reports.ads.readings import Result
from reports.choices import Family
from tests.reports.ads.recorded import recorded

F = Family
PIXEL, ONSITE, APP = (
    "offsite_conversion.fb_pixel_purchase",
    "onsite_conversion.purchase",
    "app_custom_event.fb_mobile_purchase",
)
SUM = f"{PIXEL}+{ONSITE}+{APP}"
GROUPED, SITE = "onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"
STARTED = "onsite_conversion.messaging_conversation_started_7d"


def row(counts: dict[str, int], values: dict[str, int] | None = None) -> Actions:
    return Actions(
        {name: Decimal(count) for name, count in counts.items()},
        {name: Decimal(value) for name, value in (values or {}).items()},
    )


def of_recording(name: str) -> Actions:
    (found,) = recorded(name)["data"]
    return row({entry["action_type"]: int(entry["value"]) for entry in found["actions"]})


def test_ten_purchases_under_five_names_are_ten() -> None:
    day = of_recording("insights_br_same_purchase_5_names_same_lead_7_names")
    keys = keys_of([day], {})

    assert results_of(day, keys) == {
        F.PURCHASES: Result(Decimal(10)),
        F.LEADS: Result(Decimal(13)),
        F.FORM_LEADS: Result(Decimal(13)),
        F.CONVERSATIONS: Result(Decimal(3531)),
        F.LINK_CLICKS: Result(Decimal(17775)),
    }
    assert keys[F.PURCHASES] == "omni_purchase"


def test_conversations_and_leads_are_told_apart() -> None:
    day = of_recording("insights_conversations_and_lead")

    assert results_of(day, keys_of([day], {})) == {F.CONVERSATIONS: Result(Decimal(76)), F.LEADS: Result(Decimal(11))}


@pytest.mark.parametrize(
    ("family", "seen", "key", "count"),
    [
        (F.PURCHASES, {"omni_purchase": 3, "purchase": 2, PIXEL: 1}, "omni_purchase", 3),
        (F.PURCHASES, {"purchase": 2, PIXEL: 1, "onsite_web_purchase": 9}, "purchase", 2),
        (F.PURCHASES, {PIXEL: 1, ONSITE: 2, APP: 4}, SUM, 7),
        (F.PURCHASES, {APP: 4}, SUM, 4),
        (F.LEADS, {"lead": 5, GROUPED: 3, SITE: 2}, "lead", 5),
        (F.LEADS, {GROUPED: 3, SITE: 2, "onsite_conversion.lead": 5, "leadgen_grouped": 3}, f"{GROUPED}+{SITE}", 5),
        (F.FORM_LEADS, {GROUPED: 3, "leadgen_grouped": 4}, GROUPED, 3),
        (F.FORM_LEADS, {"leadgen_grouped": 4}, "leadgen_grouped", 4),
        (F.SITE_LEADS, {SITE: 2, "lead": 9}, SITE, 2),
        (F.CONVERSATIONS, {STARTED: 2, "messaging_conversation_started_7d": 3}, STARTED, 2),
        (F.CONVERSATIONS, {"messaging_conversation_started_7d": 3}, "messaging_conversation_started_7d", 3),
        (F.LANDING_PAGE_VIEWS, {"landing_page_view": 4, "omni_landing_page_view": 5}, "landing_page_view", 4),
        (F.LANDING_PAGE_VIEWS, {"omni_landing_page_view": 5}, "omni_landing_page_view", 5),
        (F.VIDEO_VIEWS, {"video_view": 8}, "video_view", 8),
        (F.PROFILE_VISITS, {"instagram_profile_visits": 8}, "instagram_profile_visits", 8),
        (F.ADDS_TO_CART, {"omni_add_to_cart": 1, "add_to_cart": 2}, "omni_add_to_cart", 1),
        (F.ADDS_TO_CART, {"add_to_cart": 2, "offsite_conversion.fb_pixel_add_to_cart": 3}, "add_to_cart", 2),
        (
            F.ADDS_TO_CART,
            {"offsite_conversion.fb_pixel_add_to_cart": 3},
            "offsite_conversion.fb_pixel_add_to_cart",
            3,
        ),
        (F.CHECKOUTS, {"omni_initiated_checkout": 1, "initiate_checkout": 2}, "omni_initiated_checkout", 1),
        (F.CHECKOUTS, {"initiate_checkout": 2}, "initiate_checkout", 2),
        (
            F.CHECKOUTS,
            {"offsite_conversion.fb_pixel_initiate_checkout": 2},
            "offsite_conversion.fb_pixel_initiate_checkout",
            2,
        ),
    ],
)
def test_the_best_name_that_is_there(family: Family, seen: dict[str, int], key: str, count: int) -> None:
    day = row(seen)
    keys = keys_of([day], {})

    assert (keys[family], results_of(day, keys)[family].count) == (key, count)


@pytest.mark.parametrize(
    "seen",
    [
        {"onsite_web_purchase": 1, "onsite_app_purchase": 1, "onsite_web_app_purchase": 1},
        {"web_in_store_purchase": 1},
        {"onsite_conversion.lead": 1, "onsite_web_lead": 1, "offsite_search_add_meta_leads": 1},
        {"onsite_conversion.messaging_first_reply": 1, "onsite_conversion.total_messaging_connection": 2},
        {"offsite_conversion.custom.123": 5},
        {"instagram_profile_visits": 0},
        {},
    ],
)
def test_what_only_repeats_others_or_nobody_chose_makes_no_family(seen: dict[str, int]) -> None:
    assert results_of(row(seen), keys_of([row(seen)], {})) == {}


def test_one_key_for_all_days_the_best_of_any() -> None:
    days = [row({"purchase": 2}), row({"omni_purchase": 3, "purchase": 3}), row({})]
    keys = keys_of(days, {})

    assert [results_of(day, keys)[F.PURCHASES].count for day in days] == [0, 3, 0]


def test_what_was_recorded_stays_and_counts_zero() -> None:
    assert keys_of([row({})], {F.LEADS: "lead"}) == {F.LEADS: "lead"}
    assert results_of(row({}), {F.LEADS: "lead"}) == {F.LEADS: Result(Decimal(0))}
    assert keys_of([row({GROUPED: 1})], {F.LEADS: "lead"})[F.LEADS] == "lead"


def test_a_better_name_takes_over_from_a_recorded_one_and_values_begin_anew() -> None:
    recorded_keys = {F.PURCHASES: "purchase", "purchases:value": "purchase"}

    assert keys_of([row({"omni_purchase": 1})], recorded_keys) == {F.PURCHASES: "omni_purchase"}


def test_a_custom_conversion_counts_where_a_person_chose_it() -> None:
    chosen = {F.LEADS: "offsite_conversion.custom.123"}
    day = row({"lead": 9, "offsite_conversion.custom.123": 4}, {"offsite_conversion.custom.123": 40})
    keys = keys_of([day], chosen)

    assert keys[F.LEADS] == "offsite_conversion.custom.123"
    assert results_of(day, keys)[F.LEADS] == Result(Decimal(4), Decimal(40))


def test_a_recorded_key_that_is_no_longer_known_is_forgotten_and_foreign_entries_stay() -> None:
    assert keys_of([row({})], {F.LEADS: "onsite_web_lead", "other": "x"}) == {"other": "x"}


VALUED = {"omni_purchase": 300}


@pytest.mark.parametrize(
    ("days", "recorded_keys", "values"),
    [
        ([row({"omni_purchase": 1}, VALUED), row({}), row({"omni_purchase": 2})], {}, [300, 0, None]),
        ([row({"omni_purchase": 1}), row({})], {}, [None, None]),
        (
            [row({"omni_purchase": 1}), row({})],
            {F.PURCHASES: "omni_purchase", "purchases:value": "omni_purchase"},
            [None, 0],
        ),
        ([row({}), row({})], {F.PURCHASES: "omni_purchase", "purchases:value": "purchase"}, [None, None]),
        ([row({"omni_purchase": 1, PIXEL: 1}, {PIXEL: 50})], {}, [None]),
        ([row({"omni_purchase": 2}, {"omni_purchase": 0})], {}, [0]),
        ([row({PIXEL: 2, ONSITE: 1}, {PIXEL: 50, ONSITE: 20})], {}, [70]),
        ([row({PIXEL: 2, ONSITE: 1}, {PIXEL: 50}), row({PIXEL: 1}, {PIXEL: 9})], {}, [None, 9]),
    ],
)
def test_values_under_the_key_of_the_count(
    days: list[Actions], recorded_keys: dict[str, str], values: list[int | None]
) -> None:
    keys = keys_of(days, recorded_keys)

    assert [results_of(day, keys)[F.PURCHASES].value for day in days] == values


def test_that_values_were_seen_is_recorded_and_carried_on() -> None:
    keys = keys_of([row({"omni_purchase": 1}, VALUED)], {})

    assert keys == {F.PURCHASES: "omni_purchase", "purchases:value": "omni_purchase"}
    assert keys_of([row({})], keys) == keys


@pytest.mark.parametrize(
    ("seen", "recorded_keys", "clicks"),
    [
        ({"inline_link_clicks": 5, "link_click": 7}, {}, 5),
        ({"inline_link_clicks": 0}, {}, 0),
        ({"link_click": 7}, {}, 7),
        ({"link_click": 7}, {"link_clicks": "inline_link_clicks"}, 0),
        ({}, {"link_clicks": "link_click"}, 0),
        ({}, {}, None),
    ],
)
def test_clicks_on_links(seen: dict[str, int], recorded_keys: dict[str, str], clicks: int | None) -> None:
    told = results_of(row(seen), keys_of([row(seen)], recorded_keys)).get(F.LINK_CLICKS)

    assert told == (None if clicks is None else Result(Decimal(clicks)))


NAMES = st.sampled_from(
    ["omni_purchase", "purchase", PIXEL, ONSITE, APP, "lead", GROUPED, SITE, STARTED, "onsite_web_purchase"]
)
ROWS = st.lists(
    st.builds(
        row,
        st.dictionaries(NAMES, st.integers(1, 50), max_size=5),
        st.dictionaries(NAMES, st.integers(0, 500), max_size=3),
    ),
    max_size=5,
)


@given(ROWS, ROWS)
def test_a_later_read_never_falls_back_to_a_worse_name_or_loses_a_family(
    before: list[Actions], now: list[Actions]
) -> None:
    first = keys_of(before, {})
    second = keys_of(now, first)

    assert {name for name in first if ":" not in name} <= set(second)
    assert keys_of(now, second) == second
    assert keys_of([*before, *now], {}).keys() >= {name for name in second if ":" not in name}


@given(ROWS)
def test_a_purchase_is_never_counted_twice(days: list[Actions]) -> None:
    keys = keys_of(days, {})

    for day in days:
        if F.PURCHASES in keys:
            counted = results_of(day, keys)[F.PURCHASES].count
            apart = sum(day.counts.get(name, Decimal(0)) for name in (PIXEL, ONSITE, APP))
            assert counted in (day.counts.get("omni_purchase", 0), day.counts.get("purchase", 0), apart)
