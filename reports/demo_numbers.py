"""Invented daily numbers that look like real ones, the same on every machine. Pure; only for demo clients."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reports.choices import Platform
from reports.metrics import Sums

_CENT = Decimal("0.01")
#: Monday to Sunday: what a business of that kind spends against its mean day.
_WEEK = {
    "shop": (1.0, 0.96, 0.97, 1.02, 1.12, 1.08, 0.9),
    "leads": (1.12, 1.1, 1.08, 1.05, 0.98, 0.76, 0.68),
    "talks": (0.9, 0.92, 0.97, 1.04, 1.16, 1.14, 0.86),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """`kind` is shop (sells online), leads (forms) or talks (conversations); `spend` is the mean of a day in BRL."""

    kind: str
    spend: float
    #: Revenue over spend; 0 where the business does not measure revenue, which then stays unknown.
    roas: float = 0.0


def day_numbers(external_id: str, platform: Platform, profile: Profile, day: date) -> Sums:
    """The numbers of an account on a day. They depend on nothing else: a day is the same whenever it is asked for."""
    chance = random.Random(f"{external_id}|{day.isoformat()}")  # noqa: S311  invented numbers, no secret
    swell = 1 + 0.08 * math.sin(day.toordinal() / 9) + 0.04 * math.sin(day.toordinal() / 31)
    spend = profile.spend * _WEEK[profile.kind][day.weekday()] * swell * chance.uniform(0.9, 1.1)
    is_google = platform is Platform.GOOGLE
    # A thousand impressions of a search cost several times those of a feed, and more of them are clicked.
    impressions = round(spend / chance.uniform(*((75, 110) if is_google else (15, 23))) * 1000)
    clicks = round(impressions * chance.uniform(*((0.03, 0.045) if is_google else (0.013, 0.022))))
    results = round(clicks * _rate(profile, platform, chance))
    revenue = spend * profile.roas * chance.uniform(0.75, 1.25) if profile.roas and results else 0.0
    return Sums(
        spend=Decimal(spend).quantize(_CENT),
        revenue=Decimal(revenue).quantize(_CENT) if profile.roas else None,
        impressions=impressions,
        clicks=clicks,
        conversions=Decimal(results),
        leads=results if profile.kind == "leads" else 0,
        messages=None if is_google else _messages(profile, results, clicks, chance),
    )


def _rate(profile: Profile, platform: Platform, chance: random.Random) -> float:
    low, high = {"shop": (0.012, 0.022), "leads": (0.02, 0.035), "talks": (0.04, 0.07)}[profile.kind]
    # Who searches is closer to deciding than who scrolls.
    return chance.uniform(low, high) * (1.4 if platform is Platform.GOOGLE else 1)


def _messages(profile: Profile, results: int, clicks: int, chance: random.Random) -> int:
    return results if profile.kind == "talks" else round(clicks * chance.uniform(0.008, 0.015))


def derived_profile(external_id: str) -> Profile:
    """A profile for a demonstration account that nobody wrote one for."""
    chance = random.Random(f"profile|{external_id}")  # noqa: S311  invented numbers, no secret
    kind = chance.choice(["shop", "leads", "talks"])
    return Profile(kind, round(chance.uniform(60, 320)), round(chance.uniform(2.2, 5), 1) if kind == "shop" else 0.0)


def numbers_of(external_id: str, platform: Platform, profile: Profile | None, days: list[date]) -> Mapping[date, Sums]:
    profile = profile or derived_profile(external_id)
    return {day: day_numbers(external_id, platform, profile, day) for day in days}
