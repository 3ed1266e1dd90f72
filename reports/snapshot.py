"""What a report says, frozen: all that its text is made of, to and from JSON without losing a cent. Pure; no query.

Numbers are strings in the JSON, so that a report can be shown again exactly as it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from reports import goals, layout, metrics
from reports.choices import Platform
from reports.goals import Goals
from reports.layout import Kind
from reports.metrics import FIELDS, STORED, Metric, Sums, total
from reports.periods import Days

VERSION = 3
#: Those of before there were numbers by day and by campaign (1), and blocks and goals (2), are shown as they were sent.
_READABLE = frozenset({1, 2, VERSION})
_DECIMALS = frozenset({"spend", "revenue", "conversions"})


@dataclass(frozen=True, slots=True)
class DayPoint:
    """One day of a block; `numbers` None where some account of it has none for that day: a gap, never zero."""

    day: date
    numbers: Sums | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign's numbers over the whole period."""

    name: str
    numbers: Sums


@dataclass(frozen=True, slots=True)
class Block:
    """One platform's numbers in one currency; `platform` None is the sum of all platforms.

    `before` is None where the days before are not all covered. `missing` are the days of the period that some account
    of the block has no numbers for: a person chose to send it all the same. `by_day` and `by_day_before` hold each day
    of the period and of its base, in order; `campaigns` those that ran, the dearest first.
    """

    platform: Platform | None
    currency: str
    now: Sums
    before: Sums | None = None
    missing: tuple[date, ...] = ()
    by_day: tuple[DayPoint, ...] = ()
    by_day_before: tuple[DayPoint, ...] = ()
    campaigns: tuple[Campaign, ...] = ()


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A platform with an account in this currency, of which not one day of the period has numbers: no block, but its
    silence must not read as if the client did not advertise there."""

    platform: Platform
    currency: str


@dataclass(frozen=True, slots=True)
class ReportData:
    """All that the text of a report is made of, but its reference and its page's address.

    `base` is None: no comparison was asked for. `layout` are the blocks in their order; `title`, `text` and `comment`
    are as the gestor wrote them, with their variables. A comment is shown wherever there is one: with no block for it
    in the layout, after all others. `labels` are the names that the metrics have in this report and nowhere else.
    """

    client: str
    days: Days
    base: Days | None
    metrics: tuple[Metric, ...]
    blocks: tuple[Block, ...]
    uncovered: tuple[Uncovered, ...] = ()
    agency: str = ""
    layout: tuple[Kind, ...] = layout.STANDARD
    title: str = ""
    text: str = ""
    comment: str = ""
    labels: Mapping[Metric, str] = field(default_factory=dict)
    goals: Goals = field(default_factory=Goals)

    @property
    def blended(self) -> Block | None:
        """The block that sums all platforms, where the agency chose to have one."""
        return next((block for block in self.blocks if block.platform is None), None)

    def mark(self, metric: Metric, block: Block) -> str:
        """How a block's metric stands to its goal (`goals`), or "". What platforms reach together is marked at their
        sum, where the report has one that is known."""
        if metric not in self.goals.targets:
            return ""
        whole = self.blended
        if whole and whole is not block and goals.is_shared(metric) and metrics.is_known(whole.now, metric):
            return ""
        return self.goals.mark(metric, block.now, block.currency)


def blend(blocks: Sequence[Block]) -> Block | None:
    """The sum of these platforms' blocks; None for fewer than two, and where they are not all of one currency."""
    currencies = {block.currency for block in blocks}
    if len(blocks) < 2 or len(currencies) > 1:
        return None
    currency, now = total((block.currency, block.now) for block in blocks)
    befores = [block.before for block in blocks]
    before = None if None in befores else total((currency, sums) for sums in befores if sums)[1]
    missing = sorted({day for block in blocks for day in block.missing})
    return Block(
        None,
        currency,
        now,
        before,
        tuple(missing),
        by_day=_blend_days([block.by_day for block in blocks]),
        by_day_before=_blend_days([block.by_day_before for block in blocks]),
    )


def _blend_days(series: Sequence[tuple[DayPoint, ...]]) -> tuple[DayPoint, ...]:
    """Day by day the sum of all; a gap where one of them has a gap."""
    days = zip(*series, strict=True)
    return tuple(DayPoint(points[0].day, sum_of([point.numbers for point in points])) for points in days)


def sum_of(parts: Sequence[Sums | None]) -> Sums | None:
    """The sum of numbers in one currency; None where one of them is, or where there are none."""
    known = [part for part in parts if part is not None]
    return total(("", part) for part in known)[1] if known and len(known) == len(parts) else None


