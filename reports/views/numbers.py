"""Numbers and runs to come of a client, as panels of its page. Holds no rule; finds all through the agency."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from reports import agenda, panels
from reports.choices import Period
from reports.views.panel import render_panel


@agency_view
@never_cache
@require_GET
def numbers(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    shown = panels.performance(client, request.GET.get("periodo", ""), request.GET.get("plataforma", ""))
    context = {"client": client, "title": "Desempenho", "performance": shown, "periods": Period.choices}
    return render_panel(request, "reports/_numbers.html", context)


@agency_view
@never_cache
@require_GET
def schedule(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    context = {"client": client, "title": "Próximos relatórios", "agenda": agenda.of_client(client)}
    return render_panel(request, "reports/_schedule.html", context)
