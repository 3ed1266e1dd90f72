"""What a person must know of reports and balances, as `agency` notices. Called inside the writer's transaction.

`report:<id>` is a held report, `lost:<client>` all lost ones of a client that still wait, `expired:<client>` that a
held one ended without anybody having looked at it, `balance:<account>` a low balance that nobody is to be told of,
`documents:<client>` that a report went without its documents.
Models come with their client, and that with its agency, at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from agency import notices
from agency.models import Client, Notice
from reports import formatting
from reports.alerts_rule import COOLDOWN
from reports.choices import ReportStatus
from reports.models import AdAccount, Recipient, Report

#: As long as `holding` lets a lost report be released.
LOST_FOR = timedelta(days=7)
UNTOLD = "balance:"


def report_held(report: Report) -> None:
    """It waits for a person. Called again, as when its reason changed, it changes the words and is no news."""
    notices.raise_notice(
        report.client.agency,
        report.subject,
        title=f"Relatório retido: {report.client.name}",
        text=report.reason,
        client=report.client,
        url=reverse("reports:held", args=[report.client_id, report.pk]),
        action="Revisar",
    )


def report_lost(reports: Sequence[Report]) -> None:
    """Runs that the system missed: one notice for each client, which counts all of its lost ones that still wait."""
    for client in {report.client_id: report.client for report in reports}.values():
        _raise_lost(client, max(report.created_at for report in reports if report.client_id == client.pk), is_news=True)


def report_settled(report: Report, outcome: str) -> None:
    """A person released or discarded it: `outcome` says which, as "Liberado."."""
    said = f"{report.client.name}: relatório{_days(report)} {outcome[:1].lower()}{outcome[1:]}"
    notices.resolve(report.client.agency, report.subject, outcome=said)
    lost = f"lost:{report.client_id}"
    known = notices.open_of(report.client.agency).filter(subject=lost).exists()
    if known and not _raise_lost(report.client, report.settled_at or timezone.now(), is_news=False):
        notices.resolve(report.client.agency, lost, outcome=said)


def report_expired(report: Report) -> None:
    """Nobody released it in time. Its own notice goes; one of the client stays, until `report_sent` or a person's word.

    One for each client, since a client whose reports are held every day would fill the bell with them.
    """
    agency = report.client.agency
    notices.resolve(agency, report.subject)
    notices.raise_notice(
        agency,
        f"expired:{report.client_id}",
        title=f"{report.client.name}: relatório{_days(report)} expirou sem ser liberado",
        text=report.reason,
        level=notices.Level.BAD,
        client=report.client,
        url=reverse("agency:client", args=[report.client_id]),
        action="Ver cliente",
    )


def documents_failed(report: Report, sentence: str) -> None:
    """The text left, what was to go with it could not be made; one notice for each client."""
    notices.raise_notice(
        report.client.agency,
        f"documents:{report.client_id}",
        title=f"{report.client.name}: relatório{_days(report)} saiu sem anexo",
        text=sentence,
        client=report.client,
        url=reverse("agency:client", args=[report.client_id]),
        action="Ver cliente",
    )


def documents_drawn(client: Client) -> None:
    """A report's documents could be made: that an older one's could not is no news any more. One query."""
    outcome = f"{client.name}: os anexos de um relatório mais novo foram montados."
    notices.resolve(client.agency, f"documents:{client.pk}", outcome=outcome)


def report_sent(client: Client) -> None:
    """A report of this client went into the outbox: that an older one expired is no news any more. One query."""
    outcome = f"{client.name}: um relatório mais novo foi enviado."
    notices.resolve(client.agency, f"expired:{client.pk}", outcome=outcome)


def forget_lost(now: datetime) -> int:
    """Put away what says of reports that they are lost when none of them can be released any more; how many."""
    stale = Notice.objects.filter(subject__startswith="lost:", closed_at=None, raised_at__lt=now - LOST_FOR)
    return sum(notices.dismiss(notice) for notice in stale[:500])


def balance_untold(account: AdAccount, now: datetime) -> None:
    """Its balance is low, its alert is on, and nobody gets it. Called at each check: the words follow the balance, and
    who puts the notice away is left alone for as long as a client is after an alert."""
    balance, limit = (
        formatting.money(amount, account.currency) for amount in (account.balance, account.alert_threshold)
    )
    text = f"{account.name}: saldo de {balance}, limite de {limit}. Ninguém está marcado para receber alertas."
    subject = f"{UNTOLD}{account.pk}"
    is_put_away = Q(outcome="", closed_at__gt=now - COOLDOWN)
    if Notice.objects.filter(Q(closed_at=None, text=text) | is_put_away, subject=subject).exists():
        return
    notices.raise_notice(
        account.client.agency,
        subject,
        title=f"{account.client.name}: saldo baixo, e ninguém recebe o alerta",
        text=text,
        level=notices.Level.BAD,
        client=account.client,
        url=reverse("reports:balance", args=[account.client_id]),
        action="Escolher quem recebe",
    )


def forget_untold(client: Client | None = None) -> int:
    """Close what says of a low balance that nobody is told where that is so no more, of one client or of all; how many.

    In a transaction of its own, after that of who has changed it: notices are locked before a client.
    """
    raised = Notice.objects.filter(subject__startswith=UNTOLD, closed_at=None).select_related("agency")
    if client is not None:
        raised = raised.filter(client=client)
    by_account = {notice.subject.removeprefix(UNTOLD): notice for notice in raised}
    if not by_account:
        return 0
    listens = Recipient.objects.filter(client=OuterRef("client"), gets_alerts=True)
    accounts = AdAccount.objects.filter(pk__in=by_account).select_related("client").annotate(is_told=Exists(listens))
    known = {str(account.pk): account for account in accounts}
    ends = {notice: _why_settled(known.get(key)) for key, notice in by_account.items()}
    return sum(
        notices.resolve(notice.agency, notice.subject, outcome=outcome)
        for notice, outcome in ends.items()
        if outcome is not None
    )


def _why_settled(account: AdAccount | None) -> str | None:
    """None where it is as bad as it was; silently ("") where the account is gone."""
    if account is None:
        return ""
    if account.is_told:  # type: ignore[attr-defined]
        why = f"o alerta de saldo de {account.name} tem quem receba"
    elif not account.alert_enabled:
        why = f"o alerta de saldo de {account.name} foi desligado"
    elif not account.is_low:
        why = f"o saldo de {account.name} não está mais no limite"
    else:
        return None
    return f"{account.client.name}: {why}."


def _raise_lost(client: Client, now: datetime, *, is_news: bool) -> bool:
    waiting = Report.objects.filter(client=client, status=ReportStatus.LOST, created_at__gt=now - LOST_FOR)
    reasons = list(waiting.order_by("-created_at", "-occurrence").values_list("reason", flat=True))
    if not reasons:
        return False
    count = "1 relatório perdido" if len(reasons) == 1 else f"{len(reasons)} relatórios perdidos"
    notices.raise_notice(
        client.agency,
        f"lost:{client.pk}",
        title=f"{client.name}: {count}",
        text=reasons[0] if len(reasons) == 1 else f"O mais novo: {reasons[0]}",
        level=notices.Level.BAD,
        client=client,
        url=reverse("reports:open_reports", args=[client.pk]),
        action="Revisar",
        is_news=is_news,
    )
    return True


def _days(report: Report) -> str:
    if not report.period_start or not report.period_end:
        return ""
    count = (report.period_end - report.period_start).days + 1
    return f" de {formatting.short_days(report.period_start + timedelta(days=passed) for passed in range(count))}"
