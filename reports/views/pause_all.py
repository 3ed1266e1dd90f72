""" "Pausar todos" and "Retomar todos": the question, then the answer. Hold no rule."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from adscape.http import AgencyRequest
from agency.access import agency_view
from reports import answers
from reports import pause_all as service


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def pause_all(request: AgencyRequest) -> HttpResponse:
    if request.method == "POST":
        return _done(request, *answers.of_all_paused(service.pause(request.agency)))
    return _question(request, "reports/_pause_all.html")


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def resume_all(request: AgencyRequest) -> HttpResponse:
    if request.method == "POST":
        return _done(request, *answers.of_all_resumed(service.resume(request.agency)))
    return _question(request, "reports/_resume_all.html")


def _question(request: AgencyRequest, template: str) -> HttpResponse:
    context = {
        "automatic": service.automatic(request.agency),
        "queued": service.queued(request.agency),
        "nav": "sends",
        "base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html",
    }
    return render(request, template, context)


def _done(request: AgencyRequest, said: str, level: str) -> HttpResponse:
    """The whole page is another one afterwards: its runs, its counts, its button."""
    answers.tell(request, said, level)
    return HttpResponseClientRedirect(reverse("reports:sends")) if request.htmx else redirect("reports:sends")
