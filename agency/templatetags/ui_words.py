"""Figures, times and phrases as pages say them, in pt-BR. Pure: what is unknown says nothing.

Those in FILTERS are filters of `{% load ui %}`, the others its tags.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from agency.forms import BRAZILIAN_ZONES
from agency.phones import forms_of, show_phone
from agency.text import initials as initials_of

WEEKDAYS = ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo")
MONTHS = (
    *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
    *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
)


def phone(e164: Any) -> str:
    return show_phone(e164) if e164 else ""


def same_phone(one: Any, other: Any) -> bool:
    """Whether two stored numbers are one phone, with or without Brazil's ninth digit."""
    return bool(one and other) and str(one) in forms_of(str(other))


def initials(name: Any) -> str:
    return initials_of(str(name or ""))


def brl(amount: Any) -> str:
    """`R$ 1.234,56`; nothing where the amount is unknown, which is never zero."""
    return money(amount, "BRL")


def money(amount: Any, currency: str) -> str:
    """An amount in the currency of its account: `R$ 1.234,56`, `USD 1.234,56`."""
    if not isinstance(amount, Decimal | int):
        return ""
    digits = f"{abs(amount):,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{'-' if amount < 0 else ''}{'R$' if currency == 'BRL' else currency} {digits}"


def zone_of(place: Any) -> ZoneInfo:
    """The zone of what a template passes: a zone, its name, or something that has one (a client, an agency)."""
    if isinstance(place, ZoneInfo):
        return place
    zone = getattr(place, "zone", None) or getattr(place, "time_zone", None) or place
    return (
        zone
        if isinstance(zone, ZoneInfo)
        else ZoneInfo(str(zone))
        if zone
        else ZoneInfo(timezone.get_default_timezone_name())
    )


def zone_name(zone: Any) -> str:
    """`Brasília` for America/Sao_Paulo; a zone outside Brazil keeps its own name."""
    return dict(BRAZILIAN_ZONES).get(str(zone), str(zone))


def _day_month(day: date, today: date) -> str:
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {MONTHS[day.month - 1][:3]}{year}"


def _day(day: date, today: date) -> str:
    """hoje, ontem, amanhã, the weekday of one of the next six days, or `17 nov`."""
    distance = (day - today).days
    near = {0: "hoje", -1: "ontem", 1: "amanhã"}.get(distance)
    if near:
        return near
    return WEEKDAYS[day.weekday()][:3] if 1 < distance < 7 else _day_month(day, today)


def when(moment: Any, place: Any = None) -> str:
    """`hoje 14:00`, `ontem 14:01`, `qua 08:30` (to come), `17 nov 08:31`, in the zone of `place`."""
    if not isinstance(moment, datetime):
        return ""
    zone = zone_of(place)
    local = moment.astimezone(zone)
    return f"{_day(local.date(), timezone.now().astimezone(zone).date())} {local.hour:02}:{local.minute:02}"


def full_when(moment: Any, place: Any = None) -> str:
    """`segunda, 30 nov, 08:00`, in the zone of `place`."""
    if not isinstance(moment, datetime):
        return ""
    zone = zone_of(place)
    local, today = moment.astimezone(zone), timezone.now().astimezone(zone).date()
    weekday = WEEKDAYS[local.weekday()].removesuffix("-feira")
    return f"{weekday}, {_day_month(local.date(), today)}, {local:%H:%M}"


def since(moment: Any, place: Any = None) -> str:
    """`desde 07:42` for today, `desde ontem 07:42`, `desde 17 nov`."""
    if not isinstance(moment, datetime):
        return ""
    zone = zone_of(place)
    local, today = moment.astimezone(zone), timezone.now().astimezone(zone).date()
    distance = (today - local.date()).days
    if distance == 0:
        return f"desde {local:%H:%M}"
    return f"desde ontem {local:%H:%M}" if distance == 1 else f"desde {_day_month(local.date(), today)}"


