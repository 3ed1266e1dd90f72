"""The report editor's list of who receives: checks what was typed and asks about other clients' numbers, no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet

from agency.models import Client
from agency.phones import forms_of
from connections.models import WhatsAppGroup
from connections.routing import GROUP_OF_AGENCY
from reports import recipients
from reports.forms import drawn
from reports.models import Recipient
from reports.recipients import Numbers

NOT_LISTED = "Este grupo não está mais na lista deste número. Escolha de novo em “Adicionar grupo”."
HAS_LEFT = "Este grupo não está na última lista do número: ele saiu do grupo, ou o grupo acabou."


class RecipientForm(forms.ModelForm[Recipient]):
    """A person, or a group. Of a new group `group` is the key of what was chosen; a stored one stays the group it is.

    `confirmed` holds the phone, or the group's address, that somebody said is meant, although it belongs to another
    client as well. `groups` are those that may be chosen.
    """

    confirmed = forms.CharField(required=False, max_length=64)
    group = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)
    #: The other clients that the phone or the group belongs to, for the question; set by the formset.
    others = ""

    class Meta:
        model = Recipient
        fields = ("name", "phone", "gets_reports", "gets_alerts", "via_agency")
        labels = {"name": "Nome", "phone": "WhatsApp", "gets_reports": "Relatórios", "gets_alerts": "Alertas"}

    def __init__(self, *args: Any, numbers: Numbers, groups: QuerySet[WhatsAppGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers, self.chosen = numbers, self.instance.group
        is_new = self.instance._state.adding
        key = str(self.data.get(self.add_prefix("group"), "")) if self.is_bound and is_new else ""
        if key:
            rows = groups.select_related("connection")
            self.chosen = rows.filter(pk=key).first() if key.isascii() and key.isdigit() and len(key) < 12 else None
        self.is_group = bool(key or self.instance.group_jid)
        self.fields["phone"].required = True
        del self.fields["phone" if self.is_group else "group"]
        if self.is_group and not is_new:
            del self.fields["group"]
        elif self.chosen is not None:
            self.initial.setdefault("group", str(self.chosen.pk))

    def validate_constraints(self) -> None:
        """That a number is once in the list is the formset's to say, which knows what the other rows will hold."""

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean(self) -> dict[str, Any]:
        """Adds `address`, where a message to this recipient goes; without one it is not understood."""
        cleaned = super().clean() or self.cleaned_data
        if not self.is_group:
            return cleaned | ({"address": cleaned["phone"]} if cleaned.get("phone") else {})
        if self.instance._state.adding:
            if self.chosen is None:
                raise ValidationError(NOT_LISTED)
            self.instance.group_jid = self.chosen.jid
            self.instance.via_agency = self.chosen.connection.client_id is None
        return cleaned | {"address": self.instance.group_jid, "via_agency": self.instance.via_agency}

    @property
    def typed_address(self) -> str:
        """E.164 or a group's; empty where none was understood."""
        return str(getattr(self, "cleaned_data", {}).get("address") or "") or self.instance.address

    @property
    def is_untouched(self) -> bool:
        """An empty row that nobody has typed into."""
        return self.instance._state.adding and not (self.is_bound and self.has_changed())

    @property
    def is_own_number(self) -> bool:
        """Messages to this phone would come from the phone itself."""
        return not self.is_group and self.numbers.is_own(self.typed_address)

    @property
    def says_why(self) -> bool:
        """Whether the row itself explains what it means to be the own number."""
        return self.is_bound or self.instance.via_agency

    @property
    def is_confirmed(self) -> bool:
        said = self.cleaned_data.get("confirmed")
        return said == self.typed_address if self.is_group else said in forms_of(self.typed_address)

    @property
    def trouble(self) -> str:
        """Why nothing would reach a stored group as things are; empty where nothing is known to be in the way."""
        if not self.is_group or self.instance._state.adding:
            return ""
        if self.instance.via_agency and not self.numbers.client_uses_agency:
            return GROUP_OF_AGENCY
        return HAS_LEFT if self.chosen is None else ""

    def ask_about(self, others: str) -> None:
        """Hold back until a person has said that a number or group of `others`, who are clients too, is meant."""
        self.others = others
        if self.is_confirmed:
            return
        where, what = (None, "grupo também recebe os relatórios") if self.is_group else ("phone", "número também é")
        self.add_error(where, f"Este {what} de {others}. Se for mesmo este, confirme e salve de novo.")


class RecipientFormSetBase(BaseInlineFormSet[Recipient, Client, RecipientForm]):
    """Says in words that fit what two rows with one number are, and asks about numbers of other clients."""

    def clean(self) -> None:
        # A stored recipient whose number stays as it is was asked about when it was added, if there was a question.
        people = [form for form in self.forms if "phone" in form.changed_data]
        groups = [form for form in self.forms if form.is_group and form.instance._state.adding]
        self._ask_about_other_clients(people, recipients.other_clients)
        self._ask_about_other_clients(groups, recipients.clients_of_groups)
        self._refuse_numbers_of_other_rows()
        super().clean()

    def _ask_about_other_clients(
        self, new: list[RecipientForm], who: Callable[[Client, Iterable[str]], dict[str, str]]
    ) -> None:
        found = {form: address for form in new if (address := _address(form))}
        others = who(self.instance, found.values()) if found else {}
        for form, address in found.items():
            if address in others:
                form.ask_about(others[address])

    def _refuse_numbers_of_other_rows(self) -> None:
        """The forms' own numbers are compared with each other: one may take what another gives up in the same save.
        Left are rows that the page does not know of."""
        mine = {form.instance.pk for form in self.initial_forms}
        taken = {row.address for row in self.get_queryset() if row.pk not in mine}
        for form in self.forms:
            if _address(form) in taken:
                form.add_error(None, _once(form))

    def validate_unique(self) -> None:
        """Django's own looks at constraints that hold for all rows; a phone and a group have one each."""
        seen: set[str] = set()
        doubled = [form for form in self.forms if (address := _address(form)) and _seen_before(address, seen)]
        for form in doubled:
            form.add_error(None, _once(form))
        if doubled:
            what = "grupo" if doubled[0].is_group else "número"
            raise ValidationError(f"O mesmo {what} está duas vezes na lista.")


def _address(form: RecipientForm) -> str:
    """Of a row that will be there; "" where it goes, or nothing of it was understood."""
    return "" if drawn.is_removed(form) else str(getattr(form, "cleaned_data", {}).get("address") or "")


def _seen_before(address: str, seen: set[str]) -> bool:
    was_seen = address in seen
    seen.add(address)
    return was_seen


def _once(form: RecipientForm) -> str:
    return "Este grupo já está na lista." if form.is_group else "Este número já está na lista."


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


def row_for(recipient: Recipient, number: int, *, numbers: Numbers, groups: QuerySet[WhatsAppGroup]) -> RecipientForm:
    """The row of a recipient that is not stored yet, to be put into the list as its `number`-th."""
    known: dict[str, Any] = {"numbers": numbers, "groups": groups}
    made = RecipientFormSet(instance=recipient.client, prefix="recipients", form_kwargs=known)
    form = RecipientForm(instance=recipient, prefix=made.add_prefix(number), **known)
    made.add_fields(form, None)
    return form
