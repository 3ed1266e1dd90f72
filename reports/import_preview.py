"""What storing a file would do, account by account and day by day. Pure: compares, decides and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from reports import metrics
from reports.formatting import short_days
from reports.import_rows import NO_PROBLEMS, Problems
from reports.metrics import Sums
from reports.understood import Choice, Understood

if TYPE_CHECKING:
    from reports.models import AdAccount

#: Of a day on which nothing ran.
ZERO = Sums(Decimal(0), Decimal(0), Decimal(0), impressions=0, clicks=0, leads=0, messages=0)


@dataclass(frozen=True, slots=True)
class AccountPreview:
    """What a file would do to one ad account of one client."""

    account: AdAccount
    said: dict[date, Sums]
    known: dict[date, Sums]
    #: What would stand then: what the file says, and where it says nothing what is known.
    days: dict[date, Sums]

    @property
    def first(self) -> date:
        return min(self.days)

    @property
    def last(self) -> date:
        return max(self.days)

    @property
    def new(self) -> int:
        return sum(day not in self.known for day in self.days)

    @property
    def same(self) -> int:
        return sum(self.known.get(day) == sums for day, sums in self.days.items())

    @property
    def changed(self) -> int:
        return len(self.days) - self.new - self.same

    @property
    def gaps(self) -> list[date]:
        """Days between the first and the last one that neither the file nor anything else has numbers for."""
        count = (self.last - self.first).days
        between = (self.first + timedelta(days=number) for number in range(count))
        return [day for day in between if day not in self.days and day not in self.known]

    @property
    def missing(self) -> str:
        """`5 e 6 nov`"""
        return short_days(self.gaps)

    @property
    def sums(self) -> Sums:
        """Of what the file says."""
        return metrics.total((self.account.currency, sums) for sums in self.said.values())[1]

    def to_write(self, *, fill_gaps: bool) -> dict[date, Sums]:
        """Only what differs, in the order of the days."""
        differing = {day: sums for day, sums in self.days.items() if self.known.get(day) != sums}
        if fill_gaps:
            differing |= dict.fromkeys(self.gaps, ZERO)
        return dict(sorted(differing.items()))


@dataclass(frozen=True, slots=True)
class Preview:
    """What storing a file would do now; nothing at all where it has problems."""

    accounts: list[AccountPreview] = field(default_factory=list)
    problems: Problems = NO_PROBLEMS
    #: Of an export; a file in Adscape's own columns says what it means.
    understood: Understood | None = None
    #: Nothing can be stored before a person says whose numbers these are.
    choice: Choice | None = None
    #: Days that the file has and that are not over yet for their account: they are left out.
    unfinished: tuple[date, ...] = ()

    @property
    def new(self) -> int:
        return sum(account.new for account in self.accounts)

    @property
    def changed(self) -> int:
        return sum(account.changed for account in self.accounts)

    @property
    def same(self) -> int:
        return sum(account.same for account in self.accounts)

    @property
    def gaps(self) -> int:
        return sum(len(account.gaps) for account in self.accounts)

    @property
    def to_write(self) -> int:
        return self.new + self.changed
