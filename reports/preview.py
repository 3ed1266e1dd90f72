"""What the report editor shows of a report before it is sent: its text, its days, each metric's value. Saves nothing.

The text is that of the one renderer over the numbers that a run would take, so it is the text that will be sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone

from agency.models import Client
from agency.templatetags import ui_words
from connections import routing
from reports import agenda, goals, layout, metrics, numbers, objectives, page_links, periods, planning, skipping, text
from reports.agenda import Line
from reports.choices import Family, Period, Platform
from reports.forms import contents
from reports.forms.editor import ReportSettingsForm
from reports.forms.preview_days import PreviewDaysForm, meant_by
from reports.gathered import gap_sentence
from reports.layout import Kind
from reports.metric_words import EMOJI, MONEY, label, shown
from reports.metrics import ALL, MAIN, OTHER, Metric
from reports.models import Recipient, ReportSettings
from reports.periods import Days
from reports.schedule import Schedule
from reports.snapshot import ReportData
from reports.variables import VARIABLES

GROUPS = (("Principais", MAIN), ("Outros indicadores", OTHER))


@dataclass(frozen=True, slots=True)
class Preview:
    """A report of these settings as of now. `text` is empty where no day has numbers; then `gaps` says so.

    `leaves_at` is the next run, or now where there is none; `next_days` are its days, compared with `next_base`;
    `lines` is what lies ahead. `undoes_skip`: saving brings back a run that a person had taken out.
    """

    settings: ReportSettings
    days: Days
    data: ReportData | None
    text: str
    gaps: str
    next_run: datetime | None
    leaves_at: datetime
    next_days: Days
    next_base: Days
    lines: list[Line]
    undoes_skip: bool
    #: Days that a person asked to see, and not those of a run.
    is_asked: bool = False

    @property
    def is_long(self) -> bool:
        return len(self.text) > layout.LONG_MESSAGE

    @property
    def too_long(self) -> str:
        """Why this is not saved, where it is more than can be sent as one message."""
        return contents.too_long(len(self.text)) if len(self.text) > layout.MOST_MESSAGE else ""

    @property
    def next_key(self) -> str:
        """Of the next run, where it may be taken out: "" while the form holds another schedule than is stored."""
        return agenda.key_of_next(self.lines)

    @property
    def family(self) -> str:
        """What conversions are in Meta's numbers, in words; empty where the text has neither."""
        metrics_of_it = {Metric.CONVERSIONS, Metric.CPA} & set(self.settings.chosen_metrics)
        is_shown = metrics_of_it and self.data and any(block.platform is Platform.META for block in self.data.blocks)
        return str(Family(self.settings.conversion_family).label).lower() if is_shown else ""

    @property
    def period_words(self) -> str:
        """Which days the next run is about."""
        days = ui_words.days_range(self.next_days.first, self.next_days.last)
        if self.next_run is None:
            return f"Sempre até ontem. Hoje: {days}."
        day = self.next_run.astimezone(self.settings.client.zone).date()
        return f"Sempre até ontem. Em {ui_words.days_range(day, day)}: {days}."

    @property
    def compare_words(self) -> str:
        """Which days those are compared with."""
        return f"Com {ui_words.days_range(self.next_base.first, self.next_base.last)}."


@dataclass(frozen=True, slots=True)
class Value:
    """A metric's value on one platform, as the message writes it."""

    platform: Platform
    shown: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric in the editor's list: its value per platform where there are numbers, its goal as it is typed."""

    metric: Metric
    label: str
    emoji: str
    is_chosen: bool
    values: tuple[Value, ...]
    goal: str

    @property
    def is_extra(self) -> bool:
        """Neither chosen nor one of the twelve: shown with the others on demand."""
        return not self.is_chosen and self.metric not in ALL

    @property
    def goal_words(self) -> str:
        if self.metric is Metric.SPEND:
            return "orçamento"
        return "máximo" if self.metric in goals.CEILINGS else "mínimo"

    @property
    def is_money(self) -> bool:
        return self.metric in MONEY


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block in the editor's list; the footer stays where and what it is."""

    kind: Kind
    is_on: bool

    @property
    def is_fixed(self) -> bool:
        return self.kind is Kind.FOOTER


