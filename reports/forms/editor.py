"""The report editor's forms: schedule and contents, and both parts of the page together. They check what was typed and
write rows, no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.utils import timezone

from agency import standing
from agency.models import Client
from agency.phones import is_group
from connections import outbox
from reports import choosing_groups, notices, numbers, planning, queueing, recipients, skipping, text
from reports.choices import META_FAMILIES, Frequency
from reports.formatting import symbol
from reports.forms import contents, drawn
from reports.forms.contents import GoalsField, LayoutField, WrittenField
from reports.forms.drawn import Difference
from reports.forms.recipients import RecipientFormSet, RecipientFormSetBase
from reports.forms.schedule import WeekField
from reports.layout import MOST_COMMENT, MOST_MESSAGE, MOST_TEXT, MOST_TITLE, TITLE
from reports.metrics import Metric
from reports.models import AdAccount, Recipient, ReportSettings
from reports.models.recipient import dress
from reports.models.settings import DAYS_OF_MONTH
from reports.objectives import Objective
from reports.periods import local_day

_ALWAYS = frozenset({"time_of_day", "when_closed"})
#: Fields of the schedule that count for a frequency. The others are hidden, keep what is stored and are never wrong.
_MATTERS = {
    Frequency.DAILY: _ALWAYS,
    Frequency.WEEKLY: _ALWAYS | {"weekdays"},
    Frequency.BIWEEKLY: _ALWAYS | {"weekdays", "week_of"},
    Frequency.MONTHLY: _ALWAYS | {"day_of_month"},
    Frequency.MANUAL: frozenset(),
}
_OF_SCHEDULE = ("weekdays", "week_of", "day_of_month", "time_of_day", "when_closed")


class ReportSettingsForm(forms.ModelForm[ReportSettings]):
    """Over settings whose client is at hand. `in_force` is their schedule before anything was typed, None where nothing
    runs."""

    week_of = WeekField(label="Semanas")
    day_of_month = forms.TypedChoiceField(label="Dia do mês", coerce=int, choices=DAYS_OF_MONTH)
    metrics = forms.MultipleChoiceField(
        label="O que mostrar",
        choices=Metric.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Escolha pelo menos uma métrica."},
    )

    conversion_family = forms.ChoiceField(
        label="Conversões são", choices=[(family.value, family.label) for family in META_FAMILIES]
    )

    template = forms.ChoiceField(label="Modelo", required=False, choices=Objective.choices, widget=forms.HiddenInput)
    layout = LayoutField(label="Blocos", required=False)
    title = WrittenField(label="Título", max_length=MOST_TITLE, usual=TITLE)
    free_text = WrittenField(label="Texto livre", max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 3}))
    comment = WrittenField(
        label="Mensagem da agência",
        max_length=MOST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Ex.: Paulo, esta semana testamos o novo vídeo."}),
    )
    comment_once = forms.TypedChoiceField(
        label="A mensagem sai",
        required=False,
        coerce=lambda value: value == "True",
        choices=[("True", "Só no próximo envio"), ("False", "Em todos")],
        widget=forms.RadioSelect,
    )
    goals = GoalsField(label="Metas", required=False)
    goals_currency = forms.ChoiceField(label="Moeda das metas", required=False)

    class Meta:
        model = ReportSettings
        fields = drawn.SETTINGS
        labels = {
            "active": "Ativo",
            "frequency": "Frequência",
            "weekdays": "Dias da semana",
            "skip_holidays": "Pular feriados",
            "when_closed": "Em feriado ou pausa",
            "time_of_day": "Hora",
            "period": "Período",
            "compare": "Comparar com o período anterior",
            "blend": "Somar Meta e Google",
            "with_chart": "Gráfico",
            "with_pdf": "PDF",
            "with_page": "Link da página",
        }
        help_texts = {"time_of_day": ""}
        widgets = {
            "frequency": forms.RadioSelect,
            "when_closed": forms.RadioSelect,
            "time_of_day": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_force = planning.schedule_in_force(self.instance)
        weeks = self.fields["week_of"]
        assert isinstance(weeks, WeekField)  # noqa: S101  for the type checker
        weeks.choose_from(local_day(timezone.now(), self.instance.client.zone))
        self._choose_currency()

    def _choose_currency(self) -> None:
        """Goals in money are in a currency that the client's accounts have."""
        known = AdAccount.objects.filter(client=self.instance.client).order_by("currency")
        currencies = list(known.values_list("currency", flat=True).distinct()) or [self.instance.goals_currency]
        field, goals = self.fields["goals_currency"], self.fields["goals"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        assert isinstance(goals, GoalsField)  # noqa: S101  for the type checker
        stored = self.instance.goals_currency
        self.usual_currency = stored if stored in currencies else currencies[0]
        self.has_currencies = len(currencies) > 1
        field.choices = [(currency, currency) for currency in currencies]
        asked = self.data.get(self.add_prefix("goals_currency"), "")
        goals.currency = self.initial["goals_currency"] = asked if asked in currencies else self.usual_currency
        self.goals_symbol = symbol(goals.currency)

    def clean_template(self) -> str:
        return self.cleaned_data["template"] or self.instance.template

    def clean_comment_once(self) -> bool:
        return self.cleaned_data["comment_once"] is not False

    def clean_goals_currency(self) -> str:
        return self.cleaned_data["goals_currency"] or self.usual_currency

    def clean_metrics(self) -> list[str]:
        return contents.in_groups(self.cleaned_data["metrics"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        matters = _MATTERS.get(self.cleaned_data.get("frequency", ""), frozenset())
        for name in _OF_SCHEDULE:
            if name in self.errors and name not in matters:
                del self.errors[name]
                self.cleaned_data[name] = getattr(self.instance, name)
        return cleaned

    @property
    def problems(self) -> list[str]:
        """What is wrong, one sentence each, with the field's label where the sentence does not name it."""
        return [
            message if name in ("__all__", "metrics", "goals", "layout") else f"{self.fields[name].label}: {message}"
            for name, messages in self.errors.items()
            for message in map(str, messages)
        ]


def settings_form(client: Client, data: Any = None) -> ReportSettingsForm:
    """The form over the client's settings as they are stored, or over the default ones; stores nothing by itself."""
    known = ReportSettings.objects.filter(client=client).first() or ReportSettings(client=client)
    known.client = client
    return ReportSettingsForm(data, instance=known, prefix="settings")


class ReportForms:
    """The page's two forms, valid together and saved together.

    `settings` is a ReportSettingsForm, `recipients` a formset (prefix `recipients`), `drawn` the digest of what the
    page was drawn from, which it sends back. `is_stale`: somebody has changed that meanwhile, nothing is saved, and
    `differences` says what is stored now; `is_redrawn`: of the list a row was gone, so it is drawn anew. Only `save`
    writes anything; `taken_back` messages of the queue were cancelled where it switched the reports off, and `no_longer
    _skipped` is the run that a person had taken out and that another schedule brings back.
    """

    def __init__(self, client: Client, data: Any = None) -> None:
        self.client = client
        self.is_stale = self.is_redrawn = self._is_valid = self._was_stored = False
        self.differences: list[Difference] = []
        self.taken_back = 0
        self.no_longer_skipped: datetime | None = None
        self.numbers = recipients.numbers_of(client)
        self.settings = settings_form(client, data)
        self.recipients = self._list(data)
        self.drawn = data.get("drawn", "") if data is not None else self._digest(self.settings.instance)

    def _list(self, data: Any = None) -> RecipientFormSetBase:
        known = {"numbers": self.numbers, "groups": choosing_groups.groups_for(self.client)}
        made = RecipientFormSet(data, instance=self.client, prefix="recipients", form_kwargs=known)
        assert isinstance(made, RecipientFormSetBase)  # noqa: S101  for the type checker
        dress(list(made.get_queryset()))
        return made

    def _digest(self, settings: ReportSettings) -> str:
        return drawn.digest(settings, self.recipients.get_queryset())

    def is_valid(self) -> bool:
        """Each form is asked, so that all errors are shown at once. What is stored already is right, too: the second
        half of a double click would add the same recipient once more."""
        self._is_valid = all([self.settings.is_valid(), self.recipients.is_valid()])
        # A formset takes a row that it does not find, gone or another client's, for a new one.
        is_gone = any(form.instance._state.adding for form in self.recipients.initial_forms)
        if self._is_valid and not is_gone and self._fits():
            return True
        self._is_valid = False
        if self._is_stored(*self._stored()):
            return True
        if is_gone:
            self._refuse(*self._stored(), redraw=True)
        return False

    def _fits(self) -> bool:
        """Whether the message with the numbers as of now is short enough to be read, and sent, as one."""
        gathered = numbers.gather(self.settings.instance, timezone.now())
        length = len(text.report_text(gathered.data)) if gathered.data else 0
        if length > MOST_MESSAGE:
            self.settings.add_error("metrics", contents.too_long(length))
        return length <= MOST_MESSAGE

    @property
    def has_errors(self) -> bool:
        return self.settings.is_bound and bool(self.settings.errors or self.recipients.total_error_count())

    def save(self, now: datetime | None = None) -> ReportSettings | None:
        """Write what was typed; the settings as they stand afterwards, with their next run.

        None, and `is_stale`, where what the page was drawn from is not what is stored: what was typed would take
        something back that somebody else has just saved. What would change nothing is not refused.
        """
        saved = self._save(now or timezone.now())
        if saved is not None:
            notices.forget_untold(self.client)
        return saved

    def _save(self, now: datetime) -> ReportSettings | None:
        try:
            with transaction.atomic():
                planning.settings_of(self.client)
                stored = self._stored(lock=True)
                if not self._is_valid or drawn.digest(*stored) != self.drawn:
                    if self._is_stored(*stored):
                        self._was_stored = True
                        return stored[0]
                    self._refuse(*stored)
                    return None
                self._save_recipients()
                saved = planning.save_settings(self.client, self.settings.cleaned_data, now)
                if stored[0].skipped_on and not saved.skipped_on:
                    self.no_longer_skipped = skipping.pending(stored[0].schedule, now)
                if stored[0].active and not saved.active:
                    self.taken_back = queueing.take_back(self.client, is_on_a_card=False)
                standing.refresh([self.client.pk])  # once, after all messages: the client's row is locked last
                return saved
        except IntegrityError:  # the same number was added elsewhere in this very moment
            self._refuse(*self._stored(), redraw=True)
            return None

    def _stored(self, *, lock: bool = False) -> tuple[ReportSettings, list[Recipient]]:
        """As it stands now. Locked in the order that every save takes: settings, then recipients."""
        settings, rows = ReportSettings.objects.filter(client=self.client), Recipient.objects.filter(client=self.client)
        if lock:
            settings, rows = settings.select_for_update(), rows.order_by("pk").select_for_update()
        found = settings.first() or ReportSettings(client=self.client)
        found.client = self.client
        return found, list(rows)

    def _is_stored(self, settings: ReportSettings, rows: list[Recipient]) -> bool:
        return self.settings.is_valid() and drawn.is_stored(self.settings.cleaned_data, self.recipients, settings, rows)

    def _refuse(self, settings: ReportSettings, rows: list[Recipient], *, redraw: bool = False) -> None:
        """Say what is stored, and let a further save, of who has read that, write over it."""
        if redraw:
            self.recipients, self.is_redrawn = self._list(), True
        self.is_stale, self.drawn = True, drawn.digest(settings, rows)
        typed = getattr(self.settings, "cleaned_data", {})
        lines = None if redraw else self.recipients
        self.differences = drawn.differences(typed, self.settings.fields, lines, settings, rows)

    def _save_recipients(self) -> None:
        """What is still queued for a number that is one of the client's recipients no more does not leave: it may be
        somebody else's, which is why it was taken off."""
        mine = Recipient.objects.filter(client=self.client)
        before = {recipient.address for recipient in mine}
        # Numbers may go from one row to another, in any order: while they are written, none of these rows holds one.
        for form in self.recipients.initial_forms:
            if not form.is_group and ("phone" in form.changed_data or drawn.is_removed(form)):
                mine.filter(pk=form.instance.pk).update(phone=str(form.instance.pk))
        self.recipients.save()
        gone = before - {recipient.address for recipient in mine.all()}
        for why, is_one in (("O número saiu", False), ("O grupo saiu", True)):
            to = [address for address in gone if is_group(address) is is_one]
            if to:
                outbox.cancel_queued(self.client, to=to, reason=f"{why} da lista de quem recebe.", is_on_a_card=False)

    @property
    def not_notified(self) -> list[Recipient]:
        """After saving: who was added or changed and would be sent to by the own number."""
        if self._was_stored:
            return recipients.not_notified(self.client, self.numbers)
        saved = [*self.recipients.new_objects, *(recipient for recipient, _ in self.recipients.changed_objects)]
        return [each for each in saved if self.numbers.is_own(each.phone) and not each.via_agency]
