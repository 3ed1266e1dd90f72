"""Every way of failing that the ads sandbox can be told to show: what is answered, and what the adapters make of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from reports.ads.errors import AdsError, Remedy
from reports.choices import AccountState, Platform
from reports.sandbox.faults import KINDS, FaultError, Faults
from reports.sandbox.wire import Call
from tests.reports.sandbox.ads_server import NOW, Client, asked

pytestmark = pytest.mark.processes

META_ID, GOOGLE_ID = "700100000000002", "7001000001"
SINCE, TODAY = date(2026, 11, 17), date(2026, 11, 24)


def meta_days(client: Client) -> Any:
    return client.meta_reader().daily(asked(META_ID), SINCE, TODAY)


def meta_balance(client: Client) -> Any:
    return client.meta_reader().balance(asked(META_ID), NOW)


def meta_list(client: Client) -> Any:
    return client.meta_reader().accounts()


def google_days(client: Client) -> Any:
    return client.google_reader().daily(asked(GOOGLE_ID), SINCE, TODAY)


def google_balance(client: Client) -> Any:
    return client.google_reader().balance(asked(GOOGLE_ID), NOW)


#: The fault, and behind a colon the only call that it strikes; who reads; what the adapter makes of it.
ERRORS: list[tuple[str, Callable[[Client], Any], Remedy, str]] = [
    ("token_dead", meta_days, Remedy.RECONNECT, "190/460"),
    ("token_dead", google_days, Remedy.RECONNECT, "oauth.invalid_grant"),
    ("access_expired", google_days, Remedy.RECONNECT, "authenticationError.OAUTH_TOKEN_EXPIRED"),
    ("no_permission", meta_days, Remedy.PERMISSION, "200"),
    ("no_permission", google_days, Remedy.PERMISSION, "authorizationError.USER_PERMISSION_DENIED"),
    ("version_retired", meta_days, Remedy.UPGRADE, "2635"),
    ("version_retired", google_days, Remedy.UPGRADE, "http 404 html"),
    ("throttled", meta_days, Remedy.THROTTLED, "80004/2446079"),
    ("throttled", google_days, Remedy.THROTTLED, "quotaError.RESOURCE_TEMPORARILY_EXHAUSTED"),
    ("quota_day", meta_days, Remedy.THROTTLED, "4"),
    ("quota_day", google_days, Remedy.THROTTLED, "quotaError.RESOURCE_EXHAUSTED"),
    ("too_many", meta_days, Remedy.THROTTLED, "http 429"),
    ("too_many", google_days, Remedy.THROTTLED, "http 429"),
    ("closed", google_days, Remedy.PERMISSION, "authorizationError.CUSTOMER_NOT_ENABLED"),
    ("error_500", meta_days, Remedy.TRANSIENT, "2"),
    ("error_500", google_days, Remedy.TRANSIENT, "oauth.internal_failure"),
    ("error_500:numbers", google_days, Remedy.TRANSIENT, "internalError.TRANSIENT_ERROR"),
    ("html", meta_days, Remedy.TRANSIENT, "http 502"),
    ("html", google_days, Remedy.TRANSIENT, "http 502"),
    ("truncated", meta_days, Remedy.TRANSIENT, "not json"),
    ("truncated", google_days, Remedy.TRANSIENT, "not json"),
    ("cut", meta_days, Remedy.TRANSIENT, "unreachable"),
    ("cut", google_days, Remedy.TRANSIENT, "unreachable"),
    ("page_loop", meta_days, Remedy.FIX_REQUEST, "paging: loop"),
    ("page_loop", meta_list, Remedy.FIX_REQUEST, "paging: loop"),
]


@pytest.mark.parametrize(
    ("kind", "read", "remedy", "code"), ERRORS, ids=[f"{one[0]}-{one[1].__name__}" for one in ERRORS]
)
def test_an_adapter_names_what_helps(
    kind: str, read: Callable[[Client], Any], remedy: Remedy, code: str, sandbox: Client
) -> None:
    name, _, call = kind.partition(":")
    sandbox.fault(name, call=call)

    with pytest.raises(AdsError) as caught:
        read(sandbox)

    assert (caught.value.remedy, caught.value.code) == (remedy, code)


STATES = [
    ("unsettled", meta_balance, AccountState.PAYMENT_FAILED),
    ("unsettled", google_balance, AccountState.DISABLED),
    ("disabled", meta_balance, AccountState.DISABLED_FOR_PAYMENT),
    ("disabled", google_balance, AccountState.DISABLED),
    ("closed", meta_balance, AccountState.CLOSED),
    ("no_payment", meta_balance, AccountState.NO_PAYMENT_METHOD),
]


@pytest.mark.parametrize(("kind", "read", "state"), STATES)
def test_an_account_stands_as_ordered(
    kind: str, read: Callable[[Client], Any], state: AccountState, sandbox: Client
) -> None:
    sandbox.fault(kind)

    assert read(sandbox).state is state


def test_without_a_budget_google_tells_no_balance(sandbox: Client) -> None:
    sandbox.fault("no_payment")

    assert (google_balance(sandbox).amount, google_balance(sandbox).state) == (None, AccountState.ACTIVE)


def test_without_the_task_the_balance_is_blocked(sandbox: Client) -> None:
    sandbox.fault("no_manage")

    balance = meta_balance(sandbox)

    assert (balance.amount, balance.is_blocked, balance.state) == (None, True, AccountState.ACTIVE)


def test_a_currency_changes(sandbox: Client) -> None:
    sandbox.fault("currency")

    told = [read(sandbox).currency for read in (meta_days, meta_balance, google_days, google_balance)]

    assert told == ["USD"] * 4
    assert {account.currency for account in meta_list(sandbox)} == {"USD"}
    assert meta_balance(sandbox).shown.endswith("USD)")


@pytest.mark.parametrize("read", [meta_days, google_days])
def test_days_may_be_late(read: Callable[[Client], Any], sandbox: Client) -> None:
    whole = {day.date: day for day in read(sandbox).days}

    sandbox.fault("days_missing", value=2)
    missing = {day.date for day in read(sandbox).days}
    sandbox.call("DELETE", "/sandbox/faults")
    sandbox.fault("days_lower", value=2)
    lower = {day.date: day for day in read(sandbox).days}

    assert whole.keys() - missing == {TODAY, TODAY - timedelta(days=1), TODAY - timedelta(days=2)}
    assert lower.keys() == whole.keys()
    changed = {day for day in whole if lower[day] != whole[day]}
    assert changed == {TODAY - timedelta(days=1), TODAY - timedelta(days=2)}
    assert all(lower[day].spend < whole[day].spend for day in changed)


@pytest.mark.parametrize(("kind", "percent"), [("usage", 80), ("usage_stop", 95)])
def test_usage_is_told_in_headers(kind: str, percent: int, sandbox: Client) -> None:
    sandbox.fault(kind)
    reader = sandbox.meta_reader()

    reader.daily(asked(META_ID), SINCE, TODAY)

    assert (reader.usage.percent, reader.usage.account_percent) == (percent, percent)


def test_a_throttled_answer_says_in_its_headers_how_long_to_pause(sandbox: Client) -> None:
    sandbox.fault("throttled", value=7)

    answer = sandbox.insights(META_ID, "2026-11-17", "2026-11-18")

    (case,) = next(iter(json.loads(answer.headers["X-Business-Use-Case-Usage"]).values()))
    account = json.loads(answer.headers["X-Ad-Account-Usage"])
    assert (answer.status_code, case["estimated_time_to_regain_access"]) == (400, 7)
    assert (account["acc_id_util_pct"], account["reset_time_duration"]) == (100, 420)
    with pytest.raises(AdsError) as caught:
        meta_days(sandbox)
    assert (caught.value.wait, caught.value.of_account) == (timedelta(minutes=7), True)
    with pytest.raises(AdsError) as caught:
        google_days(sandbox)
    assert caught.value.wait == timedelta(minutes=7)


def test_a_new_access_token_helps_against_one_that_has_expired(sandbox: Client) -> None:
    sandbox.fault("access_expired", times=1)

    assert len(google_days(sandbox).days) == 8


def test_an_answer_may_be_slow(sandbox: Client) -> None:
    sandbox.fault("slow", value=1)

    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.url}/v26.0/me?access_token=sandbox-meta-demo", timeout=0.2)


def test_a_fault_may_be_narrowed_and_ends_by_itself(sandbox: Client) -> None:
    sandbox.fault(
        "no_permission", account=META_ID, call="numbers", access="sandbox-meta-demo", platform="meta", times=2
    )

    other = [
        sandbox.insights("700100000000001", "2026-11-17", "2026-11-18"),
        sandbox.insights(META_ID, "2026-11-17", "2026-11-18", token="sandbox-meta-demo-other"),
        sandbox.meta(f"act_{META_ID}"),
        sandbox.google(GOOGLE_ID, "SELECT customer.id FROM customer"),
    ]
    theirs = [sandbox.insights(META_ID, "2026-11-17", "2026-11-18").status_code for _ in range(3)]

    assert [answer.status_code for answer in other] == [200] * 4
    assert theirs == [403, 403, 200]


def test_every_kind_is_shown_here() -> None:
    shown = {one[0].partition(":")[0] for one in (*ERRORS, *STATES)}

    more = {"no_manage", "currency", "days_missing", "days_lower", "usage", "usage_stop", "slow"}
    assert shown | more == KINDS.keys()


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"kind": "nonsense"}, "Falha desconhecida"),
        ({"kind": "usage", "platform": "google"}, "vale para meta"),
        ({"kind": "no_manage", "call": "numbers"}, "não para numbers"),
        ({"kind": "html", "times": 0}, "times precisa"),
        ({"kind": "usage", "value": 101}, "value precisa estar entre 0 e 100"),
    ],
)
def test_an_order_that_cannot_be_is_refused(order: dict[str, Any], why: str) -> None:
    faults = Faults()

    with pytest.raises(FaultError, match=why):
        faults.add(**order)

    assert faults.active() == []


def test_the_oldest_order_of_a_kind_strikes_and_others_wait() -> None:
    faults, call = Faults(), Call(Platform.META, "numbers", META_ID)
    first = faults.add("days_missing", times=1, value=1)
    second = faults.add("days_missing", times=1, value=2)
    lasting = faults.add("usage")

    struck = [faults.take(call) for _ in range(3)]

    assert [{name: fault.id for name, fault in one.items()} for one in struck] == [
        {"days_missing": first.id, "usage": lasting.id},
        {"days_missing": second.id, "usage": lasting.id},
        {"usage": lasting.id},
    ]
