"""A client's ad accounts chosen from what the agency's accesses list, and read or not. Holds no rule; finds all through
the agency."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from agency.models import Client
from reports import accounts, answers, choosing
from reports.choosing import Asked
from reports.views.accounts import account_or_404


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def choose(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """GET, or POST without `follow`: the page, or for HTMX its list, as searched for. POST `follow`: read the ticked
    ones from now on."""
    client = client_or_404(request, client_pk)
    asked = Asked.of(request.POST if request.method == "POST" else request.GET)
    is_order = request.method == "POST" and "follow" in request.POST
    if is_order and asked.chosen:
        return _follow(request, client, asked)
    context = {"client": client, "offers": choosing.offers(client, asked), "months": choosing.MONTHS}
    template = "reports/_account_offers.html" if request.htmx else "reports/account_choose.html"
    return render(request, template, {**context, "nothing_chosen": is_order})


@agency_view
@require_POST
def follow(request: AgencyRequest, client_pk: uuid.UUID, account_pk: uuid.UUID) -> HttpResponse:
    """Read an account that the client has already. POST `months`: how much of the past."""
    client = client_or_404(request, client_pk)
    account = account_or_404(client, account_pk)
    listed = choosing.listed_of(account)
    if listed is None:
        messages.error(request, answers.NOT_LISTED)
        return redirect("reports:account_edit", client.pk, account.pk)
    try:
        choosing.follow_one(client, listed, Asked.of(request.POST).months, timezone.now())
        messages.success(request, f"{account.name} passa a ser lida. Os primeiros números chegam em minutos.")
    except accounts.OtherCurrency as error:
        messages.error(request, choosing.other_currency(account.name, error))
    return redirect("reports:account_edit", client.pk, account.pk)


@agency_view
@require_POST
def unfollow(request: AgencyRequest, client_pk: uuid.UUID, account_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    account = account_or_404(client, account_pk)
    accounts.unfollow(account)
    messages.info(request, f"{account.name} não é mais lida. Os números dela ficam, e arquivos podem trazer outros.")
    return redirect("reports:account_edit", client.pk, account.pk)


def _follow(request: AgencyRequest, client: Client, asked: Asked) -> HttpResponse:
    done = choosing.follow(client, asked, timezone.now())
    for sentence in done.refused:
        messages.error(request, sentence)
    if done.accounts:
        messages.success(request, answers.of_followed(len(done.accounts)))
    elif not done.refused:
        messages.error(request, answers.STALE_PAGE[0])
    return redirect("reports:balance", client.pk)
