"""A report's page on the web, without login, and the gestor's dialog that gives its address out or ends it.

The public side finds its one report through the token and answers nothing of fact to a bad one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from agency.models import Client
from connections.public import address_of, unkept
from connections.rate import is_too_often
from reports import documents, formatting, page_facts, page_links
from reports.choices import ReportStatus
from reports.models import Report
from reports.page import page_of
from reports.pdf import pdf
from reports.periods import local_day
from reports.text import NO_REFERENCE

#: In a minute, of one address of the internet; twice as often of one token, whose readers may sit behind many.
_MOST = 60
_MOST_FILES = 6
_MOST_WRONG = 20

PublicView = Callable[[HttpRequest, Report], HttpResponse]


def public_page(most: int) -> Callable[[PublicView], Callable[..., HttpResponse]]:
    """Gives the view the report of its token; whatever is answered is kept nowhere and names its address to nobody."""

    def decorate(view: PublicView) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, token: str) -> HttpResponse:
            return unkept(_answer(view, request, token, most), referrer="no-referrer")

        return guarded

    return decorate


def _answer(view: PublicView, request: HttpRequest, token: str, most: int) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    who, what = address_of(request), f"report-{most}"
    if is_too_often(what, who, most) or is_too_often(what, token, most * 2):
        return _closed(request, "busy", 429)
    try:
        return view(request, page_links.find(token))
    except page_links.UnknownLink:
        is_guessing = is_too_often("report-wrong", who, _MOST_WRONG)
        return _closed(request, "busy", 429) if is_guessing else _closed(request, "unknown", 404)
    except page_links.ExpiredLink:
        return _closed(request, "expired", 410)
    except page_links.EndedLink:
        return _closed(request, "ended", 410)


def _closed(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return render(request, "reports/public/closed.html", {"why": why}, status=status)


@public_page(_MOST)
def public(request: HttpRequest, report: Report) -> HttpResponse:
    data = page_links.numbers_of(report)
    agency = report.client.agency
    context = {
        "report": report,
        "agency": agency,
        "client": report.client,
        "page": page_of(data),
        "sent": page_facts.sent(report),
        "contact": page_facts.contact(agency, data.days),
    }
    return render(request, "reports/public/report.html", context)


@public_page(_MOST_FILES)
def public_pdf(request: HttpRequest, report: Report) -> HttpResponse:
    """The same report as a file, drawn anew from what was frozen."""
    data, sent = page_links.numbers_of(report), page_facts.sent(report)
    sent_on = local_day(sent.at, report.client.zone) if sent.at else None
    reference = next(iter(sent.references), NO_REFERENCE)
    content = pdf(data, documents.letterhead(report.client.agency), reference=reference, sent_on=sent_on)
    response = HttpResponse(content, content_type="application/pdf")
    name = f"{data.client}, {formatting.long_days(data.days)}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


@agency_view
@never_cache
@require_GET
def page_link(request: AgencyRequest, client_pk: uuid.UUID, report_pk: uuid.UUID) -> HttpResponse:
    """The dialog with the page's address: seen, copied, ended."""
    client = client_or_404(request, client_pk)
    return _dialog(request, _sent_or_404(client, report_pk))


@agency_view
@require_POST
def page_link_end(request: AgencyRequest, client_pk: uuid.UUID, report_pk: uuid.UUID) -> HttpResponse:
    """POST `which`: "all" ends the addresses of all the agency's reports, anything else those of this one."""
    client = client_or_404(request, client_pk)
    report = _sent_or_404(client, report_pk)
    said = "Os links dados deste relatório não abrem mais."
    if request.POST.get("which") == "all":
        page_links.end_all(request.agency)
        report.refresh_from_db(fields=["page_version"])
        said = "Nenhum link já dado de relatório da agência abre mais."
    else:
        page_links.end(report)
    if not request.htmx:
        return redirect("reports:page_link", client.pk, report.pk)
    return trigger_client_event(_dialog(request, report), "toast", {"text": said, "level": "ok"})


def _sent_or_404(client: Client, report_pk: uuid.UUID) -> Report:
    rows = Report.objects.filter(status=ReportStatus.BUILT).exclude(snapshot={}).defer("snapshot")
    report = get_object_or_404(rows, pk=report_pk, client=client)
    report.client = client
    return report


def _dialog(request: AgencyRequest, report: Report) -> HttpResponse:
    context = {
        "client": report.client,
        "report": report,
        "address": page_links.public_url(report),
        "good_until": page_links.good_until(),
        "base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html",
    }
    return render(request, "reports/_page_link.html", context)
