"""What the report editor shows of a report before it is sent: its text, its days, each metric's value. Saves nothing.

The text is that of the one renderer over the numbers that a run would take, so it is the text that will be sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from agency.models import Client
from agency.templatetags import ui_words
from connections import routing
from reports import agenda, metrics, numbers, periods, planning, skipping, text
from reports.agenda import Line
from reports.choices import Family, Period, Platform
from reports.forms.editor import ReportSettingsForm
from reports.metric_words import EMOJI, shown
from reports.metrics import Metric
from reports.models import Recipient, ReportSettings
from reports.periods import Days
from reports.schedule import Schedule
from reports.snapshot import ReportData

GROUPS = (("Principais", metrics.PRIMARY), ("Outros indicadores", metrics.SECONDARY))


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
    """A metric in the editor's list, with its value per platform where there are numbers."""

    metric: Metric
    emoji: str
    is_chosen: bool
    values: tuple[Value, ...]


def make(settings: ReportSettings, in_force: Schedule | None, now: datetime | None = None) -> Preview:
    """The preview of settings that need not be stored; their client's agency should be at hand. `in_force` is the
    schedule that is stored, as `planning.reschedule` takes it."""
    now = now or timezone.now()
    zone, period = settings.client.zone, Period(settings.period)
    gathered = numbers.gather(settings, now)
    planning.reschedule(settings, in_force, now)
    is_stored = in_force is not None and settings.active and in_force.rule == settings.schedule.rule
    next_days = periods.days_of(period, settings.next_run_at or now, zone)
    return Preview(
        settings=settings,
        days=gathered.days,
        data=gathered.data,
        text=text.report_text(gathered.data) if gathered.data else "",
        gaps=numbers.gap_sentence(gathered.gaps),
        next_run=settings.next_run_at,
        leaves_at=settings.next_run_at or now,
        next_days=next_days,
        next_base=periods.days_before(period, next_days),
        # Only what is stored can be taken out: another schedule has other runs.
        lines=[line if is_stored else replace(line, key="") for line in agenda.lines(settings, now)],
        undoes_skip=in_force is not None
        and settings.skipped_on is None
        and skipping.pending(in_force, now) is not None,
    )


def context(client: Client, form: ReportSettingsForm, now: datetime | None = None) -> dict[str, object]:
    """What `reports/_preview.html` needs for the form as it stands: `preview`, or `problems` where it is invalid.

    Besides, what stands beside the form's fields: `metric_groups`, `chosen`, and who is shown to send and to receive.
    """
    is_good = not form.is_bound or form.is_valid()
    preview = make(form.instance, form.in_force, now) if is_good else None
    groups = metric_groups(form, preview.data if preview else None)
    recipient = Recipient.objects.filter(client=client, gets_reports=True).first()
    via_agency = recipient is not None and recipient.via_agency
    sender = routing.route_for(client.agency, client, wants_agency=via_agency).connection
    return {
        "client": client,
        "preview": preview,
        "problems": form.problems,
        "metric_groups": groups,
        "chosen": sum(row.is_chosen for _, rows in groups for row in rows),
        "sender_name": (sender.profile_name or sender.name) if sender else client.name,
        "recipient": recipient,
    }


def metric_groups(form: ReportSettingsForm, data: ReportData | None) -> list[tuple[str, list[MetricRow]]]:
    """The twelve metrics in the order of the message, in its two groups."""
    chosen = set(form["metrics"].value() or ())
    return [
        (
            label,
            [MetricRow(metric, EMOJI[metric], metric.value in chosen, _values(metric, data)) for metric in group],
        )
        for label, group in GROUPS
    ]


def _values(metric: Metric, data: ReportData | None) -> tuple[Value, ...]:
    return tuple(
        Value(block.platform, shown(block.now, metric, block.currency))
        for block in (data.blocks if data else ())
        if block.platform is not None and metrics.is_known(block.now, metric)
    )
