"""What a person sends by hand: "Enviar agora". Holds no rule; finds all through the agency."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from reports import answers, sending

#: Longer than the slowest double click that systems know (0.9 s).
ONE_CLICK = timedelta(seconds=2)
FORM_TOKEN = re.compile(r"[A-Za-z0-9-]{8,64}")


@agency_view
@require_POST
def send_now(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """POST `token`: a value that the form was drawn with; the same one twice is one report."""
    client = client_or_404(request, client_pk)
    token = request.POST.get("token", "")
    if not FORM_TOKEN.fullmatch(token):
        return answers.answer(request, client, *answers.STALE_FORM)
    sent = sending.send_now(client, token, one_click=ONE_CLICK)
    return answers.answer(request, client, *answers.of_send_now(sent))
