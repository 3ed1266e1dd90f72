"""Whether people are to be told that a connection fell, and when they are reminded. Pure; reads and sends nothing.

A number that comes and goes is not worth a word: only what has lasted is told, and of one that was told of a while ago
only what has lasted long. A session that tries to come back gets more time, and not for ever. What a person did on
purpose, or is putting right just now, is no drop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from connections.manners import QuietHours
from connections.states import Reason, Status

#: How long a connection must have been down without interruption.
DAMPING = timedelta(minutes=3)
#: One that came back from a drop less than a while ago must stay down for longer, so that flapping is one notice.
RECENTLY = timedelta(hours=1)
DAMPING_AGAIN = timedelta(minutes=15)
#: How long a session may try to come back by itself: most are back within seconds, and some never.
LOST = timedelta(minutes=10)
#: While it lasts it is news again after so long, but at no hour of the night.
REMIND_AFTER = timedelta(hours=24)
_NIGHT = (time(22), time(8))

#: Connecting is none of these: a session that reconnects by itself, or a person who holds a phone before a QR.
#: The first of them is told after `LOST`.
DOWN = frozenset({Status.DISCONNECTED, Status.UNSTABLE, Status.RESTRICTED})
ON_PURPOSE = frozenset({Reason.BY_USER, Reason.BY_CLIENT, Reason.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Fall:
    """What is known of a connection that worked before and does not now."""

    status: Status
    #: When it went down, without having been connected since; None where nobody knows.
    since: datetime | None
    #: When the gateway was last asked about it; what does not exist there any more cannot be asked about.
    read_at: datetime | None
    exists_at_gateway: bool = True
    is_pairing: bool = False
    #: At any time since it worked last: a QR that ran out afterwards makes no drop of it.
    on_purpose: bool = False
    #: When the drop before this one ended by its coming back.
    came_back_at: datetime | None = None
    #: A person has put the notice of this very fall away.
    put_away: bool = False


def is_to_be_told(fall: Fall, now: datetime, scale: float = 1.0) -> bool:
    """Whether a notice stands for this fall. `scale` shortens the waits, as `settings.WAIT_SCALE`.

    A state counts once it was read again after the wait: what was read before a gateway went away, or before beat
    stood still, is not known to have lasted.
    """
    tries = fall.status == Status.CONNECTING
    if fall.since is None or not (tries or fall.status in DOWN):
        return False
    if fall.is_pairing or fall.on_purpose or fall.put_away:
        return False
    came_back = fall.came_back_at
    flaps = came_back is not None and fall.since - came_back < RECENTLY * scale
    lasted = fall.since + (DAMPING_AGAIN if flaps else LOST if tries else DAMPING) * scale
    was_read = not fall.exists_at_gateway or (fall.read_at is not None and fall.read_at >= lasted)
    return now >= lasted and was_read


def may_remind(told_at: datetime, now: datetime, zone: ZoneInfo, quiet: tuple[time, time] | None = None) -> bool:
    """Whether a notice that still stands is news again. `quiet` are the agency's own quiet hours, where it has any."""
    night = QuietHours(*(quiet or _NIGHT), zone)
    return now - told_at >= REMIND_AFTER and night.end_after(now) is None
