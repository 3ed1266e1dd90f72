"""Invented campaigns that look like real ones: an account's day shared out among them. Pure; only for demo clients.

A campaign follows from its account and its place in it, and so does what it has of a day.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache

from reports.ads.readings import Campaigns, Day, Result
from reports.choices import Family, Platform
from reports.demo_numbers import Profile
from reports.metrics import Sums

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class DemoCampaign:
    """`share` is its mean part of what the account spends, against those of the others; `weeks_on` how many weeks of
    four it runs. `channel` and `status` are Google's words."""

    external_id: str
    name: str
    share: int
    weeks_on: int = 4
    channel: str = "SEARCH"
    status: str = "ENABLED"


#: Name, share, weeks of four on which it runs, and at Google the kind of campaign.
_META = {
    "shop": (
        ("Vendas | Catálogo | Remarketing", 34, 4),
        ("Vendas | Público aberto", 41, 4),
        ("Vendas | Lançamento da coleção", 18, 2),
        ("Tráfego | Perfil e site", 7, 4),
    ),
    "leads": (
        ("Cadastros | Formulário instantâneo", 47, 4),
        ("Cadastros | Remarketing do site", 21, 4),
        ("Cadastros | Semelhantes a clientes", 24, 3),
        ("Reconhecimento | Bairro", 8, 2),
    ),
    "talks": (
        ("Mensagens | WhatsApp | Público aberto", 52, 4),
        ("Mensagens | WhatsApp | Remarketing", 26, 4),
        ("Mensagens | Direct do Instagram", 15, 3),
        ("Engajamento | Vídeos", 7, 2),
    ),
}
_GOOGLE = {
    "shop": (("Performance Max | Loja", 58, 4), ("Pesquisa | Marca", 17, 4), ("Shopping | Mais vendidos", 25, 3)),
    "leads": (("Pesquisa | Serviços", 55, 4), ("Pesquisa | Marca", 14, 4), ("Performance Max | Cadastros", 31, 3)),
    "talks": (("Pesquisa | Ligações e rotas", 49, 4), ("Pesquisa | Marca", 16, 4), ("Performance Max | Local", 35, 3)),
}
#: Family, the column that says it, and whether revenue is what it was worth.
_FAMILIES = {
    Platform.META: (
        (Family.PURCHASES, "conversions", True),
        (Family.LEADS, "leads", False),
        (Family.CONVERSATIONS, "messages", False),
    ),
    Platform.GOOGLE: ((Family.CONVERSIONS, "conversions", True),),
}
_CHANNELS = {"Performance Max": "PERFORMANCE_MAX", "Shopping": "SHOPPING"}


@lru_cache(maxsize=4096)
def campaigns_of(platform: Platform, external_id: str, profile: Profile) -> tuple[DemoCampaign, ...]:
    """The campaigns of an account, with ids as the platform has them: of 18 digits at Meta, of 11 at Google."""
    written = (_GOOGLE if platform is Platform.GOOGLE else _META)[profile.kind]
    start = int("120210000000000000" if platform is Platform.META else "20000000000") + int(external_id[-9:]) * 10
    return tuple(
        DemoCampaign(
            str(start + number),
            name,
            share,
            weeks,
            channel=_CHANNELS.get(name.split(" | ")[0], "SEARCH"),
            status="ENABLED" if weeks == 4 else "PAUSED",
        )
        for number, (name, share, weeks) in enumerate(written, 1)
    )


def shared_out(sums: Sums, campaigns: Sequence[DemoCampaign], day: date) -> Iterator[tuple[DemoCampaign, Sums]]:
    """An account's day among the campaigns that ran on it; added up again they are that day, to the cent and the click.

    One that was not shown is left out: what it would have had is too little to be told.
    """
    running = [one for one in campaigns if (day.toordinal() // 7 + int(one.external_id)) % 4 < one.weeks_on]
    chance = random.Random(f"{campaigns[0].external_id}|{day.isoformat()}")  # noqa: S311  invented numbers, no secret
    weights = [Decimal(round(one.share * chance.uniform(80, 120))) for one in running]
    whole, done, given = sum(weights, Decimal()), Decimal(), Sums()
    for campaign, weight in zip(running, weights, strict=True):
        done += weight
        until = _first_part(sums, done / whole)
        part = _less(until, given)
        given = until
        if part.impressions:
            yield campaign, part


def told_of(account: Sequence[DemoCampaign], platform: Platform, days: Mapping[date, Sums]) -> Campaigns:
    """What a platform would tell of the account's campaigns on these days."""
    is_valued = any(sums.revenue is not None for sums in days.values())
    shared = {day: list(shared_out(sums, account, day)) for day, sums in days.items()}
    return Campaigns(
        {
            day: {one.external_id: _as_told(part, platform, day, is_valued) for one, part in parts}
            for day, parts in shared.items()
        },
        {one.external_id: one.name for one in account},
        "",
        {family: valued and is_valued for family, _, valued in _FAMILIES[platform]},
    )


def _as_told(part: Sums, platform: Platform, day: date, is_valued: bool) -> Day:
    results = {
        family: Result(
            Decimal(getattr(part, name) or 0), (part.revenue or Decimal(0)) if valued and is_valued else None
        )
        for family, name, valued in _FAMILIES[platform]
    }
    return Day(day, part.spend or Decimal(0), part.impressions or 0, part.clicks or 0, results)


def _first_part(sums: Sums, share: Decimal) -> Sums:
    """So much of a day, from its beginning; all of it for 1. Revenue goes with the results that it is of."""
    results = None if sums.conversions is None else Decimal(int(sums.conversions * share))
    of_results = results / sums.conversions if results and sums.conversions else Decimal(0)
    return Sums(
        spend=_money(sums.spend, share),
        revenue=_money(sums.revenue, of_results),
        conversions=results,
        impressions=_whole(sums.impressions, share),
        clicks=_whole(sums.clicks, share),
        leads=_whole(sums.leads, share),
        messages=_whole(sums.messages, share),
    )


def _money(amount: Decimal | None, share: Decimal) -> Decimal | None:
    return None if amount is None else (amount * share).quantize(_CENT, ROUND_DOWN)


def _whole(number: int | None, share: Decimal) -> int | None:
    return None if number is None else int(number * share)


def _less(until: Sums, given: Sums) -> Sums:
    names = Sums.__slots__
    parts = {
        name: None if (now := getattr(until, name)) is None else now - (getattr(given, name) or 0) for name in names
    }
    return Sums(**parts)
