"""The lines of the page "Envios" and their order: what went out, "agora", what is to come; and the cards of the days
ahead. Pure: takes rows as others have read them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reports.sends_words import Standing, Tally, day_month, day_title, names, shortened, standing_of, standing_of_report

#: Lines of one page.
PER_PAGE = 60
#: Runs that a card of a day ahead names; the rest are counted.
NAMED = 4


@dataclass(slots=True)
class Action:
    """The one thing to do about a line. `needs_gateway`: it rests while the WhatsApp gateway is away."""

    label: str
    url: str
    is_dialog: bool = True
    needs_gateway: bool = False


@dataclass(slots=True)
class Line:
    """One report, alert or test. `at` is when it left, will leave, or was to leave; `is_ahead`: it has not yet.

    What takes further reading (`what`, `sender`, …) is filled for the lines of the page that is shown.
    """

    at: datetime
    kind: str
    client: Any
    standing: Standing
    is_ahead: bool = False
    messages: Sequence[Any] = ()
    report: Any = None
    settings: Any = None
    to: str = ""
    to_all: str = ""
    what: str = ""
    #: own, agency, or "" where nothing is known.
    sender: str = ""
    sender_why: str = ""
    url: str = ""
    action: Action | None = None
    shown_at: str = ""

    @property
    def key(self) -> str:
        """A name of its own on the page."""
        if self.messages:
            return str(self.messages[0].pk)
        return str(self.report.pk) if self.report is not None else f"run-{self.settings.pk}-{self.at:%H%M}"

    @property
    def opens_dialog(self) -> bool:
        """A run to come has nothing to show yet: its link leads to where it is set."""
        return bool(self.messages) or self.report is not None

    @property
    def waits(self) -> bool:
        """Its moment moves on and on: it lacks a number, or what else its reason says."""
        return bool(self.messages) and all(message.reason for message in self.messages)

    @property
    def searched(self) -> str:
        """What a search looks at, besides the client's own text."""
        return " ".join(message.to_name for message in self.messages)


def of_messages(messages: Iterable[Any], now: datetime, zone: ZoneInfo) -> list[Line]:
    """A line for each subject of each client; what was queued and is not sent yet lies ahead."""
    grouped: dict[tuple[Any, str], list[Any]] = defaultdict(list)
    for message in messages:
        grouped[message.client_id, message.subject].append(message)
    lines = []
    for group in grouped.values():
        standing = standing_of(group, now, zone)
        is_ahead = standing.tally is Tally.QUEUED
        at = min(message.due_at if is_ahead else message.sent_at or message.created_at for message in group)
        lines.append(
            Line(
                at=max(at, now) if is_ahead else at,
                kind=str(group[0].kind),
                client=group[0].client,
                standing=standing,
                is_ahead=is_ahead,
                messages=group,
                to=names(group),
            )
        )
    return lines


def of_reports(reports: Iterable[Any]) -> list[Line]:
    """Reports that put nothing into the outbox: held, lost, expired, discarded."""
    return [
        Line(report.created_at, "report", report.client, standing_of_report(report), report=report)
        for report in reports
    ]


def in_order(lines: Iterable[Line]) -> list[Line]:
    """What went out first, by the clock; then what is ahead."""
    return sorted(lines, key=lambda line: (line.is_ahead, line.at, line.client.name if line.client else ""))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of lines in order. `ahead` begins where "agora" stands; `number` counts from 1."""

    lines: list[Line]
    number: int
    pages: int
    total: int

    @property
    def past(self) -> list[Line]:
        return [line for line in self.lines if not line.is_ahead]

    @property
    def ahead(self) -> list[Line]:
        return [line for line in self.lines if line.is_ahead]


def page_of(lines: Sequence[Line], number: int) -> Page:
    """That page, or the nearest there is; page 0 is the one where "agora" stands."""
    pages = max(1, -(-len(lines) // PER_PAGE))
    if number == 0:
        done = sum(not line.is_ahead for line in lines)
        number = max(1, -(-done // PER_PAGE))
    number = min(max(number, 1), pages)
    return Page(list(lines[(number - 1) * PER_PAGE : number * PER_PAGE]), number, pages, len(lines))


@dataclass(slots=True)
class Run:
    """A run to come, of settings with their client."""

    at: datetime
    settings: Any


@dataclass(slots=True)
class Day:
    """A day ahead of the agency's calendar. `why`: in pt-BR, why nothing runs on it; "" where something does."""

    day: date
    runs: list[Run] = field(default_factory=list)
    why: str = ""
    #: How many of them wait for the end of the agency's quiet hours.
    quiet: int = 0
    #: Whether the card names all of its runs.
    is_whole: bool = False

    @property
    def count(self) -> int:
        return len(self.runs)

    @property
    def shown(self) -> list[Run]:
        """As many as the card has room for."""
        return self.runs if self.is_whole else self.runs[:NAMED]

    @property
    def more(self) -> int:
        return len(self.runs) - len(self.shown)

    @property
    def title(self) -> str:
        return day_title(self.day)

    @property
    def anchor(self) -> str:
        return f"dia-{self.day.isoformat()}"


def days_ahead(runs: Iterable[Run], today: date, zone: ZoneInfo, count: int) -> list[Day]:
    """The `count` days after today, each with its runs in order of the clock and of names."""
    days = [Day(today + timedelta(days=number)) for number in range(1, count + 1)]
    by_date = {each.day: each for each in days}
    for run in runs:
        found = by_date.get(run.at.astimezone(zone).date())
        if found is not None:
            found.runs.append(run)
    for each in days:
        each.runs.sort(key=lambda run: (run.at, run.settings.client.name))
    return days


def moment_shown(line: Line, today: date, zone: ZoneInfo, *, with_day: bool) -> str:
    """`09:06`; with its day where the list is not that of one day, or the day is another one."""
    local = line.at.astimezone(zone)
    if local.date() == today or not with_day:
        return f"{local:%H:%M}"
    return f"{day_month(local.date())} {local:%H:%M}"


def people(line: Line, recipients: Sequence[str]) -> None:
    """Of a line without messages: who is to get it."""
    line.to, line.to_all = shortened(recipients), ", ".join(recipients)
