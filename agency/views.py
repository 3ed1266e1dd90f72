"""The /agency page, a client's page, and the forms around a client."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from adscape.http import AgencyRequest
from agency import csv_export, services
from agency.access import agency_view, client_or_404
from agency.forms import ClientForm
from agency.history import history
from agency.list_view import remember_view, view_of
from agency.listing import ORDERS, Asked, card, card_of_page, listing
from agency.models import Client


@agency_view
@never_cache
@require_GET
def client_list(request: AgencyRequest) -> HttpResponse:
    view = view_of(request)
    found = listing(request.agency, Asked.of(request.GET))
    context = {
        "found": found,
        "attention": found.attention,
        "on_track": found.on_track,
        "counters": found.counters,
        "agency_connection": found.agency_connection,
        "orders": ORDERS,
        "view": view,
    }
    return remember_view(request, render(request, "agency/client_list.html", context), view)


@agency_view
@never_cache
@require_GET
def clients_csv(request: AgencyRequest) -> HttpResponse:
    lines = csv_export.lines(request.agency, Asked.of(request.GET))
    headers = {"Content-Disposition": 'attachment; filename="clientes.csv"'}
    streamed = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
    return cast(HttpResponse, streamed)  # both are answers; only their types are no relatives


@agency_view
@never_cache
@require_GET
def client_card(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client, agency_connection = card_of_page(request.agency, client_or_404(request, client_pk))
    context = {"clients": [client], "agency_connection": agency_connection, "view": request.GET.get("visao")}
    return render(request, "agency/_client_cards.html", context)


#: What of the page's query is for its panel of numbers: the period, and the platform that is drawn.
NUMBERS_QUERY = ("periodo", "plataforma")


@agency_view
@never_cache
@require_GET
def client(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    found, agency_connection = card(request.agency, client_or_404(request, client_pk))
    context = {
        "client": found,
        "agency_connection": agency_connection,
        "history": history(found, request.GET),
        "numbers_query": urlencode({name: asked for name in NUMBERS_QUERY if (asked := request.GET.get(name))}),
    }
    return render(request, "agency/client.html", context)


@agency_view
@require_http_methods(["GET", "POST"])
def client_new(request: AgencyRequest) -> HttpResponse:
    form = ClientForm(request.POST or None, instance=Client(agency=request.agency))
    if request.method == "POST" and form.is_valid():
        created = form.save()
        messages.success(request, f"{created.name} cadastrado. Falta conectar o WhatsApp.")
        return redirect("agency:client", created.pk)
    return render(request, "agency/client_form.html", {"form": form, "client": None})


@agency_view
@require_http_methods(["GET", "POST"])
def client_edit(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    known = client_or_404(request, client_pk)
    form = ClientForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Alterações salvas.")
        return redirect("agency:client", known.pk)
    return render(request, "agency/client_form.html", {"form": form, "client": client_or_404(request, client_pk)})


@agency_view
@require_http_methods(["GET", "POST"])
def client_archive(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    known = client_or_404(request, client_pk)
    if request.method == "POST":
        services.archive_client(known)
        messages.info(request, f"{known.name} foi arquivado. O que estava na fila não sai mais.")
        return (
            HttpResponseClientRedirect(reverse("agency:client_list"))
            if request.htmx
            else redirect("agency:client_list")
        )
    frame = "ui/dialog.html" if request.htmx else "ui/dialog_page.html"
    return render(request, "agency/_client_archive.html", {"client": known, "base_template": frame})
