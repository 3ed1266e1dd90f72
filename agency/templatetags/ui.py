"""What pages share: icons, the words and marks for states, money, times and form fields.

Reads what templates hand over and compares strings: it imports neither connections nor reports, runs no query of its
own, and never guesses: what is unknown shows nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags import heroicons

from agency.fields import PhoneFormField
from agency.templatetags import ui_words
from agency.templatetags.ui_states import State, state_of_connection, state_of_message

register = template.Library()

FULL_BAR_DAYS = 14  # a balance bar is full when the budget lasts two weeks
NEAR_LIMIT_DAYS = 2  # this close to the alert's threshold the bar turns amber

# Platform marks and delivery ticks are our own drawings, in ink: brands' colours are not ours to use.
_OWN = {
    "meta": (
        '<svg class="{}" viewBox="0 0 16 16" aria-hidden="true"><path d="M1.6 10.2c0-3.4 1.5-6 3.4-6 2.3 0 3.7 3.1 5 '
        "5.3 1 1.6 1.7 2.3 2.7 2.3 1.1 0 1.7-.8 1.7-2.2 0-3-1.5-5.4-3.3-5.4-2.3 0-3.7 3-5.1 5.4C5 11.2 4.3 11.9 3.4 "
        '11.9 2.3 11.9 1.6 11.3 1.6 10.2Z" fill="none" stroke="currentColor" stroke-width="1.7"/></svg>'
    ),
    "google": (
        '<svg class="{}" viewBox="0 0 16 16" aria-hidden="true"><path d="M6.1 3.4 2.7 10.1M9 3.6l3.9 7.1" fill="none" '
        'stroke="currentColor" stroke-width="3.2" stroke-linecap="round"/><circle cx="3.1" cy="11.4" r="2.1" '
        'fill="currentColor"/></svg>'
    ),
    "tick": (
        '<svg class="{}" viewBox="0 0 16 14" aria-hidden="true"><path d="m3.5 7.2 3 3 6.2-6.4" fill="none" '
        'stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    ),
    "ticks": (
        '<svg class="{}" viewBox="0 0 16 14" aria-hidden="true"><path d="m1.2 7.2 3 3 6.2-6.4M7.6 9.3l.9.9 6.3-6.4" '
        'fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    ),
    "logo": (
        '<svg class="{}" viewBox="0 0 28 28" aria-hidden="true"><rect class="fill-primary" width="28" height="28" '
        'rx="7"/><path class="stroke-primary-content" d="M5 20.5c3.6 0 4.3-8 8-8 3.3 0 3.4 5 6 5 1.7 0 2.6-1.7 4-1.7" '
        'fill="none" stroke-width="2.2" stroke-linecap="round"/><circle class="fill-primary-content" cx="19.5" cy="9" '
        'r="2.3"/></svg>'
    ),
}
_STYLES = {
    "micro": heroicons.heroicon_micro,
    "mini": heroicons.heroicon_mini,
    "outline": heroicons.heroicon_outline,
}


@register.simple_tag
def icon(name: str, classes: str = "size-4 shrink-0", style: str = "micro") -> SafeString:
    """An inline SVG that says nothing to a screen reader: one of ours, or a heroicon (micro, mini or outline)."""
    return _drawn(str(name), str(classes), str(style))


@cache
def _drawn(name: str, classes: str, style: str) -> SafeString:
    """Drawn once: a page of cards shows the same twenty icons hundreds of times. Only templates give arguments."""
    if name in _OWN:
        return format_html(_OWN[name], classes)
    return mark_safe(_STYLES[style](name, size=None, **{"class": classes}))  # noqa: S308 (the package's own files)


@register.simple_tag
def logo(agency: Any, most_width: int, most_height: int) -> SafeString:
    """The logo of an agency that has one, as large as fits in so many pixels; one that is not wide gets a square.

    Its size stands in the page, so that nothing moves when the picture comes.
    """
    kept = agency.logo
    is_wide = kept.width > kept.height
    part = min(most_width / kept.width, most_height / kept.height)
    width, height = (round(kept.width * part), max(1, round(kept.height * part))) if is_wide else (most_height,) * 2
    look = f"logo logo-{kept.ground}{'' if is_wide else ' aspect-square'}"
    return _logo_drawn(look, kept.address, width, height, agency.name)


@lru_cache(maxsize=1000)
def _logo_drawn(look: str, address: str, width: int, height: int, name: str) -> SafeString:
    return format_html(
        '<img class="{}" src="{}" width="{}" height="{}" alt="Logo de {}">', look, address, width, height, name
    )


# --- States: always icon and word ---------------------------------------------------------------------------------


@register.simple_tag
def connection_state(
    connection: Any, client: Any = None, agency_connection: Any = None, gateway_down_since: Any = None
) -> State:
    """The state of a client's number (or, without a client, of the agency's); prints itself, or is kept by `as`."""
    return state_of_connection(connection, client, agency_connection, gateway_down_since)


@register.simple_tag
def message_state(message: Any) -> State | str:
    return state_of_message(message) if message else ""


@register.simple_tag
def state(word: str, icon_name: str, tone: str) -> State:
    """A state outside the two vocabularies above, in the same shape; `tone` is ok, wait, warn, bad or off."""
    return State(word, icon_name, tone)


for words in ui_words.FILTERS:
    register.filter(words.__name__, words)
register.simple_tag(ui_words.today_line)
register.simple_tag(ui_words.elapsed_of_45)


# --- Balance ------------------------------------------------------------------------------------------------------


@register.simple_tag
def most_urgent(accounts: Iterable[Any]) -> Any:
    """The ad account that a card with room for one should show: low first, then the one that ends soonest."""

    def urgency(account: Any) -> tuple[bool, bool, int]:
        days = account.days_left
        return (not account.is_low, account.balance is None, FULL_BAR_DAYS * 100 if days is None else days)

    return min(accounts, key=urgency, default=None)


@register.simple_tag
def balance_bar(account: Any) -> dict[str, Any] | None:
    """What `ui/balance_bar.html` draws: widths in percent of the bar, and the sentence beside it.

    None where the balance or the pace of spending is unknown: then there is no bar.
    """
    days = account.days_left
    if account.balance is None or days is None:
        return None
    limit_days = None if account.alert_days is None else float(account.alert_days)
    near = limit_days is not None and days - limit_days <= NEAR_LIMIT_DAYS
    ends = account.ends_words
    if 0 < days <= FULL_BAR_DAYS:
        ends = f"{ends} ({account.ends_weekday})"
    label = f"Verba para cerca de {days} dia{'' if days == 1 else 's'}"
    if limit_days is not None:
        label += f"; o alerta dispara com {round(limit_days)}"
    return {
        "ends": ends,
        "label": label,
        "tone": "days-low" if account.is_low else "days-warn" if near else "",
        "fill": _percent(days),
        "limit": None if limit_days is None else _percent(limit_days),
    }


def _percent(days: float) -> str:
    """Of the bar's length, as SVG wants it: with a point whatever the page's language."""
    return f"{min(max(days, 0), FULL_BAR_DAYS) / FULL_BAR_DAYS * 100:.1f}"


# --- Forms --------------------------------------------------------------------------------------------------------


@register.simple_tag
def form_token() -> str:
    """A new value for a form that must not be obeyed twice: a second click sends the same one."""
    return str(uuid.uuid4())


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, label: str = "", help_text: str = "") -> dict[str, Any]:
    """A form field with its label, help and errors, tied together for a screen reader.

    A telephone that was understood is echoed in the form that is stored, so that a wrong country or area shows.
    """
    help_text = help_text or str(bound.help_text or "")
    described = [f"{bound.auto_id}-error"] if bound.errors else []
    described += [f"{bound.auto_id}-help"] if help_text else []
    kind = _kind(bound.field.widget)
    attrs: dict[str, str | bool] = {"class": _CLASSES[kind]}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "kind": kind,
        "control": bound.as_widget(attrs=attrs) if kind != "choices" else "",
        "drawn_with": bound.as_hidden(only_initial=True) if bound.field.show_hidden_initial else "",
        "label": label or bound.label,
        "help": help_text,
        "optional": not bound.field.required and kind not in ("toggle", "choices"),
        "echo": _echo(bound),
    }


@register.simple_tag
def check(bound: BoundField) -> SafeString:
    """A check box alone, for a label that the page writes itself."""
    return bound.as_widget(attrs={"class": "checkbox checkbox-sm checkbox-primary"})


@register.simple_tag
def bare(bound: BoundField) -> SafeString:
    """A control alone, tied to its errors, for a label that the page writes itself."""
    attrs: dict[str, str | bool] = {"class": _CLASSES[_kind(bound.field.widget)]}
    if bound.errors:
        attrs |= {"aria-describedby": f"{bound.auto_id}-error", "aria-invalid": "true"}
    return bound.as_widget(attrs=attrs)


@register.simple_tag
def toggle(bound: BoundField) -> SafeString:
    """A switch alone, for a label that the page writes itself."""
    return bound.as_widget(attrs={"class": _CLASSES["toggle"]})


_CLASSES = {
    "text": "input h-9 w-full max-sm:h-11",
    "select": "select h-9 w-full max-sm:h-11",
    "long": "textarea w-full",
    "toggle": "toggle toggle-sm toggle-primary",
    "choices": "",
}


def _kind(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return "toggle"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.Select):
        return "select"
    return "long" if isinstance(widget, forms.Textarea) else "text"


def _echo(bound: BoundField) -> str:
    if not isinstance(bound.field, PhoneFormField):
        return ""
    if bound.form.is_bound:
        return str(getattr(bound.form, "cleaned_data", {}).get(bound.name) or "")
    return str(bound.initial or "")
