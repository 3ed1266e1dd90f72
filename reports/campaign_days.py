"""An account's campaigns on a day as they are stored, and days of them added up to what a report says. Pure.

An account can have five hundred campaigns, so a day is a few packed kilobytes: each campaign's numbers without their
names, what did not happen left out, decimals as text so that any split of days adds up to the same cent.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from reports.ads.readings import Campaigns, Day
from reports.choices import Family, Platform
from reports.day_numbers import StoredResults, decimal_text, with_results
from reports.metrics import Sums, total
from reports.periods import Days
from reports.snapshot import Campaign

#: So many campaigns of a block are named; the rest is one line.
MOST_NAMED = 500
_CENT = Decimal("0.01")


def packed_days(found: Campaigns, days: Days) -> dict[date, bytes]:
    """Each of the days that were asked for, also those on which no campaign ran."""
    families = {family.value: int(valued) for family, valued in sorted(found.families.items())}
    places = {family: place for place, family in enumerate(families)}
    return {
        day: _packed(
            {
                "families": families,
                "campaigns": {
                    campaign: _row(numbers, places) for campaign, numbers in sorted(found.days.get(day, {}).items())
                },
            }
        )
        for day in days.each
    }


def _row(numbers: Day, places: Mapping[str, int]) -> list[Any]:
    """Spend, impressions, clicks, and of each family that happened its place, its count and, where known, its worth."""
    row: list[Any] = [decimal_text(numbers.spend), numbers.impressions, numbers.clicks]
    for family, result in sorted(numbers.results.items()):
        worth = [] if result.value is None else [decimal_text(result.value)]
        row.append([places[family.value], decimal_text(result.count), *worth])
    return row


def packed_names(names: Mapping[str, str]) -> bytes:
    return _packed(dict(sorted(names.items())))


def unpacked_names(packed: bytes) -> dict[str, str]:
    names: dict[str, str] = _unpacked(packed)
    return names


def _packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _unpacked(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))


@dataclass(slots=True)
class _Sum:
    """`known` are the families that were known on every day so far, and whether all their worth was."""

    known: Mapping[str, int]
    spend: Decimal = Decimal(0)
    impressions: int = 0
    clicks: int = 0
    counts: dict[str, Decimal] = field(default_factory=dict)
    worths: dict[str, Decimal] = field(default_factory=dict)

    def meet(self, families: Mapping[str, int]) -> None:
        if self.known != families:
            self.known = {name: min(valued, families[name]) for name, valued in self.known.items() if name in families}

    def add(self, name: str, count: str, worth: list[str]) -> None:
        self.counts[name] = self.counts.get(name, Decimal(0)) + Decimal(count)
        if worth:
            self.worths[name] = self.worths.get(name, Decimal(0)) + Decimal(worth[0])
        else:
            self.known = {**self.known, name: 0}  # a part of the worth is not the worth

    @property
    def ran(self) -> bool:
        return bool(self.spend or self.impressions or any(self.counts.values()))

    def results(self) -> StoredResults:
        zero = Decimal(0)
        return {
            name: [str(self.counts.get(name, zero)), str(self.worths.get(name, zero)) if valued else None]
            for name, valued in self.known.items()
        }


class CampaignSums:
    """Adds up days of one account. What was unknown of a campaign on one of its days is unknown of the whole."""

    def __init__(self) -> None:
        self._sums: dict[str, _Sum] = {}

    def add(self, packed: bytes) -> None:
        day = _unpacked(packed)
        families = day["families"]
        names = list(families)
        for campaign, (spend, impressions, clicks, *results) in day["campaigns"].items():
            if (into := self._sums.get(campaign)) is None:
                into = self._sums[campaign] = _Sum(families)
            into.meet(families)
            into.spend += Decimal(spend)
            into.impressions += impressions
            into.clicks += clicks
            for place, count, *worth in results:
                into.add(names[place], count, worth)

    def campaigns(self, names: Mapping[str, str], *, platform: Platform, family: Family) -> list[Campaign]:
        """Those with spend, impressions or results; `family` is what the client counts as conversions at Meta."""
        return [
            Campaign(names.get(campaign, campaign), _numbers(found, platform, family))
            for campaign, found in self._sums.items()
            if found.ran
        ]


def _numbers(found: _Sum, platform: Platform, family: Family) -> Sums:
    base = Sums(spend=found.spend.quantize(_CENT), impressions=found.impressions, clicks=found.clicks)
    return with_results(base, found.results(), platform=platform, family=family)


def listed(campaigns: Iterable[Campaign]) -> tuple[Campaign, ...]:
    """The dearest first; those beyond MOST_NAMED added up in one line at the end."""
    found = sorted(campaigns, key=lambda one: (-(one.numbers.spend or 0), -(one.numbers.impressions or 0), one.name))
    rest = found[MOST_NAMED:]
    if not rest:
        return tuple(found)
    _, others = total(("", one.numbers) for one in rest)
    return (*found[:MOST_NAMED], Campaign(f"Outras campanhas ({len(rest)})", others))
