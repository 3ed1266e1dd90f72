"""What a report of an objective usually shows: metrics, their order, their names, its blocks. Pure tables.

An objective fills the editor; only its names for the metrics go on following from it once the report is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models

from reports import layout
from reports.layout import Kind
from reports.metrics import ALL, Metric


class Objective(models.TextChoices):
    GENERAL = "general", "Geral"
    MESSAGES = "messages", "Mensagens"
    LEADS = "leads", "Leads"
    ECOMMERCE = "ecommerce", "E-commerce"
    TRAFFIC = "traffic", "Tráfego"
    GOOGLE = "google", "Google"


@dataclass(frozen=True, slots=True)
class Template:
    """`hidden` are the blocks that are off; the others stand in their usual order."""

    metrics: tuple[Metric, ...]
    labels: Mapping[Metric, str] = field(default_factory=dict)
    hidden: frozenset[Kind] = frozenset()

    @property
    def layout(self) -> layout.Layout:
        return tuple((kind, kind not in self.hidden) for kind in layout.STANDARD)


#: Without ROAS nothing is said of the return.
_NO_VERDICT = frozenset({Kind.VERDICT})
_M = Metric
TEMPLATES: dict[Objective, Template] = {
    Objective.GENERAL: Template(ALL),
    Objective.MESSAGES: Template(
        (
            *(_M.SPEND, _M.MESSAGES, _M.COST_PER_MESSAGE),
            *(_M.REACH, _M.IMPRESSIONS, _M.FREQUENCY, _M.LINK_CLICKS, _M.LINK_CTR, _M.CPM),
        ),
        {_M.MESSAGES: "Conversas iniciadas"},
        _NO_VERDICT,
    ),
    Objective.LEADS: Template(
        (
            *(_M.SPEND, _M.LEADS, _M.CPL),
            *(_M.LINK_CLICKS, _M.LINK_CTR, _M.LINK_CPC, _M.CONVERSION_RATE, _M.REACH, _M.CPM),
        ),
        {},
        _NO_VERDICT,
    ),
    Objective.ECOMMERCE: Template(
        (
            *(_M.SPEND, _M.PURCHASES, _M.COST_PER_PURCHASE, _M.REVENUE, _M.ROAS, _M.TICKET),
            *(_M.ADDS_TO_CART, _M.CHECKOUTS, _M.CTR, _M.CPC, _M.CPM),
        ),
        {_M.REVENUE: "Faturamento"},
    ),
    Objective.TRAFFIC: Template(
        (_M.SPEND, _M.REACH, _M.IMPRESSIONS, _M.FREQUENCY, _M.CLICKS, _M.CTR, _M.CPC, _M.CPM, _M.PROFILE_VISITS),
        {},
        _NO_VERDICT,
    ),
    Objective.GOOGLE: Template(
        (_M.SPEND, _M.CONVERSIONS, _M.REVENUE, _M.ROAS, _M.IMPRESSIONS, _M.CLICKS, _M.CTR, _M.CPC, _M.CPA),
        {_M.CPC: "CPC médio", _M.CPA: "Custo por conversão", _M.REVENUE: "Valor de conversão"},
    ),
}


def named(name: object) -> Objective:
    """The objective of a stored name; the general one for a name that is not known."""
    return Objective(name) if name in Objective.values else Objective.GENERAL


def template_of(name: str) -> Template:
    return TEMPLATES[named(name)]
