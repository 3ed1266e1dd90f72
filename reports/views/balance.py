"""A client's balances and their alerts. Holds no rule; finds all through the agency."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from reports import answers, balances


@agency_view
@require_POST
def check_balance(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    return answers.answer(request, client, *answers.of_checks(balances.check_client(client)))
