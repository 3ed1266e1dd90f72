"""`ReportSettings`: what a client is told and when; `Recipient`: who is told."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from agency.fields import PhoneField
from agency.models import Client
from reports.choices import Family, Frequency, Period, Weekday, WhenClosed
from reports.closures import Closures, Recess
from reports.fields import WeekdaysField
from reports.metrics import Metric
from reports.schedule import LAST_DAY, Schedule

DAYS_OF_MONTH = (*((day, f"Dia {day}") for day in range(1, 29)), (LAST_DAY, "Último dia"))
#: All that the days and hours of a client's runs depend on, but for its zone. A run that was planned with other values
#: is not claimed (`sending`).
SCHEDULE = (
    *("frequency", "weekdays", "week_of", "day_of_month", "time_of_day"),
    *("skip_holidays", "when_closed", "agency_pauses", "skipped_on", "made_up_from"),
)


def all_metrics() -> list[str]:
    return list(Metric.values)


class ReportSettingsQuerySet(models.QuerySet["ReportSettings"]):
    def due(self, now: datetime.datetime) -> ReportSettingsQuerySet:
        return self.filter(active=True, next_run_at__lte=now).order_by("next_run_at", "pk")


class ReportSettings(models.Model):
    client = models.OneToOneField(
        Client, on_delete=models.CASCADE, related_name="report_settings", verbose_name="cliente"
    )
    active = models.BooleanField("relatório automático", default=False)
    frequency = models.CharField("frequência", max_length=10, choices=Frequency.choices, default=Frequency.DAILY)
    weekdays = WeekdaysField("dias da semana", default=(Weekday.MONDAY.value,))
    #: A Monday of the weeks that count where only every other one does; the other weeks are 2024-01-08 and so on.
    week_of = models.DateField(
        "semanas contadas de",
        default=datetime.date(2024, 1, 1),
        help_text="Quinzenal: um dia de uma semana em que sai.",
    )
    day_of_month = models.PositiveSmallIntegerField("dia do mês", default=1, choices=DAYS_OF_MONTH)
    time_of_day = models.TimeField("hora", default=datetime.time(9), help_text="No fuso horário do cliente.")
    period = models.CharField("período", max_length=20, choices=Period.choices, default=Period.LAST_7_DAYS)
    compare = models.BooleanField("comparar com o período anterior", default=True)
    #: Which of the twelve metrics the message shows; their order is that of `Metric`.
    metrics = models.JSONField("métricas", default=all_metrics)
    #: Adds a block with the sums of all platforms; each keeps its own block in any case.
    blend = models.BooleanField("somar as plataformas", default=False)
    #: What "Conversões" counts in Meta's numbers; Google's are what the account counts as conversions.
    conversion_family = models.CharField(
        "conversões são", max_length=24, choices=Family.choices, default=Family.PURCHASES
    )
    #: What goes with the text: a picture of the days, the whole as PDF, a link to its page.
    with_chart = models.BooleanField("enviar o gráfico", default=False)
    with_pdf = models.BooleanField("enviar o PDF", default=False)
    with_page = models.BooleanField("enviar o link da página", default=False)
    skip_holidays = models.BooleanField("pular feriados", default=False)
    when_closed = models.CharField(
        "em feriado ou pausa", max_length=8, choices=WhenClosed.choices, default=WhenClosed.SKIP
    )
    #: The agency's pauses as `[first day, last day, note]`, written by `agency_pauses`: a run is claimed by one row, so
    #: all that it depends on stands in that row.
    agency_pauses = models.JSONField("pausas da agência", default=list, blank=True, editable=False)
    #: The client's day whose run a person took out ("pular o próximo").
    skipped_on = models.DateField("envio pulado", null=True, blank=True, editable=False)
    #: What falls on a closed day before this one is not made up for (`planning.reschedule`).
    made_up_from = models.DateField("compensa desde", null=True, blank=True, editable=False)
    #: In UTC. Moved on only together with a report's row (`sending`), or by an edit (`planning`). None: nothing is due.
    next_run_at = models.DateTimeField("próximo envio", null=True, blank=True)
    #: The client's day of the newest occurrence that was claimed, so that no edit brings a second one on the same day.
    last_run_on = models.DateField("dia do último envio automático", null=True, blank=True, editable=False)

    #: Why the newest report did not leave, in pt-BR; empty once one does. Here, so that a card reads it with its join.
    last_problem = models.CharField("último problema", max_length=200, blank=True, editable=False)

    objects = ReportSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = "configuração de relatório"
        verbose_name_plural = "configurações de relatório"
        indexes: ClassVar = [
            models.Index(fields=["next_run_at"], condition=Q(active=True), name="report_due"),  # sending.send_due
        ]
        constraints: ClassVar = [
            # Without any, the next run would be looked for until the end of the calendar.
            models.CheckConstraint(condition=~Q(weekdays=()), name="report_on_some_weekday"),
        ]

    def __str__(self) -> str:
        return f"Relatório de {self.client_id}"

    @property
    def schedule(self) -> Schedule:
        """Reads the client, and the agency where the client has no zone of its own."""
        return Schedule(
            Frequency(self.frequency),
            self.time_of_day,
            self.client.zone,
            weekdays=tuple(self.weekdays),
            week_of=self.week_of,
            day_of_month=self.day_of_month,
            closures=Closures(self.skip_holidays, self._recesses, self.when_closed == WhenClosed.POSTPONE),
            skipped_on=self.skipped_on,
            made_up_from=self.made_up_from,
        )

    @property
    def _recesses(self) -> tuple[Recess, ...]:
        parse = datetime.date.fromisoformat
        return tuple(Recess(parse(first), parse(last), note) for first, last, note in self.agency_pauses)

    @property
    def chosen_metrics(self) -> tuple[Metric, ...]:
        """The metrics that the message shows, in their order; a name that is not known is left out."""
        return tuple(metric for metric in Metric if metric.value in self.metrics)


class Recipient(models.Model):
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="recipients", verbose_name="cliente")
    name = models.CharField("nome", max_length=80)
    phone = PhoneField("WhatsApp")
    gets_reports = models.BooleanField("relatórios", default=True)
    gets_alerts = models.BooleanField("alertas", default=True)
    #: Where the phone is the sending number itself: WhatsApp does not notify a phone of its own messages.
    via_agency = models.BooleanField("pelo número da agência", default=False)

    class Meta:
        verbose_name = "quem recebe"
        verbose_name_plural = "quem recebe"
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "phone"],
                name="recipient_once_per_client",
                violation_error_message="Este número já está na lista.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
