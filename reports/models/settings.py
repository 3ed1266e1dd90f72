"""`ReportSettings`: what a client is told and when."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from agency.models import Client
from reports.choices import Family, Frequency, Period, Weekday, WhenClosed
from reports.closures import Closures, Recess
from reports.fields import WeekdaysField
from reports.layout import MOST_COMMENT, MOST_TEXT, MOST_TITLE
from reports.metrics import ALL, MAIN, OTHER, Metric
from reports.objectives import Objective
from reports.schedule import LAST_DAY, Schedule

DAYS_OF_MONTH = (*((day, f"Dia {day}") for day in range(1, 29)), (LAST_DAY, "Último dia"))


def all_metrics() -> list[str]:
    return [metric.value for metric in ALL]


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
    #: Which metrics the message shows, in their order within each of its two groups.
    metrics = models.JSONField("métricas", default=all_metrics)
    #: Adds a block with the sums of all platforms; each keeps its own block in any case.
    blend = models.BooleanField("somar as plataformas", default=False)
    #: What "Conversões" counts in Meta's numbers; Google's are what the account counts as conversions.
    conversion_family = models.CharField(
        "conversões são", max_length=24, choices=Family.choices, default=Family.PURCHASES
    )
    #: Whose names the metrics have; the rest of a template is in the fields below, where a person may have changed it.
    template = models.CharField("modelo", max_length=12, choices=Objective.choices, default=Objective.GENERAL)
    #: The blocks of the text as `[kind, is on]`, in their order (`layout.read`). Empty: the usual ones.
    layout = models.JSONField("blocos", default=list, blank=True)
    #: What the gestor writes, with `{{ variables }}`. Empty: the usual title, no text.
    title = models.CharField("título", max_length=MOST_TITLE, blank=True)
    free_text = models.CharField("texto livre", max_length=MOST_TEXT, blank=True)
    comment = models.CharField("mensagem da agência", max_length=MOST_COMMENT, blank=True)
    #: The comment leaves with one report, whose run then clears it (`queueing`).
    comment_once = models.BooleanField("só no próximo envio", default=True)
    #: Targets of the report's period as decimal text, by metric; those in money are in this currency.
    goals = models.JSONField("metas", default=dict, blank=True)
    goals_currency = models.CharField("moeda das metas", max_length=3, default="BRL")
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

    #: Switched off by "Pausar todos", so that "Retomar todos" switches on just these (`pause_all`).
    paused_with_all = models.BooleanField("pausado com todos", default=False, editable=False)

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
    def lists_campaigns(self) -> bool:
        """Whether anything that goes to the client shows them."""
        return self.with_pdf or self.with_page

    @property
    def chosen_metrics(self) -> tuple[Metric, ...]:
        """The metrics that the message shows, group by group in their order; a name that is not known is left out."""
        chosen = [Metric(name) for name in dict.fromkeys(self.metrics) if name in Metric.values]
        return tuple(metric for group in (MAIN, OTHER) for metric in chosen if metric in group)
