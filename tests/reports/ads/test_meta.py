"""The reader of Meta at its edge: what it asks, page after page and half after half, and what it makes of answers."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import traceback
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from reports.ads.errors import AdsError, Remedy
from reports.ads.meta import MetaReader
from reports.ads.readings import AdsReader, Asked, Holder, Reach, Result, Usage
from reports.choices import AccountState, BalanceSource, Family
from tests.reports.ads.recorded import recorded

TOKEN, APP_ID, SECRET = "EAABtokenSECRET", "1234", "appSECRET"
BASE = "https://graph.facebook.com/v26.0"
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 8)
NOW = datetime(2026, 11, 9, tzinfo=UTC)
ACCOUNT = Asked("1000000000000001", "BRL", "America/Sao_Paulo")
NODE, INSIGHTS = "act_1000000000000001", "act_1000000000000001/insights"
USED = {name: json.dumps(value) for name, value in recorded("usage_headers").items()}


def reader(**known: Any) -> AdsReader:
    return MetaReader(TOKEN, pauses=(0.0, 0.0), **known)


class Meta:
    """What Meta answers, in turn, and what it was asked."""

    def __init__(self, http: responses.RequestsMock) -> None:
        self.http = http

    def says(self, path: str, body: object = None, **answer: Any) -> None:
        if "body" not in answer:
            answer["json"] = {"data": []} if body is None else body
        self.http.get(f"{BASE}/{path}", **answer)

    def fails(self, path: str, code: int, subcode: int | None = None, status: int = 400, **answer: Any) -> None:
        error = {"code": code, "error_subcode": subcode, "message": f"no {TOKEN}", "type": "OAuthException"}
        self.says(path, {"error": error}, status=status, **answer)

    @property
    def asked(self) -> list[dict[str, str]]:
        return [
            {name: value for name, (value,) in parse_qs(urlsplit(str(call.request.url)).query).items()}
            for call in self.http.calls
        ]

    @property
    def paths(self) -> list[str]:
        return [urlsplit(str(call.request.url)).path.removeprefix("/v26.0/") for call in self.http.calls]


@pytest.fixture
def meta(http: responses.RequestsMock) -> Meta:
    return Meta(http)


def page(rows: list[Any], after: str = "", *, more: bool = False) -> dict[str, Any]:
    """As Meta pages: `next` is a whole address, with the access in it."""
    paging: dict[str, Any] = {"cursors": {"before": "b", "after": after}}
    return {"data": rows, "paging": {**paging, "next": f"https://evil.test/?access_token={TOKEN}"} if more else paging}


def row(day: int, **fields: Any) -> dict[str, Any]:
    when = f"2026-11-{day:02}"
    told = {"account_currency": "BRL", "spend": "10.50", "impressions": "100", "clicks": "5", **fields}
    return {"date_start": when, "date_stop": when, **told}


def listed(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"act_{number}",
        "account_id": str(number),
        "name": f"Conta {number}",
        "account_status": 1,
        "currency": "BRL",
        "timezone_name": "America/Sao_Paulo",
        **fields,
    }


def test_who_it_is(meta: Meta) -> None:
    meta.says("me", {"id": "77", "name": "Agência Maré"})

    assert reader().holder() == Holder("Agência Maré")
    assert meta.asked == [{"fields": "id,name"}]
    assert meta.http.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_with_the_apps_secret_each_call_is_proven(meta: Meta) -> None:
    meta.says("me", {"id": "77"})

    assert reader(app_secret=SECRET).holder() == Holder("77")
    proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    assert meta.asked == [{"fields": "id,name", "appsecret_proof": proof}]


def test_another_address_and_version(http: responses.RequestsMock) -> None:
    http.get("http://sandbox.test/meta/v27.0/me", json={"id": "77"})

    assert reader(base_url="http://sandbox.test/meta/", version="v27.0").holder() == Holder("77")


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ({"expires_at": 0, "data_access_expires_at": 0}, None),
        ({"expires_at": 1800000000, "data_access_expires_at": 1790000000}, 1790000000),
        ({"expires_at": 1790000000, "data_access_expires_at": 1800000000}, 1790000000),
        ({"expires_at": 0, "data_access_expires_at": 1800000000}, 1800000000),
        ({"expires_at": 10**15}, None),
        ({"expires_at": "x"}, None),
        ("broken", None),
    ],
)
def test_when_the_access_ends(meta: Meta, told: object, ends: int | None) -> None:
    meta.says("me", {"id": "77", "name": "Ana"})
    meta.says("debug_token", {"data": told})

    holder = reader(app_id=APP_ID, app_secret=SECRET).holder()

    assert holder == Holder("Ana", None if ends is None else datetime.fromtimestamp(ends, UTC))
    assert meta.asked[1] == {"input_token": TOKEN}
    assert meta.http.calls[1].request.headers["Authorization"] == f"Bearer {APP_ID}|{SECRET}"


def test_an_app_that_may_not_ask_for_the_end_does_not_make_the_access_dead(
    meta: Meta, caplog: pytest.LogCaptureFixture
) -> None:
    meta.says("me", {"id": "77", "name": "Ana"})
    meta.fails("debug_token", 190)

    assert reader(app_id=APP_ID, app_secret=SECRET).holder() == Holder("Ana")
    assert TOKEN not in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("token", ["", "EAAB token", "EAAB\n", "“EAAB”"])
def test_a_token_copied_with_something_around_it_is_told_before_it_is_sent(token: str) -> None:
    with pytest.raises(AdsError) as caught:
        MetaReader(token).holder()

    assert caught.value.remedy is Remedy.RECONNECT
    assert "caracteres" in caught.value.sentence
    assert "EAAB" not in str(caught.value)


def test_accounts_of_all_pages_none_twice(meta: Meta) -> None:
    meta.says("me/adaccounts", page([listed(10001), listed(10002, account_status=3)], "c1", more=True))
    meta.says("me/adaccounts", page([], "c2", more=True))
    meta.says("me/adaccounts", page([listed(10002), {"id": "act_10003", "account_status": 555}], "c3"))

    found = reader().accounts()

    assert [(account.external_id, account.name) for account in found] == [
        ("10001", "Conta 10001"),
        ("10002", "Conta 10002"),
        ("10003", "10003"),
    ]
    assert [account.state for account in found] == [AccountState.ACTIVE, AccountState.ACTIVE, AccountState.UNKNOWN]
    assert (found[0].currency, found[0].time_zone, found[0].via) == ("BRL", "America/Sao_Paulo", "")
    assert [asked.get("after") for asked in meta.asked] == [None, "c1", "c2"]
    assert meta.asked[0]["limit"] == "100"
    assert meta.asked[0]["fields"].startswith("id,account_id,name,account_status,disable_reason,currency,timezone_name")


def test_a_system_user_has_its_accounts_elsewhere(meta: Meta) -> None:
    meta.says("me/adaccounts")
    meta.says("me/assigned_ad_accounts", page([listed(10001)]))

    assert [account.external_id for account in reader().accounts()] == ["10001"]


def test_a_person_without_accounts_has_none(meta: Meta) -> None:
    meta.says("me/adaccounts")
    meta.fails("me/assigned_ad_accounts", 100)

    assert reader().accounts() == []


def test_a_failure_of_the_second_list_is_one(meta: Meta) -> None:
    meta.says("me/adaccounts")
    meta.fails("me/assigned_ad_accounts", 200)

    with pytest.raises(AdsError, match="permission: 200"):
        reader().accounts()


def test_an_account_without_an_id_is_refused(meta: Meta) -> None:
    meta.says("me/adaccounts", page([listed(10001), {"name": "?"}]))

    with pytest.raises(AdsError, match="absurd: account id"):
        reader().accounts()


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([page([], "c1", more=True), page([], "c1", more=True)], "paging: loop"),
        ([page([], "c1", more=True), page([], "c2", more=True), page([], "c1", more=True)], "paging: loop"),
        ([page([], "", more=True)], "paging: no cursor"),
        ([{"data": [], "paging": {"next": "x"}}], "paging: no cursor"),
        ([{"data": {}}], "paging: no data"),
        ([{"data": [1]}], "paging: no data"),
        ([{}], "paging: no data"),
        ([[]], "not an object"),
    ],
)
def test_a_list_that_cannot_be_paged_is_refused(meta: Meta, answers: list[Any], code: str) -> None:
    for answer in answers:
        meta.says("me/adaccounts", answer)

    with pytest.raises(AdsError) as caught:
        reader().accounts()

    assert (caught.value.remedy, caught.value.code) == (Remedy.FIX_REQUEST, code)


def test_a_list_without_an_end_is_refused(http: responses.RequestsMock) -> None:
    turned = iter(range(1000))

    def answer(_: object) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps(page([], f"c{next(turned)}", more=True))

    http.add_callback("GET", f"{BASE}/me/adaccounts", answer)

    with pytest.raises(AdsError, match="paging: too many pages"):
        reader().accounts()
    assert len(http.calls) == 100


def test_days(meta: Meta) -> None:
    leads = [{"action_type": "lead", "value": "2"}]
    meta.says(INSIGHTS, page([row(2, inline_link_clicks="3", instagram_profile_visits="4")], "c1", more=True))
    meta.says(INSIGHTS, page([row(1, actions=leads)]))

    daily = reader().daily(ACCOUNT, FIRST, LAST)

    first, second = daily.days
    assert (first.date, first.spend, first.impressions, first.clicks) == (FIRST, Decimal("10.50"), 100, 5)
    assert first.results == {
        Family.LEADS: Result(Decimal(2)),
        Family.PROFILE_VISITS: Result(Decimal(0)),
        Family.LINK_CLICKS: Result(Decimal(0)),
    }
    assert second.results == {
        Family.LEADS: Result(Decimal(0)),
        Family.PROFILE_VISITS: Result(Decimal(4)),
        Family.LINK_CLICKS: Result(Decimal(3)),
    }
    assert daily.keys[Family.LEADS] == "lead"
    asked = meta.asked[0]
    assert asked.pop("fields").split(",") == [
        *("account_id", "account_currency", "spend", "impressions", "reach", "frequency", "clicks"),
        *("inline_link_clicks", "ctr", "inline_link_click_ctr", "cpc", "cpm", "actions", "action_values"),
        *("cost_per_action_type", "purchase_roas", "instagram_profile_visits"),
    ]
    assert asked == {
        "level": "account",
        "time_range": '{"since":"2026-11-01","until":"2026-11-08"}',
        "time_increment": "1",
        "use_unified_attribution_setting": "true",
        "limit": "100",
    }


def test_a_currency_that_is_another_is_told_unchanged(meta: Meta) -> None:
    meta.says(INSIGHTS, page([row(1, account_currency="USD")]))

    assert reader().daily(ACCOUNT, FIRST, LAST).currency == "USD"


@pytest.mark.parametrize(("code", "subcode"), [(100, 1487534), (100, 1504018), (2, 1504038)])
def test_too_much_at_once_is_asked_for_in_halves_under_one_key(meta: Meta, code: int, subcode: int) -> None:
    meta.fails(INSIGHTS, code, subcode)
    meta.says(INSIGHTS, page([row(1, actions=[{"action_type": "purchase", "value": "2"}])]))
    meta.fails(INSIGHTS, code, subcode)
    meta.says(INSIGHTS, page([row(5, actions=[{"action_type": "omni_purchase", "value": "1"}])]))
    meta.says(INSIGHTS, page([row(8)]))

    daily = reader().daily(ACCOUNT, FIRST, LAST)

    assert [day.date.day for day in daily.days] == [1, 5, 8]
    assert [day.results[Family.PURCHASES].count for day in daily.days] == [0, 1, 0]
    ranges = [json.loads(asked["time_range"]) for asked in meta.asked]
    assert [(int(days["since"][-2:]), int(days["until"][-2:])) for days in ranges] == [
        (1, 8),
        (1, 4),
        (5, 8),
        (5, 6),
        (7, 8),
    ]


def test_a_single_day_that_is_too_much_is_an_error(meta: Meta) -> None:
    meta.fails(INSIGHTS, 100, 1487534)

    with pytest.raises(AdsError, match="100/1487534"):
        reader().daily(ACCOUNT, FIRST, FIRST)


def test_a_version_that_does_not_know_the_youngest_field_is_asked_without(meta: Meta) -> None:
    known = Asked(ACCOUNT.external_id, "BRL", "UTC", keys={Family.PROFILE_VISITS: "instagram_profile_visits"})
    meta.fails(INSIGHTS, 100)
    meta.says(INSIGHTS, page([row(1)]))

    daily = reader().daily(known, FIRST, LAST)

    assert daily.days[0].results == {}
    assert daily.keys == known.keys
    assert "instagram_profile_visits" not in meta.asked[1]["fields"]


def test_a_parameter_that_meta_refuses_either_way_is_an_error(meta: Meta) -> None:
    meta.fails(INSIGHTS, 100)

    with pytest.raises(AdsError) as caught:
        reader().daily(ACCOUNT, FIRST, LAST)

    assert (caught.value.remedy, caught.value.of_account) == (Remedy.FIX_REQUEST, True)
    assert len(meta.asked) == 2


def test_nothing_is_returned_of_days_of_which_one_is_absurd(meta: Meta) -> None:
    meta.says(INSIGHTS, page([row(1), row(2, spend="-5")]))

    with pytest.raises(AdsError, match="absurd: spend"):
        reader().daily(ACCOUNT, FIRST, LAST)


def test_reach_of_a_period(meta: Meta) -> None:
    (found,) = recorded("insights_conversations_and_lead")["data"]
    meta.says(INSIGHTS, page([found]))

    assert reader().reach(ACCOUNT, FIRST, LAST) == Reach(11425, Decimal(43706) / 11425)
    asked = meta.asked[0]
    assert (asked["time_increment"], asked["level"]) == ("all_days", "account")
    assert asked["time_range"] == '{"since":"2026-11-01","until":"2026-11-08"}'


def test_a_balance(meta: Meta) -> None:
    meta.says(NODE, recorded("adaccount_br_prepaid_display_differs_from_cap"))

    balance = reader().balance(ACCOUNT, NOW)

    assert (balance.amount, balance.source) == (Decimal("278.60"), BalanceSource.META_DISPLAY)
    asked = meta.asked[0]
    assert asked["locale"] == "pt_BR"
    assert "funding_source_details{id,type,display_string}" in asked["fields"]


@pytest.mark.parametrize(("code", "status"), [(10, 403), (100, 400), (200, 403), (294, 400)])
def test_a_balance_without_the_task_is_read_as_far_as_it_goes(meta: Meta, code: int, status: int) -> None:
    node = recorded("adaccount_br_prepaid_display_differs_from_cap")
    meta.fails(NODE, code, status=status)
    meta.says(NODE, {name: node[name] for name in ("name", "currency", "balance", "amount_spent", "spend_cap")})

    balance = reader().balance(ACCOUNT, NOW)

    assert (balance.amount, balance.source, balance.is_blocked) == (None, None, True)
    assert balance.due == Decimal("95.55")
    first, second = (asked["fields"] for asked in meta.asked)
    assert second == first.partition(",is_prepay_account")[0]


@pytest.mark.parametrize(
    ("code", "status", "remedy", "tries"),
    [
        (190, 401, Remedy.RECONNECT, 1),
        (102, 400, Remedy.RECONNECT, 1),
        (80004, 400, Remedy.THROTTLED, 1),
        (4, 400, Remedy.THROTTLED, 1),
        (1, 500, Remedy.TRANSIENT, 3),
        (2, 500, Remedy.TRANSIENT, 3),
        (9999, 503, Remedy.TRANSIENT, 3),
    ],
)
def test_a_real_fault_is_not_hidden_behind_a_poorer_balance(
    meta: Meta, code: int, status: int, remedy: Remedy, tries: int
) -> None:
    meta.fails(NODE, code, status=status)

    with pytest.raises(AdsError) as caught:
        reader().balance(ACCOUNT, NOW)

    assert caught.value.remedy is remedy
    assert len(meta.asked) == tries
    assert all("funding_source" in asked["fields"] for asked in meta.asked)


def test_an_account_that_the_access_does_not_reach_is_an_error(meta: Meta) -> None:
    meta.fails(NODE, 100, 33)

    with pytest.raises(AdsError) as caught:
        reader().balance(ACCOUNT, NOW)

    assert (caught.value.remedy, caught.value.code, caught.value.of_account) == (Remedy.PERMISSION, "100/33", True)


@pytest.mark.parametrize(
    "failure",
    [
        {"body": "<html>Bad gateway</html>", "status": 502},
        {"body": '{"id": "1", "na'},
        {"body": "<html>hi</html>"},
        {"json": {"error": {"code": 2}}, "status": 500},
    ],
)
def test_what_fails_for_now_is_asked_again(meta: Meta, failure: dict[str, Any]) -> None:
    meta.http.get(f"{BASE}/me", **failure)
    meta.says("me", {"id": "77", "name": "Ana"})

    assert reader().holder() == Holder("Ana")


def test_but_not_for_ever(meta: Meta) -> None:
    meta.says("me", body="<html>", status=502)

    with pytest.raises(AdsError, match="transient: http 502"):
        reader().holder()
    assert len(meta.asked) == 3


def test_the_usage_is_the_highest_of_all_answers_also_of_throttled_ones(meta: Meta) -> None:
    one = reader()
    assert one.usage == Usage()
    meta.says("me", {"id": "77"}, headers={"X-App-Usage": '{"call_count": 28}'})
    one.holder()
    assert one.usage == Usage(Decimal(28))

    business = {"1": [{"type": "ads_insights", "call_count": 100, "estimated_time_to_regain_access": 12}]}
    meta.fails(INSIGHTS, 80000, headers={**USED, "x-business-use-case-usage": json.dumps(business)})
    with pytest.raises(AdsError) as caught:
        one.daily(ACCOUNT, FIRST, LAST)

    assert (caught.value.wait, caught.value.of_account) == (timedelta(minutes=12), True)
    assert one.usage == Usage(Decimal(100), Decimal(10), timedelta(minutes=12))


def test_the_warning_about_the_version_is_written_down_once(meta: Meta, caplog: pytest.LogCaptureFixture) -> None:
    meta.says("me", {"id": "77"}, headers={"X-Ad-Api-Version-Warning": "upgraded to v27.0"})
    one = reader()

    one.holder()
    one.holder()

    assert [record.message for record in caplog.records] == ["Meta on the version of its API: upgraded to v27.0"]


@pytest.mark.parametrize(
    ("code", "subcode", "status"), [(190, 463, 400), (200, None, 403), (100, None, 400), (2, None, 500), (4, None, 400)]
)
def test_no_secret_is_in_an_error_or_a_log(
    meta: Meta, caplog: pytest.LogCaptureFixture, code: int, subcode: int | None, status: int
) -> None:
    meta.fails(INSIGHTS, code, subcode, status=status)
    one = reader(app_id=APP_ID, app_secret=SECRET)

    with caplog.at_level(logging.DEBUG), pytest.raises(AdsError) as caught:
        one.daily(ACCOUNT, FIRST, LAST)

    error = caught.value
    told = f"{error} {error!r} {error.args} {error.sentence} {one!r} {caplog.text}"
    told += "".join(traceback.format_exception(error))
    proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    assert not any(secret in told for secret in (TOKEN, SECRET, proof))
