"""Two sides of the connect link: the gestor's dialog that makes, sends and cancels it, and the client's page without
login. The public side finds everything through the token, answers the same to every bad one, and leaves no trace in
caches, search engines or referrers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest, HtmxRequest
from agency.access import agency_view, client_or_404
from agency.models import Client
from connections import link_sending, links, modal, services
from connections.evolution import EvolutionError
from connections.forms import ConsentForm, LinkPhoneForm
from connections.models import ConnectLink, WhatsAppConnection
from connections.public import address_of, unkept
from connections.rate import is_too_often

#: In a minute, from one address of the internet and, twice as often, of one link: a page that waits asks twenty times.
_MOST = {"GET": 120, "POST": 20}


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def connect_link(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """The dialog: POST makes the link, or shows the live one."""
    client = client_or_404(request, client_pk)
    link = links.make(client, request.user) if request.method == "POST" else links.live(client).first()
    if request.method == "POST" and not request.htmx:
        return redirect("connections:connect_link", client.pk)
    return _dialog(request, client, link)


@agency_view
@require_POST
def connect_link_revoke(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    links.revoke(client, request.user)
    said = {"text": "Link cancelado.", "level": "info"}
    try:
        links.end_pairing(client, request.user)
    except EvolutionError as error:
        said = {"text": f"Link cancelado, mas o código aberto não: {error.sentence}", "level": "error"}
    if not request.htmx:
        return redirect("connections:connect_link", client.pk)
    return trigger_client_event(_dialog(request, client, None), "toast", said)


@agency_view
@require_POST
def connect_link_send(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    link, form = links.live(client).first(), LinkPhoneForm(request.POST)
    if link is None or not form.is_valid():
        return _dialog(request, client, link, form)
    link_sending.send(link, form.cleaned_data["phone"])
    if not request.htmx:
        return redirect("connections:connect_link", client.pk)
    response = _dialog(request, client, link)
    return trigger_client_event(response, "toast", {"text": "Link a caminho pelo número da agência.", "level": "ok"})


def _dialog(
    request: AgencyRequest, client: Client, link: ConnectLink | None, form: LinkPhoneForm | None = None
) -> HttpResponse:
    context = {
        **modal.base(request.agency, client),
        "base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html",
        "link": link,
        "form": form,
        "agency_can_send": services.sender_for(request.agency) is not None,
    }
    if link is not None:
        context |= {"address": links.address_of(link), "share": link_sending.share_url(link)}
    return render(request, "connections/_link.html", context)


def public(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Gives the view the link of its token; a token that we did not sign is a 404. Limited by address and by link.

    Whatever is answered stays out of caches, search engines and other sites' referrers, and its address, which is the
    key, out of the log.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HtmxRequest, token: str) -> HttpResponse:
            # To no other site; without any, a browser calls the origin of the page's own forms null: they are refused.
            return unkept(_answer(view, request, token, methods), referrer="same-origin")

        return guarded

    return decorate


def _answer(
    view: Callable[..., HttpResponse], request: HtmxRequest, token: str, methods: tuple[str, ...]
) -> HttpResponse:
    if request.method not in methods:
        return HttpResponseNotAllowed(methods)
    what, most = f"link-{request.method}", _MOST[request.method]
    if is_too_often(what, address_of(request), most) or is_too_often(what, token, most * 2):
        return render(request, "connections/public/busy.html", status=429)
    link = links.find(token)
    if link is None:
        return render(request, "connections/public/unknown.html", status=404)
    return view(request, link)


@public("GET")
def link(request: HtmxRequest, link: ConnectLink) -> HttpResponse:
    links.note_opened(link)
    return _public_page(request, link)


@public("GET")
def link_state(request: HtmxRequest, link: ConnectLink) -> HttpResponse:
    """The part that changes; it asks again while something is under way."""
    try:
        links.refresh(link)
    except EvolutionError as error:
        return _public_page(request, link, trouble=error.sentence)
    return _public_page(request, link)


@public("POST")
def link_begin(request: HtmxRequest, link: ConnectLink) -> HttpResponse:
    """The client agrees, and asks for a code or a QR."""
    connection, form = links.connection_of(link), ConsentForm(request.POST)
    if links.view_of(link, connection) not in ("ask", "pairing"):
        return redirect("connections:link", links.token_of(link))
    if not form.is_valid():
        return _public_page(request, link, form=form)
    links.consent(link, _visit(request))
    try:
        links.connect(link, form.cleaned_data["phone"] if form.by_code else "")
    except EvolutionError as error:
        return _public_page(request, link, form=form, trouble=error.sentence)
    except services.DemoClient:
        return _public_page(request, link, form=form, trouble="Este cliente é de demonstração.")
    return redirect("connections:link", links.token_of(link))


@public("GET", "POST")
def link_disconnect(request: HtmxRequest, link: ConnectLink) -> HttpResponse:
    connection, trouble = links.connection_of(link), ""
    if not links.may_disconnect(link, connection):
        return redirect("connections:link", links.token_of(link))
    if request.method == "POST":
        try:
            links.disconnect(link)
        except EvolutionError as error:
            trouble = error.sentence
        else:
            return redirect("connections:link", links.token_of(link))
    context = {"link": link, "connection": connection, "trouble": trouble, "token": links.token_of(link)}
    return render(request, "connections/public/disconnect.html", context)


def _public_page(
    request: HtmxRequest, link: ConnectLink, *, form: ConsentForm | None = None, trouble: str = ""
) -> HttpResponse:
    connection = links.connection_of(link)
    links.note_connected(link, connection)
    view = links.view_of(link, connection)
    if view == "pairing" and _asks_for_number(request, connection, form):
        view = "code_form"
    context: dict[str, Any] = {"link": link, "connection": connection, "token": links.token_of(link), "page": view}
    context |= {"trouble": trouble, "form": form, "client": link.client, "agency": link.agency}
    context |= {"consent_text": links.CONSENT.format(agency=link.agency.name)}
    context["can_disconnect"] = links.may_disconnect(link, connection)
    if view == "pairing":
        context |= modal.state(connection)
    template = "connections/public/_state.html" if request.htmx else "connections/public/link.html"
    return render(request, template, context)


def _asks_for_number(request: HttpRequest, connection: WhatsAppConnection, form: ConsentForm | None) -> bool:
    """Whether the client wants a code instead of the QR that is on show; that one goes on until it is asked for."""
    wants = request.GET.get("way") == "code" or (form is not None and form.has_error("phone"))
    return wants and not connection.pairing_phone


def _visit(request: HttpRequest) -> links.Visit:
    return links.Visit(address_of(request), request.headers.get("User-Agent", ""))
