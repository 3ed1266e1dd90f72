"""What a person reads after a click: a toast without a reload, or a message on the client's page. Decides nothing."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.models import Client
from reports.alerts_rule import Decision
from reports.balances import Check
from reports.choices import ReportStatus
from reports.models import ReportSettings
from reports.schedule import Schedule
from reports.sending import SendNow

_DJANGO_LEVEL = {"ok": messages.SUCCESS, "error": messages.ERROR, "info": messages.INFO}
#: A repeat within these seconds is the same click; later it is a page that was left open.
_SAME_CLICK = 60
#: Decisions that leave a low balance untold and need a person.
_NEEDS_SOMEBODY = frozenset({Decision.NO_RECIPIENTS, Decision.NO_THRESHOLD, Decision.OFF, Decision.UNKNOWN})

STALE_FORM = ("Nada foi enviado: a página ficou velha. Recarregue e tente de novo.", "error")


def answer(request: AgencyRequest, client: Client, text: str, level: str) -> HttpResponse:
    """A toast and a reload of the client's card for HTMX; else a message and the client's page."""
    if not request.htmx:
        messages.add_message(request, _DJANGO_LEVEL[level], text)
        return redirect("agency:client", client.pk)
    response = HttpResponse(status=204)
    trigger_client_event(response, "toast", {"text": text, "level": level})
    return trigger_client_event(response, f"client-changed-{client.pk}", {})


def of_send_now(sent: SendNow) -> tuple[str, str]:
    """The sentence for an "Enviar agora", and its level."""
    report = sent.report
    if report.status != ReportStatus.BUILT:
        return f"Relatório retido. {report.reason}", "error"
    if not sent.is_new and (timezone.now() - report.created_at).total_seconds() > _SAME_CLICK:
        at = report.created_at.astimezone(report.client.zone)
        return f"Este envio já foi pedido às {at:%H:%M} e não se repete. Recarregue a página para enviar outro.", "info"
    return f"Relatório a caminho de {sent.messages} {'destinatário' if sent.messages == 1 else 'destinatários'}.", "ok"


def of_checks(checks: list[Check]) -> tuple[str, str]:
    """The sentence for a balance check of all accounts of a client, and its level."""
    if not checks:
        return "Este cliente não tem conta de anúncios.", "info"
    decisions = {check.decision for check in checks}
    level = "ok" if Decision.SEND in decisions else "error" if decisions & _NEEDS_SOMEBODY else "info"
    return " ".join(f"{check.account.name}: {Decision(check.decision).label}" for check in checks), level


def of_saved(settings: ReportSettings) -> str:
    if settings.next_run_at is None:
        return "Alterações salvas. O relatório automático está desligado."
    schedule: Schedule = settings.schedule
    local = settings.next_run_at.astimezone(schedule.zone)
    return f"Alterações salvas. Próximo relatório: {local:%d/%m} às {local:%H:%M}."