def at(moment: Any, place: Any = None) -> str:
    """`às 09:31` for today, `ontem 22:10`, `17 nov 08:31`: the end of a sentence."""
    shown = when(moment, place)
    return f"às {shown.removeprefix('hoje ')}" if shown.startswith("hoje ") else shown


def clock(moment: Any, place: Any = None) -> str:
    """`09:31`, in the zone of `place`."""
    return f"{moment.astimezone(zone_of(place)):%H:%M}" if isinstance(moment, datetime) else ""


def short_date(moment: Any, place: Any = None) -> str:
    """`03/02` of this year, `03/02/2028` of another, in the zone of `place`."""
    if not isinstance(moment, datetime):
        return ""
    zone = zone_of(place)
    local, today = moment.astimezone(zone), timezone.now().astimezone(zone).date()
    return f"{local:%d/%m}" if local.year == today.year else f"{local:%d/%m/%Y}"


def stamp(moment: Any, place: Any = None) -> str:
    """`23/11/2026 às 08:00`, in the zone of `place`: for what is read long afterwards."""
    return f"{moment.astimezone(zone_of(place)):%d/%m/%Y às %H:%M}" if isinstance(moment, datetime) else ""


def ago(moment: Any) -> str:
    """`agora`, `há 5 min`, `há 3 h`, `há 12 dias`, `há 3 meses`, `há 2 anos`."""
    if not isinstance(moment, datetime):
        return ""
    passed = max(timezone.now() - moment.astimezone(UTC), timedelta(0))  # a lazy datetime cannot be subtracted as it is
    minutes, days = int(passed.total_seconds() // 60), passed.days
    if minutes < 1:
        return "agora"
    if minutes < 60:
        return f"há {minutes} min"
    if days < 1:
        return f"há {minutes // 60} h"
    if days < 60:
        return f"há {days} dia{'s' if days > 1 else ''}"
    if days < 365:
        return f"há {days // 30} meses"
    years = days // 365
    return f"há {years} ano{'s' if years > 1 else ''}"


def today_line(place: Any = None) -> str:
    """`Terça-feira, 24 de novembro, 09:43`."""
    now = timezone.now().astimezone(zone_of(place))
    return f"{WEEKDAYS[now.weekday()].capitalize()}, {now.day} de {MONTHS[now.month - 1]}, {now:%H:%M}"


def elapsed_of_45(seconds_left: Any) -> int:
    """Where the ring of a QR Code's 45 seconds stands."""
    return 45 - min(max(int(seconds_left or 0), 0), 45)


def spelled(code: Any) -> str:
    """A code letter by letter, for who hears it."""
    return " ".join(str(code or ""))


def whatsapp(text: Any) -> SafeString:
    """A message as WhatsApp shows it: `*bold*` and `_italic_`; everything else of it is escaped."""
    shown = str(escape(str(text or "")))
    shown = re.sub(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])", r"<b>\1</b>", shown)
    shown = re.sub(r"(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])", r"<i>\1</i>", shown)
    return mark_safe(shown)  # noqa: S308 (escaped above)


def days_range(first: Any, last: Any) -> str:
    """`16 a 22 nov`, `30 nov a 6 dez`, or `22 nov` for one day."""
    if not isinstance(first, date) or not isinstance(last, date):
        return ""
    end = f"{last.day} {MONTHS[last.month - 1][:3]}"
    if first == last:
        return end
    start = (
        str(first.day)
        if (first.year, first.month) == (last.year, last.month)
        else f"{first.day} {MONTHS[first.month - 1][:3]}"
    )
    return f"{start} a {end}"


FILTERS = (
    phone,
    same_phone,
    initials,
    brl,
    money,
    when,
    full_when,
    since,
    at,
    clock,
    short_date,
    stamp,
    ago,
    spelled,
    whatsapp,
    days_range,
    zone_name,
)
