"""`manage.py import_metrics FILE`: the import of the page for a person at a terminal, or for their cron."""

from __future__ import annotations

import sys
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agency.models import Agency
from reports import import_answers, imports
from reports.account_ids import show_account_id
from reports.file_text import MAX_BYTES, Unreadable
from reports.formatting import days as show_days
from reports.formatting import money
from reports.import_file import open_file
from reports.import_preview import AccountPreview, Preview
from reports.import_rows import Problems
from reports.models import AdAccount
from reports.periods import Days


class Command(BaseCommand):
    help = "Stores the daily numbers of a CSV or XLSX file, all of them or none; the same file twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file, or - for standard input")
        parser.add_argument("--agency", help="id or name; not needed where there is only one")
        parser.add_argument(
            "--account", help="id at its platform, for an export that does not say whose numbers it has"
        )
        parser.add_argument("--fill-gaps", action="store_true", help="store zeros for days that are missing in between")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        agency = _agency(options["agency"])
        name, content = _read(options["file"])
        chosen = _account(agency, options["account"])
        try:
            found = imports.compare(agency, open_file(content), chosen)
        except Unreadable as error:
            raise _refused(Problems((str(error),))) from None
        if found.choice:
            raise _refused(Problems(("O arquivo não diz de qual conta é: diga o id com --account.",)))
        if found.problems:
            raise _refused(found.problems)
        for account in found.accounts:
            self.stdout.write(_line(account))
        if options["dry_run"]:
            self.stdout.write(f"Nada foi gravado; seriam {_totals(found, fill_gaps=options['fill_gaps'])}.")
            return
        kept = imports.read(agency, name, content, by=None, account=chosen)
        try:
            if isinstance(kept, Problems):
                raise _refused(kept)
            stored = imports.store(kept, fill_gaps=options["fill_gaps"])
        except imports.Refused as error:
            raise _refused(error.problems) from None
        self.stdout.write(import_answers.of_stored(stored)[1])


def _agency(wanted: str | None) -> Agency:
    if not wanted:
        agencies = list(Agency.objects.all()[:2])
        if len(agencies) != 1:
            raise CommandError(
                "Diga a agência com --agency: há mais de uma." if agencies else "Não há nenhuma agência."
            )
        return agencies[0]
    try:
        found = list(Agency.objects.filter(pk=uuid.UUID(wanted)))
    except ValueError:
        found = list(Agency.objects.filter(name=wanted)[:2])
    if len(found) != 1:
        raise CommandError(f"Há mais de uma agência “{wanted}”: diga o id." if found else f"Não há agência “{wanted}”.")
    return found[0]


def _account(agency: Agency, wanted: str | None) -> AdAccount | None:
    if not wanted:
        return None
    digits = "".join(sign for sign in wanted if sign.isdigit())
    found = list(AdAccount.objects.filter(client__agency=agency, client__archived_at=None, external_id=digits))
    if len({account.platform for account in found}) != 1:
        raise CommandError(f"Não há uma conta “{wanted}” nesta agência.")
    return found[0]


def _read(file: str) -> tuple[str, bytes]:
    """Its name and its bytes; of one that is too big no more than shows that it is."""
    if file == "-":
        return "entrada padrão", sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(file).open("rb") as opened:
            return Path(file).name, opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"Não foi possível ler {file}: {error.strerror}.") from None


def _refused(problems: Problems) -> CommandError:
    lines = [*problems.told, *([f"E mais {problems.more}."] if problems.more else []), "Nada foi gravado."]
    return CommandError("\n".join(lines))


def _line(found: AccountPreview) -> str:
    """`Moda Ipê: Meta Ads act_123, 01/11/2026 — 22/11/2026: 22 dias novos; investimento R$ 10,00, receita —`"""
    account, sums = found.account, found.sums
    what = import_answers.outcome(found.new, found.changed, found.same, len(found.gaps))
    number = show_account_id(account.platform, account.external_id)
    return (
        f"{account.client.name}: {account.get_platform_display()} {number},"
        f" {show_days(Days(found.first, found.last))}: {what};"
        f" investimento {money(sums.spend, account.currency)}, receita {money(sums.revenue, account.currency)}"
    )


def _totals(found: Preview, *, fill_gaps: bool) -> str:
    new = found.new + (found.gaps if fill_gaps else 0)
    return import_answers.outcome(new, found.changed, found.same, 0 if fill_gaps else found.gaps)
