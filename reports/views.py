"""A client's report page, "Enviar agora" and the balance check by hand. Holds no rule; finds all through the agency."""

from __future__ import annotations

import re
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from reports import answers, balances, sending
from reports.forms import ReportForms

_TOKEN = re.compile(r"[A-Za-z0-9-]{8,64}")


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


@agency_view
@require_POST
def send_now(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """POST `token`: a value that the form was drawn with; the same one twice is one report."""
    client = client_or_404(request, client_pk)
    token = request.POST.get("token", "")
    if not _TOKEN.fullmatch(token):
        return answers.answer(request, client, *answers.STALE_FORM)
    return answers.answer(request, client, *answers.of_send_now(sending.send_now(client, token)))


@agency_view
@require_POST
def check_balance(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    return answers.answer(request, client, *answers.of_checks(balances.check_client(client)))
