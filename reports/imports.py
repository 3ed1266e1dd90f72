"""Numbers from a file that a person brings: read, shown, and then stored or given up, each file once and whole.

Refuses a file with one bad row altogether. What the file does not say is unknown: it takes nothing away that is known.
Writes through `storing.store_days` and sends nothing; a report that waits for these days waits on for its person.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from agency.models import Agency, User
from reports import metrics, metrics_file, storing
from reports.choices import ImportStatus, Platform
from reports.file_text import Unreadable, decode
from reports.formatting import short_days
from reports.metrics import FIELDS, Sums
from reports.metrics_file import NO_PROBLEMS, Known, Parsed, Problem, Problems, Row
from reports.models import AdAccount, DailyMetric, MetricsImport
from reports.periods import local_day

T = TypeVar("T")

#: What nobody decided about in this time is given up, so many at once.
PENDING_FOR = timedelta(days=1)
_MOST_CLEANED = 100
HISTORY_LENGTH = 50
#: So many accounts in one query: databases bound how many values a statement may carry.
_AT_ONCE = 200
#: Of a day on which nothing ran.
ZERO = Sums(Decimal(0), Decimal(0), Decimal(0), impressions=0, clicks=0, leads=0, messages=0)


class Refused(Exception):
    """The file cannot be stored any more; `problems` says why."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("; ".join(problems.told))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class AccountPreview:
    """What a file would do to one ad account of one client."""

    account: AdAccount
    said: dict[date, Sums]
    known: dict[date, Sums]
    #: What would stand then: what the file says, and where it says nothing what is known.
    days: dict[date, Sums]

    @property
    def first(self) -> date:
        return min(self.days)

    @property
    def last(self) -> date:
        return max(self.days)

    @property
    def new(self) -> int:
        return sum(day not in self.known for day in self.days)

    @property
    def same(self) -> int:
        return sum(self.known.get(day) == sums for day, sums in self.days.items())

    @property
    def changed(self) -> int:
        return len(self.days) - self.new - self.same

    @property
    def gaps(self) -> list[date]:
        """Days between the first and the last one that neither the file nor anything else has numbers for."""
        count = (self.last - self.first).days
        between = (self.first + timedelta(days=number) for number in range(count))
        return [day for day in between if day not in self.days and day not in self.known]

    @property
    def missing(self) -> str:
        """`5 e 6 nov`"""
        return short_days(self.gaps)

    @property
    def sums(self) -> Sums:
        """Of what the file says."""
        return metrics.total((self.account.currency, sums) for sums in self.said.values())[1]

    def to_write(self, *, fill_gaps: bool) -> dict[date, Sums]:
        """Only what differs, in the order of the days."""
        differing = {day: sums for day, sums in self.days.items() if self.known.get(day) != sums}
        if fill_gaps:
            differing |= dict.fromkeys(self.gaps, ZERO)
        return dict(sorted(differing.items()))


@dataclass(frozen=True, slots=True)
class Preview:
    """What storing a file would do now; nothing at all where it has problems."""

    accounts: list[AccountPreview] = field(default_factory=list)
    problems: Problems = NO_PROBLEMS

    @property
    def new(self) -> int:
        return sum(account.new for account in self.accounts)

    @property
    def changed(self) -> int:
        return sum(account.changed for account in self.accounts)

    @property
    def same(self) -> int:
        return sum(account.same for account in self.accounts)

    @property
    def gaps(self) -> int:
        return sum(len(account.gaps) for account in self.accounts)

    @property
    def to_write(self) -> int:
        return self.new + self.changed


def read(
    agency: Agency, file_name: str, content: bytes, by: User | None, now: datetime | None = None
) -> MetricsImport | Problems:
    """Keep a file for its preview, or say what is wrong with it; then nothing of it is kept."""
    now = now or timezone.now()
    _give_up_old(now)
    try:
        text = decode(content)
    except Unreadable as error:
        return Problems((str(error),))
    problems = compare(agency, text, now).problems
    if problems:
        return problems
    name = "".join(character for character in file_name if character.isprintable())[-200:]
    return MetricsImport.objects.create(agency=agency, created_by=by, file_name=name or "arquivo", content=text)


def preview(metrics_import: MetricsImport, now: datetime | None = None) -> Preview:
    """What storing it would do now. Accounts and numbers may have changed since the file was read."""
    return compare(metrics_import.agency, metrics_import.content, now or timezone.now())


def store(metrics_import: MetricsImport, *, fill_gaps: bool = False, now: datetime | None = None) -> MetricsImport:
    """Write its numbers, all of them or none, once: the import as it stands afterwards, whoever settled it.

    With `fill_gaps`, days of which nothing is known between an account's first and last one become zeros.
    Raises Refused where the file does not fit any more; it then stays as it was.
    """
    now = now or timezone.now()
    parsed = metrics_file.parse(metrics_import.content)
    with transaction.atomic():
        # Two files of one agency at once would each compare with what the other is just writing over.
        Agency.objects.select_for_update(no_key=True).get(pk=metrics_import.agency_id)
        claimed = MetricsImport.objects.filter(pk=metrics_import.pk, status=ImportStatus.PENDING).update(
            status=ImportStatus.STORED, stored_at=now, fill_gaps=fill_gaps, content=""
        )
        if claimed:
            _write(metrics_import, _compare(metrics_import.agency, parsed, now), fill_gaps=fill_gaps)
    metrics_import.refresh_from_db()
    return metrics_import


