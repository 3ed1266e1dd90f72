"""The past of a number, as a fragment of the panel that shows the number. Only reads."""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from connections.models import WhatsAppConnection
from connections.past import past_of


@agency_view
@never_cache
@require_GET
def past(request: AgencyRequest, client_pk: uuid.UUID | None = None) -> HttpResponse:
    client = client_or_404(request, client_pk) if client_pk else None
    connection = WhatsAppConnection.objects.filter(agency=request.agency, client=client).first()
    shown = past_of(connection, timezone.now(), ZoneInfo(request.agency.time_zone)) if connection else None
    context = {"past": shown, "client": client, "place": client or request.agency}
    return render(request, "connections/_past.html" if request.htmx else "connections/past.html", context)
