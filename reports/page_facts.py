"""What a report's public page says beside its numbers: when and as what it was sent, and whom to ask. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from agency.models import Agency, Membership
from agency.templatetags.ui_words import days_range
from connections.models import Message, WhatsAppConnection
from reports.models import Report
from reports.periods import Days

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """`at` is None while no text of it has left; `references` are those of all its recipients' texts, without `#`."""

    at: datetime | None
    references: list[str]

    @property
    def named(self) -> str:
        """`#K7F3QX, #K7F3QY e mais 2`"""
        first, more = self.references[:_MOST_NAMED], len(self.references[_MOST_NAMED:])
        return ", ".join(f"#{reference}" for reference in first) + (f" e mais {more}" if more else "")


@dataclass(frozen=True, slots=True)
class Contact:
    """`whatsapp` is the address that opens a chat with the agency's number, or "" where it has none."""

    name: str
    is_person: bool
    whatsapp: str


def sent(report: Report) -> Sent:
    texts = Message.objects.filter(subject=report.subject, file_name="")
    rows = texts.order_by("created_at", "reference")
    found = list(rows.values_list("sent_at", "reference"))
    times = [at for at, _ in found if at is not None]
    return Sent(min(times, default=None), [reference for _, reference in found])


def contact(agency: Agency, days: Days) -> Contact:
    """The agency's one person by the first name; the agency itself where several work there."""
    people = list(Membership.objects.filter(agency=agency).values_list("user__name", flat=True)[:2])
    names = people[0].split() if len(people) == 1 else []
    phones = WhatsAppConnection.objects.filter(agency=agency, client=None).values_list("phone", flat=True)
    return Contact(names[0] if names else agency.name, bool(names), _chat(phones.first() or "", days))


def _chat(phone: str, days: Days) -> str:
    """https://faq.whatsapp.com/5913398998672934 (click to chat: digits only, with the country's code)."""
    asked = f"Olá! Tenho uma dúvida sobre o relatório de {days_range(days.first, days.last)}."
    return f"https://wa.me/{phone.removeprefix('+')}?text={quote(asked)}" if phone else ""
