"""Numbers from a file: upload, preview, store or give up. Holds no rule; finds all through the agency."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from adscape.http import AgencyRequest
from agency.access import agency_view, own_or_404
from reports import import_answers
from reports import imports as service
from reports.choices import ImportStatus
from reports.forms.imports import ImportForm
from reports.metrics_file import NO_PROBLEMS, Problems
from reports.models import MetricsImport


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def imports(request: AgencyRequest) -> HttpResponse:
    """`reports/imports.html` with `form`, `problems` (of the file just uploaded), `history` and `columns`."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    found: MetricsImport | Problems = NO_PROBLEMS
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        found = service.read(request.agency, file.name, file.read(), request.user)
    if isinstance(found, MetricsImport):
        return redirect("reports:import_preview", found.pk)
    context = {"form": form, "problems": found, "columns": import_answers.COLUMNS}
    return render(request, "reports/imports.html", context | {"history": service.history(request.agency)})


@agency_view
@never_cache
@require_GET
def import_template(request: AgencyRequest) -> HttpResponse:
    """A CSV to fill in, with the agency's own accounts."""
    return import_answers.template(request.agency)


@agency_view
@never_cache
@require_GET
def import_preview(request: AgencyRequest, import_pk: uuid.UUID) -> HttpResponse:
    """`reports/import_preview.html` with `metrics_import` and, while nobody has decided, `preview`."""
    found = own_or_404(request, MetricsImport.objects.select_related("agency", "created_by"), pk=import_pk)
    preview = service.preview(found) if found.status == ImportStatus.PENDING else None
    return render(request, "reports/import_preview.html", {"metrics_import": found, "preview": preview})


@agency_view
@require_POST
def import_store(request: AgencyRequest, import_pk: uuid.UUID) -> HttpResponse:
    """POST `fill_gaps`: a check box."""
    found = own_or_404(request, MetricsImport.objects.select_related("agency"), pk=import_pk)
    try:
        stored = service.store(found, fill_gaps="fill_gaps" in request.POST)
    except service.Refused:
        messages.error(request, "Nada foi gravado: o arquivo não serve mais como está.")
        return redirect("reports:import_preview", found.pk)
    messages.add_message(request, *import_answers.of_stored(stored))
    return redirect("reports:imports")


@agency_view
@require_POST
def import_discard(request: AgencyRequest, import_pk: uuid.UUID) -> HttpResponse:
    found = own_or_404(request, MetricsImport.objects.defer("content"), pk=import_pk)
    messages.add_message(request, *import_answers.of_discarded(found, is_done=service.discard(found)))
    return redirect("reports:imports")
