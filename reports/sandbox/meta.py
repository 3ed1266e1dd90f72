"""Meta's Graph API as far as Adscape asks it: who the access is, which accounts it sees, their money and their days.

https://developers.facebook.com/docs/marketing-api. One thing that it cannot be asked is refused as Meta would.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from reports.choices import Platform
from reports.demo import DEMO_NAME
from reports.sandbox import meta_answers, meta_insights, meta_node, numbers
from reports.sandbox.accounts import SandboxAccount, account_of
from reports.sandbox.faults import Struck
from reports.sandbox.keys import Keys
from reports.sandbox.meta_answers import bad_parameter
from reports.sandbox.meta_fields import check, parsed, picked
from reports.sandbox.tokens import Access, access_of
from reports.sandbox.wire import Answer, Call, Request, as_json

_ACCOUNT = re.compile(r"act_([0-9]{1,20})(/insights)?")
_PAGE, _LONGEST_PAGE = 25, 500
_DATA_ACCESS = 90 * 86_400  # seconds
_SCOPES = ("ads_read", "business_management", "public_profile")
_KINDS = {"me": "who", "me/adaccounts": "list", "me/assigned_ad_accounts": "list"}


@dataclass(frozen=True, slots=True)
class _Asked:
    request: Request
    access: Access
    call: Call
    struck: Struck

    @property
    def fields(self) -> str:
        return self.request.given.get("fields", "")

    @property
    def account(self) -> SandboxAccount:
        """Raises Refusal for one that the access does not reach."""
        if not self.access.can_read(self.call.account):
            raise meta_answers.no_such_object(self.call.account)
        return account_of(Platform.META, self.call.account)


def call_of(request: Request, path: str) -> Call:
    """`path` begins behind the version. Raises Refusal for one that there is not."""
    if path == "debug_token":
        return Call(Platform.META, "who", "", request.given.get("input_token", ""))
    account = _ACCOUNT.fullmatch(path)
    if account is None and path not in _KINDS:
        raise meta_answers.refusal(400, 2500, f"Unknown path components: /{path}")
    kind = _KINDS[path] if account is None else "numbers" if account[2] else "balance"
    return Call(Platform.META, kind, account[1] if account else "", _token(request))


def handle(request: Request, path: str, call: Call, struck: Struck, keys: Keys) -> Answer:
    """Raises Refusal."""
    if request.method != "GET":
        raise bad_parameter("(#100) The sandbox only reads.")
    if path == "debug_token":
        reply = _debug_token(request, call, struck, keys)
    else:
        asked = _Asked(request, _checked(request, call, keys), call, struck)
        meta_answers.refuse_by_fault(call, struck)
        simple = {"me": _me, "me/adaccounts": _owned, "me/assigned_ad_accounts": _assigned}
        reply = (simple.get(path) or (_insights if call.kind == "numbers" else _node))(asked)
    return as_json(200, reply, meta_answers.usage_headers(call, struck))


def _token(request: Request) -> str:
    return request.bearer or request.given.get("access_token", "")


def _checked(request: Request, call: Call, keys: Keys) -> Access:
    access = access_of(Platform.META, call.access)
    if access is None:
        raise meta_answers.dead()
    if access.has_ended(request.now):
        raise meta_answers.dead(463)
    proof = request.given.get("appsecret_proof")
    made = hmac.new(keys.meta_app_secret.encode(), call.access.encode(), hashlib.sha256).hexdigest()
    if proof is not None and not hmac.compare_digest(proof.encode(), made.encode()):
        raise bad_parameter("Invalid appsecret_proof provided in the API argument")
    return access


def _debug_token(request: Request, call: Call, struck: Struck, keys: Keys) -> dict[str, Any]:
    """It is asked with the app's own access, `id|secret`, about a person's, and tells of a dead one too."""
    if "token_dead" not in struck:
        meta_answers.refuse_by_fault(call, struck)
    if _token(request) != f"{keys.meta_app_id}|{keys.meta_app_secret}":
        raise meta_answers.dead()
    access = access_of(Platform.META, call.access)
    if access is None or "token_dead" in struck:
        error = {"code": 190, "message": "The access token could not be decrypted"}
        return {"data": {"error": error, "is_valid": False, "scopes": []}}
    now = int(request.now.timestamp())
    given = access.given_at or now
    end = 0 if access.life is None else given + access.life
    told = {
        "app_id": keys.meta_app_id,
        "type": "SYSTEM_USER" if access.is_system else "USER",
        "application": "Adscape (sandbox)",
        "data_access_expires_at": 0 if access.is_system else given + _DATA_ACCESS,
        "expires_at": end,
        "is_valid": not end or end > now,
        "issued_at": given,
        "scopes": list(_SCOPES),
        "granular_scopes": [{"scope": "ads_read"}],
        "user_id": _person(access)["id"],
    }
    return {"data": told}


def _me(asked: _Asked) -> dict[str, Any]:
    person = _person(asked.access)
    check(asked.fields, person, "User")
    return {**picked(person, asked.fields or "id,name"), "id": person["id"]}


def _person(access: Access) -> dict[str, str]:
    if access.is_system:
        return {"id": "122100000000002", "name": "Adscape Relatórios"}
    return {"id": "122100000000001", "name": DEMO_NAME}


def _owned(asked: _Asked) -> dict[str, Any]:
    """Empty for a system user: what was assigned to it stands in the other list."""
    return _list(asked, () if asked.access.is_system else asked.access.accounts)


def _assigned(asked: _Asked) -> dict[str, Any]:
    if not asked.access.is_system:
        raise bad_parameter("(#100) Tried accessing nonexisting field (assigned_ad_accounts) on node type (User)")
    return _list(asked, asked.access.accounts)


def _list(asked: _Asked, ids: Sequence[str]) -> dict[str, Any]:
    fields = asked.fields or "id,account_id"
    check(fields, meta_node.FIELDS, "AdAccount")
    ids, paging = _page(asked, ids)
    rows = []
    for external_id in ids:
        node = meta_node.listed(account_of(Platform.META, external_id), asked.struck)
        rows.append({**picked(node, fields), "id": node["id"]})
    return {"data": rows, **paging}


def _node(asked: _Asked) -> dict[str, Any]:
    account, fields = asked.account, asked.fields or "id,account_id"
    check(fields, meta_node.FIELDS, "AdAccount")
    can_manage = "viewer" not in asked.access.words and "no_manage" not in asked.struck
    if not can_manage and meta_node.MANAGED & {name for name, _ in parsed(fields)}:
        raise meta_answers.no_manage()
    locale = asked.request.given.get("locale", "pt_BR")
    node = meta_node.node(account, asked.request.now, locale, asked.struck, can_manage=can_manage)
    return {**picked(node, fields), "id": node["id"]}


def _insights(asked: _Asked) -> dict[str, Any]:
    given, account, now = asked.request.given, asked.account, asked.request.now
    level, increment = given.get("level", "account"), given.get("time_increment", "all_days")
    if (level, increment) not in (("account", "1"), ("account", "all_days"), ("campaign", "1")):
        raise bad_parameter(
            "(#100) The sandbox knows the level account with time_increment 1 or all_days, and campaign with 1."
        )
    fields = f"{asked.fields or 'impressions,spend'},date_start,date_stop"
    check(fields, meta_insights.CAMPAIGN_FIELDS if level == "campaign" else meta_insights.FIELDS, "AdsInsights")
    since, until = meta_insights.asked_days(given, numbers.today_of(account, now))
    currency = meta_node.currency_of(account, asked.struck)
    if level == "campaign":
        parts, paging = _page(asked, list(numbers.campaign_days_of(account, since, until, now, asked.struck)))
        rows = meta_insights.campaign_rows(account, currency, parts)
    else:
        days = list(numbers.days_of(account, since, until, now, asked.struck))
        if increment == "1":
            days, paging = _page(asked, days)
            rows = meta_insights.daily_rows(account, currency, days)
        else:
            rows, paging = _page(asked, meta_insights.whole_rows(account, currency, days, since, until))
    return {"data": [picked(row, fields) for row in rows], **paging}


def _page(asked: _Asked, found: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """The rows behind the cursor `after`, and what leads to the next ones: the whole address, with the access in it."""
    given = asked.request.given
    limit, after = given.get("limit", str(_PAGE)), given.get("after", "")
    if not limit.isdecimal() or not 0 < int(limit) <= _LONGEST_PAGE:
        raise bad_parameter(f"(#100) param limit must be from 1 to {_LONGEST_PAGE}")
    size, is_loop = int(limit), "page_loop" in asked.struck
    start = _index(after) + 1 if after and not is_loop else 0
    rows = list(found[start : start + size])
    if not rows:
        return [], {}
    cursors = {"before": _cursor(start), "after": _cursor(start + len(rows) - 1)}
    paging: dict[str, Any] = {"cursors": cursors}
    if is_loop or start + len(rows) < len(found):
        query = {**given, "access_token": asked.call.access, "limit": str(size), "after": cursors["after"]}
        paging["next"] = f"{asked.request.base}{asked.request.path}?{urlencode(query)}"
    return rows, {"paging": paging}


def _cursor(index: int) -> str:
    """As Meta writes them: Base64, with ZD for each sign of equality."""
    return base64.b64encode(str(index).encode()).decode().replace("=", "ZD")


def _index(cursor: str) -> int:
    try:
        found = base64.b64decode(cursor.replace("ZD", "=").encode(), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found.isdigit():
        raise bad_parameter("(#100) Invalid cursor")
    return int(found)
