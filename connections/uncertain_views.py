"""The page of what may have left, and the two answers to it, for one message or many. Finds all through the agency."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view
from connections import uncertain as service
from connections import uncertain_words as words
from connections.models import Message

#: So many fit into the address of a question about all of them.
PER_PAGE = 50


@agency_view
@never_cache
@require_GET
def uncertain(request: AgencyRequest) -> HttpResponse:
    page = Paginator(service.waiting(request.agency), PER_PAGE).get_page(request.GET.get("pagina"))
    context = {"page": page, "uncertain": service.with_senders(request.agency, list(page)), "nav": "connections"}
    return render(request, "connections/uncertain.html", context)


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def uncertain_received(request: AgencyRequest) -> HttpResponse:
    asked = _asked(request)
    if request.method == "POST":
        answered = service.received(asked, request.user)
        return _done(request, asked, words.of_received(answered), is_news=bool(answered.done))
    return _question(request, "received", asked, [one for one in asked if one.is_uncertain])


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def uncertain_again(request: AgencyRequest) -> HttpResponse:
    asked = _asked(request)
    if request.method == "POST":
        answered = service.send_again(asked, request.user)
        return _done(request, asked, words.of_sent_again(answered), is_news=bool(answered.done))
    return _question(request, "again", asked, [one for one in asked if one.is_uncertain and not one.looked_for_until])


def _question(request: AgencyRequest, name: str, asked: list[Message], open_: list[Message]) -> HttpResponse:
    """The dialog alone for HTMX; a whole page around the same content for a plain request."""
    looked_for = [one for one in asked if one.is_uncertain and one not in open_]
    context = {
        "asked": open_,
        "said": words.joined(
            words.of_resolved([o for o in asked if not o.is_uncertain]), words.of_looked_for(looked_for)
        ),
        "is_marked": bool(asked),
        "from_client": _client_to_return_to(request, asked) is not None,
        "back": _back(request, asked),
        "base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html",
    }
    return render(request, f"connections/_uncertain_{name}.html", context)


def _client_to_return_to(request: AgencyRequest, asked: list[Message]) -> uuid.UUID | None:
    """Of a person who answered about one message on its client's page."""
    given = request.POST if request.method == "POST" else request.GET
    return asked[0].client_id if given.get("from") == "client" and len(asked) == 1 else None


def _back(request: AgencyRequest, asked: list[Message]) -> str:
    client_pk = _client_to_return_to(request, asked)
    return reverse("agency:client", args=[client_pk]) if client_pk else reverse("connections:uncertain")


def _asked(request: AgencyRequest) -> list[Message]:
    """The messages that the request names; one that is not the agency's is a 404, like one that does not exist."""
    named = (request.POST if request.method == "POST" else request.GET).getlist("message")
    try:
        keys = {uuid.UUID(name) for name in named}
    except ValueError:
        raise Http404 from None
    found = service.of_agency(request.agency, keys)
    if len(found) != len(keys) or len(keys) > PER_PAGE:
        raise Http404
    return found


def _done(request: AgencyRequest, asked: list[Message], said: str, *, is_news: bool) -> HttpResponse:
    if not request.htmx:
        messages.add_message(request, messages.SUCCESS if is_news else messages.INFO, said)
        return redirect(_back(request, asked))
    response = HttpResponse(status=204)
    trigger_client_event(response, "toast", {"text": said, "level": "ok" if is_news else "info"})
    clients = {f"client-changed-{one.client_id}" for one in asked if one.client_id}
    for event in ("uncertain-changed", "notices-changed", *clients):
        trigger_client_event(response, event, {})
    return trigger_client_event(response, "dialog-close", {"after": 0})
