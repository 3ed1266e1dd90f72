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
from connections import outbox
from reports import notices, planning, queueing, recipients, skipping
from reports.choices import META_FAMILIES, Frequency
from reports.forms import drawn
from reports.forms.drawn import Difference
from reports.forms.recipients import RecipientFormSet, RecipientFormSetBase
from reports.forms.schedule import WeekField
from reports.metrics import ALL, Metric
from reports.models import Recipient, ReportSettings
from reports.models.settings import DAYS_OF_MONTH
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

    def clean_metrics(self) -> list[str]:
        chosen = self.cleaned_data["metrics"]
        return [metric.value for metric in ALL if metric.value in chosen]

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
            message if name in ("__all__", "metrics") else f"{self.fields[name].label}: {message}"
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
        made = RecipientFormSet(data, instance=self.client, prefix="recipients", form_kwargs={"numbers": self.numbers})
        assert isinstance(made, RecipientFormSetBase)  # noqa: S101  for the type checker
        return made

    def _digest(self, settings: ReportSettings) -> str:
        return drawn.digest(settings, self.recipients.get_queryset())

    def is_valid(self) -> bool:
        """Each form is asked, so that all errors are shown at once. What is stored already is right, too: the second
        half of a double click would add the same recipient once more."""
        self._is_valid = all([self.settings.is_valid(), self.recipients.is_valid()])
        # A formset takes a row that it does not find, gone or another client's, for a new one.
        is_gone = any(form.instance._state.adding for form in self.recipients.initial_forms)
        if self._is_valid and not is_gone:
            return True
        self._is_valid = False
        if self._is_stored(*self._stored()):
            return True
        if is_gone:
            self._refuse(*self._stored(), redraw=True)
        return False

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
        before = set(mine.values_list("phone", flat=True))
        # Numbers may go from one row to another, in any order: while they are written, none of these rows holds one.
        for form in self.recipients.initial_forms:
            if "phone" in form.changed_data or drawn.is_removed(form):
                mine.filter(pk=form.instance.pk).update(phone=str(form.instance.pk))
        self.recipients.save()
        gone = before - set(mine.values_list("phone", flat=True))
        if gone:
            why = "O número saiu da lista de quem recebe."
            outbox.cancel_queued(self.client, to=gone, reason=why, is_on_a_card=False)

    @property
    def not_notified(self) -> list[Recipient]:
        """After saving: who was added or changed and would be sent to by the own number."""
        if self._was_stored:
            return recipients.not_notified(self.client, self.numbers)
        saved = [*self.recipients.new_objects, *(recipient for recipient, _ in self.recipients.changed_objects)]
        return [each for each in saved if self.numbers.is_own(each.phone) and not each.via_agency]
