"""An agency's logo: put in place, taken away by its people, and shown to anybody who has its address."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from adscape.http import AgencyRequest
from agency import logos
from agency.access import agency_view
from agency.logo_form import LogoForm
from agency.profile_views import profile_page

#: What is at an address that names its content never changes.
_FOR_EVER = "public, max-age=31536000, immutable"


@agency_view
@never_cache
@require_POST
def logo(request: AgencyRequest) -> HttpResponse:
    """Any member may: whoever answers for the messages of a client sets how the agency looks to it."""
    form = LogoForm(request.POST, request.FILES)
    if not form.is_valid():
        return profile_page(request, logo_form=form)
    logos.store(request.agency, form.cleaned_data["file"])
    messages.success(request, "Logo salvo.")
    return redirect("agency:profile")


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def logo_remove(request: AgencyRequest) -> HttpResponse:
    if request.method == "POST":
        logos.remove(request.agency)
        messages.info(request, "Logo removido.")
        return redirect("agency:profile")
    frame = "ui/dialog.html" if request.htmx else "ui/dialog_page.html"
    return render(request, "agency/_logo_remove.html", {"base_template": frame})


@require_safe
def logo_image(request: HttpRequest, digest: str) -> HttpResponse:
    """Without a login: it stands on the page of a client's link. The address cannot be guessed, only known."""
    content = logos.content_of(digest)
    if content is None:
        raise Http404
    headers = {"Cache-Control": _FOR_EVER, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="image/png", headers=headers)