def make(
    settings: ReportSettings, in_force: Schedule | None, now: datetime | None = None, asked: Days | None = None
) -> Preview:
    """The preview of settings that need not be stored; their client's agency should be at hand. `in_force` is the
    schedule that is stored, as `planning.reschedule` takes it; `asked` are days to show instead of the next run's."""
    now = now or timezone.now()
    zone, period = settings.client.zone, Period(settings.period)
    if asked is None:
        gathered = numbers.gather(settings, now)
    else:
        gathered = numbers.gather_days(settings, asked, meant_by(asked, period))
    planning.reschedule(settings, in_force, now)
    link = page_links.unsent_url() if settings.with_page else ""
    is_stored = in_force is not None and settings.active and in_force.rule == settings.schedule.rule
    next_days = periods.days_of(period, settings.next_run_at or now, zone)
    return Preview(
        settings=settings,
        days=gathered.days,
        data=gathered.data,
        text=text.report_text(gathered.data, link=link) if gathered.data else "",
        gaps=gap_sentence(gathered.gaps),
        next_run=settings.next_run_at,
        leaves_at=settings.next_run_at or now,
        next_days=next_days,
        next_base=periods.days_before(period, next_days),
        # Only what is stored can be taken out: another schedule has other runs.
        lines=[line if is_stored else replace(line, key="") for line in agenda.lines(settings, now)],
        undoes_skip=in_force is not None
        and settings.skipped_on is None
        and skipping.pending(in_force, now) is not None,
        is_asked=asked is not None,
    )


def context(
    client: Client, form: ReportSettingsForm, data: QueryDict | None = None, now: datetime | None = None
) -> dict[str, object]:
    """What `reports/_preview.html` needs for the form as it stands: `preview`, or `problems` where it is invalid.

    Besides, what stands beside the form's fields: `metric_groups`, `chosen` of `offered`, `blocks`, `objectives`,
    `variables`, `days_form`, and who is shown to send and to receive. `data` is what the page sent.
    """
    now = now or timezone.now()
    days_form = PreviewDaysForm(client, data, now)
    is_good = (not form.is_bound or form.is_valid()) and not days_form.problems
    preview = make(form.instance, form.in_force, now, days_form.days) if is_good else None
    groups = metric_groups(form, preview.data if preview else None)
    recipient = Recipient.objects.filter(client=client, gets_reports=True).first()
    via_agency = recipient is not None and recipient.via_agency
    to = recipient.address if recipient else ""
    sender = routing.route_for(client.agency, client, wants_agency=via_agency, to=to).connection
    return {
        "client": client,
        "preview": preview,
        "problems": [*form.problems, *days_form.problems],
        "days_form": days_form,
        "blocks": [BlockRow(kind, is_on) for kind, is_on in layout.read(form["layout"].value())],
        "objectives": objectives.Objective,
        "objective": objectives.named(form["template"].value()),
        "variables": VARIABLES,
        "offered": len(Metric),
        "used": data is not None and "use" in data,
        "metric_groups": groups,
        "chosen": sum(row.is_chosen for _, rows in groups for row in rows),
        "sender_name": (sender.profile_name or sender.name) if sender else client.name,
        "recipient": recipient,
    }


def metric_groups(form: ReportSettingsForm, data: ReportData | None) -> list[tuple[str, list[MetricRow]]]:
    """All metrics in the order of the message, in its two groups."""
    chosen = form["metrics"].value() or []
    order = contents.metric_order(chosen, contents.drawn_order(form.data, form["metrics"].html_name))
    names = objectives.TEMPLATES[objectives.named(form["template"].value())].labels
    targets = form["goals"].value() or {}

    def row(metric: Metric) -> MetricRow:
        name, is_chosen = label(metric, names), metric.value in chosen
        return MetricRow(metric, name, EMOJI[metric], is_chosen, _values(metric, data), targets.get(metric.value, ""))

    return [(group_label, [row(metric) for metric in order if metric in group]) for group_label, group in GROUPS]


def _values(metric: Metric, data: ReportData | None) -> tuple[Value, ...]:
    return tuple(
        Value(block.platform, shown(block.now, metric, block.currency))
        for block in (data.blocks if data else ())
        if block.platform is not None and metrics.is_known(block.now, metric)
    )
