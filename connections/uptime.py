"""How long a number was connected: shares, drops and the bars of a strip, from the changes of its state. Pure.

Unknown is not down: a time before its first connection, or after somebody disconnected it on purpose, counts nowhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

from connections.states import OPEN, Reason, Status

BARS = 30
DAY = timedelta(days=1)
#: Ends on purpose: nobody expects the number to be there.
_ON_PURPOSE = frozenset({Reason.BY_USER, Reason.BY_CLIENT, Reason.ARCHIVED, Reason.NEVER_CONNECTED})
#: Steps of a pairing that somebody has begun: they are no state that a number was in.
UNDER_WAY = frozenset({Status.AWAITING_SCAN, Status.CONNECTING})


@dataclass(frozen=True, slots=True)
class Change:
    """From this moment on the connection was in this state, for this reason."""

    at: datetime
    status: Status
    reason: Reason


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the strip: up, part, down or none. `share` in per cent of the known time; None: nothing is known."""

    kind: str
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Uptime:
    """`share` in per cent of the known time with one decimal, never rounded up to 100; None: nothing is known."""

    share: Decimal | None
    drops: int


@dataclass(frozen=True, slots=True)
class _Span:
    begins: datetime
    ends: datetime
    is_up: bool


def uptime(changes: Sequence[Change], since: datetime, until: datetime) -> Uptime:
    """Of a time: `changes` in their order, with those before `since`, the newest of which says how it began."""
    spans = _spans(changes, until)
    drops = sum(1 for span in spans if not span.is_up and since <= span.begins < until)
    return Uptime(_share(*_times(spans, since, until)), drops)


def bars(changes: Sequence[Change], until: datetime, zone: ZoneInfo) -> list[Bar]:
    """The strip of the last thirty days, oldest first: days of this zone's calendar, the last of them so far."""
    spans, edges = _spans(changes, until), _midnights(until, zone)
    return [_bar(*_times(spans, *day)) for day in itertools.pairwise([*edges, until])]


def _midnights(until: datetime, zone: ZoneInfo) -> list[datetime]:
    """When each of the strip's days began. In UTC: moments of one zone are subtracted as its clocks show them."""
    today = until.astimezone(zone).date()
    days = (today - timedelta(days=n) for n in reversed(range(BARS)))
    return [datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC) for day in days]


def _bar(up: timedelta, known: timedelta) -> Bar:
    """By the moments themselves: a day that was down but for a minute is not down."""
    share = _share(up, known)
    if share is None:
        return Bar("none", None)
    return Bar("up" if up == known else "part" if up else "down", share)


def _spans(changes: Sequence[Change], until: datetime) -> list[_Span]:
    """The known times, one after the other; neighbours of one kind are one."""
    found: list[_Span] = []
    settled = [change for change in changes if change.status not in UNDER_WAY]
    for change, after in itertools.zip_longest(settled, settled[1:]):
        ends = after.at if after else until
        if change.status == Status.DISCONNECTED and (change.reason in _ON_PURPOSE or not found):
            found.append(_Span(change.at, change.at, is_up=True))  # ends what was, and is nothing itself
            continue
        is_up = change.status in OPEN
        if found and found[-1].is_up == is_up and found[-1].ends == change.at and found[-1].begins < change.at:
            found[-1] = _Span(found[-1].begins, ends, is_up)
        else:
            found.append(_Span(change.at, ends, is_up))
    return [span for span in found if span.begins < span.ends]


def _times(spans: Iterable[_Span], since: datetime, until: datetime) -> tuple[timedelta, timedelta]:
    """How long it was up in this time, and how much of the time is known."""
    known = up = timedelta(0)
    for span in spans:
        length = max(timedelta(0), min(span.ends, until) - max(span.begins, since))
        known += length
        up += length if span.is_up else timedelta(0)
    return up, known


def _share(up: timedelta, known: timedelta) -> Decimal | None:
    if not known:
        return None
    share = Decimal(100) * Decimal(up // timedelta.resolution) / Decimal(known // timedelta.resolution)
    return share.quantize(Decimal("0.1"), ROUND_DOWN)
