"""The WhatsApp groups that a client's reports can go to: a dialog over the report editor, and a page without scripts.

Holds no rule; finds all through the agency.
"""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from agency.models import Client
from reports import choosing_groups
from reports.forms.recipients import row_for
from reports.recipients import numbers_of


@agency_view
@never_cache
@require_GET
def groups(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """The dialog. Whoever opens it has an old list read anew."""
    client = client_or_404(request, client_pk)
    choosing_groups.refresh(client)
    frame = "ui/dialog.html" if request.htmx else "ui/dialog_page.html"
    return render(request, "reports/_groups.html", {**_context(request, client), "base_template": frame})


@agency_view
@never_cache
@require_GET
def group_list(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """The list alone, as searched for and as it is stored now; it asks for itself while it is being read."""
    client = client_or_404(request, client_pk)
    return render(request, "reports/_group_list.html", _context(request, client))


@agency_view
@require_POST
def groups_refresh(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """ "Atualizar lista"."""
    client = client_or_404(request, client_pk)
    choosing_groups.refresh(client, by_hand=True)
    if not request.htmx:
        return redirect("reports:groups", client.pk)
    return render(request, "reports/_group_list.html", _context(request, client))


@agency_view
@require_POST
def group_add(request: AgencyRequest, client_pk: uuid.UUID, group_pk: int) -> HttpResponse:
    """For the editor a row of its form, number `recipients-TOTAL_FORMS`, which it stores; else it is stored at once."""
    client = client_or_404(request, client_pk)
    group = get_object_or_404(choosing_groups.groups_for(client).select_related("connection"), pk=group_pk)
    number = request.POST.get("recipients-TOTAL_FORMS", "")
    if not (request.htmx and number.isascii() and number.isdigit() and len(number) < 5):
        is_new = choosing_groups.add(client, group)
        messages.success(request, f"{group.subject} entrou na lista." if is_new else "Este grupo já está na lista.")
        return redirect("reports:settings", client.pk)
    row = row_for(
        choosing_groups.recipient_of(client, group),
        int(number),
        numbers=numbers_of(client),
        groups=choosing_groups.groups_for(client),
    )
    response = render(request, "reports/_recipient_row.html", {"form": row, "client": client, "is_spare": False})
    said = {"text": f"{group.subject} entrou na lista. Salve para valer.", "level": "info"}
    for event, detail in (("recipient-added", {}), ("toast", said), ("dialog-close", {"after": 0})):
        trigger_client_event(response, event, detail, after="swap")
    return response


def _context(request: AgencyRequest, client: Client) -> dict[str, object]:
    """`is_page`: no editor stands behind the list, so that what is chosen is stored at once."""
    asked = request.POST if request.method == "POST" else request.GET
    chosen = [key for name, key in asked.items() if name.endswith("-group") and key]
    is_page = not request.htmx or asked.get("pagina") == "1"
    picker = choosing_groups.picker(client, asked.get("q", "").replace("\0", "")[:80], map(str, chosen))
    return {"client": client, "picker": picker, "is_page": is_page}
