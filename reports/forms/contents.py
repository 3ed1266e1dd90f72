"""The editor's fields of what a report says: blocks in their order, texts with variables, goals. They check what was
typed, and query nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from reports import formatting, layout, variables
from reports import metrics_cells as cells
from reports.layout import Kind
from reports.metric_words import MONEY
from reports.metrics import MAIN, OTHER, Metric
from reports.objectives import Objective, template_of

#: U+200D joins the parts of one emoji; the other invisible signs hide or turn around what stands beside them.
_KEPT, _INVISIBLE = "\n\u200d", frozenset({"Cc", "Cf", "Zl", "Zp"})
_MOST_SHOWN = 60
_MOST_TARGET = Decimal("999999999999")
_UNITS = {Metric.ROAS: "x", Metric.CTR: "%", Metric.LINK_CTR: "%", Metric.CONVERSION_RATE: "%"}
_COUNTS = frozenset(Metric) - MONEY - set(_UNITS) - {Metric.FREQUENCY}


class LayoutWidget(forms.Widget):
    """Check boxes named like the field, with hidden `<name>-order` inputs that say where each stands."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[list[Any]] | None:
        order = _listed(data, f"{name}-order")
        on = _listed(data, name)
        return [[kind, kind in on] for kind in order] if order else None

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-order" not in data


class LayoutField(forms.Field):
    """Stored as `layout.write` has it; the usual blocks as []."""

    widget = LayoutWidget

    def clean(self, value: Any) -> list[list[Any]]:
        blocks = layout.read(value)
        if layout.shown(blocks) == (Kind.FOOTER,):
            raise ValidationError("Deixe pelo menos um bloco ligado, além do rodapé.", code="empty")
        return [] if blocks == layout.read([]) else layout.write(blocks)

    def words(self, value: Any) -> str:
        """For a person who is told what is stored."""
        return ", ".join(kind.label for kind in layout.shown(layout.read(value)))


