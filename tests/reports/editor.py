"""The report editor as tests use it: a client with numbers, the form as the page draws it, what a person is told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Client
from reports.forms.editor import ReportForms
from reports.metrics import ALL
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_recipient, week

HTMX = {"HX-Request": "true"}
TOKEN = "0d2f4a1c-6a0e-4a52-9a47-0b7f6f0f2c11"


def make_ipe(agency: Agency) -> Client:
    """A client of the agency, with two weeks' numbers up to yesterday and one recipient."""
    client = make_client(agency=agency, name="Moda Ipê")
    yesterday = timezone.now().astimezone(client.zone).date() - timedelta(days=1)
    make_days(make_account(client=client, name="Ipê Loja"), week(yesterday, weeks=2))
    make_recipient(client, name="Beatriz", phone="+5511987650011")
    return client


def url(name: str, client: Client, *more: Any) -> str:
    return reverse(f"reports:{name}", args=[client.pk, *more])


def text(answer: Any) -> str:
    return str(answer.content.decode())


def toast(answer: Any) -> dict[str, str]:
    found: dict[str, str] = json.loads(answer["HX-Trigger"])["toast"]
    return found


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def settings_form(**typed: Any) -> dict[str, Any]:
    """The part about schedule and contents, with what a person typed over it; None: not sent."""
    data: dict[str, Any] = {
        "settings-active": "on",
        "settings-frequency": "daily",
        "settings-weekdays": ["0"],
        "settings-week_of": "2026-11-23",
        "settings-when_closed": "skip",
        "settings-day_of_month": "1",
        "settings-time_of_day": "09:00",
        "settings-period": "last_7_days",
        "settings-compare": "on",
        "settings-conversion_family": "purchases",
        "settings-template": "general",
        "settings-metrics": [metric.value for metric in ALL],
    }
    data |= {f"settings-{name}": value for name, value in typed.items()}
    return {name: value for name, value in data.items() if value is not None}


def form(client: Client, **typed: Any) -> dict[str, Any]:
    """The editor's whole form as it is drawn, with what a person typed over it."""
    recipients = list(client.recipients.all())
    data: dict[str, Any] = settings_form()
    data |= {"drawn": ReportForms(client).drawn}
    data |= {"recipients-TOTAL_FORMS": len(recipients) + 1, "recipients-INITIAL_FORMS": len(recipients)}
    for number, recipient in enumerate(recipients):
        data |= {
            f"recipients-{number}-id": recipient.pk,
            f"recipients-{number}-name": recipient.name,
            f"recipients-{number}-phone": recipient.phone,
            f"recipients-{number}-gets_reports": "on",
        }
    # The empty row at the end comes with its boxes ticked.
    spare = f"recipients-{len(recipients)}"
    data |= {f"{spare}-name": "", f"{spare}-phone": ""}
    data |= {f"{spare}-gets_reports": "on", f"{spare}-gets_alerts": "on"}
    return data | typed