def to_json(data: ReportData) -> dict[str, Any]:
    return {
        "version": VERSION,
        "client": data.client,
        "days": _days_out(data.days),
        "base": _days_out(data.base) if data.base else None,
        "metrics": [metric.value for metric in data.metrics],
        "blocks": [
            {
                "platform": block.platform.value if block.platform else None,
                "currency": block.currency,
                "now": _sums_out(block.now),
                "before": _sums_out(block.before) if block.before else None,
                "missing": [day.isoformat() for day in block.missing],
                "by_day": _points_out(block.by_day),
                "by_day_before": _points_out(block.by_day_before),
                "campaigns": [[campaign.name, _row_out(campaign.numbers)] for campaign in block.campaigns],
            }
            for block in data.blocks
        ],
        "uncovered": [[each.platform.value, each.currency] for each in data.uncovered],
        "fields": list(FIELDS),
        "agency": data.agency,
        "layout": [kind.value for kind in data.layout],
        "title": data.title,
        "text": data.text,
        "comment": data.comment,
        "labels": {metric.value: name for metric, name in data.labels.items()},
        "goals": {metric.value: str(target) for metric, target in data.goals.targets.items()},
        "goals_currency": data.goals.currency,
    }


def from_json(stored: dict[str, Any]) -> ReportData:
    """The report of a stored snapshot. Raises ValueError for one of a version that is not known here."""
    if stored.get("version") not in _READABLE:
        raise ValueError(f"Unknown snapshot version: {stored.get('version')!r}.")
    # Rows of numbers have no names of their own: the snapshot says which those are.
    names = stored.get("fields", STORED)
    targets = {Metric(name): Decimal(target) for name, target in stored.get("goals", {}).items()}
    return ReportData(
        client=stored["client"],
        days=_days_in(stored["days"]),
        base=_days_in(stored["base"]) if stored["base"] else None,
        metrics=tuple(Metric(name) for name in stored["metrics"]),
        blocks=tuple(
            Block(
                platform=Platform(block["platform"]) if block["platform"] else None,
                currency=block["currency"],
                now=_sums_in(block["now"]),
                before=_sums_in(block["before"]) if block["before"] else None,
                missing=tuple(date.fromisoformat(day) for day in block.get("missing", ())),
                by_day=_points_in(block.get("by_day", ()), names),
                by_day_before=_points_in(block.get("by_day_before", ()), names),
                campaigns=tuple(Campaign(name, _row_in(row, names)) for name, row in block.get("campaigns", ())),
            )
            for block in stored["blocks"]
        ),
        uncovered=tuple(Uncovered(Platform(platform), currency) for platform, currency in stored.get("uncovered", ())),
        agency=stored.get("agency", ""),
        layout=tuple(Kind(name) for name in stored.get("layout", layout.STANDARD)),
        title=stored.get("title", ""),
        text=stored.get("text", ""),
        comment=stored.get("comment", ""),
        labels={Metric(name): label for name, label in stored.get("labels", {}).items()},
        goals=Goals(stored.get("goals_currency", ""), targets),
    )


def _days_out(days: Days) -> list[str]:
    return [days.first.isoformat(), days.last.isoformat()]


def _days_in(stored: list[str]) -> Days:
    first, last = stored
    return Days(date.fromisoformat(first), date.fromisoformat(last))


def _points_out(points: tuple[DayPoint, ...]) -> list[list[Any]]:
    return [[point.day.isoformat(), _row_out(point.numbers) if point.numbers else None] for point in points]


def _points_in(stored: Sequence[list[Any]], names: Sequence[str]) -> tuple[DayPoint, ...]:
    return tuple(DayPoint(date.fromisoformat(day), None if row is None else _row_in(row, names)) for day, row in stored)


def _row_out(sums: Sums) -> list[str | None]:
    """The numbers in the order of FIELDS: there may be hundreds of days and campaigns."""
    return [None if (number := getattr(sums, name)) is None else str(number) for name in FIELDS]


def _row_in(row: Sequence[str | None], names: Sequence[str]) -> Sums:
    return _sums_in(dict(zip(names, row, strict=True)))


def _sums_out(sums: Sums) -> dict[str, str | None]:
    return dict(zip(FIELDS, _row_out(sums), strict=True))


def _sums_in(stored: dict[str, str | None]) -> Sums:
    def number(name: str) -> Decimal | int | None:
        text = stored.get(name)
        if text is None:
            return None
        return Decimal(text) if name in _DECIMALS else int(text)

    return Sums(**{name: number(name) for name in FIELDS})  # type: ignore[arg-type]
