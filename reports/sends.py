"""Reads the page "Envios": all that went out, is going out or will go out by WhatsApp for one agency.

The same number of queries for one row and for thousands; what is counted is read once, what only a page shows
(`sends_dress`) for that page. Days are those of the agency. Decides and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from agency.models import Agency, Client
from connections.models import Message
from connections.uncertain import waiting as uncertain_of
from reports import holding, sends_ahead, sends_dress, sends_lines, sends_rows, sends_words
from reports.models import Report
from reports.sends_asked import VIEWS, Asked
from reports.sends_lines import Day, Line, Page, Run
from reports.sends_words import Tally

#: So many messages of a day, or of a list, are read at most; the export has all.
MOST = 5000
#: Days ahead: as cards below today, and all of them.
CARDS, AHEAD = 4, 7
#: Seconds between two looks while something is leaving, and while something waits or its receipt may come.
_LEAVES, _WAITS = 4, 20
_SOON = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    count: int
    address: str
    is_current: bool


@dataclass
class Sends:
    """The page as it was asked for."""

    agency: Agency
    asked: Asked
    now: datetime
    zone: ZoneInfo
    today: date
    #: Of the whole day that is shown, not searched.
    day_lines: Sequence[Line]
    #: Of today, also where another day is shown.
    today_count: int
    queue: Sequence[Line] = ()
    problems: Sequence[Line] = ()
    uncertain: Sequence[Line] = ()
    held: Sequence[Report] = ()
    days: Sequence[Day] = ()

    @property
    def day(self) -> date:
        return self.asked.day or self.today

    @property
    def is_today(self) -> bool:
        return self.asked.view == "" and self.asked.day is None

    @property
    def is_cut(self) -> bool:
        """More was there than is read."""
        return sum(len(line.messages) for line in self.day_lines) >= MOST

    @property
    def title(self) -> str:
        return sends_words.day_title(self.day)

    @cached_property
    def chips(self) -> list[Chip]:
        counts = {
            "": self.today_count,
            "proximos": sum(day.count for day in self.days),
            "retidos": len(self.held),
            "fila": len(self.queue),
            "problema": len(self.problems),
            "incertos": len(self.uncertain),
        }
        return [
            Chip(label, counts[key], self.asked.address(ver=key, dia=""), key == self.asked.view and not self.asked.day)
            for key, label in VIEWS.items()
        ]

    @cached_property
    def lines(self) -> list[Line]:
        """All that the view and the search keep, in order."""
        found = {"fila": self.queue, "problema": self.problems, "incertos": self.uncertain}
        rows = found.get(self.asked.view, self.day_lines)
        return sends_lines.in_order(line for line in rows if self._keeps(line.client, line.searched))

    @cached_property
    def page(self) -> Page:
        """The lines that are shown, dressed."""
        shown = sends_lines.page_of(self.lines, self.asked.page if self.asked.page or self.is_today else 1)
        sends_dress.dress(self.agency, shown.lines, self.now, self.zone, with_day=not self.shows_day)
        return shown

    @property
    def shows_day(self) -> bool:
        return self.asked.view == "" and not self.asked.reference

    @property
    def shows_table(self) -> bool:
        return self.asked.view not in ("proximos", "retidos")

    @cached_property
    def summary(self) -> str:
        return sends_words.summary(line.standing.tally for line in self.lines)

    @cached_property
    def held_shown(self) -> list[Report]:
        return [report for report in self.held if self._keeps(report.client, "")]

    @cached_property
    def days_shown(self) -> list[Day]:
        """The cards: the next few below today, all of them in their own view; narrowed by the search."""
        if self.asked.day or self.asked.view not in ("", "proximos") or self.asked.reference:
            return []
        days = self.days if self.asked.view == "proximos" else self.days[:CARDS]
        is_whole = self.asked.view == "proximos"
        return [
            replace(day, runs=[run for run in day.runs if self._keeps(run.settings.client, "")], is_whole=is_whole)
            for day in days
        ]

    @property
    def poll(self) -> int:
        """Seconds after which the day's lines should be read again; 0 where nothing moves by itself."""
        if not self.is_today:
            return 0
        if any(line.is_ahead and line.at - self.now < _SOON and not line.waits for line in self.day_lines):
            return _LEAVES
        may_arrive = any(message.may_arrive for line in self.day_lines for message in line.messages)
        return _WAITS if may_arrive or any(line.standing.tally is Tally.QUEUED for line in self.day_lines) else 0

    @property
    def previous(self) -> str:
        return self.asked.of_day(self.day - timedelta(days=1), self.today)

    @property
    def following(self) -> str:
        """ "" of today: what follows are the days ahead."""
        return "" if self.day >= self.today else self.asked.of_day(self.day + timedelta(days=1), self.today)

    @property
    def same(self) -> str:
        """The same page of the same lines."""
        return self.asked.address(pagina=self.asked.page)

    @property
    def all_ahead(self) -> str:
        return self.asked.address(ver="proximos", dia="")

    @property
    def previous_page(self) -> str:
        return self.asked.address(pagina=self.page.number - 1)

    @property
    def next_page(self) -> str:
        return self.asked.address(pagina=self.page.number + 1)

    @property
    def shows_held(self) -> bool:
        """On top of today, and in its own view."""
        return self.asked.view == "retidos" or (self.is_today and not self.asked.reference)

    @property
    def has_clients(self) -> bool:
        """Asked only where nothing else is there to be shown."""
        return Client.objects.active().filter(agency=self.agency).exists()

    def _keeps(self, client: Any, more: str) -> bool:
        if self.asked.reference:
            return True
        text = (
            f"{client.search_text if client else sends_words.searched(self.agency.name)} {sends_words.searched(more)}"
        )
        return all(word in text for word in self.asked.words)


