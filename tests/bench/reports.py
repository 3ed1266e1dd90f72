"""Measures the building of reports: PostgreSQL, Redis, two real workers, ten thousand reports due at one moment.
`make bench-reports`.

Writes one line of JSON to stdout and everything else to stderr. The clock starts when the workers hear beat's ring and
ends when the last message is in the outbox. Messages wait there: `make bench-delivery` measures what follows.
Then the chart image and the PDF of one report, in CPU time.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.bench.processes import Worker, bench, configure, tell, workers
from tests.bench.servers import say
from tests.bench.statements import Statements
from tests.bench.sync import peak_rss

REPORTS = 10_000
PROCESSES, THREADS = 2, 16
#: Complete days that each account has: two weeks, which is what a report of seven days reads with its comparison.
DAYS = 14
#: Seconds after which a run that does not end is given up.
PATIENCE = 300
#: Of one document: its CPU time is the median of so many drawings, after some that fill caches and read the fonts.
DRAWINGS, WARM_UP = 30, 5
_ZONE = ZoneInfo("America/Sao_Paulo")


def main() -> int:
    with bench() as (folder, found):
        # No worker listens to this queue, so that nothing but building is measured.
        configure(folder, found, ADSCAPE_DELIVERY_QUEUE="held-back")
        return tell(measure())


def measure() -> dict[str, float]:
    plant()
    with workers(PROCESSES, THREADS) as running:
        statements = Statements()
        cpu = sum(worker.cpu() for worker in running)
        seconds, looks = run(running)
        cpu = sum(worker.cpu() for worker in running) - cpu
        each = statements.each(REPORTS) - looks / REPORTS
        peak = max(peak_rss(worker) for worker in running)
        check()
    return {
        "reports_per_s": round(REPORTS / seconds, 1),
        "cpu_ms_per_report": round(cpu * 1000 / REPORTS, 2),
        "queries_per_report": round(each, 2),
        "peak_rss_mb": round(peak, 1),
        **documents(),
    }


def documents() -> dict[str, float]:
    """What the documents of a report cost: thirty days of two platforms with their base, forty campaigns each."""
    from reports import chart_image, pdf
    from reports.metrics import ALL
    from reports.sections import Letterhead
    from tests.reports.whole_reports import report

    data, letterhead = report(30, metrics=ALL, campaigns=40), Letterhead("Agência da medida")
    return {
        "chart_png_ms": cpu_ms(lambda: chart_image.png(data, letterhead)),
        "pdf_ms": cpu_ms(lambda: pdf.pdf(data, letterhead, reference="K7F3QX")),
    }


def cpu_ms(draw: Callable[[], object]) -> float:
    for _ in range(WARM_UP):
        draw()
    taken = []
    for _ in range(DRAWINGS):
        before = time.process_time()
        draw()
        taken.append(time.process_time() - before)
    return round(statistics.median(taken) * 1000, 1)


def plant() -> None:
    """Clients with one account, one recipient, two weeks of numbers, and a daily report whose hour has come."""
    from django.db import connection
    from django.utils import timezone

    from agency.models import Agency, Client
    from reports.models import AdAccount, DailyMetric, Recipient, ReportSettings

    agency = Agency.objects.create(name="Agência da medida")
    clients = [Client(agency=agency, name=f"Cliente {number}") for number in range(REPORTS)]
    Client.objects.bulk_create(clients, batch_size=1000)
    accounts = [
        AdAccount(client=client, platform="meta", external_id=str(number), name=f"Conta {number}")
        for number, client in enumerate(clients)
    ]
    AdAccount.objects.bulk_create(accounts, batch_size=1000)
    now = timezone.now().astimezone(_ZONE)
    for passed in range(1, DAYS + 1):
        day = now.date() - timedelta(days=passed)
        DailyMetric.objects.bulk_create((_day(account, day) for account in accounts), batch_size=1000)
    Recipient.objects.bulk_create(
        (
            Recipient(client=client, name=f"Pessoa {number}", phone=f"+55119{10_000_000 + number}")
            for number, client in enumerate(clients)
        ),
        batch_size=1000,
    )
    due = now.replace(second=0, microsecond=0) - timedelta(minutes=1)
    ReportSettings.objects.bulk_create(
        (
            ReportSettings(client=client, active=True, time_of_day=due.time(), next_run_at=due, period="last_7_days")
            for client in clients
        ),
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does for an agency that was not made this minute


def _day(account: object, day: date) -> object:
    from reports.models import DailyMetric

    return DailyMetric(
        client_id=account.client_id,
        account=account,
        platform="meta",
        date=day,
        spend=Decimal("812.40") + day.day,
        revenue=Decimal("3100.00"),
        impressions=31_204,
        clicks=1_007 + day.day,
        conversions=Decimal(34),
        leads=12,
        messages=33,
        results={
            "purchases": ["34", "3100.00"],
            "leads": ["12", "0"],
            "conversations": ["33", "0"],
            "link_clicks": ["700", "0"],
            "landing_page_views": ["512", "0"],
        },
    )


def run(running: list[Worker]) -> tuple[float, int]:
    """Seconds from beat's ring to the last report's message, and how often was looked for it."""
    from connections.models import Message
    from reports.tasks import send_due

    for worker in running:
        worker.pause()
    send_due.delay()
    began, looks = time.monotonic(), 0
    for worker in running:
        worker.listen()
    while (done := Message.objects.count()) < REPORTS:
        looks += 1
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"Only {done} reports were enqueued.")
        time.sleep(0.25)
        if looks % 120 == 0:  # beat's, each half a minute
            send_due.delay()
    return time.monotonic() - began, looks + 1


def check() -> None:
    """A figure for reports that are held, or doubled, is worth nothing."""
    from connections.models import Message
    from reports.models import Report

    built = Report.objects.filter(status="built").count()
    subjects = Message.objects.values("subject").distinct().count()
    if (built, subjects) != (REPORTS, REPORTS):
        raise SystemExit(f"{built} reports were built and {subjects} have a message.")
    say(f"an example:\n{Message.objects.first().body}")


if __name__ == "__main__":
    sys.exit(main())
