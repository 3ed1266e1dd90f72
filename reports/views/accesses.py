"""The agency's accesses to ad platforms: seen, given by pasting, renewed, tested, taken back. Holds no rule; finds all
through the agency. Any member may: whoever answers for a client's numbers sees to it that they come."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, own_or_404
from reports import accesses, answers, credentials
from reports.ads import oauth
from reports.ads.errors import AdsError
from reports.choices import Platform
from reports.forms.accesses import AccessForm, access_form
from reports.models import AdsCredential


@agency_view
@never_cache
@require_GET
def index(request: AgencyRequest) -> HttpResponse:
    """The panel of the page Conexões; a page of its own where no script runs."""
    context = {"accesses": accesses.of_agency(request.agency, timezone.now()), "platforms": Platform}
    return render(request, "reports/_accesses.html" if request.htmx else "reports/accesses.html", context)


@agency_view
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new(request: AgencyRequest, platform: str) -> HttpResponse:
    return _given(request, access_form(platform_or_404(platform), _posted(request)))


@agency_view
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def renew(request: AgencyRequest, access_pk: uuid.UUID) -> HttpResponse:
    access = own_or_404(request, AdsCredential.objects.all(), pk=access_pk)
    return _given(request, access_form(Platform(access.platform), _posted(request), replaces=access))


@agency_view
@require_POST
def test(request: AgencyRequest, access_pk: uuid.UUID) -> HttpResponse:
    access = own_or_404(request, AdsCredential.objects.all(), pk=access_pk)
    access.agency = request.agency
    try:
        said = answers.of_access(access, credentials.test_again(access)), "ok"
    except AdsError as error:
        said = f"{access.get_platform_display()}: {error.sentence}", "error"
    return changed(request, *said)


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def disconnect(request: AgencyRequest, access_pk: uuid.UUID) -> HttpResponse:
    access = own_or_404(request, AdsCredential.objects.all(), pk=access_pk)
    if request.method == "POST":
        access.agency = request.agency
        credentials.disconnect(access)
        return changed(request, f"{access.get_platform_display()} desconectado. Os números já lidos ficaram.", "info")
    count = accesses.followed().filter(credential=access).count()
    context = {"access": access, "followed": count, **_frame(request)}
    return render(request, "reports/_access_disconnect.html", context)


def platform_or_404(value: str) -> Platform:
    if value not in Platform.values:
        raise Http404
    return Platform(value)


def changed(request: AgencyRequest, text: str, level: str) -> HttpResponse:
    """Say it, shut the dialog and let the panel read itself again; without scripts, on the page Conexões."""
    if not request.htmx:
        answers.tell(request, text, level)
        return redirect("connections:index")
    response = answers.toast(HttpResponse(status=204), text, level)
    trigger_client_event(response, "ads-access-changed", {})
    return trigger_client_event(response, "dialog-close", {"after": 0})


def _given(request: AgencyRequest, form: AccessForm) -> HttpResponse:
    """Keep the access if it works; else, or before, the form."""
    if form.is_bound and form.is_valid():
        try:
            access = _connect(request, form)
        except AdsError as error:
            form.add_error(None, error.sentence)
        else:
            return changed(request, answers.of_access(access, access.listed.count()), "ok")
    platform = form.platform
    context: dict[str, Any] = {
        "form": form,
        "platform": platform,
        "access": form.replaces,
        "is_offered": oauth.is_offered(platform),
        **_frame(request),
    }
    return render(request, "reports/_access_form.html", context)


def _connect(request: AgencyRequest, form: AccessForm) -> AdsCredential:
    return credentials.connect(
        request.agency,
        form.kind,
        form.keys,
        login_customer_id=form.login_customer_id,
        by=request.user,
        replaces=form.replaces,
    )


def _posted(request: AgencyRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _frame(request: AgencyRequest) -> dict[str, str]:
    """The dialog alone for HTMX; a whole page around the same content for a plain request."""
    return {"base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html", "nav": "connections"}
