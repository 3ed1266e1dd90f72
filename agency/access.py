"""The one way in: every view of every app finds its user's agency and that agency's objects here.

An anonymous visitor goes to the login page (an HTMX request by a client-side redirect, so that no fragment ever holds a
login page); an object of another agency is a 404 like one that does not exist.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from adscape.http import AgencyRequest
from agency.models import Client, Membership

P = ParamSpec("P")
M = TypeVar("M", bound=Model)


def agency_view(view: Callable[Concatenate[AgencyRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for people of an agency; gives the view `request.agency`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _to_login(request)
        membership = _memberships().filter(user_id=request.user.pk).first()
        if membership is None:
            return render(request, "agency/no_agency.html", status=403)
        known = cast(AgencyRequest, request)
        known.agency, known.membership = membership.agency, membership
        return view(known, *args, **kwargs)

    return guarded


@cache
def _memberships() -> QuerySet[Membership]:
    """With the agency, and what every page shows of its logo (all but the picture). Only ever narrowed, never read."""
    return Membership.objects.select_related("agency__logo").defer("agency__logo__content")


def client_or_404(request: AgencyRequest, client_pk: uuid.UUID) -> Client:
    """The agency's client of that id, in service; with its agency at hand, so that `client.zone` costs no query."""
    client = get_object_or_404(Client.objects.active(), pk=client_pk, agency=request.agency)
    client.agency = request.agency
    return client


def own_or_404(request: AgencyRequest, rows: QuerySet[M], **lookup: Any) -> M:
    """One of `rows` that belongs to the user's agency. The rows' model must have an `agency` field."""
    return get_object_or_404(rows, agency=request.agency, **lookup)


def _to_login(request: HttpRequest) -> HttpResponse:
    login = resolve_url(settings.LOGIN_URL)
    if getattr(request, "htmx", False):
        # Back to the page that the person sees, not to the fragment that was asked for.
        page = request.htmx.current_url_abs_path or resolve_url(settings.LOGIN_REDIRECT_URL)  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(f"{login}?{urlencode({'next': page})}")
    page = request.get_full_path() if request.method == "GET" else resolve_url(settings.LOGIN_REDIRECT_URL)
    return redirect(f"{login}?{urlencode({'next': page})}")
