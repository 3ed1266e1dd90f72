"""Reports of every template × platform set × edge, made of rows in the database, for the golden files of what is
written and of what is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

from agency.models import Agency, Client
from reports import layout
from reports.choices import Family, Platform
from reports.day_numbers import DayNumbers, with_results
from reports.metrics import Metric, Sums
from reports.models import AdAccount, ReportSettings
from reports.numbers import gather
from reports.objectives import TEMPLATES, Objective
from reports.snapshot import ReportData
from reports.storing import write_days
from tests.factories import make_client
from tests.reports.factories import make_account

AT = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("America/Sao_Paulo"))
FIRST, LAST = date(2026, 11, 17), date(2026, 11, 23)
FORTNIGHT = [FIRST + timedelta(days=number) for number in range(-7, 7)]
#: name → platforms, and whether the agency chose to sum them.
SETS: dict[str, tuple[tuple[Platform, ...], bool]] = {
    "meta": ((Platform.META,), False),
    "google": ((Platform.GOOGLE,), False),
    "both": ((Platform.META, Platform.GOOGLE), False),
    "summed": ((Platform.META, Platform.GOOGLE), True),
}
GOALS = {metric.value: "50" for metric in Metric}
TEXTS: dict[str, Any] = {
    "title": "*{{ cliente }}* por {{ agencia }}",
    "comment": "Paulo, testamos o *vídeo novo*: _{{ leads }} leads_.",
    "free_text": "Foram {{ investimento }} em {{ periodo }}.\nDetalhes: {{ link }}\n\nConversões: {{ resultados }}",
    "goals": GOALS,
}


@dataclass(frozen=True)
class Edge:
    """What is not as usual: the name, the settings, a day's numbers, which days lack, a second currency."""

    name: str = "Moda Ipê"
    settings: dict[str, Any] = field(default_factory=dict)
    is_zero: bool = False
    lacks: tuple[date, ...] = ()
    second_currency: bool = False
    is_whole: bool = True


EDGES: dict[str, Edge] = {
    "as usual": Edge(),
    "texts and goals": Edge(settings=TEXTS),
    "zeros": Edge(is_zero=True),
    "no base": Edge(lacks=tuple(FORTNIGHT[:7])),
    "a day is not covered": Edge(lacks=(LAST,)),
    "two currencies": Edge(second_currency=True, settings={"goals": GOALS}),
    "a long name": Edge(
        name="Construtora Serra Azul Empreendimentos e Participações do Norte de Minas S. A.", is_whole=False
    ),
    "emoji": Edge(name="🏗️ Obra & Cia 👨‍👩‍👧 🇧🇷", is_whole=False),
    "markup": Edge(name="*Loja_do_Zé* ~50%~ `off` {{ link }}", is_whole=False, settings=TEXTS),
    "right to left": Edge(name="\u202eםולש Café\u200f مقهى", is_whole=False),
}


def day_of(platform: Platform, day: date, is_zero: bool) -> DayNumbers:
    """Invented, different on each day, the same on every machine."""
    step = day.toordinal() % 11
    scale = 0 if is_zero else 1
    base = Sums(spend=D(f"{90 + 3 * step}.{(37 * step) % 100:02d}") * scale, impressions=(4000 + 130 * step) * scale)
    base = replace(base, clicks=(70 + 3 * step) * scale)
    told = (
        {Family.CONVERSIONS: (f"{step % 4}.5", f"{200 + 11 * step}.25")}
        if platform is Platform.GOOGLE
        else {
            Family.PURCHASES: (str(step % 4 + 1), f"{300 + 17 * step}.50"),
            Family.LEADS: (str(step % 3), None),
            Family.CONVERSATIONS: (str(step % 5), None),
            Family.LINK_CLICKS: (str(50 + step), None),
            Family.LANDING_PAGE_VIEWS: (str(30 + step), None),
            Family.ADDS_TO_CART: (str(step % 6), None),
            Family.CHECKOUTS: (str(step % 4), None),
            Family.PROFILE_VISITS: (str(step % 7), None),
        }
    )
    results = {
        family.value: ["0" if is_zero else count, None if worth is None else "0" if is_zero else worth]
        for family, (count, worth) in told.items()
    }
    return DayNumbers(with_results(base, results, platform=platform, family=Family.PURCHASES), results)


def fill(client: Client, platform: Platform, edge: Edge, currency: str = "BRL") -> AdAccount:
    account = make_account(
        client=client,
        platform=platform,
        name=f"Conta {platform.label}",
        currency=currency,
        **(
            {"reach": 0 if edge.is_zero else 14000, "reach_since": FIRST, "reach_until": LAST}
            if platform == "meta"
            else {}
        ),
    )
    write_days(account, {day: day_of(platform, day, edge.is_zero) for day in FORTNIGHT if day not in edge.lacks})
    return account


def filled(agency: Agency, platforms: tuple[Platform, ...], edge: Edge) -> Client:
    client = make_client(agency=agency, name=edge.name)
    for platform in platforms:
        fill(client, platform, edge)
    if edge.second_currency:
        fill(client, platforms[0], edge, "USD")
    return client


def told(client: Client, objective: Objective, blend: bool, **fields: Any) -> ReportData:
    template = TEMPLATES[objective]
    settings = ReportSettings(
        client=client,
        blend=blend,
        template=objective,
        metrics=[metric.value for metric in template.metrics],
        layout=layout.write(template.layout),
        **fields,
    )
    data = gather(settings, AT).data
    assert data is not None
    return data


def every(agency: Agency, platforms: str) -> Iterator[tuple[Objective, dict[str, ReportData]]]:
    """Each template's reports of a platform set, by the name of their edge."""
    names, blend = SETS[platforms]
    clients = {name: filled(agency, names, edge) for name, edge in EDGES.items()}
    for objective in Objective:
        yield (
            objective,
            {name: told(clients[name], objective, blend, **edge.settings) for name, edge in EDGES.items()},
        )
