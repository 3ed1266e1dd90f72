"""The reports that clients receive: their one renderer. Pure; asks no database and sends nothing.

WhatsApp's markup: https://faq.whatsapp.com/539178204879377 (`*bold*`, `_italic_`, `~struck~`, `` `code` ``).
"""

from __future__ import annotations

from collections.abc import Iterator

from agency.text import plain
from reports import formatting, layout, metrics, variables
from reports.choices import Platform
from reports.layout import Kind
from reports.metric_words import EMOJI, label, shown
from reports.metrics import Metric
from reports.snapshot import Block, ReportData, Uncovered
from reports.verdict import Verdict, verdict

LINE = "━" * 15
#: Stands where the reference will be, in a text that is shown before it is sent.
NO_REFERENCE = "······"
_LIGHTS = {Verdict.GOOD: "🟢", Verdict.POOR: "🔴"}

_SHORT = {Platform.META: "Meta", Platform.GOOGLE: "Google", None: "total"}
_METRIC_VARIABLES = {
    "investimento": Metric.SPEND,
    "resultados": Metric.CONVERSIONS,
    "receita": Metric.REVENUE,
    "roas": Metric.ROAS,
    "leads": Metric.LEADS,
    "mensagens": Metric.MESSAGES,
}
_BLENDED = " + ".join(platform.label for platform in Platform)


def report_text(data: ReportData, reference: str = NO_REFERENCE, *, link: str = "") -> str:
    """The whole message of a report, with its reference (without `#`) in the last line.

    `link` is the address of the report's page, for `{{ link }}`, or for a line of its own where nobody wrote that;
    without one, a line with that variable is left out.
    """
    lines: list[str] = []
    before: Kind | None = None
    for kind in _order(data):
        block = _written(kind, data, reference, link)
        if not block:
            continue
        if lines and not _is_joined(before, kind, data):
            lines.append("")
        if kind is Kind.FOOTER and link and not any(link in line for line in lines):
            lines += [f"🔗 Relatório completo: {link}", ""]
        lines += block
        before = kind
    return "\n".join(lines)


def _order(data: ReportData) -> Iterator[Kind]:
    """The footer is always there and always last; a comment never gets lost."""
    yield from (kind for kind in data.layout if kind is not Kind.FOOTER)
    if Kind.COMMENT not in data.layout:
        yield Kind.COMMENT
    yield Kind.FOOTER


def _is_joined(before: Kind | None, kind: Kind, data: ReportData) -> bool:
    """Whether no empty line stands between two blocks: what is said of the account, and its numbers' own line."""
    if kind is Kind.VERDICT:
        return before is Kind.HEADER
    return kind is Kind.NUMBERS and before in (Kind.HEADER, Kind.VERDICT) and not _is_one_of_several(data)


def _written(kind: Kind, data: ReportData, reference: str, link: str) -> list[str]:
    match kind:
        case Kind.TITLE:
            return written(data.title or layout.TITLE, data, link)
        case Kind.HEADER:
            return [f"Conta: *{plain(data.client)}*", f"Período: {formatting.days(data.days)}"]
        case Kind.VERDICT:
            return _verdict(data)
        case Kind.NUMBERS:
            return _numbers(data)
        case Kind.COMPARISON:
            return _comparison(data) if data.base is not None else []
        case Kind.COMMENT:
            return written(data.comment, data, link)
        case Kind.TEXT:
            return written(data.text, data, link)
        case Kind.FOOTER:
            return [f"_Relatório automático • Adscape • #{reference}_"]


def written(text: str, data: ReportData, link: str = "") -> list[str]:
    """The lines of what the gestor wrote, with its variables filled in; none where nothing is left of it."""
    if not text.strip():
        return []
    if not variables.uses(text):
        return text.split("\n")
    lines = variables.render(text, _values(data), link)
    return lines if "".join(lines).strip() else []


def _values(data: ReportData) -> dict[str, str]:
    return {
        "cliente": data.client,
        "agencia": data.agency,
        "periodo": formatting.days(data.days),
        "comparacao": formatting.days(data.base) if data.base else "",
        **{name: _everywhere(metric, data) for name, metric in _METRIC_VARIABLES.items()},
    }


def _everywhere(metric: Metric, data: ReportData) -> str:
    """A metric's value; platform by platform where the report does not sum them. Unknown is left out."""
    blocks = (data.blended,) if data.blended else data.blocks
    known = [block for block in blocks if metrics.is_known(block.now, metric)]
    if len(blocks) == 1:
        return "".join(shown(block.now, metric, block.currency) for block in known)
    return ", ".join(f"{shown(block.now, metric, block.currency)} ({_whose(block, data)})" for block in known)


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


def _numbers(data: ReportData) -> list[str]:
    lines: list[str] = []
    for block in data.blocks:
        if _is_one_of_several(data):
            lines += ["", f"*{heading(block, data)}*"]
        lines += _block(block, data)
    for uncovered in data.uncovered:
        lines += ["", f"*{heading(uncovered, data)}*", f"_Sem números de {formatting.short_days(data.days.each)}_"]
    return lines[1:] if lines and not lines[0] else lines


def _block(block: Block, data: ReportData) -> Iterator[str]:
    """One platform's lines. What the platform does not report has no line: "—" would read as "nothing came of it"."""
    if block.missing:
        yield f"_Sem números de {formatting.short_days(block.missing)}_"
    known = [metric for metric in data.metrics if metrics.is_known(block.now, metric)]
    main = [metric for metric in known if metric in metrics.MAIN]
    other = [metric for metric in known if metric in metrics.OTHER]
    if main:
        yield LINE
        yield from (_line(block, metric, data) for metric in main)
    if other:
        yield LINE
        yield "_Outros indicadores:_"
        yield from (_line(block, metric, data) for metric in other)


def _line(block: Block, metric: Metric, data: ReportData) -> str:
    value = shown(block.now, metric, block.currency)
    line = f"{EMOJI[metric]} {label(metric, data.labels, block.now)}: *{value}*"
    mark = data.mark(metric, block)
    return f"{line} {mark}" if mark else line


def _comparison(data: ReportData) -> list[str]:
    lines = []
    for metric in data.metrics:
        for block in data.blocks:
            change = metrics.change_of(metric, block.now, block.before)
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
    name = data.labels.get(metric, metric.label)
    return f"{name} {_whose(block, data)}" if _is_one_of_several(data) else name


def _whose(block: Block, data: ReportData) -> str:
    return _SHORT[block.platform] + ("" if _is_alone(block, data) else f" ({block.currency})")
