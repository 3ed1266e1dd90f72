"""Reads ad accounts through Meta's Marketing API with one access. Makes HTTP calls only; stores and decides nothing.

https://developers.facebook.com/docs/marketing-api. The access goes into the header of each call. Pages are turned by
their cursor: the `next` address that Meta gives holds the access, and is neither followed nor kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeGuard

from reports.account_ids import AccountIdError, parse_account_id
from reports.ads.errors import AdsError, Remedy
from reports.ads.http import PAUSES, AdsHttp, Answer, patiently
from reports.ads.json_values import whole, words
from reports.ads.meta_balance import account_state, balance_of
from reports.ads.meta_campaigns import CampaignPages, joined
from reports.ads.meta_errors import absurd, error_of, is_bad_parameter, is_task_missing, is_too_much
from reports.ads.meta_insights import daily_of, reach_of
from reports.ads.readings import Account, Asked, Balance, Campaigns, Daily, Holder, Reach, Usage
from reports.ads.usage import higher, usage_of
from reports.choices import Family, Platform

logger = logging.getLogger(__name__)

BASE_URL = "https://graph.facebook.com"
VERSION = "v26.0"
_PAGE_SIZE = "100"
_MOST_PAGES = 100
_LIST_FIELDS = "id,account_id,name,account_status,disable_reason,currency,timezone_name,business{id,name}"
_NODE_FIELDS = "id,account_id,name,account_status,disable_reason,currency,timezone_name,balance,amount_spent,spend_cap"
#: They need a task on the account, and one that may not be read refuses the whole answer. `user_tasks` tells "there is
#: none" from "you may not see it".
_TASK_FIELDS = "is_prepay_account,funding_source,funding_source_details{id,type,display_string},user_tasks"
_DAILY_FIELDS = (
    "account_id,account_currency,spend,impressions,reach,frequency,clicks,inline_link_clicks,ctr,inline_link_click_ctr,"
    "cpc,cpm,actions,action_values,cost_per_action_type,purchase_roas"
)
_CAMPAIGN_FIELDS = (
    "account_id,account_currency,campaign_id,campaign_name,spend,impressions,clicks,inline_link_clicks,actions,"
    "action_values"
)
#: A month of days of a handful of campaigns is one page.
_CAMPAIGN_PAGE = "500"
#: Seconds for all of them: who asks holds the account meanwhile, and wants to store its days.
_CAMPAIGNS_PATIENCE = 240.0
_PROFILE_VISITS = "instagram_profile_visits"
_REACH_FIELDS = "account_id,account_currency,impressions,reach,frequency"
_VERSION_WARNING = "x-ad-api-version-warning"
#: What may stand in a header; a token that was copied with something around it has more.
_TOKEN = re.compile(r"[\x21-\x7e]+")
_MALFORMED = "O token tem caracteres que a Meta não usa. Copie só ele, inteiro, e conecte de novo."
_LAST_MOMENT = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())


class MetaReader:
    """An `AdsReader` for one access. With `app_secret` each call proves that it comes from the access's own app, and
    with `app_id` too the end of the access is asked for. For one thread at a time; `close` it."""

    def __init__(
        self,
        token: str,
        *,
        app_id: str = "",
        app_secret: str = "",
        base_url: str = BASE_URL,
        version: str = VERSION,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._token, self._app_id, self._app_secret = token, app_id, app_secret
        self._http = AdsHttp(f"{base_url.rstrip('/')}/{version}")
        self._pauses = pauses
        self._usage = Usage()
        self._has_warned = False

    @property
    def usage(self) -> Usage:
        return self._usage

    def close(self) -> None:
        self._http.close()

    def holder(self) -> Holder:
        me = self._get("me", {"fields": "id,name"})
        return Holder(words(me.get("name")) or words(me.get("id")), self._expires_at())

    def accounts(self) -> list[Account]:
        fields = {"fields": _LIST_FIELDS, "limit": _PAGE_SIZE}
        nodes = self._pages("me/adaccounts", fields)
        if not nodes:
            try:
                nodes = self._pages("me/assigned_ad_accounts", fields)
            except AdsError as error:
                # A person, unlike a system user, has no such list.
                if not is_bad_parameter(error):
                    raise
        found = [_account(node) for node in nodes]
        return list({account.external_id: account for account in found}.values())

    def daily(self, account: Asked, since: date, until: date) -> Daily:
        fields = f"{_DAILY_FIELDS},{_PROFILE_VISITS}"
        try:
            rows = self._days(account, since, until, fields)
        except AdsError as error:
            # The youngest of the fields; a version without it refuses all of them.
            if not is_bad_parameter(error):
                raise
            rows = self._days(account, since, until, _DAILY_FIELDS)
            return daily_of(rows, account, since, until, untold={Family.PROFILE_VISITS})
        return daily_of(rows, account, since, until)

    def campaigns(self, account: Asked, since: date, until: date) -> Campaigns:
        """As `AdsReader.campaigns`; campaigns that were deleted are not among them. Raises AdsError TRANSIENT where it
        takes too long."""
        deadline = time.monotonic() + _CAMPAIGNS_PATIENCE
        try:
            return self._campaigns(account, since, until, f"{_CAMPAIGN_FIELDS},{_PROFILE_VISITS}", deadline)
        except AdsError as error:
            if not is_bad_parameter(error):
                raise
        untold = frozenset({Family.PROFILE_VISITS})
        return self._campaigns(account, since, until, _CAMPAIGN_FIELDS, deadline, untold)

    def reach(self, account: Asked, since: date, until: date) -> Reach | None:
        params = _insights(since, until, _REACH_FIELDS, "all_days")
        return reach_of(self._pages(f"act_{account.external_id}/insights", params, of_account=True), account)

    def balance(self, account: Asked, now: datetime) -> Balance:
        path = f"act_{account.external_id}"
        try:
            fields = {"locale": "pt_BR", "fields": f"{_NODE_FIELDS},{_TASK_FIELDS}"}
            return balance_of(self._get(path, fields, of_account=True))
        except AdsError as error:
            if not is_task_missing(error):
                raise
        node = self._get(path, {"locale": "pt_BR", "fields": _NODE_FIELDS}, of_account=True)
        return balance_of(node, is_blocked=True)

    def _days(self, account: Asked, since: date, until: date, fields: str) -> list[Mapping[str, object]]:
        """Halved where it is too much at once, down to a single day."""
        params = _insights(since, until, fields, "1")
        try:
            return self._pages(f"act_{account.external_id}/insights", params, of_account=True)
        except AdsError as error:
            if not is_too_much(error) or since >= until:
                raise
        middle = since + (until - since) // 2
        first = self._days(account, since, middle, fields)
        return first + self._days(account, middle + timedelta(days=1), until, fields)

    def _campaigns(
        self,
        account: Asked,
        since: date,
        until: date,
        fields: str,
        deadline: float,
        untold: frozenset[Family] = frozenset(),
    ) -> Campaigns:
        """Halved as `_days` is. A page is let go of as soon as it is counted: there may be dozens."""
        params = {**_insights(since, until, fields, "1"), "level": "campaign", "limit": _CAMPAIGN_PAGE}
        found = CampaignPages(account, since, until, untold=untold)
        try:
            for rows in self._each_page(f"act_{account.external_id}/insights", params, of_account=True):
                found.take(rows)
                if time.monotonic() > deadline:
                    raise AdsError(Remedy.TRANSIENT, "campaigns: too slow", of_account=True)
            return found.all()
        except AdsError as error:
            if not is_too_much(error) or since >= until:
                raise
        middle = since + (until - since) // 2
        first = self._campaigns(account, since, middle, fields, deadline, untold)
        return joined(first, self._campaigns(account, middle + timedelta(days=1), until, fields, deadline, untold))

    def _expires_at(self) -> datetime | None:
        """The first of the two ends that Meta tells (0 is none); None where it does not tell this app."""
        if not (self._app_id and self._app_secret):
            return None
        try:
            # Meta takes the access that is asked about in the address only. Nothing writes that address down: errors
            # name no address, and `LOGGING` keeps urllib3 from it.
            answer = self._get("debug_token", {"input_token": self._token}, as_app=True)
        except AdsError as error:
            if error.remedy in (Remedy.TRANSIENT, Remedy.THROTTLED):
                raise
            logger.warning("Meta does not tell the end of an access: %s", error.code)
            return None
        data = answer.get("data")
        ends = [whole(data.get(name)) for name in ("expires_at", "data_access_expires_at")] if _is_object(data) else []
        known = [end for end in ends if end and 0 < end < _LAST_MOMENT]
        return datetime.fromtimestamp(min(known), UTC) if known else None

    def _pages(self, path: str, params: Mapping[str, str], *, of_account: bool = False) -> list[Mapping[str, object]]:
        """All of a list, or an error."""
        return [row for rows in self._each_page(path, params, of_account=of_account) for row in rows]

    def _each_page(
        self, path: str, params: Mapping[str, str], *, of_account: bool
    ) -> Iterator[list[Mapping[str, object]]]:
        """Page by page. Raises AdsError FIX_REQUEST for a list that does not end."""
        seen: set[str] = set()
        after = ""
        for _ in range(_MOST_PAGES):
            page = self._get(path, {**params, "after": after} if after else params, of_account=of_account)
            data, paging = page.get("data"), page.get("paging")
            if not isinstance(data, list) or not all(_is_object(row) for row in data):
                raise AdsError(Remedy.FIX_REQUEST, "paging: no data", of_account=of_account)
            yield data
            if not (_is_object(paging) and paging.get("next")):
                return
            cursors = paging.get("cursors")
            after = words(cursors.get("after"), 2000) if _is_object(cursors) else ""
            if not after or after in seen:
                raise AdsError(
                    Remedy.FIX_REQUEST, "paging: loop" if after else "paging: no cursor", of_account=of_account
                )
            seen.add(after)
        raise AdsError(Remedy.FIX_REQUEST, "paging: too many pages", of_account=of_account)

    def _get(
        self, path: str, params: Mapping[str, str], *, of_account: bool = False, as_app: bool = False
    ) -> Mapping[str, Any]:
        def once() -> Mapping[str, Any]:
            answer = self._http.call(
                "GET", path, headers=self._headers(as_app), params=self._proven(params, as_app), of_account=of_account
            )
            return self._checked(answer, of_account)

        return patiently(once, self._pauses, but=is_too_much)

    def _checked(self, answer: Answer, of_account: bool) -> Mapping[str, Any]:
        usage = usage_of(answer.headers)
        self._usage = higher(self._usage, usage)
        if (warning := answer.headers.get(_VERSION_WARNING)) and not self._has_warned:
            self._has_warned = True
            logger.warning("Meta on the version of its API: %s", words(warning))
        body = answer.body if answer.is_json else None
        error = error_of(answer.status, body, wait=usage.wait, about_account=of_account)
        if error is not None:
            raise error
        if not _is_object(body):
            raise AdsError(Remedy.FIX_REQUEST, "not an object", of_account=of_account)
        return body

    def _headers(self, as_app: bool) -> dict[str, str]:
        if not _TOKEN.fullmatch(self._token):
            raise AdsError(Remedy.RECONNECT, "malformed token", sentence=_MALFORMED)
        return {"Authorization": f"Bearer {self._app_id}|{self._app_secret}" if as_app else f"Bearer {self._token}"}

    def _proven(self, params: Mapping[str, str], as_app: bool) -> Mapping[str, str]:
        """https://developers.facebook.com/docs/graph-api/guides/secure-requests: of the access, keyed by the secret."""
        if as_app or not self._app_secret:
            return params
        proof = hmac.new(self._app_secret.encode(), self._token.encode(), hashlib.sha256).hexdigest()
        return {**params, "appsecret_proof": proof}


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _insights(since: date, until: date, fields: str, increment: str) -> dict[str, str]:
    return {
        "level": "account",
        "time_range": json.dumps({"since": since.isoformat(), "until": until.isoformat()}, separators=(",", ":")),
        "time_increment": increment,
        "use_unified_attribution_setting": "true",
        "fields": fields,
        "limit": _PAGE_SIZE,
    }


def _account(node: Mapping[str, object]) -> Account:
    try:
        digits = parse_account_id(Platform.META, words(node.get("account_id")) or words(node.get("id")))
    except AccountIdError:
        raise absurd("account id") from None
    return Account(
        digits,
        words(node.get("name")) or digits,
        words(node.get("currency"), 3),
        words(node.get("timezone_name")),
        account_state(node),
    )
