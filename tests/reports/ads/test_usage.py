"""How much is used up, from headers in two units, any of which may be missing or broken."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.readings import Usage
from reports.ads.usage import higher, usage_of
from tests.reports.ads.recorded import recorded

RECORDED = {name: json.dumps(value) for name, value in recorded("usage_headers").items()}
APP, ACCOUNT, BUSINESS, INSIGHTS = RECORDED


def told(percent: str = "0", account: str = "0", wait: timedelta | None = None) -> Usage:
    return Usage(Decimal(percent), Decimal(account), wait)


def test_the_recorded_headers_together() -> None:
    assert usage_of(RECORDED) == told("100", "10")


@pytest.mark.parametrize(
    ("name", "usage"),
    [(APP, told("28")), (ACCOUNT, told("9.67", "9.67")), (BUSINESS, told("95")), (INSIGHTS, told("100", "10"))],
)
def test_each_recorded_header_alone(name: str, usage: Usage) -> None:
    assert usage_of({name: RECORDED[name]}) == usage
    assert usage_of({name.title(): RECORDED[name]}) == usage


@pytest.mark.parametrize(
    ("headers", "usage"),
    [
        ({}, told()),
        ({ACCOUNT: {"acc_id_util_pct": 89, "reset_time_duration": 300}}, told("89", "89")),
        (
            {ACCOUNT: {"acc_id_util_pct": 100, "reset_time_duration": 300}},
            told("100", "100", timedelta(seconds=300)),
        ),
        (
            {BUSINESS: {"1": [{"call_count": 100, "estimated_time_to_regain_access": 5}, {"total_time": 101}]}},
            told("101", wait=timedelta(minutes=5)),
        ),
        (
            {BUSINESS: {"1": [{"estimated_time_to_regain_access": 5}], "2": [{"estimated_time_to_regain_access": 9}]}},
            told(wait=timedelta(minutes=9)),
        ),
        ({BUSINESS: {"1": [{"estimated_time_to_regain_access": 10**12}]}}, told(wait=timedelta(days=1))),
        ({BUSINESS: {"1": [{"estimated_time_to_regain_access": -5}]}}, told()),
        ({BUSINESS: {"1": {"call_count": 5}, "2": [7, None, {"call_count": "8"}]}}, told("8")),
        ({APP: {"call_count": "x", "total_time": None, "total_cputime": 3}}, told("3")),
        ({APP: {"call_count": -3}}, told()),
    ],
)
def test_units_and_odd_forms(headers: dict[str, Any], usage: Usage) -> None:
    assert usage_of({name: json.dumps(value) for name, value in headers.items()}) == usage


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "7", '"x"', '{"call_count": NaN}', "[" * 50_000, "\x00"])
@pytest.mark.parametrize("name", RECORDED)
def test_a_broken_header_is_ignored_and_the_others_are_not(name: str, text: str) -> None:
    others = {other: value for other, value in RECORDED.items() if other != name}

    assert usage_of({**others, name: text}) == usage_of(others)


@given(st.dictionaries(st.sampled_from(list(RECORDED)), st.text(max_size=30)))
def test_no_header_breaks_it(headers: dict[str, str]) -> None:
    assert usage_of(headers).percent >= 0


def test_the_higher_of_two() -> None:
    minute = timedelta(minutes=1)

    assert higher(told("5", "1"), told("3", "2", minute)) == told("5", "2", minute)
    assert higher(told(wait=2 * minute), told(wait=minute)) == told(wait=2 * minute)
    assert higher(Usage(), Usage()) == Usage()
