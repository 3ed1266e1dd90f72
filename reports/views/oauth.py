"""Giving an access in the platform's own window: there, and back. Holds no rule; finds all through the agency."""

from __future__ import annotations

import logging
import uuid

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from adscape.http import AgencyRequest
from agency.access import agency_view, own_or_404
from reports import answers, credentials, oauth_asks
from reports.ads import oauth
from reports.ads.errors import AdsError
from reports.choices import Platform
from reports.models import AdsCredential
from reports.views.accesses import platform_or_404

logger = logging.getLogger(__name__)


@agency_view
@never_cache
@require_POST
def start(request: AgencyRequest, platform: str) -> HttpResponse:
    """POST `replaces`: the id of the access to renew, if any. A POST, so that no foreign page begins this."""
    wanted, replaces = _offered_or_404(platform), request.POST.get("replaces", "")
    if replaces:
        own_or_404(request, AdsCredential.objects.filter(platform=wanted), pk=_uuid_or_404(replaces))
    state = oauth_asks.begin(request.session, wanted, request.agency, timezone.now(), replaces=replaces)
    url = oauth.consent_url(wanted, redirect_uri=_return_uri(wanted), state=state)
    if request.htmx:
        return HttpResponseClientRedirect(url)
    # The Content-Security-Policy lets no form lead to another host, nor by a redirect; a link may.
    return render(request, "reports/oauth_go.html", {"platform": wanted, "url": url})


@agency_view
@never_cache
@require_GET
def back(request: AgencyRequest, platform: str) -> HttpResponse:
    """Where the platform's window leads back to, with `state`, and `code` or `error`."""
    try:
        answers.tell(request, *_taken(request, _offered_or_404(platform)))
    except oauth_asks.Unasked as why:
        answers.tell(request, str(why), "error")
    except AdsError as error:
        logger.warning("an access to %s was not given: %s", platform, error)
        answers.tell(request, error.sentence, "error")
    return redirect("connections:index")


def _taken(request: AgencyRequest, platform: Platform) -> tuple[str, str]:
    """Connect with what came back; the sentence and its level."""
    ask = oauth_asks.take(request.session, request.GET.get("state", ""), platform, request.agency, timezone.now())
    code = request.GET.get("code", "")
    if not code:
        is_denied = request.GET.get("error") == "access_denied"
        return (answers.ACCESS_DENIED if is_denied else answers.ACCESS_NOT_GIVEN), "info" if is_denied else "error"
    kind, keys = oauth.exchange(platform, code, redirect_uri=_return_uri(platform))
    replaces = AdsCredential.objects.filter(agency=request.agency, pk=ask.replaces).first() if ask.replaces else None
    access = credentials.connect(request.agency, kind, keys, by=request.user, replaces=replaces)
    return answers.of_access(access, access.listed.count()), "ok"


def _return_uri(platform: Platform) -> str:
    """As it is entered at the platform, letter by letter; from the settings, not from a request's Host."""
    return settings.PUBLIC_URL + reverse("reports:oauth_back", args=[platform.value])


def _offered_or_404(value: str) -> Platform:
    platform = platform_or_404(value)
    if not oauth.is_offered(platform):
        raise Http404
    return platform


def _uuid_or_404(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError:
        raise Http404 from None
