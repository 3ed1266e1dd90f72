"""Reports that did not leave and wait for a person: seen, released, discarded. Holds no rule; finds all through the
agency."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from agency.models import Client
from reports import answers, history, holding
from reports.forms.held import CommentForm
from reports.models import Report
from reports.views.panel import render_panel


@agency_view
@never_cache
@require_GET
def open_reports(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    context = {
        "client": client,
        "title": "Relatórios que não saíram",
        "reports": holding.open_reports(client),
        "decided": history.decided(client, history.wanted(request.GET.get("decididos", ""))),
    }
    return render_panel(request, "reports/_open_reports.html", context)


@agency_view
@never_cache
@require_GET
def held(request: AgencyRequest, client_pk: uuid.UUID, report_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    return _dialog(request, client, _report_or_404(client, report_pk))


@agency_view
@never_cache
@require_POST
def held_preview(request: AgencyRequest, client_pk: uuid.UUID, report_pk: uuid.UUID) -> HttpResponse:
    """POST `comment`: the report as it would leave with it. Stores nothing."""
    client = client_or_404(request, client_pk)
    return _dialog(request, client, _report_or_404(client, report_pk), _comment_of(request))


@agency_view
@require_POST
def release(request: AgencyRequest, client_pk: uuid.UUID, report_pk: uuid.UUID) -> HttpResponse:
    """POST `digest`: of the text and the recipients that the person was shown; only those are sent, with the `comment`
    that they wrote."""
    client = client_or_404(request, client_pk)
    report = _report_or_404(client, report_pk)
    form = _comment_of(request)
    if form is not None and not form.is_valid():
        return _dialog(request, client, report, form)
    try:
        comment = form.cleaned_data["comment"] if form else None
        count = holding.release(report, request.POST.get("digest", ""), request.user, comment=comment)
    except holding.Changed:
        return _dialog(request, client, report, form, has_changed=True)
    except holding.NotOpen:
        return _done(request, report, answers.of_settled(_report_or_404(client, report_pk)))
    return _done(request, report, answers.of_released(count))


@agency_view
@require_POST
def discard(request: AgencyRequest, client_pk: uuid.UUID, report_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    report = _report_or_404(client, report_pk)
    if holding.discard(report, request.user):
        return _done(request, report, answers.DISCARDED)
    return _done(request, report, answers.of_settled(_report_or_404(client, report_pk)))


def _report_or_404(client: Client, report_pk: uuid.UUID) -> Report:
    rows = Report.objects.select_related("settings", "settled_by").defer("snapshot")
    report = get_object_or_404(rows, pk=report_pk, client=client)
    report.client = client
    return report


def _comment_of(request: AgencyRequest) -> CommentForm | None:
    return CommentForm(request.POST) if "comment" in request.POST else None


def _dialog(
    request: AgencyRequest,
    client: Client,
    report: Report,
    form: CommentForm | None = None,
    *,
    has_changed: bool = False,
) -> HttpResponse:
    is_open = holding.is_open(report)
    comment = form.cleaned_data["comment"] if form and form.is_valid() else None
    proposal = holding.propose(report, comment) if is_open else None
    context = {
        "client": client,
        "report": report,
        "proposal": proposal,
        "form": form or CommentForm(initial={"comment": proposal.comment if proposal else ""}),
        "settled": "" if is_open else answers.of_settled(report)[0],
        "has_changed": has_changed,
        "base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html",
    }
    return render(request, "reports/_held.html", context)


def _done(request: AgencyRequest, report: Report, said: tuple[str, str]) -> HttpResponse:
    """The dialog shuts and its page is told; the report's own page, which a notice leads to, has nothing left to show
    and gives way to the client's."""
    if request.htmx and _is_on_its_own_page(request, report):
        answers.tell(request, *said)
        return HttpResponseClientRedirect(reverse("agency:client", args=[report.client_id]))
    response = answers.answer(request, report.client, *said)
    if request.htmx:
        for event in ("sends-changed", "dialog-close"):
            trigger_client_event(response, event, {})
    return response


def _is_on_its_own_page(request: AgencyRequest, report: Report) -> bool:
    path = urlsplit(request.htmx.current_url_abs_path or "").path
    return path == reverse("reports:held", args=[report.client_id, report.pk])
