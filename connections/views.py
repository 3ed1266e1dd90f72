"""The dialog that links a WhatsApp, and the Conexões page. Each view serves a client's number and the agency's own."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from agency.models import Agency, Client
from connections import events, modal, services, uncertain
from connections.evolution import EvolutionError
from connections.forms import PairingCodeForm, SendingForm
from connections.models import WhatsAppConnection


@agency_view
@require_GET
def index(request: AgencyRequest) -> HttpResponse:
    return _index(request, SendingForm(instance=request.agency))


@agency_view
@require_POST
def sending(request: AgencyRequest) -> HttpResponse:
    """Any member may: whoever answers for the messages of a client sets how they leave."""
    # A row of its own: an invalid form must not change the agency that the rest of the page shows.
    form = SendingForm(request.POST, instance=Agency.objects.get(pk=request.agency.pk))
    if form.is_valid():
        form.save()
        messages.success(request, "Envio salvo.")
        return redirect("connections:index")
    return _index(request, form)


def _index(request: AgencyRequest, form: SendingForm) -> HttpResponse:
    context = {"form": form, "uncertain_count": uncertain.waiting(request.agency).count()}
    return render(request, "connections/index.html", _agency_context(request) | context)


@agency_view
@never_cache
@require_GET
def agency_panel(request: AgencyRequest) -> HttpResponse:
    return render(request, "connections/_agency_panel.html", _agency_context(request))


@agency_view
@never_cache
@require_GET
def qr_modal(request: AgencyRequest, client_pk: uuid.UUID | None = None) -> HttpResponse:
    client = _client(request, client_pk)
    context = {**modal.base(request.agency, client), "view": "generating", "poll": False}
    if not request.htmx:  # without scripts there is no second request that begins the pairing: a button does
        row = WhatsAppConnection.objects.filter(agency=request.agency, client=client).first()
        context |= modal.state(row) if row and (row.is_pending or row.is_connected) else {"view": "start"}
    return render(request, "connections/_qr_modal.html", {**context, **_frame(request)})


@agency_view
@require_POST
def connect(request: AgencyRequest, client_pk: uuid.UUID | None = None) -> HttpResponse:
    client = _client(request, client_pk)
    try:
        shown = modal.state(services.connect(request.agency, client, by=request.user))
    except EvolutionError as error:
        shown = modal.failure(error, polling=False)
    except services.DemoClient:
        shown = modal.demo_refused()
    if not request.htmx:
        return redirect(modal.urls(client)["status"])
    return _status(request, client, shown)


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def pairing_code(request: AgencyRequest, client_pk: uuid.UUID | None = None) -> HttpResponse:
    """The other tab: a number in, a code to type on its phone out."""
    client = _client(request, client_pk)
    form = PairingCodeForm(request.POST or None)
    shown: dict[str, Any] = {"view": "code_form", "poll": False, "by_code": True}
    if form.is_valid():
        try:
            phone = form.cleaned_data["phone"]
            shown = modal.state(services.connect(request.agency, client, by=request.user, phone=phone))
        except EvolutionError as error:
            shown = modal.failure(error, polling=False) | {"by_code": True}
        except services.DemoClient:
            shown = modal.demo_refused()
        if not request.htmx:
            return redirect(modal.urls(client)["status"])
    return _status(request, client, shown | {"form": form})


@agency_view
@never_cache
@require_GET
def qr_status(request: AgencyRequest, client_pk: uuid.UUID | None = None) -> HttpResponse:
    if known := services.told(request.agency, client_pk):
        return _status(request, known.client, modal.state(known))
    client = _client(request, client_pk)
    try:
        shown = modal.state(services.refresh(request.agency, client))
    except EvolutionError as error:
        shown = modal.failure(error, polling=True)
    return _status(request, client, shown)


@agency_view
@require_http_methods(["GET", "POST"])
def disconnect(request: AgencyRequest, client_pk: uuid.UUID | None = None) -> HttpResponse:
    client = _client(request, client_pk)
    context = {
        **modal.base(request.agency, client),
        **_frame(request),
        "connection": WhatsAppConnection.objects.filter(agency=request.agency, client=client).first(),
        "agency_connection": WhatsAppConnection.objects.filter(agency=request.agency, client=None).first(),
    }
    if request.method == "POST":
        try:
            services.disconnect(request.agency, client, actor=events.person(request.user))
        except EvolutionError as error:
            context["error"] = error.sentence
        else:
            return _disconnected(request, client)
    return render(request, "connections/_disconnect.html", context)


def _client(request: AgencyRequest, client_pk: uuid.UUID | None) -> Client | None:
    return client_or_404(request, client_pk) if client_pk else None


def _frame(request: AgencyRequest) -> dict[str, str]:
    """The dialog alone for HTMX; a whole page around the same content for a plain request."""
    return {"base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html"}


def _changed(client: Client | None) -> str:
    """The event that tells the page's card, or the agency's panel, to read itself again."""
    return f"client-changed-{client.pk}" if client else "agency-connection-changed"


def _status(request: AgencyRequest, client: Client | None, shown: dict[str, Any]) -> HttpResponse:
    context = {**modal.base(request.agency, client), **_frame(request), **shown}
    template = "connections/_qr_status.html" if request.htmx else "connections/_qr_modal.html"
    response = render(request, template, context)
    if request.htmx and (request.method == "POST" or not shown["poll"]):  # in between the card asks for itself
        trigger_client_event(response, _changed(client), {})
    if request.htmx and shown["view"] == "connected":
        name = (client or request.agency).name
        trigger_client_event(response, "toast", {"text": f"WhatsApp de {name} conectado!", "level": "ok"})
        if "not_notified" not in shown:  # else there is something to read and to decide
            trigger_client_event(response, "dialog-close", {"after": 2000})
    return response


def _disconnected(request: AgencyRequest, client: Client | None) -> HttpResponse:
    if not request.htmx:
        messages.info(request, "WhatsApp desconectado")
        return redirect("agency:client", client.pk) if client else redirect("connections:index")
    response = HttpResponse(status=204)
    trigger_client_event(response, "toast", {"text": "WhatsApp desconectado", "level": "info"})
    trigger_client_event(response, _changed(client), {})
    return trigger_client_event(response, "dialog-close", {"after": 0})


def _agency_context(request: AgencyRequest) -> dict[str, Any]:
    own = WhatsAppConnection.objects.filter(agency=request.agency, client=None).first()
    clients = Client.objects.active().filter(agency=request.agency)
    with_own = clients.filter(whatsapp_connection__status="connected").count()
    return {
        "connection": own,
        "client": None,
        "urls": modal.urls(None),
        "clients_without_own": clients.count() - with_own,
        "clients_with_own": with_own,
    }
