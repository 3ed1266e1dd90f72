"""The sandbox beside what was recorded of Google Ads: the same keys and kinds of values, and its refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adscape.ads_addresses import SANDBOX_GOOGLE_CLIENT
from reports.sandbox.accounts import MANAGER_ID
from reports.sandbox.google_query import QueryError, parsed
from tests.reports.sandbox.ads_server import GOOGLE, Client

pytestmark = pytest.mark.processes

RECORDED = Path(__file__).resolve().parents[2] / "fixtures" / "ads" / "google"
ACCOUNT = "7001000001"
DAILY = (
    "SELECT segments.date, customer.currency_code, metrics.clicks, metrics.cost_micros, metrics.conversions "
    "FROM customer WHERE segments.date BETWEEN '{}' AND '{}'"
)
CLIENTS = "SELECT customer_client.id, customer_client.level, customer_client.manager FROM customer_client"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text())


def rows(answer: Any) -> list[dict[str, Any]]:
    return [row for batch in answer.json() for row in batch.get("results", [])]


def test_a_stream_has_the_recorded_shape(sandbox: Client) -> None:
    (theirs,) = recorded("searchStream_googleAdwordsResponseApi.json")
    (ours,) = sandbox.google(ACCOUNT, DAILY.format("2026-11-17", "2026-11-23")).json()

    assert ours.keys() == theirs.keys()
    assert len(ours["results"]) == len(theirs["results"]) == 7
    for row in ours["results"]:
        assert row.keys() == theirs["results"][0].keys()
        assert row["customer"]["resourceName"] == f"customers/{ACCOUNT}"
        assert {name: type(row["metrics"][name]) for name in ("clicks", "costMicros", "conversions")} == {
            "clicks": str,
            "costMicros": str,
            "conversions": float,
        }
    assert ours["fieldMask"].split(",")[3] == "metrics.costMicros"
    assert ours["queryResourceConsumption"].isdecimal()


def test_a_stream_comes_in_several_batches_of_which_one_says_what_it_cost(sandbox: Client) -> None:
    batches = sandbox.google(ACCOUNT, DAILY.format("2026-10-27", "2026-11-23")).json()

    assert [len(batch["results"]) for batch in batches] == [20, 8]
    assert ["queryResourceConsumption" in batch for batch in batches] == [False, True]


def test_no_rows_are_no_results(sandbox: Client) -> None:
    (theirs,) = recorded("searchStream_empty_real.json")
    (ours,) = sandbox.google(ACCOUNT, DAILY.format("2026-12-01", "2026-12-02")).json()

    assert ours.keys() == theirs.keys()


def test_what_is_the_default_of_its_type_is_left_out(sandbox: Client) -> None:
    (row,) = rows(sandbox.google(ACCOUNT, CLIENTS))

    assert row == {"customerClient": {"resourceName": f"customers/{ACCOUNT}/customerClients/{ACCOUNT}", "id": ACCOUNT}}


def test_budgets_have_the_recorded_shape(sandbox: Client) -> None:
    theirs = recorded("account_budget_cases.json")["cases"][0]["rows"]
    names = {name for row in theirs for name in row}
    query = (
        "SELECT account_budget.id, account_budget.approved_start_date_time, account_budget.approved_end_date_time, "
        "account_budget.approved_spending_limit_micros, account_budget.adjusted_spending_limit_micros, "
        "account_budget.amount_served_micros FROM account_budget WHERE account_budget.status = 'APPROVED'"
    )

    ours = [row["accountBudget"] for row in rows(sandbox.google(ACCOUNT, query))]

    assert len(ours) == 2
    assert {name for row in ours for name in row} == names | {"resourceName"}
    assert all(type(value) is str for row in ours for value in row.values())
    assert rows(sandbox.google(ACCOUNT, query.replace("'APPROVED'", "'CANCELLED'"))) == []
    assert rows(sandbox.google("7001000015", query)) == []
    (setup,) = rows(sandbox.google(ACCOUNT, "SELECT billing_setup.id, billing_setup.status FROM billing_setup"))
    assert setup["billingSetup"]["status"] == "APPROVED"


def test_accessible_customers_are_the_direct_ones(sandbox: Client) -> None:
    def listed(token: str) -> Any:
        headers = {"Authorization": f"Bearer ya29.{token}"}
        return sandbox.call("GET", "/v26/customers:listAccessibleCustomers", headers=headers).json()

    assert listed(GOOGLE)["resourceNames"][0] == f"customers/{ACCOUNT}"
    assert listed("sandbox-google-mcc-demo") == {"resourceNames": [f"customers/{MANAGER_ID}"]}
    assert listed("sandbox-google-none") == {}


def test_a_manager_has_clients_and_no_numbers(sandbox: Client) -> None:
    token = "sandbox-google-mcc-demo"

    below = [row["customerClient"] for row in rows(sandbox.google(MANAGER_ID, CLIENTS, token))]
    direct = rows(sandbox.google(MANAGER_ID, f"{CLIENTS} WHERE customer_client.manager = FALSE", token))
    numbers = sandbox.google(MANAGER_ID, DAILY.format("2026-11-01", "2026-11-02"), token)

    assert (below[0]["manager"], "level" in below[0], below[1]["level"]) == (True, False, "1")
    assert len(direct) == len(below) - 1 == 5
    assert code_of(numbers) == {"queryError": "REQUESTED_METRICS_FOR_MANAGER"}


def code_of(answer: Any) -> Any:
    body = answer.json()
    error = (body[0] if isinstance(body, list) else body)["error"]
    assert error.keys() == {"code", "message", "status", "details"}
    assert error["code"] == answer.status_code
    return error["details"][0]["errors"][0]["errorCode"]


@pytest.mark.parametrize(
    ("token", "manager", "may"),
    [
        (GOOGLE, "", True),
        (GOOGLE, ACCOUNT, True),
        (GOOGLE, MANAGER_ID, False),
        ("sandbox-google-mcc-demo", MANAGER_ID, True),
        ("sandbox-google-mcc-demo", "", False),
        ("sandbox-google-none", "", False),
        ("sandbox-google-any", "", True),
    ],
)
def test_a_customer_is_reached_the_way_that_the_access_has(
    token: str, manager: str, may: bool, sandbox: Client
) -> None:
    headers = {"login-customer-id": manager} if manager else {}

    answer = sandbox.google(ACCOUNT, "SELECT customer.id FROM customer", token, **headers)

    assert answer.status_code == (200 if may else 403)
    if not may:
        assert code_of(answer) == {"authorizationError": "USER_PERMISSION_DENIED"}


def test_an_empty_developer_token_is_refused_and_none_is_not(sandbox: Client) -> None:
    query = "SELECT customer.id FROM customer"

    refused = sandbox.google(ACCOUNT, query, **{"developer-token": ""})

    assert code_of(refused) == {"requestError": "DEVELOPER_TOKEN_PARAMETER_MISSING"}
    assert sandbox.google(ACCOUNT, query, **{"developer-token": "given"}).status_code == 200


def test_an_error_has_the_recorded_shape(sandbox: Client) -> None:
    theirs = recorded("error_object_unrecognized_field.json")["error"]
    answer = sandbox.google(ACCOUNT, "SELECT customer.ids FROM customer")
    (ours,) = answer.json()

    assert ours["error"].keys() == theirs.keys()
    assert ours["error"]["details"][0].keys() == theirs["details"][0].keys()
    assert ours["error"]["details"][0]["errors"][0].keys() == theirs["details"][0]["errors"][0].keys()
    assert code_of(answer) == theirs["details"][0]["errors"][0]["errorCode"]
    assert (ours["error"]["status"], answer.status_code) == (theirs["status"], theirs["code"])


@pytest.mark.parametrize(
    "query",
    [
        "",
        "SELECT FROM customer",
        "DELETE customer",
        "SELECT ad_group.id FROM ad_group",
        "SELECT metrics.clicks FROM customer",
        "SELECT segments.date FROM customer",
        "SELECT segments.date FROM customer WHERE segments.date > 'soon'",
        "SELECT customer.id FROM customer WHERE nonsense",
        "SELECT campaign.id, metrics.clicks FROM campaign WHERE segments.date = '2026-11-01'",
        "SELECT campaign.id, segments.date, metrics.clicks FROM campaign",
        "SELECT customer.id FROM customer WHERE customer.shoe = '1'",
    ],
)
def test_a_query_that_cannot_be_is_refused(query: str, sandbox: Client) -> None:
    answer = sandbox.google(ACCOUNT, query)

    assert answer.status_code == 400
    assert "queryError" in code_of(answer)


def test_another_version_is_a_page(sandbox: Client) -> None:
    answer = sandbox.call("GET", "/v19/customers:listAccessibleCustomers")

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("token", ["", "ya29.real", "sandbox-google-demo", "ya29.sandbox-meta-demo"])
def test_an_access_token_that_the_sandbox_did_not_invent_is_refused(token: str, sandbox: Client) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    answer = sandbox.call("GET", "/v26/customers:listAccessibleCustomers", headers=headers)

    assert (answer.status_code, code_of(answer)) == (401, {"authenticationError": "OAUTH_TOKEN_INVALID"})


def test_a_refresh_token_brings_an_access_token(sandbox: Client) -> None:
    client_id, client_secret = SANDBOX_GOOGLE_CLIENT
    form = {"client_id": client_id, "client_secret": client_secret, "grant_type": "refresh_token"}

    def ask(**more: str) -> tuple[int, Any]:
        answer = sandbox.call("POST", "/token", data={**form, **more})
        return answer.status_code, answer.json()

    status, told = ask(refresh_token=GOOGLE)
    assert (status, told["access_token"], told["token_type"]) == (200, f"ya29.{GOOGLE}", "Bearer")
    assert "refresh_token" not in told
    assert (ask(refresh_token="1//real")[0], ask(refresh_token="1//real")[1]["error"]) == (400, "invalid_grant")
    assert (ask(client_id="x")[0], ask(client_id="x")[1]["error"]) == (401, "invalid_client")
    assert ask(client_secret="x")[1]["error"] == "invalid_client"
    assert ask(grant_type="password")[1]["error"] == "unsupported_grant_type"


def test_a_query_is_taken_apart() -> None:
    query = parsed(
        "select customer.id,\n metrics.clicks from customer where segments.date between '2026-11-01' and "
        '"2026-11-02" '
        "and customer.status != 'CLOSED' order by segments.date limit 3 parameters include_drafts=true"
    )

    assert (query.fields, query.resource, query.limit) == (("customer.id", "metrics.clicks"), "customer", 3)
    assert query.conditions == (
        ("segments.date", ">=", "2026-11-01"),
        ("segments.date", "<=", "2026-11-02"),
        ("customer.status", "!=", "CLOSED"),
    )
    with pytest.raises(QueryError):
        parsed("SELECT customer.id")
