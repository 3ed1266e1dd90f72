"""A client's ad accounts: add by hand, look at, rename, remove. Holds no rule; finds all through the agency."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from agency.models import Client
from reports import accounts, choosing, freshness
from reports.account_ids import show_account_id
from reports.forms.accounts import CURRENCIES, NewAccountForm, RenameAccountForm
from reports.models import AdAccount


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def account_new(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    form = NewAccountForm(client, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.add(form.instance)
        except accounts.AlreadyThere:
            form.say_already_there()
        else:
            messages.success(request, _added(form.instance))
            return redirect("reports:balance", client.pk)
    context = {"client": client, "form": form, "account": None, "currencies": CURRENCIES}
    return render(request, "reports/account_form.html", context)


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def account_edit(request: AgencyRequest, client_pk: uuid.UUID, account_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    account = account_or_404(client, account_pk)
    form = RenameAccountForm(request.POST if request.method == "POST" else None, instance=account)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Alterações salvas.")
        return redirect("reports:balance", client.pk)
    known = account_or_404(client, account_pk)  # with the name that stands, not the one that was typed
    context = {
        "client": client,
        "form": form,
        "account": known,
        "others": accounts.other_clients(known),
        "listed": None if known.credential_id else choosing.listed_of(known),
        "months": choosing.MONTHS,
        "shown_id": show_account_id(known.platform, known.external_id),
    }
    return render(request, "reports/account_form.html", context)


@agency_view
@never_cache
@require_GET
def account_reading(request: AgencyRequest, client_pk: uuid.UUID, account_pk: uuid.UUID) -> HttpResponse:
    """What an account's part of a page asks for again by itself while something is on its way."""
    client = client_or_404(request, client_pk)
    account = account_or_404(client, account_pk)
    response = render(request, "reports/_account_reading.html", {"client": client, "account": account})
    is_over = not freshness.freshness(account, timezone.now()).is_busy
    return trigger_client_event(response, "numbers-changed", {}) if is_over else response


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def account_remove(request: AgencyRequest, client_pk: uuid.UUID, account_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    account = account_or_404(client, account_pk)
    if request.method == "POST":
        accounts.remove(account)
        messages.info(request, f"A conta {account.name} foi removida, com os números dela.")
        page = reverse("reports:balance", args=[client.pk])
        return HttpResponseClientRedirect(page) if request.htmx else redirect(page)
    context = {
        "client": client,
        "account": account,
        "belongings": accounts.belongings(account),
        "base_template": "ui/dialog.html" if request.htmx else "ui/dialog_page.html",
    }
    return render(request, "reports/_account_remove.html", context)


def account_or_404(client: Client, account_pk: uuid.UUID) -> AdAccount:
    rows = AdAccount.objects.select_related("credential").defer("credential__secret")
    account = get_object_or_404(rows, pk=account_pk, client=client)
    account.client = client
    return account


def _added(account: AdAccount) -> str:
    others = accounts.other_clients(account)
    said = f"Conta {account.name} adicionada."
    return f"{said} Ela também é de {', '.join(others)}." if others else said
