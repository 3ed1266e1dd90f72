"""One way to answer with a panel of a client's page: the fragment for HTMX, a whole page around it otherwise."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from adscape.http import AgencyRequest


def render_panel(request: AgencyRequest, fragment: str, context: dict[str, Any]) -> HttpResponse:
    """`context` holds `client`, and `title`: the page's name in its trail."""
    template = fragment if request.htmx else "reports/panel_page.html"
    return render(request, template, {**context, "fragment": fragment})
