"""Reports that wait for a person as the page "Envios" lists them: the cause first, and where it can be mended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from reports import sends_words
from reports.choices import CredentialState, HoldKind, ReportStatus
from reports.gating import NO_RECIPIENTS
from reports.models import AdAccount, Report

#: Nothing is to be mended there: a person looks at the message and decides.
_JUDGED = {HoldKind.REVIEW, HoldKind.ZERO, HoldKind.JUMP}


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the cause is put right, and the verb for it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class HeldRow:
    """`cause` is set in bold, `rest` says the rest of the reason."""

    report: Report
    at: str
    what: str
    cause: str
    rest: str
    fix: Fix | None


def rows(reports: Sequence[Report], now: datetime, zone: ZoneInfo) -> list[HeldRow]:
    """In the given order, times in `zone`; one query for the accounts of all their clients."""
    accounts: dict[Any, list[AdAccount]] = defaultdict(list)
    keys = {report.client_id for report in reports}
    if keys:
        columns = ("client_id", "credential__state", "credential__platform")
        for account in AdAccount.objects.filter(client__in=keys).select_related("credential").only(*columns):
            accounts[account.client_id].append(account)
    return [
        _row(report, sends_words.clock(report.created_at, now, zone), accounts[report.client_id]) for report in reports
    ]


def _row(report: Report, at: str, accounts: Sequence[AdAccount]) -> HeldRow:
    reason = f"Perdido. {report.reason}" if report.status == ReportStatus.LOST else report.reason
    cause, rest = sends_words.cause_and_rest(reason)
    what = sends_words.what("report", report, report.settings.get_frequency_display())
    return HeldRow(report, at, what, cause, rest, _fix(report, accounts))


def _fix(report: Report, accounts: Sequence[AdAccount]) -> Fix | None:
    if report.status == ReportStatus.LOST or set(report.holds) & _JUDGED:
        return None
    if report.reason == NO_RECIPIENTS:
        return Fix("Escolher quem recebe", f"{reverse('reports:settings', args=[report.client_id])}#recipients")
    if not accounts:
        return Fix("Adicionar conta", reverse("reports:account_new", args=[report.client_id]))
    read = [account.credential for account in accounts if account.credential]
    dead = next((access for access in read if access.state == CredentialState.DEAD), None)
    if dead:
        return Fix("Renovar acesso", reverse("reports:access_renew", args=[dead.pk]))
    if not read:
        return Fix("Importar números", reverse("reports:imports"))
    return Fix("Ver contas", reverse("reports:balance", args=[report.client_id]))
