"""Whether a period paid for itself, and that in a sentence for the client. Pure.

Platforms are not blended into one ROAS, unless the agency chose to sum them: good or poor is said where each that has
a ROAS says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from reports import formatting, key_metrics, metrics
from reports.choices import Platform
from reports.layout import Kind
from reports.metrics import Metric
from reports.snapshot import Block, ReportData

_GOOD_ROAS, _POOR_ROAS = Decimal(2), Decimal(1)
#: Where, in a sentence; None is all of them together.
PLACES = {Platform.META: "na Meta", Platform.GOOGLE: "no Google", None: "nas plataformas"}
_RESULTS = {
    Metric.LEADS: "os leads",
    Metric.MESSAGES: "os contatos por mensagem",
    Metric.CONVERSIONS: "as conversões",
    Metric.PURCHASES: "as compras",
    Metric.LINK_CLICKS: "os cliques no link",
    Metric.CLICKS: "os cliques",
}


class Verdict(StrEnum):
    """The value is how it is said."""

    GOOD = "Resultado positivo no período"
    POOR = "Retorno abaixo do investimento"


def verdict(data: ReportData) -> Verdict | None:
    """None where no ROAS is shown or known, where it is neither good nor poor for all, and where the report has no
    block for it."""
    if Metric.ROAS not in data.metrics or Kind.VERDICT not in data.layout:
        return None
    values = [number for block in _judged(data) if (number := metrics.value(block.now, Metric.ROAS)) is not None]
    if values and min(values) >= _GOOD_ROAS:
        return Verdict.GOOD
    if values and max(values) < _POOR_ROAS:
        return Verdict.POOR
    return None


def sentence(data: ReportData) -> str:
    """`cada R$ 1,00 investido no Google trouxe R$ 4,20 em receita. Na Meta, os contatos por mensagem cresceram 22%.`

    Begins with a small letter, to stand after the verdict; "" where nothing that was chosen can be said.
    """
    returning = [block for block in _judged(data) if _returns(block, data)]
    others = [block for block in _judged(data) if block not in returning]
    parts = [_returned(returning)] if returning else []
    parts += [part for block in others if (part := _grown(block, data))]
    return "".join(f"{part[0].upper() if number else part[0]}{part[1:]}. " for number, part in enumerate(parts)).strip()


def _judged(data: ReportData) -> tuple[Block, ...]:
    return (data.blended,) if data.blended else data.blocks


def _returns(block: Block, data: ReportData) -> bool:
    return Metric.ROAS in data.metrics and Kind.VERDICT in data.layout and bool(metrics.value(block.now, Metric.ROAS))


def _returned(blocks: Sequence[Block]) -> str:
    """What a unit of money brought back; of the further blocks only that, each in its own currency."""
    backs = [formatting.money(metrics.value(block.now, Metric.ROAS), block.currency) for block in blocks]
    one = formatting.money(Decimal(1), blocks[0].currency)
    said = f"cada {one} investido {PLACES[blocks[0].platform]} trouxe {backs[0]} em receita"
    more = [f"{PLACES[block.platform]} {back}" for block, back in zip(blocks[1:], backs[1:], strict=True)]
    return said + (f", e {' e '.join(more)}" if more else "")


def _grown(block: Block, data: ReportData) -> str:
    """How the block's largest result moved, or the gestor's first one; how many there were where there is nothing to
    compare with."""
    named = key_metrics.results(block.now, data.metrics)
    if not named:
        return ""
    metric = named[0]
    if key_metrics.is_usual(data.metrics):
        metric = max(named, key=lambda each: metrics.value(block.now, each) or Decimal(0))
    now = metrics.value(block.now, metric)
    percent = metrics.change(now, metrics.value(block.before, metric) if block.before else None)
    what, where = _named(metric, data), PLACES[block.platform]
    if percent is None:
        return f"{where}, {what} foram {formatting.count(now)}"
    rounded = formatting.signed_percent(percent)
    if rounded == "0%":
        return f"{where}, {what} ficaram iguais"
    return f"{where}, {what} {'cresceram' if percent > 0 else 'caíram'} {rounded.lstrip('+-')}"


def _named(metric: Metric, data: ReportData) -> str:
    return "as conversas iniciadas" if metric in data.labels and metric is Metric.MESSAGES else _RESULTS[metric]
