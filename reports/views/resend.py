""" "Reenviar": a report that was sent, once more as it was. The question, then the answer. Holds no rule."""

from __future__ import annotations

import re
import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, own_or_404
from connections.models import Message
from reports import answers, resending
from reports.models import Report

#: With the longest address of a group it must fit into a message's key.
_TOKEN = re.compile(r"[A-Za-z0-9-]{8,36}")


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def resend(request: AgencyRequest, message_pk: uuid.UUID) -> HttpResponse:
    """Of any message of the report. POST `to` of each, and `token`: the same one twice is one resend."""
    message = own_or_404(request, Message.objects.all(), pk=message_pk)
    report = resending.report_of(request.agency, message)
    if report is None:
        raise Http404
    if request.method == "POST":
        return _answer(request, report)
    context = {
        "offer": resending.offer(report),
        "message": message,
        "client": report.client,
        "report": report,
        "home": reverse("reports:sends"),
        "nav": "sends",
        "base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html",
    }
    return render(request, "reports/_resend.html", context)


def _answer(request: AgencyRequest, report: Report) -> HttpResponse:
    token, addresses = request.POST.get("token", ""), set(request.POST.getlist("to"))
    if not _TOKEN.fullmatch(token):
        return _done(request, report, *answers.STALE_FORM)
    if not addresses:
        return _done(request, report, *answers.NO_RECIPIENT_MARKED, closes=False)
    if not addresses <= {choice.address for choice in resending.offer(report).choices}:
        raise Http404
    return _done(request, report, *answers.of_resent(resending.resend(report, addresses, token)))


def _done(request: AgencyRequest, report: Report, said: str, level: str, *, closes: bool = True) -> HttpResponse:
    if not request.htmx:
        answers.tell(request, said, level)
        return redirect("reports:sends") if closes else redirect(request.get_full_path())
    response = answers.toast(HttpResponse(status=204), said, level)
    if closes:
        for event in ("sends-changed", f"client-changed-{report.client_id}", "dialog-close"):
            trigger_client_event(response, event, {})
    return response
