"""The balance page's forms: each account's alert and balance, and who is told. They check and write rows, no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone

from agency.models import Client
from reports import balances, notices
from reports.choices import BalanceSource
from reports.forms.account_alerts import SETTINGS, BalanceForm, digest
from reports.forms.drawn import Difference
from reports.models import AdAccount, Recipient

BalanceFormSet = forms.modelformset_factory(AdAccount, form=BalanceForm, extra=0, edit_only=True)


class AlertRecipientsForm(forms.Form):
    """Which of the client's recipients get alerts; `drawn` says whom the page has shown, so that a recipient who was
    added meanwhile keeps what was chosen for them."""

    gets_alerts = forms.ModelMultipleChoiceField(
        Recipient.objects.none(), label="Quem recebe alertas", required=False, widget=forms.CheckboxSelectMultiple
    )
    drawn = forms.ModelMultipleChoiceField(Recipient.objects.none(), required=False, widget=forms.MultipleHiddenInput)
    #: Of those, whom the page has shown ticked: what nobody has touched is not written over what somebody else has.
    drawn_ticked = forms.ModelMultipleChoiceField(
        Recipient.objects.none(), required=False, widget=forms.MultipleHiddenInput
    )

    def __init__(self, client: Client, data: Any = None) -> None:
        super().__init__(data, prefix="recipients")
        self.recipients = list(Recipient.objects.filter(client=client))
        rows = Recipient.objects.filter(client=client)
        for name in ("gets_alerts", "drawn", "drawn_ticked"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101  for the type checker
            field.queryset = rows
        self.initial = {
            "gets_alerts": [recipient.pk for recipient in self.recipients if recipient.gets_alerts],
            "drawn": [recipient.pk for recipient in self.recipients],
            "drawn_ticked": [recipient.pk for recipient in self.recipients if recipient.gets_alerts],
        }

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Each recipient, and whether the page shows them ticked."""
        chosen = {str(value) for value in self["gets_alerts"].value() or ()}
        return [{"recipient": each, "is_chosen": str(each.pk) in chosen} for each in self.recipients]

    @property
    def is_anyone_chosen(self) -> bool:
        return any(choice["is_chosen"] for choice in self.choices)

    @property
    def is_stale(self) -> bool:
        """A recipient that the page was drawn with is gone, or was never this client's."""
        known = {str(recipient.pk) for recipient in self.recipients}
        if not self.is_bound or not hasattr(self.data, "getlist"):
            return False
        names = [self.add_prefix(name) for name in ("drawn", "drawn_ticked", "gets_alerts")]
        return any(pk not in known for name in names for pk in self.data.getlist(name))

    def save(self) -> None:
        chosen, ticked = ({each.pk for each in self.cleaned_data[name]} for name in ("gets_alerts", "drawn_ticked"))
        for recipient in self.cleaned_data["drawn"]:
            wanted = recipient.pk in chosen
            if wanted != (recipient.pk in ticked) and wanted != recipient.gets_alerts:
                Recipient.objects.filter(pk=recipient.pk).update(gets_alerts=wanted)


class BalanceForms:
    """The page's forms, valid together and saved together: `accounts` (a formset, prefix `accounts`) and `recipients`.

    `is_stale`: something was not saved since what is stored is not what the page was drawn from. Where a row is gone
    the forms are drawn anew (`is_redrawn`); else what was typed stands, `differences` say what is stored, and who has
    read that may save again.
    """

    def __init__(self, client: Client, data: Any = None) -> None:
        self.client = client
        self.is_stale = self.is_redrawn = False
        self.differences: list[Difference] = []
        self._draw(data)

    def _draw(self, data: Any) -> None:
        accounts = AdAccount.objects.filter(client=self.client).select_related("credential")
        accounts = accounts.defer("credential__secret")
        self.accounts = BalanceFormSet(data, queryset=accounts, prefix="accounts")
        for form in self.accounts.initial_forms:
            form.instance.client = self.client  # with its agency at hand, whose zone is asked for
        self.recipients = AlertRecipientsForm(self.client, data)

    def is_valid(self) -> bool:
        """Each form is asked, so that all errors are shown at once."""
        # A formset takes a row that it does not find, gone or another client's, for a new one.
        gone = any(form.instance._state.adding for form in self.accounts.forms)
        if gone or self.recipients.is_stale:
            self.is_stale = self.is_redrawn = True
            self._draw(None)
            return False
        return all([self.accounts.is_valid(), self.recipients.is_valid()])

    @property
    def has_errors(self) -> bool:
        return bool(self.accounts.is_bound and (self.accounts.total_error_count() or self.recipients.errors))

    def save(self, now: datetime | None = None) -> bool:
        """Write what was typed; a changed balance is a reading "Informado". False, and nothing is written, where
        somebody else has changed an account's settings since the page was drawn."""
        if not self._write(now or timezone.now()):
            return False
        notices.forget_untold(self.client)
        return True

    @transaction.atomic
    def _write(self, now: datetime) -> bool:
        rows = AdAccount.objects.select_for_update().filter(client=self.client).order_by("pk")
        stored = {account.pk: account for account in rows}
        stale = [form for form in self.accounts.initial_forms if self._is_stale(form, stored.get(form.instance.pk))]
        if stale:
            self._refuse(stale, stored)
            return False
        for form in self.accounts.initial_forms:
            form.instance.save(update_fields=[*SETTINGS])
            if "balance" in form.changed_data:
                balances.record_reading(form.instance, form.cleaned_data["balance"], BalanceSource.INFORMED, now)
        self.recipients.save()
        return True

    @staticmethod
    def _is_stale(form: BalanceForm, stored: AdAccount | None) -> bool:
        return stored is None or form.is_stale(stored)

    def _refuse(self, stale: list[BalanceForm], stored: dict[Any, AdAccount]) -> None:
        self.is_stale = True
        if any(form.instance.pk not in stored for form in stale):  # removed in this very moment
            self.is_redrawn = True
            self._draw(None)
            return
        for form in stale:
            account = stored[form.instance.pk]
            self.differences += form.differences(account)
            data: Any = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict, which `|` would make a dict of lists
            data[form.add_prefix("drawn")] = digest(account)
            form.data = data
