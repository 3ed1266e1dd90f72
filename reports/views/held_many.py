"""Many reports that wait, released or discarded at once: the question with what would be sent, then the answer."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view
from reports import answers
from reports import held_many as service
from reports.models import Report


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def held_release(request: AgencyRequest) -> HttpResponse:
    """GET names reports (`report`) and shows what each would send; POST `digest` of each, as `<report>:<digest>`."""
    if request.method == "POST":
        digests = _digests(request)
        released = service.release(_named(request, digests), digests, request.user)
        return _done(request, *answers.of_many_released(released))
    return _question(request, "reports/_held_release.html")


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def held_discard(request: AgencyRequest) -> HttpResponse:
    if request.method == "POST":
        discarded = service.discard(_named(request, _keys(request.POST.getlist("report"))), request.user)
        return _done(request, *answers.of_many_discarded(discarded))
    return _question(request, "reports/_held_discard.html")


def _question(request: AgencyRequest, template: str) -> HttpResponse:
    named = _named(request, _keys(request.GET.getlist("report")))
    proposals = service.propose(named)
    context = {
        "proposals": proposals,
        "sendable": [proposal for proposal in proposals if proposal.text and proposal.recipients],
        "is_marked": bool(named),
        "nav": "sends",
        "gone": len(named) - len(proposals),
        "base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html",
    }
    return render(request, template, context)


def _digests(request: AgencyRequest) -> dict[uuid.UUID, str]:
    pairs = [named.partition(":") for named in request.POST.getlist("digest")]
    keys = _keys(key for key, _, _ in pairs)
    return dict(zip(keys, (digest for _, _, digest in pairs), strict=True))


def _keys(named: Iterable[str]) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(name) for name in named]
    except ValueError:
        raise Http404 from None


def _named(request: AgencyRequest, keys: Collection[uuid.UUID]) -> list[Report]:
    """The agency's reports of these keys, of more than fit into one question the first; one that is not the agency's is
    a 404, like one that does not exist."""
    asked = list(dict.fromkeys(keys))[: service.MOST]
    found = service.of_agency(request.agency, asked)
    if len(found) != len(asked):
        raise Http404
    return found


def _done(request: AgencyRequest, said: str, level: str) -> HttpResponse:
    if not request.htmx:
        answers.tell(request, said, level)
        return redirect("reports:sends")
    response = answers.toast(HttpResponse(status=204), said, level)
    for event in ("sends-changed", "notices-changed"):
        trigger_client_event(response, event, {})
    return trigger_client_event(response, "dialog-close", {})