def sends(agency: Agency, asked: Asked, now: datetime | None = None) -> Sends:
    """The page of an agency; `asked.day` and the like are read in its zone."""
    found = lines_of(agency, asked, now, days=AHEAD)
    found.uncertain = sends_lines.of_messages(sends_rows.joined(uncertain_of(agency))[:MOST], found.now, found.zone)
    found.held = list(holding.open_of_agency(agency, found.now)[:MOST])
    return found


def lines_of(agency: Agency, asked: Asked, now: datetime | None = None, *, days: int = 0) -> Sends:
    """What the table of a day needs, which asks for itself again: nothing of what is held, uncertain, or further ahead
    than so many `days`."""
    now = now or timezone.now()
    zone = ZoneInfo(agency.time_zone)
    today = _date(now, zone)
    runs, settings = sends_ahead.read(agency, now, zone, days)
    open_ = list(sends_rows.joined(sends_rows.leaving(agency))[:MOST])
    todays = _day(agency, today, now, zone, open_, [run for run in runs if _date(run.at, zone) == today])
    shown = _shown(agency, asked, now, zone)
    found = Sends(agency, asked, now, zone, today, todays if shown is None else shown, len(todays))
    found.queue = sends_lines.of_messages(open_, now, zone)
    found.problems = sends_lines.of_messages(sends_rows.joined(sends_rows.troubled(agency, now))[:MOST], now, zone)
    found.days = sends_ahead.days(agency, settings, runs, today, zone, days)
    return found


def keeps(agency: Agency, asked: Asked, client: Any, more: str) -> bool:
    """Whether the search keeps what belongs to this client (None: the agency itself) and says `more`."""
    if asked.reference or not asked.words:
        return True
    text = f"{client.search_text if client else sends_words.searched(agency.name)} {sends_words.searched(more)}"
    return all(word in text for word in asked.words)


def today_of(agency: Agency) -> date:
    return _date(timezone.now(), ZoneInfo(agency.time_zone))


def _shown(agency: Agency, asked: Asked, now: datetime, zone: ZoneInfo) -> list[Line] | None:
    """Lines of another day, or of the one message that a reference names; None: those of today."""
    if asked.reference:
        return sends_lines.of_messages(
            sends_rows.joined(Message.objects.filter(agency=agency, reference=asked.reference)), now, zone
        )
    return _day(agency, asked.day, now, zone, [], []) if asked.day else None


def _day(
    agency: Agency, day: date, now: datetime, zone: ZoneInfo, open_: Iterable[Message], runs: Iterable[Run]
) -> list[Line]:
    messages = [*sends_rows.joined(sends_rows.messages_between(agency, day, day, zone))[:MOST], *open_]
    silent = sends_rows.silent_between(agency, day, day, zone).select_related("client", "settings").defer("snapshot")
    return [
        *sends_lines.of_messages(messages, now, zone),
        *sends_lines.of_reports(silent[:MOST]),
        *sends_ahead.lines(runs),
    ]


def _date(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
