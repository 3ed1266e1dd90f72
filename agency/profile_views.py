"""A person's own page (with the agency's logo on it), and the theme of the browser that it is seen in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from adscape.http import AgencyRequest
from agency import theme
from agency.access import agency_view
from agency.logo_form import LogoForm
from agency.models import User
from agency.profile import ProfileForm


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: AgencyRequest) -> HttpResponse:
    # A row of its own: an invalid form must not change the name that the bar shows.
    own = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=own)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Perfil salvo.")
        return redirect("agency:profile")
    return profile_page(request, form=form)


def profile_page(
    request: AgencyRequest, *, form: ProfileForm | None = None, logo_form: LogoForm | None = None
) -> HttpResponse:
    """`agency/profile.html` with `form` and `logo_form`, either of which may have been refused."""
    context = {"form": form or ProfileForm(instance=request.user), "logo_form": logo_form or LogoForm()}
    return render(request, "agency/profile.html", context)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """For whoever looks at a page, signed in or not: it says nothing about anybody and touches no row."""
    page = request.POST.get("next", "")
    page = page if page.startswith("/") else ""  # else it would be taken for the name of an address
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        page = ""
    response = redirect(page or "agency:client_list")
    theme.remember(response, request.POST.get("theme", ""))
    return response
