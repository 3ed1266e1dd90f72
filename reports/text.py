"""The texts that clients receive: the one renderer of reports and alerts. Pure; asks no database and sends nothing.

WhatsApp's markup: https://faq.whatsapp.com/539178204879377 (`*bold*`, `_italic_`, `~struck~`, `` `code` ``).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from agency.text import plain
from reports import formatting, metrics
from reports.choices import Platform
from reports.metrics import Metric
from reports.snapshot import Block, ReportData, Uncovered
from reports.verdict import Verdict, verdict

LINE = "━" * 15
#: Stands where the reference will be, in a text that is shown before it is sent.
NO_REFERENCE = "······"
_LIGHTS = {Verdict.GOOD: "🟢", Verdict.POOR: "🔴"}

EMOJI = {
    Metric.SPEND: "💰",
    Metric.REVENUE: "💵",
    Metric.ROAS: "📈",
    Metric.CONVERSIONS: "🎯",
    Metric.LEADS: "📋",
    Metric.MESSAGES: "💬",
    Metric.CLICKS: "🖱",
    Metric.IMPRESSIONS: "👁",
    Metric.CTR: "📊",
    Metric.CPA: "💸",
    Metric.CPC: "🔗",
    Metric.CPM: "📢",
}
#: Metrics that are amounts of a currency.
MONEY = frozenset({Metric.SPEND, Metric.REVENUE, Metric.CPA, Metric.CPC, Metric.CPM})
_SHORT = {Platform.META: "Meta", Platform.GOOGLE: "Google", None: "total"}
_BLENDED = " + ".join(platform.label for platform in Platform)


def report_text(data: ReportData, reference: str = NO_REFERENCE) -> str:
    """The whole message of a report, with its reference (without `#`) in the last line."""
    lines = ["📊 *Adscape • Resumo de Performance*", "", f"Conta: *{plain(data.client)}*"]
    lines.append(f"Período: {formatting.days(data.days)}")
    lines += _verdict(data)
    for block in data.blocks:
        if _is_one_of_several(data):
            lines += ["", f"*{heading(block, data)}*"]
        lines += _block(block, data.metrics)
    for uncovered in data.uncovered:
        lines += ["", f"*{heading(uncovered, data)}*", f"_Sem números de {formatting.short_days(data.days.each)}_"]
    if data.base is not None:
        lines += ["", *_comparison(data)]
    lines += ["", f"_Relatório automático • Adscape • #{reference}_"]
    return "\n".join(lines)


def with_page(said: str, address: str) -> str:
    """A report's text with the address of its page above the last line, which holds the reference."""
    lines = said.split("\n")
    return "\n".join([*lines[:-1], f"🔗 Relatório completo: {address}", "", lines[-1]])


def alert_text(
    *, account: str, balance: Decimal, threshold: Decimal, currency: str, reference: str = NO_REFERENCE
) -> str:
    """The whole message of a balance alert; money in major units of `currency`."""
    return "\n".join(
        [
            "⚠️ *Alerta Adscape - Saldo Baixo*",
            f"📋 Conta: {plain(account)}",
            f"💰 Saldo atual: {formatting.money(balance, currency)}",
            f"🔻 Limite configurado: {formatting.money(threshold, currency)}",
            "Ação necessária para manter campanhas ativas.",
            f"_#{reference}_",
        ]
    )


def shown(sums: metrics.Sums, metric: Metric, currency: str) -> str:
    """A metric as text; "—" where it is unknown or divided by zero."""
    return shown_value(metrics.value(sums, metric), metric, currency)


def shown_value(number: Decimal | None, metric: Metric, currency: str) -> str:
    """A metric's value as text; "—" where it is None."""
    if metric in MONEY:
        return formatting.money(number, currency)
    if metric is Metric.ROAS:
        return formatting.times(number)
    return formatting.percent(number) if metric is Metric.CTR else formatting.count(number)


def _verdict(data: ReportData) -> list[str]:
    found = verdict(data)
    return [f"{_LIGHTS[found]} {found}"] if found else []


def _is_one_of_several(data: ReportData) -> bool:
    """Whether it must be said of numbers whose they are."""
    return len(data.blocks) + len(data.uncovered) > 1


def heading(block: Block | Uncovered, data: ReportData) -> str:
    """Whose numbers they are: `Google Ads`, with the currency where the platform has accounts in several; all names for
    the sum."""
    if block.platform is None:
        return _BLENDED
    return block.platform.label if _is_alone(block, data) else f"{block.platform.label} ({block.currency})"


def _is_alone(block: Block | Uncovered, data: ReportData) -> bool:
    """Whether the platform's name is enough, since it has accounts in one currency only."""
    platforms = [*(other.platform for other in data.blocks), *(other.platform for other in data.uncovered)]
    return platforms.count(block.platform) == 1


def _block(block: Block, selected: tuple[Metric, ...]) -> Iterator[str]:
    """One platform's lines. What the platform does not report has no line: "—" would read as "nothing came of it"."""
    if block.missing:
        yield f"_Sem números de {formatting.short_days(block.missing)}_"
    known = [metric for metric in selected if metrics.is_known(block.now, metric)]
    primary = [metric for metric in known if metric in metrics.PRIMARY]
    secondary = [metric for metric in known if metric in metrics.SECONDARY]
    if primary:
        yield LINE
        yield from (_line(block, metric) for metric in primary)
    if secondary:
        yield LINE
        yield "_Outros indicadores:_"
        yield from (_line(block, metric) for metric in secondary)


def _line(block: Block, metric: Metric) -> str:
    return f"{EMOJI[metric]} {metric.label}: *{shown(block.now, metric, block.currency)}*"


def _comparison(data: ReportData) -> list[str]:
    lines = []
    for metric in data.metrics:
        for block in data.blocks:
            before = metrics.value(block.before, metric) if block.before else None
            change = metrics.change(metrics.value(block.now, metric), before)
            if change is not None:
                lines.append(f"• {_compared_label(metric, block, data)}: {formatting.signed_percent(change)}")
    if not lines:
        return ["_Comparativo indisponível (sem base anterior)_"]
    return [f"_Comparado ao período anterior{_base_named(data)}:_", *lines]


def _base_named(data: ReportData) -> str:
    """The month that a month is compared with, where it need not have as many days."""
    if data.base is None or not data.base.is_whole_month or data.days.first.day != 1:
        return ""
    same_length_by_chance = data.base.count == data.days.count and not data.days.is_whole_month
    return "" if same_length_by_chance else f" ({formatting.month(data.base.first)})"


def _compared_label(metric: Metric, block: Block, data: ReportData) -> str:
    if not _is_one_of_several(data):
        return metric.label
    return f"{metric.label} {_SHORT[block.platform]}" + ("" if _is_alone(block, data) else f" ({block.currency})")
