"""The balance page's form as it is drawn, for tests that type over it."""

from __future__ import annotations

from typing import Any

from django.utils.formats import number_format

from agency.models import Client
from reports.forms.account_alerts import SETTINGS, digest
from reports.models import AdAccount


def form(client: Client, **typed: Any) -> dict[str, Any]:
    """What a browser sends of it, with what a person typed over it; None is a box that is not ticked any more."""
    accounts, recipients = list(client.ad_accounts.all()), list(client.recipients.all())  # type: ignore[attr-defined]
    told = [recipient.pk for recipient in recipients if recipient.gets_alerts]
    data: dict[str, Any] = {
        "accounts-TOTAL_FORMS": len(accounts),
        "accounts-INITIAL_FORMS": len(accounts),
        "recipients-drawn": [recipient.pk for recipient in recipients],
        "recipients-drawn_ticked": told,
        "recipients-gets_alerts": told,
    }
    for number, account in enumerate(accounts):
        data |= {f"accounts-{number}-{name}": value for name, value in fields(account).items()}
    return {name: value for name, value in (data | typed).items() if value is not None}


def fields(account: AdAccount) -> dict[str, Any]:
    values = {name: getattr(account, name) for name in SETTINGS}
    values["balance"] = account.balance
    for name in ("alert_threshold", "balance"):
        if values[name] is not None:
            values[name] = number_format(values[name])
    shown = {name: "on" if value is True else value for name, value in values.items() if value not in (None, False)}
    return shown | {"id": str(account.pk), "drawn": digest(account)}
