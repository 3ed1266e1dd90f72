"""The report editor of a client. Holds no rule; finds all through the agency."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from reports import answers
from reports.forms.editor import ReportForms


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def settings(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """`reports/settings.html` with `client`, `forms` (ReportForms: `settings`, `recipients`, `accounts`, `is_stale`),
    `report_settings`, `zone` (a name) and `now`."""
    client = client_or_404(request, client_pk)
    forms = ReportForms(client, request.POST if request.method == "POST" else None)
    if request.method == "POST" and forms.is_valid():
        messages.success(request, answers.of_saved(forms.save()))
        return redirect("agency:client", client.pk)
    context = {
        "client": client,
        "forms": forms,
        "report_settings": forms.settings.instance,
        "zone": client.zone.key,
        "now": timezone.now(),
    }
    return render(request, "reports/settings.html", context)
