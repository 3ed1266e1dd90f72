"""A storm: a session that comes and goes by the second, as when two sockets of it fight or WhatsApp cannot be reached.

The gateway tells of each coming and going (32 to 126 CONNECTION_UPDATE in some ten seconds were measured), late and out
of order, but of no `close` in between: that is only seen by who asks for the state. Pure: the store keeps the state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SECONDS = 12.0
LONGEST = 120.0
#: Each goes through close, connecting and open; of the last two the webhook is told.
ROUNDS = 20
_ROUND = ("close", "connecting", "open")
#: An event comes up to so large a share of the storm late.
_LATE = 0.25
#: How it can end: as it began, unlinked by the phone, or with a session that does not come back.
ENDS = ("open", "close", "connecting")


class StormError(ValueError):
    """No storm can be made of it; the message says why, in pt-BR."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a CONNECTION_UPDATE says, and how many seconds after the beginning it leaves."""

    state: str
    at: float


def check(seconds: float, ends: str) -> None:
    """Raises StormError."""
    if not 0 < seconds <= LONGEST:
        raise StormError(f"seconds precisa ser mais de 0, e no máximo {LONGEST:.0f}.")
    if ends not in ENDS:
        raise StormError(f"ends precisa ser um de {', '.join(ENDS)}.")


def state_at(elapsed: float, seconds: float) -> str:
    """What a reading finds so many seconds after the beginning of a storm that lasts `seconds`."""
    steps = ROUNDS * len(_ROUND)
    return _ROUND[int(elapsed / seconds * steps) % len(_ROUND)]


def told(seconds: float, dice: Callable[[], float]) -> list[Told]:
    """All that is told of it, in the order in which it happens, not in that in which it leaves. `dice`: 0 to 1."""
    step = seconds / (ROUNDS * len(_ROUND))
    happened = [
        Told(state, (number * len(_ROUND) + place) * step)
        for number in range(ROUNDS)
        for place, state in enumerate(_ROUND)
        if state != "close"
    ]
    return [Told(one.state, min(one.at + dice() * seconds * _LATE, seconds)) for one in happened]
