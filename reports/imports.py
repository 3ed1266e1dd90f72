"""Numbers from a file that a person brings: read, shown, and then stored or given up, each file once and whole.

Refuses a file with one bad row altogether. What the file does not say is unknown: it takes nothing away that is known.
Writes through `storing.store_days` and sends nothing; a report that waits for these days waits on for its person.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from agency.models import Agency, User
from reports import import_file, storing
from reports.choices import Family, FileFormat, ImportStatus, Platform
from reports.day_numbers import counted_as
from reports.exports.accounts import Book
from reports.file_text import Unreadable
from reports.formatting import day as show_day
from reports.import_file import Opened, open_file
from reports.import_preview import AccountPreview, Preview
from reports.import_rows import Account, Known, Parsed, Problem, Problems, Row, check
from reports.metrics import STORED, Sums
from reports.models import AdAccount, DailyMetric, MetricsImport
from reports.periods import local_day
from reports.table import Table

T = TypeVar("T")

#: What nobody decided about in this time is given up, so many at once.
PENDING_FOR = timedelta(days=1)
_MOST_CLEANED = 100
HISTORY_LENGTH = 50
#: So many accounts in one query: databases bound how many values a statement may carry.
_AT_ONCE = 200


OTHER_ACCOUNT = "A conta foi trocada enquanto isso. Confira de novo antes de importar."


class Refused(Exception):
    """The file cannot be stored any more; `problems` says why."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("; ".join(problems.told))
        self.problems = problems


def read(
    agency: Agency,
    file_name: str,
    content: bytes,
    by: User | None,
    now: datetime | None = None,
    account: AdAccount | None = None,
) -> MetricsImport | Problems:
    """Keep a file for its preview, or say what is wrong with it; then nothing of it is kept.

    `account`: whose numbers they are where the file does not say.
    """
    now = now or timezone.now()
    _give_up_old(now)
    try:
        opened = open_file(content)
    except Unreadable as error:
        return Problems((str(error),))
    problems = compare(agency, opened, account, now).problems
    if problems:
        return problems
    name = "".join(character for character in file_name if character.isprintable())[-200:]
    return MetricsImport.objects.create(
        agency=agency,
        created_by=by,
        file_name=name or "arquivo",
        content=opened.text,
        file_format=opened.format,
        note=opened.note,
        account=account,
    )


def preview(metrics_import: MetricsImport, now: datetime | None = None) -> Preview:
    """What storing it would do now. Accounts and numbers may have changed since the file was read."""
    return compare(metrics_import.agency, opened_of(metrics_import), metrics_import.account, now)


def choose_account(metrics_import: MetricsImport, account: AdAccount) -> bool:
    """Say whose numbers a pending file holds; whether it was still pending."""
    pending = MetricsImport.objects.filter(pk=metrics_import.pk, status=ImportStatus.PENDING)
    return bool(pending.update(account=account))


def store(metrics_import: MetricsImport, *, fill_gaps: bool = False, now: datetime | None = None) -> MetricsImport:
    """Write its numbers, all of them or none, once: the import as it stands afterwards, whoever settled it.

    With `fill_gaps`, days of which nothing is known between an account's first and last one become zeros.
    Raises Refused where the file does not fit any more; it then stays as it was.
    """
    now = now or timezone.now()
    agency = metrics_import.agency
    table = import_file.table_of(opened_of(metrics_import))
    parsed = import_file.read(table, _book(agency, table, metrics_import.account))
    with transaction.atomic():
        # Two files of one agency at once would each compare with what the other is just writing over.
        Agency.objects.select_for_update(no_key=True).get(pk=metrics_import.agency_id)
        pending = MetricsImport.objects.filter(pk=metrics_import.pk, status=ImportStatus.PENDING)
        claimed = pending.filter(account=metrics_import.account_id).update(
            status=ImportStatus.STORED, stored_at=now, fill_gaps=fill_gaps, content=""
        )
        if claimed:
            _write(metrics_import, _compare(agency, parsed, now), fill_gaps=fill_gaps)
        elif pending.exists():
            raise Refused(Problems((OTHER_ACCOUNT,)))
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


def compare(agency: Agency, opened: Opened, account: AdAccount | None = None, now: datetime | None = None) -> Preview:
    """What storing this file would do. Keeps and writes nothing."""
    table = import_file.table_of(opened)
    return _compare(agency, import_file.read(table, _book(agency, table, account)), now or timezone.now())


def opened_of(metrics_import: MetricsImport) -> Opened:
    return Opened(metrics_import.content, FileFormat(metrics_import.file_format), metrics_import.note)


def accounts_of(agency: Agency) -> QuerySet[AdAccount]:
    """The accounts that a file can be of."""
    return AdAccount.objects.filter(client__agency=agency, client__archived_at=None)


def choices(metrics_import: MetricsImport, preview: Preview | None) -> list[AdAccount]:
    """The accounts that an export can be of, where a person has to say which or has said so; none where not.

    One that two clients share comes twice, and either means both.
    """
    if preview is None or preview.understood is None or not (preview.choice or metrics_import.account_id):
        return []
    found = accounts_of(metrics_import.agency).filter(platform=preview.understood.platform)
    return list(found.select_related("client").order_by("client__search_text", "name", "pk"))


