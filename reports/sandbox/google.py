"""The Google Ads API as far as Adscape asks it: tokens, the customers that an access reaches, and queries.

https://developers.google.com/google-ads/api/rest/reference/rest and
https://developers.google.com/identity/protocols/oauth2/web-server
"""

from __future__ import annotations

import json
import re
from typing import Any

from reports.choices import Platform
from reports.sandbox import google_answers, google_rows
from reports.sandbox.accounts import MANAGER_ID
from reports.sandbox.faults import Struck
from reports.sandbox.google_query import Query, QueryError, parsed
from reports.sandbox.keys import Keys
from reports.sandbox.tokens import ACCESS_PREFIX, Access, access_of
from reports.sandbox.wire import Answer, Call, Request, as_json

_STREAM = re.compile(r"customers/([0-9]{1,20})/googleAds:searchStream")
_LIST = "customers:listAccessibleCustomers"
#: Rows of one batch of a stream; Google sends thousands, the sandbox few, so that there are several.
_BATCH = 20


def call_of(request: Request, path: str) -> Call:
    """`path` begins behind the version. Raises Refusal for one that there is not."""
    stream = _STREAM.fullmatch(path)
    if stream is None and path != _LIST:
        raise google_answers.not_found(path)
    kind = _kind(_query_text(request)) if stream else "list"
    return Call(Platform.GOOGLE, kind, stream[1] if stream else "", _refresh_token(request))


def handle(request: Request, call: Call, struck: Struck, keys: Keys) -> Answer:
    """Raises Refusal."""
    version, is_stream = keys.google_version, bool(call.account)
    access = access_of(Platform.GOOGLE, call.access)
    if access is None:
        message = "OAuth token is invalid."
        raise google_answers.refusal(
            401, "authenticationError", "OAUTH_TOKEN_INVALID", message, version=version, stream=is_stream
        )
    google_answers.refuse_by_fault(call, struck, version, stream=is_stream)
    _check_headers(request, call, access, version)
    if is_stream:
        return as_json(200, _stream(request, call, access, struck, version))
    direct = (MANAGER_ID,) if "mcc" in access.words and access.accounts else access.accounts
    return as_json(200, {"resourceNames": [f"customers/{one}" for one in direct]} if direct else {})


def _refresh_token(request: Request) -> str:
    """The one that stands in an access token."""
    return request.bearer.removeprefix(ACCESS_PREFIX) if request.bearer.startswith(ACCESS_PREFIX) else ""


def _query_text(request: Request) -> str:
    try:
        found = json.loads(request.body or b"{}")
    except ValueError:
        return ""
    text = found.get("query") if isinstance(found, dict) else None
    return text if isinstance(text, str) else ""


def _kind(query: str) -> str:
    if not query or "customer_client" in query:
        return "list"
    return "numbers" if "metrics." in query else "balance"


def _check_headers(request: Request, call: Call, access: Access, version: str) -> None:
    stream = bool(call.account)
    if request.headers.get("developer-token") == "":
        message = "The developer token is missing."
        raise google_answers.refusal(
            400, "requestError", "DEVELOPER_TOKEN_PARAMETER_MISSING", message, version=version, stream=stream
        )
    if not stream:
        return
    through, account = request.headers.get("login-customer-id", ""), call.account
    if "mcc" in access.words:
        may = through == MANAGER_ID or (account == MANAGER_ID and not through)
        reaches = account == MANAGER_ID or access.can_read(account)
    else:
        may, reaches = through in ("", account), access.can_read(account)
    if not (may and reaches):
        message = (
            "User doesn't have permission to access customer. Note: If you're accessing a client customer, the "
            "manager's customer id must be set in the 'login-customer-id' header."
        )
        raise google_answers.refusal(
            403, "authorizationError", "USER_PERMISSION_DENIED", message, version=version, stream=True
        )


def _stream(request: Request, call: Call, access: Access, struck: Struck, version: str) -> Any:
    try:
        query = parsed(_query_text(request))
        rows = google_rows.rows_of(query, call.account, access.accounts, request.now, struck)
        kept = [google_rows.as_object(row, query, call.account) for row in rows if query.keeps(row)]
    except QueryError as error:
        raise google_answers.refusal(400, "queryError", error.name, str(error), version=version, stream=True) from None
    return _batches(query, kept[: query.limit])


def _batches(query: Query, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tail = {"fieldMask": google_rows.field_mask(query), "requestId": google_answers.REQUEST_ID}
    starts = range(0, max(len(found), 1), _BATCH)
    batches = [{"results": found[start : start + _BATCH], **tail} if found else dict(tail) for start in starts]
    batches[-1]["queryResourceConsumption"] = str(300 + len(found))
    return batches
