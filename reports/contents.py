"""Writes into a report's numbers what its settings say that it says: blocks, texts, names, goals. No query, no rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from reports import layout, objectives
from reports.goals import Goals
from reports.layout import Kind
from reports.metrics import Metric
from reports.models import ReportSettings
from reports.snapshot import ReportData


def written(data: ReportData, settings: ReportSettings) -> ReportData:
    """The same numbers, told as these settings have it. Their client's agency should be at hand."""
    shown = layout.shown(layout.read(settings.layout))
    return replace(
        data,
        agency=settings.client.agency.name,
        layout=shown,
        title=settings.title,
        text=settings.free_text,
        comment=settings.comment if Kind.COMMENT in shown else "",
        labels=labels_of(settings),
        goals=goals_of(settings),
    )


def labels_of(settings: ReportSettings) -> dict[Metric, str]:
    """What the settings' template calls the metrics that are shown."""
    names = objectives.template_of(settings.template).labels
    return {metric: name for metric, name in names.items() if metric.value in settings.metrics}


def goals_of(settings: ReportSettings) -> Goals:
    """The goals of the metrics that are shown; what cannot be read of them is left out."""
    known = ((name, _target(target)) for name, target in settings.goals.items() if name in settings.metrics)
    targets = {Metric(name): target for name, target in known if target is not None and name in Metric.values}
    return Goals(settings.goals_currency, targets) if targets else Goals()


def _target(stored: Any) -> Decimal | None:
    try:
        target = Decimal(str(stored))
    except InvalidOperation:
        return None
    return target if target.is_finite() and target > 0 else None