def check_shown(metrics_import: MetricsImport, account: str) -> None:
    """Raises Refused where the account that a page showed is not the one that is chosen now."""
    if metrics_import.status == ImportStatus.PENDING and account != str(metrics_import.account_id or ""):
        raise Refused(Problems((OTHER_ACCOUNT,)))


def _write(metrics_import: MetricsImport, found: Preview, *, fill_gaps: bool) -> None:
    if found.problems:
        raise Refused(found.problems)
    if found.choice:
        raise Refused(Problems(("Escolha de qual conta é esta exportação.",)))
    for account in found.accounts:
        if days := account.to_write(fill_gaps=fill_gaps):
            storing.store_days(account.account, days)
    MetricsImport.objects.filter(pk=metrics_import.pk).update(
        days_new=found.new + (found.gaps if fill_gaps else 0), days_changed=found.changed, days_same=found.same
    )


def _compare(agency: Agency, parsed: Parsed, now: datetime) -> Preview:
    accounts = _accounts(agency, {row.account for row in parsed.rows})
    known_of = _checked_against(accounts, now)
    rows, unfinished = list(parsed.rows), set[date]()
    if parsed.understood:  # the platforms' "este mês" has today in it, which nobody can take out there
        rows = [row for row in rows if row.day != _today(row, known_of)]
        unfinished = {row.day for row in parsed.rows if row.day == _today(row, known_of)}
    problems = [*parsed.problems, *check(rows, known_of)]
    if unfinished and not rows:
        problems.append(Problem(0, f"O arquivo só tem o dia {show_day(min(unfinished))}, que ainda não terminou."))
    if problems or parsed.choice:
        return Preview(problems=Problems.of(problems), understood=parsed.understood, choice=parsed.choice)
    by_account: dict[Account, list[Row]] = defaultdict(list)
    for row in rows:
        by_account[row.account].append(row)
    known = _known(accounts, rows)
    is_metas = parsed.understood is not None and parsed.understood.platform is Platform.META
    previews = [_account_preview(each, by_account[_key(each)], known[each.pk], is_metas) for each in accounts]
    return Preview(
        [each for each in previews if each.days], understood=parsed.understood, unfinished=tuple(sorted(unfinished))
    )


def _today(row: Row, known: dict[Account, list[Known]]) -> date | None:
    """Which day it is for the row's account; the earlier one where two clients have it in two zones."""
    return min((each.today for each in known.get(row.account, ())), default=None)


def _account_preview(
    account: AdAccount, rows: list[Row], known: dict[date, Sums], is_metas_export: bool
) -> AccountPreview:
    said = {row.day: row.numbers for row in rows}
    if is_metas_export:
        settings = getattr(account.client, "report_settings", None)
        family = Family(settings.conversion_family) if settings else Family.PURCHASES
        said = {day: counted_as(numbers, family) for day, numbers in said.items()}
    return AccountPreview(account, said, known, {day: _over(sums, known.get(day)) for day, sums in said.items()})


def _over(said: Sums, known: Sums | None) -> Sums:
    """What the file says, and where it says nothing what was known."""
    if known is None:
        return said
    pairs = {name: (getattr(said, name), getattr(known, name)) for name in STORED}
    return Sums(**{name: before if new is None else new for name, (new, before) in pairs.items()})


def _checked_against(accounts: Iterable[AdAccount], now: datetime) -> dict[Account, list[Known]]:
    known: dict[Account, list[Known]] = defaultdict(list)
    for account in accounts:
        known[_key(account)].append(Known(local_day(now, ZoneInfo(account.time_zone)), account.currency))
    return known


def _key(account: AdAccount) -> Account:
    return Platform(account.platform), account.external_id


def _accounts(agency: Agency, wanted: Iterable[Account]) -> list[AdAccount]:
    """The agency's accounts of these ids; one that two of its clients share comes twice, archived clients' do not."""
    keys = set(wanted)
    found: list[AdAccount] = []
    for ids in _batches(sorted({digits for _, digits in keys})):
        mine = accounts_of(agency).filter(external_id__in=ids)
        found += [account for account in mine.select_related("client__report_settings") if _key(account) in keys]
    return sorted(found, key=lambda account: (account.client.search_text, account.platform, account.name, account.pk))


def _book(agency: Agency, table: Table, chosen: AdAccount | None) -> Book:
    """What an export is read with, which may name its accounts by name or not at all; other files need no query."""
    if not import_file.is_export(table):
        return Book()
    found = accounts_of(agency).values_list("platform", "external_id", "name").distinct()
    names = tuple(((Platform(platform), digits), name) for platform, digits, name in found)
    return Book(names, _key(chosen) if chosen else None)


def _known(accounts: list[AdAccount], rows: Iterable[Row]) -> dict[uuid.UUID, dict[date, Sums]]:
    """The stored days of these accounts, from the file's first day to its last."""
    known: dict[uuid.UUID, dict[date, Sums]] = defaultdict(dict)
    days = {row.day for row in rows}
    for some in _batches(accounts):
        stored = DailyMetric.objects.filter(account__in=some, date__range=(min(days), max(days)))
        for account_pk, day, *values in stored.values_list("account_id", "date", *STORED):
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
