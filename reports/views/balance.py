"""A client's balances, their alerts, and the ad accounts that both belong to. Holds no rule; finds all through the
agency."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from agency.models import Client
from reports import answers, balances, freshness, history, panels
from reports.forms.account_alerts import MuteForm
from reports.forms.balance import BalanceForms
from reports.models import AdAccount
from reports.views.panel import render_panel


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def balance(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    forms = BalanceForms(client, request.POST if request.method == "POST" else None)
    if request.method == "POST" and forms.is_valid() and forms.save():
        messages.success(request, "Alterações salvas.")
        return redirect("reports:balance", client.pk)
    return _page(request, client, forms)


@agency_view
@never_cache
@require_POST
def balance_preview(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """POST the page's form as it stands: the alert of each account as it would be sent. Stores nothing."""
    client = client_or_404(request, client_pk)
    forms = BalanceForms(client, request.POST)
    if forms.is_valid() or not forms.is_redrawn:
        forms.is_stale = False
    if not request.htmx:
        return _page(request, client, forms)
    return render(request, "reports/_balance_previews.html", {"client": client, "forms": forms})


@agency_view
@require_POST
def account_mute(request: AgencyRequest, client_pk: uuid.UUID, account_pk: uuid.UUID) -> HttpResponse:
    """POST `days` (1, 3, 7), or `by`: until with the day in `until`; neither lets the client be told again."""
    client = client_or_404(request, client_pk)
    account = get_object_or_404(AdAccount, pk=account_pk, client=client)
    form = MuteForm(account, client.zone, request.POST)
    if form.is_valid():
        said = answers.of_mute(account, client, balances.mute(account, form.muted_until))
    else:
        said = (f"Nada mudou. {' '.join(str(error) for errors in form.errors.values() for error in errors)}", "error")
    if not request.htmx:
        answers.tell(request, *said)
        return redirect("reports:balance", client.pk)
    context = {"client": client, "account": account}
    response = answers.toast(render(request, "reports/_account_mute.html", context), *said)
    return trigger_client_event(response, f"client-changed-{client.pk}", {})


def _page(request: AgencyRequest, client: Client, forms: BalanceForms) -> HttpResponse:
    alerts = history.alerts(client, history.wanted(request.GET.get("alertas", "")))
    context = {
        "client": client,
        "forms": forms,
        "readings": history.readings(client, history.wanted(request.GET.get("leituras", ""))),
        "alerts": alerts,
        "ask_again_in": history.ask_again_in(alerts),
    }
    return render(request, "reports/balance.html", context)


@agency_view
@never_cache
@require_GET
def client_balance(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """The panel of the client's page. GET `de_novo`: asked by itself, while something was on its way."""
    client = client_or_404(request, client_pk)
    accounts = panels.accounts_of(client)
    is_busy = any(freshness.freshness(account, timezone.now()).is_busy for account in accounts)
    context = {"client": client, "title": "Saldo", "accounts": accounts, "is_busy": is_busy}
    response = render_panel(request, "reports/_client_balance.html", context)
    is_over = "de_novo" in request.GET and not is_busy
    return trigger_client_event(response, "numbers-changed", {}) if is_over else response


@agency_view
@require_POST
def check_balance(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    return answers.answer(request, client, *answers.of_checks(balances.check_client(client)))
