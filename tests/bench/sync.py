"""Measures the synchronisation of ad accounts: PostgreSQL, Redis, two real workers, the stand-ins of both platforms.
`make bench-sync`.

Writes one line of JSON to stdout and everything else to stderr. A thousand accounts, half of each platform, that were
never read: 28 complete days and today each, what their campaigns did on the complete ones, and their balance. The
second run finds the same figures at the platforms; what it wrote is told by the versions of the database's rows.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from tests.bench.processes import Worker, bench, beside, configure, tell, workers
from tests.bench.servers import say
from tests.bench.statements import Statements

ACCOUNTS = 1_000
PROCESSES, THREADS = 2, 16
#: Statements of this harness itself when it starts a run: it makes all accounts due, and asks how many are.
STARTING = 2
#: Seconds after which a run that does not end is given up.
PATIENCE = 300


def main() -> int:
    with bench() as (folder, found):
        configure(folder, found)
        with beside("ads"):
            return tell(measure())


def measure() -> dict[str, float]:
    plant()
    with workers(PROCESSES, THREADS) as running:
        statements = Statements()
        seconds, looks = run(running)
        each = statements.each(ACCOUNTS) - (looks + STARTING) / ACCOUNTS
        before = versions()
        again, _ = run(running)
        changed = sum(1 for key, version in versions().items() if before.get(key) != version)
        peak = max(peak_rss(worker) for worker in running)
    say(f"sync: first run {seconds:.1f} s, second {again:.1f} s, {len(before)} days stored")
    if len(before) < ACCOUNTS * (28 + 28 + 1):
        raise SystemExit(f"Only {len(before)} days and campaigns' days were stored.")
    return {
        "seconds": round(seconds, 2),
        "accounts": ACCOUNTS,
        "statements_per_account": round(each, 2),
        "peak_rss_mb": round(peak, 1),
        "changed_on_second_run": changed,
    }


def plant() -> None:
    """The accounts that two accesses can read, one client for each ten."""
    from django.utils import timezone

    from agency.models import Agency, Client
    from reports import accounts, credentials
    from reports.choices import CredentialKind

    wait_for_platforms()
    agency = Agency.objects.create(name="Agência da medida")
    half = ACCOUNTS // 2
    for kind, keys in (
        (CredentialKind.META_SYSTEM_USER, {"token": f"sandbox-meta-many-{half}"}),
        (CredentialKind.GOOGLE_OAUTH, {"refresh_token": f"sandbox-google-many-{half}"}),
    ):
        credential = credentials.connect(agency, kind, keys)
        listed = list(credential.listed.select_related("credential"))
        if len(listed) != half:
            raise SystemExit(f"{credential} can read {len(listed)} accounts, {half} were expected.")
        for number, account in enumerate(listed):
            if number % 10 == 0:
                client = Client.objects.create(agency=agency, name=f"Cliente {kind} {number}")
            accounts.follow(client, account, history_from=None, now=timezone.now())


def run(running: list[Worker]) -> tuple[float, int]:
    """Seconds from the rings to the last account's being read, and how often was looked whether it was."""
    from django.db.models import F
    from django.utils import timezone

    from reports.models import AdAccount
    from reports.tasks import ring_readers

    for worker in running:
        worker.pause()
    began_at = timezone.now()
    # As on the next day, also where it is so early that only what is missing of the campaigns is read.
    AdAccount.objects.update(
        days_read_at=None,
        balance_checked_at=None,
        next_read_at=began_at,
        campaigns_read_at=None,
        campaigns_until=F("campaigns_until") - timedelta(days=1),
    )
    ring_readers()
    began, looks = time.monotonic(), 1
    for worker in running:
        worker.listen()
    while left := unread(began_at):
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"{left} accounts were not read: {problems()}")
        time.sleep(0.1)
        looks += 1
    return time.monotonic() - began, looks


def unread(since: datetime) -> int:
    from reports.models import AdAccount

    return AdAccount.objects.exclude(days_read_at__gte=since).count()


def problems() -> list[str]:
    from reports.models import AdAccount

    return list(AdAccount.objects.exclude(read_problem="").values_list("read_problem", flat=True).distinct())


def versions() -> dict[tuple[str, int], int]:
    """What PostgreSQL calls the version of each stored day, campaigns' days and their names among them: it changes with
    each write."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for table in ("dailymetric", "campaignday"):
            cursor.execute(f"SELECT id, xmin::text::bigint FROM reports_{table}")  # noqa: S608  names of our own
            found |= {(table, key): version for key, version in cursor.fetchall()}
    return found


def peak_rss(worker: Worker) -> float:
    """The most memory that a worker has had so far, in MB."""
    status = Path(f"/proc/{worker.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def wait_for_platforms() -> None:
    import requests
    from django.conf import settings

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            requests.get(f"{settings.META_API_URL}/healthz", timeout=5)
            return
        time.sleep(0.05)
    raise SystemExit("The stand-ins of the platforms do not answer.")


if __name__ == "__main__":
    sys.exit(main())
