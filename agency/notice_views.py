"""The bell's fragments and the page of all notices."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency import notices as service
from agency.access import agency_view, own_or_404
from agency.models import Notice

#: In the bell; the page shows all of them.
IN_BELL = 8
CLOSED_IN_BELL = 3
PER_PAGE = 50


@agency_view
@never_cache
@require_GET
def notices(request: AgencyRequest) -> HttpResponse:
    if request.htmx:
        return _bell(request)
    page = Paginator(service.open_of(request.agency), PER_PAGE).get_page(request.GET.get("pagina"))
    context = _context(request, list(page)) | {
        "page": page,
        "closed": service.recently_closed(request.agency)[:PER_PAGE],
        "nav": "notices",
    }
    return render(request, "agency/notices.html", context)


@agency_view
@never_cache
@require_GET
def notices_count(request: AgencyRequest) -> HttpResponse:
    return render(request, "agency/_notices_count.html")


@agency_view
@require_POST
def notices_read(request: AgencyRequest) -> HttpResponse:
    seen = _moment(request.POST.get("until", ""))
    if seen is not None:
        service.mark_read(request.membership, seen)
    return _changed(request, "Avisos marcados como lidos.")


@agency_view
@require_POST
def notice_dismiss(request: AgencyRequest, notice_pk: uuid.UUID) -> HttpResponse:
    service.dismiss(own_or_404(request, Notice.objects.all(), pk=notice_pk))
    return _changed(request, "Aviso dispensado.")


def _changed(request: AgencyRequest, said: str) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(_bell(request), "notices-changed", {})
    messages.success(request, said)
    return redirect("agency:notices")


def _bell(request: AgencyRequest) -> HttpResponse:
    found = list(service.open_of(request.agency)[: IN_BELL + 1])
    context = _context(request, found[:IN_BELL]) | {
        "closed": service.recently_closed(request.agency)[:CLOSED_IN_BELL],
        "has_more": len(found) > IN_BELL,
    }
    return render(request, "agency/_notices.html", context)


def _context(request: AgencyRequest, shown: list[Notice]) -> dict[str, Any]:
    """`until` is the newest that the person sees: what is raised after it stays unread."""
    read_at = request.membership.notices_read_at
    unread = {notice.pk for notice in shown if read_at is None or notice.raised_at > read_at}
    return {"notices": shown, "unread": unread, "until": max((n.raised_at for n in shown), default=None)}


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and is_aware(moment) else None
