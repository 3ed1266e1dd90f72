"""The page "Envios": what went out, is going out and will go out, and one send in full. Holds no rule; finds all
through the agency."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import cast

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, own_or_404
from connections.models import Message
from reports import answers, held_rows, pause_all, send_detail, sends_export, sends_files
from reports import sends as service
from reports.models import Report
from reports.sends_asked import Asked


@agency_view
@never_cache
@require_GET
def sends(request: AgencyRequest) -> HttpResponse:
    found = service.sends(request.agency, _asked(request))
    context = {
        "found": found,
        "held": held_rows.rows(found.held_shown, found.now, found.zone),
        "automatic": pause_all.automatic(request.agency),
        "nav": "sends",
    }
    return render(request, "reports/sends.html", context)


@agency_view
@never_cache
@require_GET
def sends_day(request: AgencyRequest) -> HttpResponse:
    """The lines alone, which ask for themselves again while something of them moves."""
    return render(
        request,
        "reports/_sends_table.html",
        {"found": service.lines_of(request.agency, _asked(request)), "is_poll": True},
    )


@agency_view
@never_cache
@require_GET
def sends_csv(request: AgencyRequest) -> HttpResponse:
    """What the page shows, or the days `de` to `ate`, as text."""
    rows, name = _exported(request)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    lines = sends_files.csv_lines(rows)
    streamed = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
    return cast(HttpResponse, streamed)  # both are answers; only their types are no relatives


@agency_view
@never_cache
@require_GET
def sends_xlsx(request: AgencyRequest) -> HttpResponse:
    """The same as a workbook."""
    rows, name = _exported(request)
    file = sends_files.workbook(rows)
    return cast(HttpResponse, FileResponse(file, as_attachment=True, filename=f"{name}.xlsx"))


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


def _exported(request: AgencyRequest) -> tuple[Iterator[Sequence[sends_export.Cell]], str]:
    asked, today = _asked(request), service.today_of(request.agency)
    period = sends_export.period_of(request.GET.get("de"), request.GET.get("ate"), asked, today)
    name = f"envios-{asked.view}-{today.isoformat()}" if asked.view else f"envios-{period.name}"
    return sends_export.rows(request.agency, asked, period), name


def _dialog(request: AgencyRequest, detail: send_detail.Detail) -> HttpResponse:
    context = {
        "detail": detail,
        "line": detail.line,
        "home": reverse("reports:sends"),
        "nav": "sends",
        "base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html",
    }
    return render(request, "reports/_send.html", context)
