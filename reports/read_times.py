"""When an ad account is read: spread over the half hour, later after a failure, its past in pieces. Pure."""

from __future__ import annotations

import calendar
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from reports.ads.readings import Usage
from reports.periods import Days

#: A balance is read twice an hour at most (Meta's steps on billing events), days with every second visit.
VISIT_EVERY = timedelta(minutes=30)
BALANCE_EVERY = timedelta(minutes=25)
DAYS_EVERY = timedelta(minutes=55)
#: While its past is being fetched, an account is visited piece by piece.
NEXT_PIECE_AFTER = timedelta(seconds=20)
#: Meta's numbers stop changing 28 days after they were reported; Google credits conversions to the day of the click.
#: https://developers.facebook.com/docs/marketing-api/insights/best-practices
COMPLETE_DAYS = 28
#: So much of the past a client can be given, and so much of it is fetched at once: a page of the platform's answers.
HISTORY = timedelta(days=396)
PIECE = timedelta(days=90)
#: Campaigns are read for what a report can be about, and no further back: the month before this one, or so many days.
CAMPAIGNS_BACK = timedelta(days=93)
#: So much of that at once: an account can have hundreds of campaigns, each with a row for each day.
CAMPAIGNS_PIECE = timedelta(days=33)
#: From this hour of the account's day on, its days are read together once more, before the day's reports leave: what
#: is told of a day right after its midnight is not all of it.
CAMPAIGNS_SETTLED = time(5)
_ONE_DAY = timedelta(days=1)
#: What helps only with a person is tried again so late, in case one has helped without telling us.
AFTER_REFUSAL = timedelta(hours=6)
_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(hours=1)
#: Per cent of what may be asked: from here on slower, and from there on not at all.
SLOW_AT, STOP_AT = 75, 90
_SLOWLY = timedelta(seconds=20)
_PAUSE = timedelta(minutes=5)


def next_visit(account: uuid.UUID, now: datetime) -> datetime:
    """The account's own moment of the half hour, so that a thousand do not come at once; never within five minutes."""
    earliest = now + timedelta(minutes=5)
    into = earliest.timestamp() % VISIT_EVERY.total_seconds()
    own = account.int % int(VISIT_EVERY.total_seconds())
    return earliest + timedelta(seconds=(own - into) % VISIT_EVERY.total_seconds())


def is_due(read_at: datetime | None, every: timedelta, now: datetime) -> bool:
    return read_at is None or now - read_at >= every


def retry_at(failures: int, now: datetime) -> datetime:
    """After so many failures in a row, the newest one included: 5, 10, 20, 40, then every 60 minutes."""
    return now + min(_FIRST_RETRY * (1 << min(max(failures - 1, 0), 10)), _LONGEST_RETRY)


def pause_after(usage: Usage) -> timedelta | None:
    """For how long nothing more is asked with an access that has used up so much; None: it may go on."""
    if usage.percent >= STOP_AT:
        return max(usage.wait or timedelta(0), _PAUSE)
    return _SLOWLY if usage.percent >= SLOW_AT else None


@dataclass(frozen=True, slots=True)
class Piece:
    """Days of the past, both included, and whether with them all of it is there."""

    since: date
    until: date
    is_last: bool


def next_piece(wanted_from: date | None, done_from: date | None) -> Piece | None:
    """The next days of the past to fetch, backwards; None where nothing is wanted, or nothing is read yet, or it is
    all there."""
    if wanted_from is None or done_from is None or done_from <= wanted_from:
        return None
    until = done_from - timedelta(days=1)
    since = max(wanted_from, done_from - PIECE)
    return Piece(since, until, is_last=since == wanted_from)


def next_campaigns(
    local: datetime, there: Days | None, read_at: datetime | None, days_from: date | None
) -> Days | None:
    """The complete days whose campaigns are to be read now, where `local` is the present in the account's zone; None
    where that was done.

    Once a day all that may still change, at its first moment the day that has just ended, and meanwhile the past, in
    pieces, as far as the account's own days reach (`days_from`). `there` are the days whose campaigns are stored,
    `read_at` is when the newest of them were all read last.
    """
    yesterday = local.date() - _ONE_DAY
    newest = Days(local.date() - timedelta(days=COMPLETE_DAYS), yesterday)
    if there is None or there.last < newest.first - _ONE_DAY:
        return newest
    settled = datetime.combine(local.date(), CAMPAIGNS_SETTLED, local.tzinfo)
    if local >= settled and (read_at is None or read_at < settled):
        return newest
    if there.last < yesterday:
        return Days(there.last + _ONE_DAY, yesterday)
    wanted = max(days_from or there.first, local.date() - CAMPAIGNS_BACK)
    if wanted >= there.first:
        return None
    return Days(max(wanted, there.first - CAMPAIGNS_PIECE), there.first - _ONE_DAY)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of a shorter month; never beyond what can be fetched."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    month += 1
    earlier = date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
    return max(earlier, day - HISTORY)


def history_share(wanted_from: date | None, done_from: date | None, today: date) -> int | None:
    """Whole per cent of the wanted past that is there; None where none is wanted."""
    if wanted_from is None:
        return None
    wanted, there = (today - wanted_from).days, (today - (done_from or today)).days
    return 100 if wanted <= 0 else max(0, min(100, there * 100 // wanted))