def discard(metrics_import: MetricsImport) -> bool:
    """Give a file up; whether this call did."""
    pending = MetricsImport.objects.filter(pk=metrics_import.pk, status=ImportStatus.PENDING)
    return bool(pending.update(status=ImportStatus.DISCARDED, content=""))


def history(agency: Agency) -> list[MetricsImport]:
    """The agency's newest imports, with who brought them and without what was in them."""
    found = MetricsImport.objects.filter(agency=agency).select_related("created_by").defer("content")
    return list(found[:HISTORY_LENGTH])


def compare(agency: Agency, text: str, now: datetime | None = None) -> Preview:
    """What storing this text would do. Keeps and writes nothing."""
    return _compare(agency, metrics_file.parse(text), now or timezone.now())


def _write(metrics_import: MetricsImport, found: Preview, *, fill_gaps: bool) -> None:
    if found.problems:
        raise Refused(found.problems)
    for account in found.accounts:
        if days := account.to_write(fill_gaps=fill_gaps):
            storing.store_days(account.account, days)
    MetricsImport.objects.filter(pk=metrics_import.pk).update(
        days_new=found.new + (found.gaps if fill_gaps else 0), days_changed=found.changed, days_same=found.same
    )


def _compare(agency: Agency, parsed: Parsed, now: datetime) -> Preview:
    by_account: dict[metrics_file.Account, list[Row]] = defaultdict(list)
    for row in parsed.rows:
        by_account[row.account].append(row)
    accounts = _accounts(agency, by_account)
    problems = [*parsed.problems, *_check(parsed.rows, accounts, now)]
    if problems:
        return Preview(problems=Problems.of(problems))
    known = _known(accounts, parsed.rows)
    return Preview([_account_preview(account, by_account[_key(account)], known[account.pk]) for account in accounts])


def _account_preview(account: AdAccount, rows: list[Row], known: dict[date, Sums]) -> AccountPreview:
    said = {row.day: row.numbers for row in rows}
    return AccountPreview(account, said, known, {day: _over(sums, known.get(day)) for day, sums in said.items()})


def _over(said: Sums, known: Sums | None) -> Sums:
    """What the file says, and where it says nothing what was known."""
    if known is None:
        return said
    pairs = {name: (getattr(said, name), getattr(known, name)) for name in FIELDS}
    return Sums(**{name: before if new is None else new for name, (new, before) in pairs.items()})


def _check(rows: Iterable[Row], accounts: Iterable[AdAccount], now: datetime) -> list[Problem]:
    known: dict[metrics_file.Account, list[Known]] = defaultdict(list)
    for account in accounts:
        known[_key(account)].append(Known(local_day(now, ZoneInfo(account.time_zone)), account.currency))
    return metrics_file.check(rows, known)


def _key(account: AdAccount) -> metrics_file.Account:
    return Platform(account.platform), account.external_id


def _accounts(agency: Agency, wanted: Iterable[metrics_file.Account]) -> list[AdAccount]:
    """The agency's accounts of these ids; one that two of its clients share comes twice, archived clients' do not."""
    keys = set(wanted)
    found: list[AdAccount] = []
    for ids in _batches(sorted({digits for _, digits in keys})):
        mine = AdAccount.objects.filter(client__agency=agency, client__archived_at=None, external_id__in=ids)
        found += [account for account in mine.select_related("client") if _key(account) in keys]
    return sorted(found, key=lambda account: (account.client.search_text, account.platform, account.name, account.pk))


def _known(accounts: list[AdAccount], rows: Iterable[Row]) -> dict[uuid.UUID, dict[date, Sums]]:
    """The stored days of these accounts, from the file's first day to its last."""
    known: dict[uuid.UUID, dict[date, Sums]] = defaultdict(dict)
    days = {row.day for row in rows}
    for some in _batches(accounts):
        stored = DailyMetric.objects.filter(account__in=some, date__range=(min(days), max(days)))
        for account_pk, day, *values in stored.values_list("account_id", "date", *FIELDS):
            known[account_pk][day] = Sums(*values)
    return known


def _batches(items: list[T]) -> Iterator[list[T]]:
    left = iter(items)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _give_up_old(now: datetime) -> None:
    old = MetricsImport.objects.filter(status=ImportStatus.PENDING, created_at__lt=now - PENDING_FOR)
    pks = list(old.order_by("created_at").values_list("pk", flat=True)[:_MOST_CLEANED])
    if pks:
        MetricsImport.objects.filter(pk__in=pks, status=ImportStatus.PENDING).update(
            status=ImportStatus.DISCARDED, content=""
        )
