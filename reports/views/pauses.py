"""The agency's pauses: seen, added, removed, by any member. Holds no rule; finds all through the agency."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from adscape.http import AgencyRequest
from agency.access import agency_view, own_or_404
from reports import agency_pauses, answers
from reports.forms.pauses import PauseForm
from reports.models import AgencyPause


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def pauses(request: AgencyRequest) -> HttpResponse:
    form = PauseForm(request.agency, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        answers.tell(request, *answers.of_agency_pause(agency_pauses.add(request.agency, **form.cleaned_data)))
        return redirect("reports:pauses")
    context = {"form": form, "pauses": agency_pauses.of_agency(request.agency, form.today), "today": form.today}
    return render(request, "reports/pauses.html", context)


@agency_view
@require_POST
def remove(request: AgencyRequest, pause_pk: int) -> HttpResponse:
    pause = own_or_404(request, AgencyPause.objects.all(), pk=pause_pk)
    pause.agency = request.agency
    answers.tell(request, *answers.of_agency_pause_removed(pause, agency_pauses.remove(pause)))
    return redirect("reports:pauses")
