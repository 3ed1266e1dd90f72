"""The report editor of a client: its page, its live preview, its test, pausing. Holds no rule; finds all through the
agency."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.access import agency_view, client_or_404
from agency.models import Client
from reports import answers, numbers, planning, recipients, sending, skipping, trial
from reports import preview as previews
from reports.forms import contents
from reports.forms.editor import ReportForms, settings_form
from reports.models import Recipient
from reports.views.sending import FORM_TOKEN


@agency_view
@never_cache
@require_http_methods(["GET", "POST"])
def settings(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(request, client_pk)
    planning.settings_of(client)
    forms = ReportForms(client, request.POST if request.method == "POST" else None)
    if request.method == "POST" and forms.is_valid() and (saved := forms.save()):
        messages.success(request, answers.of_saved(saved, forms.taken_back, forms.no_longer_skipped))
        # Whom WhatsApp would not notify is pointed out at once, beside the click that puts it right.
        return redirect("reports:settings" if forms.not_notified else "agency:client", client.pk)
    return _page(request, client, forms)


@agency_view
@never_cache
@require_POST
def preview(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """POST the editor's form as it stands: what would be sent. Stores nothing.

    POST `use` or `move` besides, and the page comes with what that button does to the form (`forms.contents.changed`).
    """
    client = client_or_404(request, client_pk)
    data = contents.changed(request.POST, "settings")
    if not request.htmx or "use" in data:
        response = _page(request, client, ReportForms(client, data))
        return trigger_client_event(response, "contents-changed", after="settle") if request.htmx else response
    context = previews.context(client, settings_form(client, data), data)
    return render(request, "reports/_preview.html", {**context, "is_live": True})


@agency_view
@require_POST
def send_test(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """POST `token`, and the editor's form as it stands; without a form, the stored settings are sent."""
    client = client_or_404(request, client_pk)
    in_editor = any(name.startswith("settings-") for name in request.POST)
    said, link = _send_test(request, client, request.POST if in_editor else None)
    if not in_editor:
        return answers.answer(request, client, *said, link)
    if not request.htmx:
        answers.tell(request, *said, link)
        return _page(request, client, ReportForms(client, request.POST))
    return answers.toast(render(request, "reports/_form_token.html"), *said, link)


def _send_test(request: AgencyRequest, client: Client, data: object) -> tuple[tuple[str, str], answers.Link | None]:
    """What became of it, for the person, and where to go if something is missing."""
    form, token = settings_form(client, data), request.POST.get("token", "")
    if not FORM_TOKEN.fullmatch(token):
        return answers.STALE_FORM, None
    if form.is_bound and not form.is_valid():
        return (f"Nada foi enviado. {' '.join(form.problems)}", "error"), None
    try:
        return answers.of_trial(trial.send(form.instance, request.user, token)), None
    except trial.NoPhone:
        return answers.NO_PHONE, answers.Link(reverse("agency:profile"), "Abrir o perfil")
    except numbers.NoData as missing:
        return (f"Nada foi enviado. {missing}", "error"), None


@agency_view
@require_POST
def pause(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """POST `paused`: 1 stops the automatic reports, 0 lets them go on."""
    client = client_or_404(request, client_pk)
    paused = request.POST.get("paused")
    if paused not in ("0", "1"):
        return answers.answer(request, client, *answers.STALE_PAGE)
    return answers.answer(request, client, *answers.of_pause(sending.pause(client, paused == "1")))


@agency_view
@require_POST
def skip(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """POST `occurrence`: the key of the next run, to take it out. POST `back`: editor, to return there."""
    client = client_or_404(request, client_pk)
    try:
        said = answers.of_skipped(skipping.skip(client, request.POST.get("occurrence", "")))
    except skipping.NotNext:
        said = answers.NOT_NEXT
    except skipping.AlreadySkipped:
        said = answers.ALREADY_SKIPPED
    return _answer(request, client, said)


@agency_view
@require_POST
def put_back(request: AgencyRequest, client_pk: uuid.UUID) -> HttpResponse:
    """POST `occurrence`: the key of the run that was taken out. POST `back`: editor, to return there."""
    client = client_or_404(request, client_pk)
    try:
        said = answers.of_put_back(skipping.put_back(client, request.POST.get("occurrence", "")))
    except skipping.NotNext:
        said = answers.NOT_SKIPPED
    return _answer(request, client, said)


@agency_view
@require_POST
def recipient_via_agency(request: AgencyRequest, client_pk: uuid.UUID, recipient_pk: int) -> HttpResponse:
    """Send to this recipient through the agency's number from now on. POST `back`: editor, to return there."""
    client = client_or_404(request, client_pk)
    recipient = get_object_or_404(Recipient, pk=recipient_pk, client=client, group_jid="")
    recipients.use_agency_number(recipient)
    response = _answer(request, client, answers.of_via_agency(recipient, recipients.numbers_of(client)))
    return trigger_client_event(response, "dialog-close", {"after": 0}) if request.htmx else response


def _answer(request: AgencyRequest, client: Client, said: tuple[str, str]) -> HttpResponse:
    """As everywhere; without scripts, back to the page that the click came from."""
    if request.POST.get("back") == "editor" and not request.htmx:
        answers.tell(request, *said)
        return redirect("reports:settings", client.pk)
    return answers.answer(request, client, *said)


def _page(request: AgencyRequest, client: Client, forms: ReportForms) -> HttpResponse:
    """`reports/settings.html` with `forms` (ReportForms), what `preview.context` gives, and `not_notified`."""
    context = {
        **previews.context(client, forms.settings, request.POST if forms.settings.is_bound else None),
        "forms": forms,
        "not_notified": recipients.not_notified(client, forms.numbers),
    }
    return render(request, "reports/settings.html", context)
