"""The sandbox beside what was recorded of Meta: the same keys and kinds of values, and its refusals."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from adscape.ads_addresses import SANDBOX_META_APP
from tests.reports.sandbox.ads_server import META, NODE, Client

pytestmark = pytest.mark.processes

RECORDED = Path(__file__).resolve().parents[2] / "fixtures" / "ads" / "meta"
SHOP, CARD, FORMS = "700100000000002", "700100000000004", "700100000000009"
DAYS = ("2026-10-27", "2026-11-23")


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text())


def kinds(value: dict[str, Any]) -> dict[str, type]:
    return {name: type(one) for name, one in value.items()}


@pytest.mark.parametrize(
    ("file", "account"),
    [("adaccount_br_prepaid_display_differs_from_cap.json", SHOP), ("adaccount_card_visa_coupon_zar.json", CARD)],
)
def test_an_accounts_node_has_the_recorded_kinds_of_values(file: str, account: str, sandbox: Client) -> None:
    theirs = recorded(file)
    ours = sandbox.meta(f"act_{account}", fields=NODE, locale="pt_BR").json()

    common = theirs.keys() & ours.keys()
    assert common >= {"id", "name", "currency", "is_prepay_account", "funding_source_details"}
    assert {name: type(ours[name]) for name in common} == {name: type(theirs[name]) for name in common}
    inside = kinds(ours["funding_source_details"])
    assert inside == {name: kinds(theirs["funding_source_details"]).get(name, str) for name in inside}
    assert ours["funding_source_details"]["type"] == theirs["funding_source_details"]["type"]


def test_a_balance_is_shown_in_the_language_that_is_asked_for(sandbox: Client) -> None:
    shown = {
        locale: sandbox.meta(f"act_{SHOP}", fields="funding_source_details", locale=locale).json()
        for locale in ("pt_BR", "en_US")
    }

    texts = {locale: answer["funding_source_details"]["display_string"] for locale, answer in shown.items()}
    assert texts["pt_BR"].startswith("Saldo disponível (R$")
    assert texts["en_US"].startswith("Available Balance (R$")
    assert texts["pt_BR"][20:].replace(",", ".") == texts["en_US"][21:].replace(",", ".")


def test_a_row_of_insights_has_the_recorded_kinds_of_values(sandbox: Client) -> None:
    (theirs,) = recorded("insights_br_same_purchase_5_names_same_lead_7_names.json")["data"]
    theirs |= recorded("insights_metaAdsTemplateDataForOneDay.json")["data"][0]
    rows = sandbox.insights(FORMS, *DAYS, limit=100).json()["data"]

    assert len(rows) == 28
    for row in rows:
        assert row["date_start"] == row["date_stop"]
        assert {name: type(row[name]) for name in theirs.keys() & row.keys()} == {
            name: type(theirs[name]) for name in theirs.keys() & row.keys()
        }
        assert theirs.keys() <= row.keys()
        assert all(kinds(entry) == {"action_type": str, "value": str} for entry in row["actions"])
        assert all(entry["value"] != "0" for entry in row["actions"])


def test_one_purchase_and_one_lead_come_under_the_recorded_names(sandbox: Client) -> None:
    (theirs,) = recorded("insights_br_same_purchase_5_names_same_lead_7_names.json")["data"]
    wanted = {name for entry in theirs["actions"] if "purchase" in (name := entry["action_type"]) or "lead" in name}
    row = sandbox.insights(FORMS, *DAYS).json()["data"][0]
    counts = {entry["action_type"]: entry["value"] for entry in row["actions"]}

    assert {name for name in counts if "purchase" in name or "lead" in name} == wanted
    assert len({counts[name] for name in wanted if "purchase" in name}) == 1
    assert len({counts[name] for name in wanted if "lead" in name}) == 1
    assert {entry["action_type"] for entry in row["action_values"]} == {name for name in wanted if "purchase" in name}


def test_usage_headers_have_the_recorded_shape(sandbox: Client) -> None:
    answer = sandbox.insights(SHOP, *DAYS)

    for name, theirs in recorded("usage_headers.json").items():
        ours = json.loads(answer.headers[name])
        if name == "x-business-use-case-usage":
            (theirs,), (ours,) = next(iter(theirs.values())), next(iter(ours.values()))
        assert ours.keys() == theirs.keys()


def test_a_list_is_paged_by_cursors_and_repeats_the_access_in_the_next_address(sandbox: Client) -> None:
    token, found, after = "sandbox-meta-many-60", [], ""
    for _ in range(3):
        page = sandbox.meta("me/adaccounts", token, **({"after": after} if after else {})).json()
        found += page["data"]
        after = page["paging"]["cursors"]["after"]
        if "next" in page["paging"]:
            following = dict(parse_qsl(urlsplit(page["paging"]["next"]).query))
            assert (following["access_token"], following["after"]) == (token, after)

    assert "next" not in page["paging"]
    assert [len(found), len({row["id"] for row in found})] == [60, 60]
    assert found[0] == {"id": "act_700300000000001", "account_id": "700300000000001"}
    first = sandbox.insights(SHOP, "2026-11-20", "2026-11-20").json()
    assert first["paging"] == recorded("insights_metaAdsTemplateDataForOneDay.json")["paging"]


def test_days_without_delivery_have_no_row(sandbox: Client) -> None:
    before = sandbox.insights(SHOP, "2023-12-30", "2024-01-02").json()["data"]
    after = sandbox.insights(SHOP, "2026-11-25", "2026-11-30").json()

    assert [row["date_start"] for row in before] == ["2024-01-01", "2024-01-02"]
    assert after == {"data": []}


def test_a_task_that_is_missing_refuses_the_fields_that_need_it(sandbox: Client) -> None:
    viewer = "sandbox-meta-viewer-demo"
    theirs = next(one for one in recorded("errors.json") if one["body"]["error"]["code"] == 200)

    refused = sandbox.meta(f"act_{SHOP}", viewer, fields=NODE)
    rest = sandbox.meta(f"act_{SHOP}", viewer, fields="id,balance,spend_cap,user_tasks")

    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (theirs["status"], 200)
    assert theirs["body"]["error"]["message"] in error["message"]
    assert (rest.status_code, rest.json()["user_tasks"]) == (200, ["ANALYZE"])


REFUSED = [
    ("me", {"fields": "id,shoe_size"}, 100, None),
    ("me/adaccounts", {"fields": "prepay_balance"}, 100, None),
    ("me/adaccounts", {"limit": "0"}, 100, None),
    ("me/adaccounts", {"after": "???"}, 100, None),
    ("me/assigned_ad_accounts", {}, 100, None),
    (f"act_{SHOP}", {"fields": "id,credit_limit"}, 100, None),
    (f"act_{SHOP}", {"fields": "business{id"}, 100, None),
    ("act_1", {}, 100, 33),
    (f"act_{SHOP}/insights", {"time_range": "yesterday"}, 100, None),
    (f"act_{SHOP}/insights", {"time_range": '{"since":"2026-11-02","until":"2026-11-01"}'}, 100, None),
    (f"act_{SHOP}/insights", {"date_preset": "lifetime"}, 100, None),
    (f"act_{SHOP}/insights", {"level": "ad"}, 100, None),
    (f"act_{SHOP}/insights", {"level": "campaign", "time_increment": "all_days"}, 100, None),
    (f"act_{SHOP}/insights", {"fields": "campaign_id", "time_increment": "1"}, 100, None),
    (f"act_{SHOP}/insights", {"time_increment": "7"}, 100, None),
    (f"act_{SHOP}/ads", {}, 2500, None),
]


@pytest.mark.parametrize(("path", "params", "code", "subcode"), REFUSED)
def test_what_cannot_be_asked_is_refused(
    path: str, params: dict[str, str], code: int, subcode: int | None, sandbox: Client
) -> None:
    answer = sandbox.meta(path, **params)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("error_subcode")) == (400, code, subcode)
    assert error.keys() >= {"message", "type", "fbtrace_id"}


@pytest.mark.parametrize("token", ["", "EAAB-real", "sandbox-google-demo", "sandbox-meta", "sandbox-meta-DEMO"])
def test_a_token_that_the_sandbox_did_not_invent_is_dead(token: str, sandbox: Client) -> None:
    answer = sandbox.meta("me", token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


def test_a_token_ends_when_its_days_are_over(sandbox: Client) -> None:
    now = int(sandbox.server.clock().timestamp())
    long, short = f"sandbox-meta-user-demo-t{now - 5_000_000}", f"sandbox-meta-user-short-t{now - 6_000}"

    assert sandbox.meta("me", long).status_code == 200
    assert sandbox.meta("me", short).json()["error"]["error_subcode"] == 463
    assert sandbox.meta("me", short.replace("short", "system")).status_code == 200


def test_a_system_users_accounts_stand_in_the_other_list(sandbox: Client) -> None:
    system = "sandbox-meta-system-demo"

    assert sandbox.meta("me/adaccounts", system).json() == {"data": []}
    assert len(sandbox.meta("me/assigned_ad_accounts", system).json()["data"]) == 10
    assert sandbox.meta("me/adaccounts", "sandbox-meta-none").json() == {"data": []}


def test_an_access_may_be_given_for_every_account(sandbox: Client) -> None:
    assert sandbox.meta("act_42", "sandbox-meta-any").json() == {"id": "act_42", "account_id": "42"}


def test_another_version_has_ended(sandbox: Client) -> None:
    assert sandbox.meta("me", version="v19.0").json()["error"]["code"] == 2635


def test_the_proof_of_the_app_is_checked(sandbox: Client) -> None:
    proof = hmac.new(SANDBOX_META_APP[1].encode(), META.encode(), hashlib.sha256).hexdigest()

    assert sandbox.meta("me", appsecret_proof=proof).status_code == 200
    assert sandbox.meta("me", appsecret_proof=proof[::-1]).json()["error"]["code"] == 100


def test_only_the_app_is_told_of_a_token(sandbox: Client) -> None:
    app = "|".join(SANDBOX_META_APP)
    told = sandbox.meta("debug_token", app, input_token="sandbox-meta-system-demo").json()["data"]

    assert (told["type"], told["is_valid"], told["expires_at"], told["scopes"][0]) == (
        "SYSTEM_USER",
        True,
        0,
        "ads_read",
    )
    assert sandbox.meta("debug_token", app, input_token="nonsense").json()["data"]["is_valid"] is False
    assert sandbox.meta("debug_token", META, input_token=META).status_code == 401
