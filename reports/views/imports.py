"""Numbers from a file: upload, preview, store or give up. Holds no rule; finds all through the agency."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from adscape.http import AgencyRequest
from agency.access import agency_view, own_or_404
from reports import import_answers
from reports import imports as service
from reports.choices import ImportStatus
from reports.forms.imports import ImportForm
from reports.import_rows import NO_PROBLEMS, Problems
from reports.models import MetricsImport


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def imports(request: AgencyRequest) -> HttpResponse:
    """`reports/imports.html` with `form`, `problems` (of the file just uploaded), `history`, and what files may be."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    found: MetricsImport | Problems = NO_PROBLEMS
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        found = service.read(request.agency, file.name, file.read(), request.user)
    if isinstance(found, MetricsImport):
        return redirect("reports:import_preview", found.pk)
    context = {"form": form, "problems": found, "columns": import_answers.COLUMNS, "exports": import_answers.EXPORTS}
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
    """`reports/import_preview.html` with `metrics_import` and, while nobody has decided, `preview`; with `choices`, the
    accounts that an export can be of, where a person has to say which or has said so."""
    found = own_or_404(request, MetricsImport.objects.select_related("agency", "created_by", "account"), pk=import_pk)
    preview = service.preview(found) if found.status == ImportStatus.PENDING else None
    context = {
        "metrics_import": found,
        "preview": preview,
        "choices": import_answers.labelled(service.choices(found, preview)),
    }
    return render(request, "reports/import_preview.html", context)


@agency_view
@require_POST
def import_account(request: AgencyRequest, import_pk: uuid.UUID) -> HttpResponse:
    """POST `account`: whose numbers an export holds that does not say so itself."""
    found = own_or_404(request, MetricsImport.objects.defer("content"), pk=import_pk)
    try:
        account_pk = uuid.UUID(request.POST.get("account", ""))
    except ValueError:
        messages.error(request, "Escolha de qual conta é esta exportação.")
        return redirect("reports:import_preview", found.pk)
    account = get_object_or_404(service.accounts_of(request.agency), pk=account_pk)
    if not service.choose_account(found, account):
        messages.error(request, "Este arquivo já foi importado ou descartado.")
    return redirect("reports:import_preview", found.pk)


@agency_view
@require_POST
def import_store(request: AgencyRequest, import_pk: uuid.UUID) -> HttpResponse:
    """POST `fill_gaps`: a check box; `account`: the chosen one as the page showed it, empty where none was."""
    found = own_or_404(request, MetricsImport.objects.select_related("agency", "account"), pk=import_pk)
    try:
        service.check_shown(found, request.POST.get("account", ""))
        stored = service.store(found, fill_gaps="fill_gaps" in request.POST)
    except service.Refused as refused:
        messages.error(request, import_answers.of_refused(refused))
        return redirect("reports:import_preview", found.pk)
    messages.add_message(request, *import_answers.of_stored(stored))
    return redirect("reports:imports")


@agency_view
@require_POST
def import_discard(request: AgencyRequest, import_pk: uuid.UUID) -> HttpResponse:
    found = own_or_404(request, MetricsImport.objects.defer("content"), pk=import_pk)
    messages.add_message(request, *import_answers.of_discarded(found, is_done=service.discard(found)))
    return redirect("reports:imports")
