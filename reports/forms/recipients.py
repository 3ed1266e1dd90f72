"""The report editor's list of who receives: checks what was typed and asks about other clients' numbers, no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms import BaseInlineFormSet

from agency.models import Client
from agency.phones import forms_of
from reports import recipients
from reports.forms import drawn
from reports.models import Recipient
from reports.recipients import Numbers


class RecipientForm(forms.ModelForm[Recipient]):
    """`confirmed` holds the phone that a person said is meant, although it belongs to another client as well."""

    confirmed = forms.CharField(required=False, max_length=16)
    #: The other clients that the phone belongs to, for the question; set by the formset.
    others = ""

    class Meta:
        model = Recipient
        fields = ("name", "phone", "gets_reports", "gets_alerts", "via_agency")
        labels = {"name": "Nome", "phone": "WhatsApp", "gets_reports": "Relatórios", "gets_alerts": "Alertas"}

    def __init__(self, *args: Any, numbers: Numbers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = numbers

    def validate_constraints(self) -> None:
        """That a number is once in the list is the formset's to say, which knows what the other rows will hold."""

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    @property
    def typed_phone(self) -> str:
        """In E.164; empty where none was understood."""
        return str(getattr(self, "cleaned_data", {}).get("phone") or "") or self.instance.phone

    @property
    def is_untouched(self) -> bool:
        """An empty row that nobody has typed into."""
        return self.instance._state.adding and not (self.is_bound and self.has_changed())

    @property
    def is_own_number(self) -> bool:
        """Messages to this phone would come from the phone itself."""
        return self.numbers.is_own(self.typed_phone)

    @property
    def says_why(self) -> bool:
        """Whether the row itself explains what it means to be the own number."""
        return self.is_bound or self.instance.via_agency

    @property
    def is_confirmed(self) -> bool:
        return self.cleaned_data.get("confirmed") in forms_of(self.typed_phone)

    def ask_about(self, others: str) -> None:
        """Hold back until a person has said that a number of `others`, who are clients too, is meant."""
        self.others = others
        if not self.is_confirmed:
            self.add_error("phone", f"Este número também é de {others}. Se for mesmo este, confirme e salve de novo.")


class RecipientFormSetBase(BaseInlineFormSet[Recipient, Client, RecipientForm]):
    """Says in words that fit what two rows with one number are, and asks about numbers of other clients."""

    def clean(self) -> None:
        self._ask_about_other_clients()
        self._refuse_numbers_of_other_rows()
        super().clean()

    def _ask_about_other_clients(self) -> None:
        # A stored recipient whose number stays as it is was asked about when it was added, if there was a question.
        new = [form for form in self.forms if "phone" in form.changed_data]
        phones = {form: form.cleaned_data["phone"] for form in new if form.cleaned_data.get("phone")}
        others = recipients.other_clients(self.instance, phones.values())
        for form, phone in phones.items():
            if phone in others:
                form.ask_about(others[phone])

    def _refuse_numbers_of_other_rows(self) -> None:
        """The forms' own numbers are compared with each other: one may take what another gives up in the same save.
        Left are rows that the page does not know of."""
        mine = {form.instance.pk for form in self.initial_forms}
        taken = {row.phone for row in self.get_queryset() if row.pk not in mine}
        for form in self.forms:
            if not drawn.is_removed(form) and form.cleaned_data.get("phone") in taken:
                form.add_error(None, self.get_form_error())

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        return "O mesmo número está duas vezes na lista."

    def get_form_error(self) -> str:
        return "Este número já está na lista."


RecipientFormSet = forms.inlineformset_factory(
    Client,
    Recipient,
    form=RecipientForm,
    formset=RecipientFormSetBase,
    extra=1,
    max_num=50,
    validate_max=True,
    can_delete=True,
)
