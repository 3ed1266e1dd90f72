""" "Enviar para vários": whom, the question, how far it is. Holds no rule; finds all through the agency."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from adscape.http import AgencyRequest
from agency.access import agency_view, own_or_404
from reports import answers, bulk_ahead, bulk_page, bulk_words
from reports import bulk as service
from reports.choices import BulkAction
from reports.models import BulkRun

ALL = "todos"


@agency_view
@never_cache
@require_GET
def choose(request: AgencyRequest) -> HttpResponse:
    choosing = bulk_page.choosing(request.agency, bulk_page.asked_of(request.GET))
    context = {
        "found": choosing.found,
        "rows": choosing.rows,
        "agency_connection": choosing.found.agency_connection,
        "recent": bulk_page.recent(request.agency),
        "nav": "sends",
    }
    return render(request, "reports/bulk.html", context)


@agency_view
@require_POST
def ask(request: AgencyRequest) -> HttpResponse:
    """POST `acao`, and `client` of each, or `quais=todos` with the search and filter of the page. Begins nothing."""
    action = request.POST.get("acao", "")
    if action not in BulkAction.values:
        raise Http404
    keys = _keys(request)
    if not keys:
        answers.tell(request, *answers.NOBODY_MARKED)
        return redirect("reports:bulk")
    return redirect("reports:bulk_run", service.ask(request.agency, BulkAction(action), keys, request.user).pk)


@agency_view
@never_cache
@require_GET
def run(request: AgencyRequest, run_pk: uuid.UUID) -> HttpResponse:
    """The question; once it is confirmed, how far it is."""
    found = _run(request, run_pk)
    standing = bulk_page.standing(found)
    context = {"run": found, "standing": standing, "nav": "sends"}
    if found.started_at is not None:
        return render(request, "reports/bulk_run.html", context)
    context |= {
        "question": bulk_words.question(standing.action, standing.total),
        "ahead": bulk_ahead.of_run(found),
        "going": bulk_page.going(request.agency, found),
    }
    return render(request, "reports/bulk_question.html", context)


@agency_view
@never_cache
@require_GET
def progress(request: AgencyRequest, run_pk: uuid.UUID) -> HttpResponse:
    """The panel alone, which asks for itself again until the run is done."""
    standing = bulk_page.standing(_run(request, run_pk))
    return render(request, "reports/_bulk_progress.html", {"run": standing.run, "standing": standing})


@agency_view
@require_POST
def start(request: AgencyRequest, run_pk: uuid.UUID) -> HttpResponse:
    """Twice is once: the page shows how far it is, whoever has confirmed."""
    service.start(_run(request, run_pk))
    return redirect("reports:bulk_run", run_pk)


@agency_view
@require_POST
def stop(request: AgencyRequest, run_pk: uuid.UUID) -> HttpResponse:
    service.stop(_run(request, run_pk))
    return redirect("reports:bulk_run", run_pk)


def _run(request: AgencyRequest, run_pk: uuid.UUID) -> BulkRun:
    run = own_or_404(request, BulkRun.objects.select_related("created_by"), pk=run_pk)
    run.agency = request.agency
    return run


def _keys(request: AgencyRequest) -> list[uuid.UUID]:
    """A client that is not the agency's is a 404."""
    if request.POST.get("quais") == ALL:
        return bulk_page.all_of(request.agency, bulk_page.asked_of(request.POST))
    found = bulk_page.marked(request.agency, _uuids(request.POST.getlist("client")))
    if found is None:
        raise Http404
    return found


def _uuids(named: Iterable[str]) -> set[uuid.UUID]:
    try:
        return {uuid.UUID(name) for name in named}
    except ValueError:
        raise Http404 from None
