"""`GoogleReader` through its public door: what it asks, and what it makes of the answers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import responses
import time_machine

from reports.ads.errors import AdsError, Remedy
from reports.ads.google import GoogleKeys
from reports.ads.readings import Asked, Usage
from reports.choices import AccountState, BalanceSource, Family
from tests.reports.ads.google_recorded import failure, plain, recorded
from tests.reports.ads.google_stub import BUDGETS, CLIENTS, CUSTOMER, DAILY, KEYS, GoogleStub, batch, client

ASKED = Asked("1234567890", "BRL", "America/Sao_Paulo")
SINCE, UNTIL = date(2026, 9, 1), date(2026, 9, 30)
NOW = datetime(2026, 9, 24, 15, tzinfo=UTC)
DENIED = failure("authorizationError", "USER_PERMISSION_DENIED", code=403, status="PERMISSION_DENIED")
VALE = {
    "customer": {
        "id": "1234567890",
        "descriptiveName": "Vale Verde",
        "currencyCode": "BRL",
        "timeZone": "America/Sao_Paulo",
        "status": "ENABLED",
    }
}


@pytest.fixture
def google(http: responses.RequestsMock) -> GoogleStub:
    stub = GoogleStub(http)
    stub.gives_tokens()
    return stub


def keys(**more: str) -> GoogleKeys:
    return GoogleKeys(KEYS.refresh_token, KEYS.client_id, KEYS.client_secret, **more)


# Days


def test_days_of_all_batches(google: GoogleStub) -> None:
    google.answers("1234567890", DAILY, recorded("searchStream_customer_daily"))

    daily = google.reader().daily(ASKED, SINCE, UNTIL)

    [day] = daily.days
    assert (day.date, day.spend, day.impressions, day.clicks) == (date(2026, 9, 2), Decimal(2500), 1000, 80)
    assert (day.results[Family.CONVERSIONS].count, daily.currency) == (4, "BDT")


def test_a_week_asked_for_by_its_days(google: GoogleStub) -> None:
    google.answers("123321321", DAILY, recorded("searchStream_googleAdwordsResponseApi"))

    daily = google.reader().daily(Asked("123321321", "BRL", ""), date(2024, 6, 1), date(2024, 6, 7))

    assert sum(day.spend for day in daily.days) == Decimal("6568.616021")
    assert sum(day.clicks for day in daily.days) == 1244
    query = json.loads(google.asked[0].body or b"")["query"]
    assert query.endswith("FROM customer WHERE segments.date BETWEEN '2024-06-01' AND '2024-06-07'")


@pytest.mark.parametrize("body", [recorded("searchStream_empty_real"), [], [batch(), batch()]])
def test_no_delivery_is_no_day(google: GoogleStub, body: Any) -> None:
    google.answers("1234567890", DAILY, body)

    daily = google.reader().daily(ASKED, SINCE, UNTIL)

    assert (daily.days, daily.currency) == ((), "BRL")


def test_fractions_keep_the_digits_that_were_written(google: GoogleStub) -> None:
    body = (
        '[{"results":[{"segments":{"date":"2026-09-02"},"metrics":{"conversions":0.1,"conversionsValue":19.99}},'
        '{"segments":{"date":"2026-09-02"},"metrics":{"conversions":0.2}}]}]'
    )
    google.answers("1234567890", DAILY, body)

    [day] = google.reader().daily(ASKED, SINCE, UNTIL).days

    result = day.results[Family.CONVERSIONS]
    assert (result.count, result.value) == (Decimal("0.3"), Decimal("19.99"))


def test_a_stream_that_ends_in_an_error_gives_nothing(google: GoogleStub) -> None:
    google.answers("1234567890", DAILY, [*recorded("searchStream_customer_daily"), DENIED])

    with pytest.raises(AdsError) as refused:
        google.reader().daily(ASKED, SINCE, UNTIL)

    assert refused.value.code == "authorizationError.USER_PERMISSION_DENIED"


def test_a_day_that_was_not_asked_for_is_refused(google: GoogleStub) -> None:
    google.answers("1234567890", DAILY, recorded("searchStream_customer_daily"))

    with pytest.raises(AdsError) as refused:
        google.reader().daily(ASKED, SINCE, SINCE)

    assert (refused.value.remedy, refused.value.code) == (Remedy.FIX_REQUEST, "answer: date outside of what was asked")


@pytest.mark.parametrize("body", [{}, {"results": []}, [[]], ["x"], [{"results": {}}], [{"results": ["x"]}]])
def test_an_answer_of_another_shape_is_their_trouble(google: GoogleStub, body: Any) -> None:
    google.answers("1234567890", DAILY, body)

    with pytest.raises(AdsError) as refused:
        google.reader().daily(ASKED, SINCE, UNTIL)

    assert (refused.value.remedy, refused.value.code) == (Remedy.TRANSIENT, "unexpected answer")


def test_reach_and_usage_are_not_told(http: responses.RequestsMock) -> None:
    reader = GoogleStub(http).reader()

    assert reader.reach(ASKED, SINCE, UNTIL) is None
    assert reader.usage == Usage()


@pytest.mark.parametrize("customer", ["", "123-456-7890", "1/../2", "١٢٣"])
def test_a_customer_is_asked_for_by_its_digits(http: responses.RequestsMock, customer: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        GoogleStub(http).reader().daily(Asked(customer, "BRL", ""), SINCE, UNTIL)


# What each call carries


@pytest.mark.parametrize(
    ("given", "via", "header"),
    [
        (keys(), "", None),
        (keys(login_customer_id="111-222-3333"), "", "1112223333"),
        (keys(login_customer_id=" 111 222 3333 "), "4445556666", "4445556666"),
        (keys(), "444-555-6666", "4445556666"),
    ],
)
def test_the_manager_that_a_call_goes_through(
    google: GoogleStub, given: GoogleKeys, via: str, header: str | None
) -> None:
    google.answers("1234567890", DAILY, [])

    google.reader(given).daily(Asked("1234567890", "BRL", "", via=via), SINCE, UNTIL)

    assert google.asked[0].headers.get("login-customer-id") == header


@pytest.mark.parametrize(("token", "header"), [("", None), ("  ", None), ("dev-token-secret", "dev-token-secret")])
def test_a_developer_token_is_sent_only_where_there_is_one(google: GoogleStub, token: str, header: str | None) -> None:
    google.answers("1234567890", DAILY, [])

    google.reader(keys(developer_token=token)).daily(ASKED, SINCE, UNTIL)

    assert google.asked[0].headers.get("developer-token") == header
    assert ("developer-token" in google.asked[0].headers) is (header is not None)


# Accounts


def test_managers_are_expanded_and_no_account_is_listed_twice(google: GoogleStub) -> None:
    google.lists("900", "100", "2000000002")
    below = [
        client("100", "Maré Alta", manager=True),
        client("150", "Sub", manager=True),
        client("1000000001", "Vale Verde", level="2"),
        client("1000000003", "Antiga", status="CANCELED"),
        client("1000000004", "Oculta", hidden=True),
        client("2000000002", "Direta"),
    ]
    google.answers("100", CLIENTS, [batch(*below[:3]), batch(*below[3:])])
    google.answers("900", CLIENTS, [batch(client("900", "Outra", manager=True), client("1000000001", "Vale Verde"))])
    google.answers("2000000002", CLIENTS, [batch(client("2000000002", "Direta"))])

    accounts = google.reader().accounts()

    assert [(each.external_id, each.name, each.via, each.state) for each in accounts] == [
        ("1000000001", "Vale Verde", "100", AccountState.ACTIVE),
        ("1000000003", "Antiga", "100", AccountState.DISABLED),
        ("2000000002", "Direta", "100", AccountState.ACTIVE),
    ]
    assert [request.headers.get("login-customer-id") for request in google.asked] == [None, "100", "900", "2000000002"]


def test_an_account_reached_by_itself(google: GoogleStub) -> None:
    google.lists("2000000002")
    google.answers("2000000002", CLIENTS, [batch(client("2000000002", ""))])

    [account] = google.reader().accounts()

    assert (account.external_id, account.name, account.via) == ("2000000002", "200-000-0002", "")
    assert (account.currency, account.time_zone) == ("BRL", "America/Sao_Paulo")


def test_the_keys_manager_comes_first_and_is_not_named_for_what_is_not_below_it(google: GoogleStub) -> None:
    google.lists("2000000002", "3000000003")
    google.answers("9999999999", CLIENTS, [batch(client("3000000003", "Abaixo"))])
    google.answers("2000000002", CLIENTS, [batch(client("2000000002", "Direta"))])
    google.answers("3000000003", CLIENTS, [batch(client("3000000003", "Abaixo"))])

    accounts = google.reader(keys(login_customer_id="999-999-9999")).accounts()

    assert [(each.name, each.via) for each in accounts] == [("Abaixo", "9999999999"), ("Direta", "2000000002")]


def test_one_customer_that_cannot_be_read_stops_no_other(google: GoogleStub) -> None:
    google.lists("100", "200", "3000000003")
    google.answers("100", CLIENTS, recorded("error_stream_array_customer_not_enabled"), status=403)
    google.answers("200", CLIENTS, [DENIED], status=403)
    google.answers("3000000003", CLIENTS, [batch(client("3000000003", "Vale Verde"))])

    assert [each.name for each in google.reader().accounts()] == ["Vale Verde"]


def test_where_no_customer_can_be_read_the_reason_is_told(google: GoogleStub) -> None:
    google.lists("100", "200")
    google.answers("100", CLIENTS, recorded("error_stream_array_customer_not_enabled"), status=403)
    google.answers("200", CLIENTS, [DENIED], status=403)

    with pytest.raises(AdsError) as refused:
        google.reader().accounts()

    assert refused.value.code == "authorizationError.CUSTOMER_NOT_ENABLED"


def test_an_error_of_the_whole_access_is_no_short_list(google: GoogleStub) -> None:
    google.lists("100", "200")
    google.answers("100", CLIENTS, [batch(client("1000000001"))])
    google.answers("200", CLIENTS, plain(429, "RESOURCE_EXHAUSTED"), status=429)

    with pytest.raises(AdsError) as refused:
        google.reader().accounts()

    assert refused.value.remedy is Remedy.THROTTLED


def test_no_customer_no_account(google: GoogleStub) -> None:
    google.lists()

    assert google.reader().accounts() == []


def test_a_list_of_something_else_is_their_trouble(google: GoogleStub) -> None:
    google.lists("100/../200")

    with pytest.raises(AdsError, match="unexpected answer"):
        google.reader().accounts()


# The holder


def test_the_holder_is_named_by_the_first_customer(google: GoogleStub) -> None:
    google.lists("200", "100")
    google.answers("100", CUSTOMER, [batch(VALE)])

    holder = google.reader().holder()

    assert (holder.name, holder.expires_at) == ("Vale Verde", None)
    assert google.asked[1].headers["login-customer-id"] == "100"


@pytest.mark.parametrize(
    ("customers", "name"), [(("100",), "1 conta do Google Ads"), (("100", "200"), "2 contas do Google Ads")]
)
def test_without_a_name_the_accounts_are_counted(google: GoogleStub, customers: tuple[str, ...], name: str) -> None:
    google.lists(*customers)
    google.answers("100", CUSTOMER, [DENIED], status=403)

    assert google.reader().holder().name == name


def test_an_access_that_reaches_nothing_has_no_holder(google: GoogleStub) -> None:
    google.lists()

    with pytest.raises(AdsError) as refused:
        google.reader().holder()

    assert (refused.value.remedy, refused.value.code) == (Remedy.RECONNECT, "no customers")
    assert "nenhuma conta" in refused.value.sentence


def test_an_access_given_for_a_time_says_when_it_ends(http: responses.RequestsMock) -> None:
    google = GoogleStub(http)
    google.gives_tokens(refresh_token_expires_in=604_799)
    google.lists("100")
    google.answers("100", CUSTOMER, [batch(VALE)])

    with time_machine.travel(NOW, tick=False):
        assert google.reader().holder().expires_at == NOW + timedelta(seconds=604_799)


# Balances


def test_the_balance_is_what_is_left_of_the_budget(google: GoogleStub) -> None:
    rows = [{"accountBudget": each} for each in recorded("account_budget_cases")["cases"][0]["rows"]]
    google.answers("1234567890", CUSTOMER, [batch(VALE)])
    google.answers("1234567890", BUDGETS, [batch(*rows)])

    balance = google.reader().balance(ASKED, NOW)

    assert (balance.amount, balance.source) == (Decimal(1800), BalanceSource.GOOGLE_BUDGET)
    assert (balance.name, balance.currency, balance.time_zone) == ("Vale Verde", "BRL", "America/Sao_Paulo")
    assert balance.state is AccountState.ACTIVE


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (recorded("searchStream_empty_real"), 200),
        ([DENIED], 403),
        (recorded("error_object_unrecognized_field"), 400),
        ([failure("requestError", "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT")], 400),
    ],
)
def test_without_a_budget_the_amount_is_unknown_and_the_account_readable(
    google: GoogleStub, body: Any, status: int
) -> None:
    google.answers("1234567890", CUSTOMER, [batch({"customer": {**VALE["customer"], "status": "SUSPENDED"}})])
    google.answers("1234567890", BUDGETS, body, status=status)

    balance = google.reader().balance(ASKED, NOW)

    assert (balance.amount, balance.source, balance.state) == (None, None, AccountState.DISABLED)


@pytest.mark.parametrize(
    ("body", "status", "remedy"),
    [
        (plain(429, "RESOURCE_EXHAUSTED"), 429, Remedy.THROTTLED),
        (plain(503, "UNAVAILABLE"), 503, Remedy.TRANSIENT),
        ([failure("requestError", "UNSUPPORTED_VERSION")], 400, Remedy.UPGRADE),
    ],
)
def test_other_errors_of_that_query_do_not_pass_for_an_unknown_amount(
    google: GoogleStub, body: Any, status: int, remedy: Remedy
) -> None:
    google.answers("1234567890", CUSTOMER, [batch(VALE)])
    google.answers("1234567890", BUDGETS, body, status=status)

    with pytest.raises(AdsError) as refused:
        google.reader().balance(ASKED, NOW)

    assert refused.value.remedy is remedy


def test_an_absurd_budget_is_refused(google: GoogleStub) -> None:
    google.answers("1234567890", CUSTOMER, [batch(VALE)])
    google.answers("1234567890", BUDGETS, [batch({"accountBudget": {"approvedSpendingLimitMicros": "-5"}})])

    with pytest.raises(AdsError) as refused:
        google.reader().balance(ASKED, NOW)

    assert (refused.value.remedy, refused.value.code) == (Remedy.FIX_REQUEST, "answer: approvedSpendingLimitMicros")


def test_an_account_that_cannot_be_read_has_no_balance(google: GoogleStub) -> None:
    google.answers("1234567890", CUSTOMER, [DENIED], status=403)

    with pytest.raises(AdsError) as refused:
        google.reader().balance(ASKED, NOW)

    assert refused.value.of_account


def test_an_account_without_a_row_of_its_own_stands_unknown(google: GoogleStub) -> None:
    google.answers("1234567890", CUSTOMER, [])
    google.answers("1234567890", BUDGETS, [])

    balance = google.reader().balance(ASKED, NOW)

    assert (balance.state, balance.currency, balance.time_zone) == (AccountState.UNKNOWN, "BRL", "America/Sao_Paulo")
