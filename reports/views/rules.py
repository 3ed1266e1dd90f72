"""The agency's rules for what leaves by itself: seen and changed by any member. Finds them through the agency."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from adscape.http import AgencyRequest
from agency.access import agency_view
from reports import answers
from reports.forms.rules import RulesForm


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def rules(request: AgencyRequest) -> HttpResponse:
    form = RulesForm(request.agency, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        answers.tell(request, *answers.of_rules(form.save()))
        return redirect("reports:rules")
    return render(request, "reports/rules.html", {"form": form})
