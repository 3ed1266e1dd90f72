"""On which days a client's reports do not run: holidays, where its settings say so, and the agency's pauses. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reports.holidays import holiday

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Recess:
    """Days on which the agency sends no automatic report, both ends included; `note` is its own word for them."""

    first: date
    last: date
    note: str = ""

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"pausa da agência ({self.note})" if self.note else "pausa da agência"


@dataclass(frozen=True, slots=True)
class Closures:
    """`postpones`: what falls on a closed day runs on the next working day instead; else it is left out."""

    skips_holidays: bool = False
    recesses: tuple[Recess, ...] = ()
    postpones: bool = False

    def is_closed(self, day: date) -> bool:
        """Whether nothing runs on this day."""
        return self._recess(day) is not None or (self.skips_holidays and holiday(day) is not None)

    def why(self, day: date) -> str:
        """Why nothing runs on this day, in pt-BR; "" where it is open."""
        if recess := self._recess(day):
            return str(recess)
        return str(holiday(day) or "") if self.skips_holidays else ""

    def is_working(self, day: date) -> bool:
        """A day to make up on: Monday to Friday, no holiday (also where those are not left out), no pause."""
        return day.weekday() < _SATURDAY and holiday(day) is None and self._recess(day) is None

    def _recess(self, day: date) -> Recess | None:
        return next((recess for recess in self.recesses if day in recess), None)


ALWAYS_OPEN = Closures()