class WrittenField(forms.CharField):
    """What a gestor writes into the message: WhatsApp's markup and `{{ variables }}`, no invisible signs."""

    def __init__(self, *, usual: str = "", **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.usual = usual

    def to_python(self, value: Any) -> str:
        # Browsers send a line break as two signs and count it as one.
        text = str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")
        kept = (
            sign for sign in text if sign in "\n\u200d" or unicodedata.category(sign) not in ("Cc", "Cf", "Zl", "Zp")
        )
        return "\n".join(line.rstrip() for line in "".join(kept).split("\n")).strip()

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if problem := variables.problem(text):
            raise ValidationError(problem, code="variable")
        return "" if text == self.usual else text

    def prepare_value(self, value: Any) -> Any:
        return self.usual if value == "" and self.usual else value

    def words(self, value: Any) -> str:
        text = " ".join(str(value or self.usual).split())
        return (text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…") or "nada"


class Typed(str):
    """A figure as a person typed it, as against one that is stored."""

    __slots__ = ()


class GoalsWidget(forms.Widget):
    """One input for each metric, named `<name>-<metric>`."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str] | None:
        typed = {metric.value: data.get(f"{name}-{metric.value}") for metric in Metric}
        return {metric: Typed(text) for metric, text in typed.items() if text and text.strip()}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


class GoalsField(forms.Field):
    """Decimal text by metric; `currency` is that of the money in it."""

    widget = GoalsWidget
    currency = "BRL"

    def clean(self, value: Any) -> dict[str, str]:
        goals: dict[str, str] = {}
        problems: list[str] = []
        for name, text in (value or {}).items():
            try:
                goals[name] = format(self._read(Metric(name), text).normalize(), "f")
            except cells.CellError as error:
                problems.append(str(error))
        if problems:
            raise ValidationError(problems)
        return goals

    def _read(self, metric: Metric, text: str) -> Decimal:
        label, cell = f"Meta de {metric.label}:", cells.tidy(text)
        if unit := _UNITS.get(metric):
            cell = cell.removesuffix(unit).strip()
        number: Decimal | int | None
        if metric in _COUNTS:
            number = cells.read_whole(int(_MOST_TARGET))(label, cell)
        else:
            amount = cells.read_money(label, cell) if metric in MONEY else cells.read_parts(label, cell)
            if amount and amount.currency and amount.currency != self.currency:
                raise cells.CellError(f"{label} está em {amount.currency}, e as metas são em {self.currency}.")
            number = amount.value if amount else None
        if not number or number > _MOST_TARGET:
            raise cells.CellError(f"{label} escreva um número maior que zero.")
        return Decimal(number)

    def prepare_value(self, value: Any) -> dict[str, str]:
        """As typed, or what is stored in Brazilian figures."""
        return {name: shown_target(name, text) for name, text in (value or {}).items() if name in Metric.values}

    def words(self, value: Mapping[str, str]) -> str:
        told = [
            f"{Metric(name).label} {shown_target(name, text)}" for name, text in value.items() if name in Metric.values
        ]
        return ", ".join(told) or "nenhuma"


def shown_target(name: str, stored: str) -> str:
    """`2.500,00`, `120`: a stored target as a person would type it; what a person typed stays as it is."""
    try:
        target = None if isinstance(stored, Typed) else Decimal(stored)
    except ArithmeticError:
        target = None
    if target is None:
        return stored
    return formatting.count(target) if Metric(name) in _COUNTS else formatting.ratio(target)


def too_long(length: int) -> str:
    """Why a message of so many characters is not saved."""
    return (
        f"A mensagem teria {formatting.count(length)} caracteres; o máximo é {formatting.count(layout.MOST_MESSAGE)}. "
        "Encurte o texto livre ou mostre menos métricas."
    )


# --- Order ------------------------------------------------------------------------------------------------------------


def in_groups(chosen: Iterable[str]) -> list[str]:
    """Metrics as they are sent: group by group, in the order in which they stand in it."""
    chosen = list(dict.fromkeys(chosen))
    return [name for group in (MAIN, OTHER) for name in chosen if name in {metric.value for metric in group}]


def drawn_order(data: Any, name: str) -> list[str]:
    """In which order the page that sent this had drawn a list; empty where it sent none."""
    return _listed(data, f"{name}-order")


def metric_order(chosen: Iterable[str], drawn: Iterable[str]) -> list[Metric]:
    """All metrics as the list shows them: as it was drawn, or with those that are not chosen in their usual places."""
    order = [Metric(name) for name in (list(drawn) or in_groups(chosen)) if name in Metric.values]
    main = layout.complete([metric for metric in order if metric in MAIN], MAIN)
    return main + layout.complete([metric for metric in order if metric in OTHER], OTHER)


# --- Buttons that change the form and store nothing ------------------------------------------------------------------


def changed(data: QueryDict, prefix: str) -> QueryDict:
    """The form as a button leaves it: `use` fills it with the template of `use-which`, `move` is `metrics:cpa:up`, of
    blocks `layout:comment:down`. Without either, or with one that makes no sense, the form as it is."""
    data = data.copy()
    which, parts = str(data.get("use-which", "")), str(data.get("move", "")).split(":")
    if "use" in data and which in Objective.values:
        _use(data, prefix, which)
    if len(parts) == 3:
        _move(data, prefix, *parts)
    return data


def _use(data: QueryDict, prefix: str, name: str) -> None:
    template = template_of(name)
    data[f"{prefix}-template"] = name
    data.setlist(f"{prefix}-metrics", in_groups(metric.value for metric in template.metrics))
    data.setlist(f"{prefix}-metrics-order", [])
    data.setlist(f"{prefix}-layout", [kind.value for kind in layout.shown(template.layout)])
    data.setlist(f"{prefix}-layout-order", [kind.value for kind, _ in template.layout])


def _move(data: QueryDict, prefix: str, name: str, what: str, way: str) -> None:
    """Past the next one that is sent: between the two, what is not may stand anywhere."""
    if name not in ("metrics", "layout"):
        return
    order, on = data.getlist(f"{prefix}-{name}-order"), set(data.getlist(f"{prefix}-{name}"))
    groups = [[metric.value for metric in group] for group in (MAIN, OTHER)] if name == "metrics" else [Kind.values]
    group = next((group for group in groups if what in group), [])
    row = [each for each in order if each in group and (each == what or each in on or name == "layout")]
    if what not in row or what == Kind.FOOTER:
        return
    place = row.index(what) + (-1 if way == "up" else 1)
    if 0 <= place < len(row) and row[place] != Kind.FOOTER:
        target = order.index(row[place])
        order.remove(what)
        order.insert(target, what)
        data.setlist(f"{prefix}-{name}-order", order)
        data.setlist(
            f"{prefix}-{name}", sorted(on, key=lambda each: order.index(each) if each in order else len(order))
        )


def _listed(data: Any, name: str) -> list[str]:
    found = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
    return [found] if isinstance(found, str) else list(found)
