"""When a number may send its next message: a gap with jitter, an hourly cap, a slow first week, quiet hours.

Pure: works out due times for `delivery`, which stores them; nothing here sleeps. WhatsApp blocks numbers that burst,
most of all fresh ones, and a report product needs no haste: one to three messages a day for a client's number, one for
each client without a number for the agency's.
"""

from __future__ import annotations

import random
import zoneinfo
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

HOUR = timedelta(hours=1)
#: How long a number counts as fresh after it was first connected.
SLOW_START = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rules:
    """`gap` and up to `jitter` of it more between two messages of a number, `hourly_cap` in any hour that it began.

    In the first week the gap is `slow_factor` times as long, and the cap as many times smaller. A gap of zero and a cap
    of zero are off.
    """

    gap: timedelta = timedelta(seconds=8)
    jitter: float = 0.5
    hourly_cap: int = 120
    slow_factor: int = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """What is kept of a number: when it is free again, and how many it sent in the hour since `hour_began_at`."""

    next_slot_at: datetime | None = None
    hour_began_at: datetime | None = None
    hour_count: int = 0
    paused_until: datetime | None = None
    first_connected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of day to another in the agency's zone; over midnight where it ends before it begins."""

    begins: time
    ends: time
    zone: zoneinfo.ZoneInfo

    def end_after(self, at: datetime) -> datetime | None:
        """When the quiet hours that `at` falls into end; None where it does not fall into any."""
        local = at.astimezone(self.zone)
        clock = local.time()
        over_midnight = self.ends <= self.begins
        inside = clock >= self.begins or clock < self.ends if over_midnight else self.begins <= clock < self.ends
        if not inside:
            return None
        day = local.date() + timedelta(days=1 if over_midnight and clock >= self.begins else 0)
        return datetime.combine(day, self.ends, tzinfo=self.zone).astimezone(at.tzinfo)


def reserve(
    pace: Pace, rules: Rules, now: datetime, *, quiet: QuietHours | None = None, chance: random.Random | None = None
) -> tuple[datetime, Pace]:
    """The first moment from `now` on at which this number may send one more, and its pace once that one is taken.

    Two reservations in a row never give the same moment, so that a queue leaves one by one without a herd.
    """
    fresh = pace.first_connected_at is None or now - pace.first_connected_at < SLOW_START
    factor = rules.slow_factor if fresh else 1
    slot = max(at for at in (now, pace.next_slot_at, pace.paused_until) if at is not None)
    began, count = pace.hour_began_at, pace.hour_count
    if began is None or slot - began >= HOUR:
        began, count = slot, 0
    cap = max(1, rules.hourly_cap // factor) if rules.hourly_cap else 0
    if cap and count >= cap:
        slot = began + HOUR
        began, count = slot, 0
    end = quiet.end_after(slot) if quiet else None
    if end is not None:
        slot = end
        began, count = slot, 0
    gap = rules.gap * factor
    free_again = slot + gap * (1 + rules.jitter * (chance or random).random())
    return slot, replace(pace, next_slot_at=free_again, hour_began_at=began, hour_count=count + 1)
