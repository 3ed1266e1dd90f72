"""Reads ad accounts that are due, from their platforms into the database. One account's failure stops no other.

No call happens inside a transaction. What a visit brings is stored under the account's claim, or not at all.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, transaction
from django.db import connection as database
from django.utils import timezone

from agency import standing
from reports import (
    ads_notices,
    campaign_reading,
    day_numbers,
    lasting,
    read_balances,
    read_failures,
    read_times,
    reading_claims,
    storing,
)
from reports.ads import readers
from reports.ads.errors import AdsError
from reports.ads.readings import AdsReader, Asked, Balance, Daily, Reach
from reports.campaign_reading import CampaignsTold
from reports.choices import Family, Period, Platform
from reports.models import AdAccount, AdsCredential
from reports.periods import Days, days_of, local_day
from reports.read_times import Piece

logger = logging.getLogger(__name__)

#: Seconds after which a ring leaves the rest to the next one.
PATIENCE = 50.0


@dataclass
class Round:
    """One ring's work: a reader for each access, the accesses that are out of use by now, and what was counted."""

    readers: dict[uuid.UUID, AdsReader] = field(default_factory=dict)
    stopped: set[uuid.UUID] = field(default_factory=set)
    accounts: int = 0
    changed: int = 0

    def __enter__(self) -> Round:
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self.readers.values():
            reader.close()

    def reader(self, credential: AdsCredential) -> AdsReader:
        known = self.readers.get(credential.pk)
        if known is None:
            known = self.readers[credential.pk] = readers.reader_for(credential)
        return known


@dataclass(frozen=True, slots=True)
class Visit:
    """What one account's platform told: its newest days, a piece of its past, the reach of a period, its balance, and
    of some of its days what each campaign did. `error` is of all but the campaigns, which have their own."""

    today: date
    daily: Daily | None = None
    piece: Piece | None = None
    past: Daily | None = None
    period: Days | None = None
    reach: Reach | None = None
    balance: Balance | None = None
    campaigns: CampaignsTold | None = None
    error: AdsError | None = None

    @property
    def errors(self) -> list[AdsError]:
        told = (self.error, self.campaigns.error if self.campaigns else None)
        return [error for error in told if error is not None]


def read_due(now: datetime | None = None) -> Round:
    """Read accounts until none is due or the ring's time is over. `now` stands still where it is given."""
    until = time.monotonic() + PATIENCE
    with Round() as done:
        _go_on(done, until, now)
    return done


def _go_on(done: Round, until: float, now: datetime | None) -> None:
    while time.monotonic() < until and (left := reading_claims.claim(now or timezone.now())):
        touched = []
        try:
            while left and time.monotonic() < until:
                account = left.pop(0)
                if account.credential_id in done.stopped or not _guarded(account, done, now or timezone.now()):
                    reading_claims.release([account])
                touched.append(account.client_id)
        finally:
            reading_claims.release(left)
            standing.refresh(touched)


def _guarded(account: AdAccount, done: Round, now: datetime) -> bool:
    """Visit one account; False where it could not even be said what is wrong with it."""
    try:
        _read(account, done, now)
    except (OperationalError, InterfaceError):
        logger.exception("ad account %s: the database failed; it is read again", account.pk)
        return False
    except Exception:
        logger.exception("ad account %s could not be read", account.pk)
        return reading_claims.write(account, **read_failures.after_bug(account, now))
    return True


def _read(account: AdAccount, done: Round, now: datetime) -> None:
    credential = account.credential
    if credential is None:
        raise ValueError("An account that is read has an access.")
    reader = done.reader(credential)
    visit = _visit(account, reader, now)
    done.accounts += 1
    done.changed += _store(account, visit, now)
    if any(read_failures.stops(credential, error, now) for error in visit.errors):
        done.stopped.add(credential.pk)
    elif pause := read_times.pause_after(reader.usage):
        read_failures.pause(credential, now + pause)
        done.stopped.add(credential.pk)


def _visit(account: AdAccount, reader: AdsReader, now: datetime) -> Visit:
    """All calls of a visit, with the database connection given back for as long as they last. Makes no query."""
    if not database.in_atomic_block:
        database.close()
    today = local_day(now, ZoneInfo(account.time_zone))
    asked = Asked(account.external_id, account.currency, account.time_zone, account.via, account.result_keys)
    told: dict[str, Any] = {}
    try:
        if read_times.is_due(account.days_read_at, read_times.DAYS_EVERY, now):
            told["daily"] = reader.daily(asked, *day_numbers.last_days(today, read_times.COMPLETE_DAYS))
        if piece := read_times.next_piece(account.history_from, account.history_done_from):
            told |= {"past": reader.daily(asked, piece.since, piece.until), "piece": piece}
        if period := _reach_wanted(account, today, now):
            told |= {"reach": reader.reach(asked, period.first, period.last), "period": period}
        if read_times.is_due(account.balance_checked_at, read_times.BALANCE_EVERY, now):
            told["balance"] = reader.balance(asked, now)
        # Last, and with an error of their own: no report is held for them.
        named = told.get("past") or told.get("daily")
        asked = replace(asked, keys=named.keys if named else account.result_keys)
        told["campaigns"] = campaign_reading.read(account, reader, asked, now)
    except AdsError as error:
        told["error"] = error
    return Visit(today, **told)


