"""What the cards of many clients have in common, drawn once each; `agency.templatetags.cards` puts it together."""

from __future__ import annotations

import html
import uuid
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from agency.phones import show_phone
from agency.templatetags.ui import FULL_BAR_DAYS
from agency.templatetags.ui_states import State
from agency.uptime_strip import Sign, runs, share_words

_PLATFORMS = {"meta": "Meta Ads", "google": "Google Ads"}
_STROKES = {Sign.PART: "p", Sign.DOWN: "d", Sign.UNKNOWN: "n"}
_NOBODY = uuid.UUID(int=0)


#: Names, reasons and times stand in many places of a page and on page after page.
_escape = lru_cache(maxsize=20_000)(html.escape)


def escaped(part: Any) -> str:
    """Django's `conditional_escape` without its care for lazy texts, which takes most of its time."""
    return part if type(part) is SafeString else _escape(str(part))


def html_of(frame: str, *parts: Any) -> SafeString:
    """Django's `format_html`, quicker by the same care: whatever is not safe already is escaped."""
    # Asked here: for two thousand parts a call of `escaped` costs more than the question.
    return SafeString(frame.format(*[part if type(part) is SafeString else escaped(part) for part in parts]))


@cache
def brief(state: State) -> SafeString:
    """`ui/state.html` in few bytes: icon and word, never a bare colour."""
    kind = "ticks" if state.is_message else "state"
    return html_of('<span class="{} is-{} i i-{}">{}</span>', kind, state.tone, state.icon, state.word)


@cache
def _around(name: str) -> tuple[str, str]:
    """What stands before and after a client's key in an address: resolving one takes longer than drawing a line.

    Relative to the page of all clients, the only one that shows cards and rows: two hundred times shorter by its path.
    """
    page = reverse("agency:client_list")
    before, _, after = reverse(name, args=[_NOBODY]).removeprefix(page).partition(str(_NOBODY))
    return html.escape(before), html.escape(after)


def address(name: str, pk: str) -> SafeString:
    before, after = _around(name)
    return SafeString(f"{before}{pk}{after}")


@lru_cache(maxsize=20_000)
def phone(e164: str) -> str:
    return show_phone(e164)


@lru_cache(maxsize=20_000)
def accounts_line(accounts: tuple[tuple[str, str], ...]) -> SafeString:
    if not accounts:
        return SafeString("Nenhuma conta de anúncio")
    parts = ((platform, _PLATFORMS[platform], name) for platform, name in accounts)
    return format_html_join("", '<span class="i i-{}" title="{}">{}</span>', parts)


@lru_cache(maxsize=20_000)
def platform_marks(accounts: tuple[tuple[str, str], ...]) -> SafeString:
    """The same in a row, which has room for the platforms only."""
    parts = ((platform, _PLATFORMS[platform], name, _PLATFORMS[platform]) for platform, name in accounts)
    return format_html_join("", '<span class="i i-{}" title="{}: {}"><span class="sr-only">{}</span></span>', parts)


@lru_cache(maxsize=20_000)
def note_line(level: str, cause: str, consequence: str) -> SafeString:
    more = f" {consequence}" if consequence else ""
    return html_of('<p class="note note-{}"><span><strong>{}</strong>{}</span></p>', level, cause, more)


@lru_cache(maxsize=20_000)
def why_line(cause: str, consequence: str) -> SafeString:
    return html_of('<small class=why title="{} {}">{}</small>', cause, consequence, cause)


@lru_cache(maxsize=20_000)
def uptime_line(days: str, share: int | None) -> SafeString:
    """A client's own number on each of thirty days, and in words. Green is the ground that the style sheet gives it;
    what was otherwise is drawn over that, so a month without trouble is its words alone. `share` in per mille."""
    if share is None:
        return SafeString("")
    paths = "".join(f"<path class={_STROKES[sign]} d={path} />" for sign, path in runs(days).items())
    drawn = f"<svg viewBox=0,0,30,1 aria-hidden=true>{paths}</svg>" if paths else ""
    return html_of("<dt>30 dias<dd class=up>{}{}", SafeString(drawn), share_words(Decimal(share) / 10))


@cache
def demo_mark() -> SafeString:
    return SafeString(render_to_string("ui/demo_mark.html").strip())


@cache
def bar_of(days: int, tone: str, limit: int | None) -> SafeString:
    """`ui/balance_bar.html` in whole days and few bytes; how long it lasts stands in words beside it. The style sheet
    draws it over what it says."""
    label = "Verba que resta" if limit is None else f"Alerta com {limit} dia{'' if limit == 1 else 's'}"
    where = "" if limit is None else f" l{min(limit, FULL_BAR_DAYS)}"
    looks = f"lasts d{min(days, FULL_BAR_DAYS)}{where} {tone}".strip()
    return html_of('<b class="{}">{}</b>', looks, label)
