"""The page "Envios": what went out, is going out and will go out, and one send in full. Holds no rule; finds all
through the agency."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, own_or_404
from connections.models import Message
from reports import answers, held_rows, send_detail
from reports import sends as service
from reports.models import Report
from reports.sends_asked import Asked


@agency_view
@never_cache
@require_GET
def sends(request: AgencyRequest) -> HttpResponse:
    found = service.sends(request.agency, _asked(request))
    context = {"found": found, "held": held_rows.rows(found.held_shown, found.now, found.zone), "nav": "sends"}
    return render(request, "reports/sends.html", context)


@agency_view
@never_cache
@require_GET
def sends_day(request: AgencyRequest) -> HttpResponse:
    """The lines alone, which ask for themselves again while something of them moves."""
    return render(request, "reports/_sends_lines.html", {"found": service.lines_of(request.agency, _asked(request))})


@agency_view
@never_cache
@require_GET
def send(request: AgencyRequest, message_pk: uuid.UUID) -> HttpResponse:
    message = own_or_404(request, Message.objects.all(), pk=message_pk)
    return _dialog(request, send_detail.of_message(request.agency, message))


@agency_view
@never_cache
@require_GET
def send_report(request: AgencyRequest, report_pk: uuid.UUID) -> HttpResponse:
    """A report that put nothing into the outbox."""
    rows = Report.objects.select_related("client", "settings", "settled_by")
    report = get_object_or_404(rows, pk=report_pk, client__agency=request.agency)
    return _dialog(request, send_detail.of_report(request.agency, report))


@agency_view
@require_POST
def send_by_agency(request: AgencyRequest, message_pk: uuid.UUID) -> HttpResponse:
    """What of this send failed goes back to the queue, where the agency's number would carry it."""
    message = own_or_404(request, Message.objects.all(), pk=message_pk)
    said = answers.of_sent_by_agency(send_detail.try_through_agency(request.agency, message))
    if not request.htmx:
        answers.tell(request, *said)
        return redirect("reports:sends")
    response = answers.toast(HttpResponse(status=204), *said)
    trigger_client_event(response, "sends-changed", {})
    return trigger_client_event(response, "dialog-close", {})


def _asked(request: AgencyRequest) -> Asked:
    return Asked.of(request.GET, service.today_of(request.agency))


def _dialog(request: AgencyRequest, detail: send_detail.Detail) -> HttpResponse:
    context = {
        "detail": detail,
        "line": detail.line,
        "home": reverse("reports:sends"),
        "base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html",
    }
    return render(request, "reports/_send.html", context)