def _reach_wanted(account: AdAccount, today: date, now: datetime) -> Days | None:
    """The days of the client's report, once they are over and where their reach is not known yet."""
    settings = getattr(account.client, "report_settings", None)
    if settings is None:
        return None
    days = days_of(Period(settings.period), now, account.client.zone)
    is_known = (account.reach_since, account.reach_until) == (days.first, days.last)
    return None if is_known or days.last >= today else days


def _store(account: AdAccount, visit: Visit, now: datetime) -> int:
    """Write what the visit brought and end the claim; how many days that changed. 0 where the claim was lost."""
    currencies = {part.currency for part in (visit.daily, visit.past, visit.balance) if part is not None}
    if other := currencies - {account.currency, ""}:
        columns = read_failures.other_currency(account, other.pop(), now)
        if reading_claims.write(account, **columns):
            ads_notices.account_visited(account, columns, at_once=True)
        return 0
    days, columns = _days(account, visit, now)
    with transaction.atomic():
        changed = storing.write_days(account, days)
        if visit.daily is not None:
            columns["daily_spend"] = storing.recent_spend(account, visit.today, days)
        if visit.period is not None:
            columns |= _reach_columns(visit.reach, visit.period)
        if visit.balance is not None:
            columns |= read_balances.keep(account, visit.balance, now)
        if visit.daily is not None or visit.balance is not None:
            columns["balance_ends_at"] = lasting.end_of(account, now, columns, _spends(visit, days))
        if visit.campaigns is not None:
            columns |= campaign_reading.keep(account, visit.campaigns, now)
        if visit.error is not None:
            columns |= read_failures.columns(account, visit.error, now)
        else:
            columns |= {"read_failures": 0, "read_problem": "", "next_read_at": _next(account, columns, now)}
        if not reading_claims.write(account, **columns):
            transaction.set_rollback(True)
            return 0
        ads_notices.account_visited(account, columns, at_once=read_failures.is_for_a_person(visit.error))
    return changed


def _days(account: AdAccount, visit: Visit, now: datetime) -> tuple[dict[date, day_numbers.DayNumbers], dict[str, Any]]:
    """The days of both reads, and the account's columns that follow from them."""
    settings = getattr(account.client, "report_settings", None)
    if settings is not None and visit.past is not None:
        settings.refresh_from_db(fields=["conversion_family"])  # these days are not read again, which would mend them
    family = Family(settings.conversion_family) if settings else Family.PURCHASES
    platform = Platform(account.platform)
    days: dict[date, day_numbers.DayNumbers] = {}
    columns: dict[str, Any] = {}

    def take(daily: Daily, since: date, until: date) -> None:
        days.update(day_numbers.of_daily(daily, since, until, visit.today, platform=platform, family=family))
        columns["result_keys"] = dict(daily.keys)

    if visit.past is not None and visit.piece is not None:
        take(visit.past, visit.piece.since, visit.piece.until)
        columns["history_done_from"] = visit.piece.since
    if visit.daily is not None:
        since, until = day_numbers.last_days(visit.today, read_times.COMPLETE_DAYS)
        take(visit.daily, since, until)
        columns |= {"days_read_at": now, "covered_until": until - timedelta(days=1)}
        if account.history_done_from is None:
            columns["history_done_from"] = since
        elif account.covered_until is not None and account.covered_until < since - timedelta(days=1):
            # It was not read for longer than these days reach back: the past is fetched from here on once more.
            wanted = account.history_from or account.covered_until
            columns |= {"history_done_from": since, "history_from": min(wanted, account.covered_until)}
    return days, columns


def _spends(visit: Visit, days: dict[date, day_numbers.DayNumbers]) -> dict[date, Decimal] | None:
    """What the newest days spent, where the visit has just read them all."""
    if visit.daily is None:
        return None
    return {day: numbers.sums.spend for day, numbers in days.items() if numbers.sums.spend is not None}


def _reach_columns(reach: Reach | None, period: Days) -> dict[str, Any]:
    told = {"reach": reach.reach, "frequency": reach.frequency} if reach else {"reach": None, "frequency": None}
    return told | {"reach_since": period.first, "reach_until": period.last}


def _next(account: AdAccount, columns: dict[str, Any], now: datetime) -> datetime:
    wanted_from = columns.get("history_from", account.history_from)
    done_from = columns.get("history_done_from", account.history_done_from)
    has_more = read_times.next_piece(wanted_from, done_from) is not None or campaign_reading.has_more(
        account, columns, now
    )
    return now + read_times.NEXT_PIECE_AFTER if has_more else read_times.next_visit(account.pk, now)
