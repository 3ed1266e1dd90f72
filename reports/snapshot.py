"""What a report says, frozen: all that its text is made of, to and from JSON without losing a cent. Pure; no query.

Numbers are strings in the JSON, so that a report can be shown again exactly as it was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from reports.choices import Platform
from reports.metrics import FIELDS, Metric, Sums
from reports.periods import Days

VERSION = 1
_DECIMALS = frozenset({"spend", "revenue", "conversions"})


@dataclass(frozen=True, slots=True)
class Block:
    """One platform's numbers in one currency. `before` is None where the days before are not all covered."""

    platform: Platform
    currency: str
    now: Sums
    before: Sums | None = None


@dataclass(frozen=True, slots=True)
class ReportData:
    """All that the text of a report is made of, but its reference. `base` is None: no comparison was asked for."""

    client: str
    days: Days
    base: Days | None
    metrics: tuple[Metric, ...]
    blocks: tuple[Block, ...]


def to_json(data: ReportData) -> dict[str, Any]:
    return {
        "version": VERSION,
        "client": data.client,
        "days": _days_out(data.days),
        "base": _days_out(data.base) if data.base else None,
        "metrics": [metric.value for metric in data.metrics],
        "blocks": [
            {
                "platform": block.platform.value,
                "currency": block.currency,
                "now": _sums_out(block.now),
                "before": _sums_out(block.before) if block.before else None,
            }
            for block in data.blocks
        ],
    }


def from_json(stored: dict[str, Any]) -> ReportData:
    """The report of a stored snapshot. Raises ValueError for one of a version that is not known here."""
    if stored.get("version") != VERSION:
        raise ValueError(f"Unknown snapshot version: {stored.get('version')!r}.")
    return ReportData(
        client=stored["client"],
        days=_days_in(stored["days"]),
        base=_days_in(stored["base"]) if stored["base"] else None,
        metrics=tuple(Metric(name) for name in stored["metrics"]),
        blocks=tuple(
            Block(
                platform=Platform(block["platform"]),
                currency=block["currency"],
                now=_sums_in(block["now"]),
                before=_sums_in(block["before"]) if block["before"] else None,
            )
            for block in stored["blocks"]
        ),
    )


def _days_out(days: Days) -> list[str]:
    return [days.first.isoformat(), days.last.isoformat()]


def _days_in(stored: list[str]) -> Days:
    first, last = stored
    return Days(date.fromisoformat(first), date.fromisoformat(last))


def _sums_out(sums: Sums) -> dict[str, str | None]:
    return {name: None if (number := getattr(sums, name)) is None else str(number) for name in FIELDS}


def _sums_in(stored: dict[str, str | None]) -> Sums:
    def number(name: str) -> Decimal | int | None:
        text = stored[name]
        if text is None:
            return None
        return Decimal(text) if name in _DECIMALS else int(text)

    return Sums(**{name: number(name) for name in FIELDS})  # type: ignore[arg-type]
