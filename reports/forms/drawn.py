"""What the editor's page was drawn from, as one short word, and how what is stored differs from what was typed.

Two people, or two tabs, may have the editor open: the later one to save must not write older values over newer ones.
Compares rows and forms that it is given; asks no database and writes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.forms import BaseInlineFormSet, Field
from django.forms.formsets import DELETION_FIELD_NAME

from agency.models import Client
from agency.phones import show_phone
from reports.models import Recipient, ReportSettings

#: What the page shows and writes; what a run moves on by itself (its next time, its last problem) is not among it.
SETTINGS = (
    *("active", "frequency", "weekdays", "week_of", "day_of_month", "time_of_day", "skip_holidays", "when_closed"),
    *("period", "compare", "metrics", "conversion_family", "blend"),
    *("with_chart", "with_pdf", "with_page"),
)
RECIPIENT = ("name", "phone", "gets_reports", "gets_alerts", "via_agency")

Recipients = BaseInlineFormSet[Recipient, Client, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of what is stored and is not what was typed: `Hora: 09:00`."""

    what: str
    stored: str


def digest(settings: ReportSettings, rows: Iterable[Recipient]) -> str:
    """Stands for all that a page of these rows shows: equal as long as nobody has changed any of it."""
    shown = [
        [getattr(settings, name) for name in SETTINGS],
        sorted([row.pk, *(getattr(row, name) for name in RECIPIENT)] for row in rows),
    ]
    return hashlib.sha256(json.dumps(shown, default=str).encode()).hexdigest()


def is_stored(
    typed: Mapping[str, Any], recipients: Recipients, settings: ReportSettings, rows: list[Recipient]
) -> bool:
    """Whether saving would change nothing: a double click, or a page that was saved before and is saved again."""
    wanted = [_typed_row(form) for form in recipients.forms if not _is_left_out(form)]
    if None in wanted or any(name not in typed or typed[name] != getattr(settings, name) for name in SETTINGS):
        return False
    return sorted(row for row in wanted if row) == sorted(_row(row) for row in rows)


def differences(
    typed: Mapping[str, Any],
    fields: Mapping[str, Field],
    recipients: Recipients | None,
    settings: ReportSettings,
    rows: list[Recipient],
) -> list[Difference]:
    """Where what is stored is not what was typed, in the order of the page; without `recipients`, of the settings."""
    found = [
        Difference(str(fields[name].label), _shown(fields[name], getattr(settings, name)))
        for name in SETTINGS
        if name in typed and typed[name] != getattr(settings, name)
    ]
    if recipients is not None:
        forms = {form.instance.pk: form for form in recipients.initial_forms}
        for row in rows:
            form = forms.get(row.pk)
            if form is None or (not _is_left_out(form) and _typed_row(form) != _row(row)):
                found.append(Difference(row.name, _whom(row)))
    return found


def is_removed(form: Any) -> bool:
    """Whether the person ticked that this row goes."""
    return bool(getattr(form, "cleaned_data", {}).get(DELETION_FIELD_NAME))


def _is_left_out(form: Any) -> bool:
    """Removed, or an empty row that nobody has typed into."""
    return is_removed(form) or (form.empty_permitted and not form.has_changed())


def _typed_row(form: Any) -> tuple[Any, ...] | None:
    """None where something of it was not understood."""
    cleaned = getattr(form, "cleaned_data", {})
    return tuple(cleaned[name] for name in RECIPIENT) if all(name in cleaned for name in RECIPIENT) else None


def _row(row: Recipient) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in RECIPIENT)


def _whom(row: Recipient) -> str:
    gets = [word for word, wanted in (("relatórios", row.gets_reports), ("alertas", row.gets_alerts)) if wanted]
    parts = [show_phone(row.phone), " e ".join(gets) or "não recebe nada"]
    return ", ".join([*parts, "pelo número da agência"] if row.via_agency else parts)


def _shown(field: Field, value: Any) -> str:
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    labels = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    if isinstance(value, date):
        value = field.prepare_value(value)
    chosen = value if isinstance(value, list | tuple) else [value]
    return ", ".join(labels.get(str(one), str(one)) for one in chosen) or "nada"
