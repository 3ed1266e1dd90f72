"""What a person reads around an import: the documented columns, a file to fill in, and what became of it."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone

from agency.models import Agency
from reports import metrics_file
from reports.account_ids import show_account_id
from reports.choices import ImportStatus, Platform
from reports.exports.header import HOW_TO_EXPORT_BY_DAY
from reports.exports.names import SHOWN
from reports.formatting import count
from reports.imports import OTHER_ACCOUNT, Refused
from reports.models import AdAccount, MetricsImport
from reports.periods import local_day

#: So many accounts in the file to fill in.
_MOST_IN_TEMPLATE = 1000
_EXAMPLES = (("meta", "act_1234567890"), ("google", "123-456-7890"))


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    example: str
    text: str

    @property
    def is_required(self) -> bool:
        return self.name in metrics_file.REQUIRED


COLUMNS = (
    Column("plataforma", "meta", "meta ou google"),
    Column("conta", "act_1234567890", "o id da conta na plataforma"),
    Column("data", "23/11/2026", "um dia por linha; também 2026-11-23"),
    Column("investimento", "1.234,56", "0 se nada rodou"),
    Column("receita", "4.200,00", "na moeda da conta"),
    Column("impressoes", "15300", "número inteiro"),
    Column("cliques", "412", "número inteiro"),
    Column("conversoes", "34,5", "até duas casas"),
    Column("leads", "12", "número inteiro"),
    Column("mensagens", "8", "número inteiro"),
)


@dataclass(frozen=True, slots=True)
class Export:
    """A platform's export as the page describes it; `columns` by their Portuguese and their English name."""

    platform: Platform
    name: str
    how: str
    columns: tuple[tuple[str, str], ...]


EXPORTS = (
    Export(Platform.META, "Gerenciador de Anúncios", HOW_TO_EXPORT_BY_DAY[Platform.META], SHOWN[Platform.META]),
    Export(Platform.GOOGLE, "Google Ads", HOW_TO_EXPORT_BY_DAY[Platform.GOOGLE], SHOWN[Platform.GOOGLE]),
)


def template(agency: Agency) -> HttpResponse:
    """The header and yesterday's line of each account, the numbers left empty; two invented accounts if there is none.

    Ids as the platforms write them: a spreadsheet rounds a bare number of sixteen digits.
    """
    accounts = AdAccount.objects.filter(client__agency=agency, client__archived_at=None)
    known = accounts.values_list("platform", "external_id").distinct().order_by("platform", "external_id")
    rows = [(platform, show_account_id(platform, digits)) for platform, digits in known[:_MOST_IN_TEMPLATE]]
    day = local_day(timezone.now(), ZoneInfo(agency.time_zone)) - timedelta(days=1)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="modelo-adscape.csv"'
    answer.write("\ufeff")  # without it Excel takes UTF-8 for Windows-1252
    writer = csv.writer(answer, delimiter=";")
    writer.writerow(metrics_file.COLUMNS)
    empty = [""] * (len(metrics_file.COLUMNS) - 3)
    writer.writerows([platform, account, f"{day:%d/%m/%Y}", *empty] for platform, account in rows or _EXAMPLES)
    return answer


def days(number: int) -> str:
    """`1 dia`, `1.200 dias`"""
    return f"{count(number)} dia{'' if number == 1 else 's'}"


def outcome(new: int, changed: int, same: int, missing: int = 0) -> str:
    """`2 dias novos, 1 alterado, 4 iguais`: what is none is left out, and the first says of what."""
    words = ((new, "novo"), (changed, "alterado"), (same, "igual"), (missing, "sem números"))
    said = [(number, word) for number, word in words if number]
    parts = [
        f"{count(number) if place else days(number)} {_plural(word, number)}"
        for place, (number, word) in enumerate(said)
    ]
    return ", ".join(parts) or "nenhum dia"


def _plural(word: str, number: int) -> str:
    if number == 1 or " " in word:
        return word
    return "iguais" if word == "igual" else f"{word}s"


def labelled(accounts: Iterable[AdAccount]) -> list[tuple[uuid.UUID, str]]:
    """Accounts to choose from: `Moda Ipê: Ipê Loja (act_700100000000001)`."""
    return [
        (each.pk, f"{each.client.name}: {each.name} ({show_account_id(each.platform, each.external_id)})")
        for each in accounts
    ]


def of_refused(refused: Refused) -> str:
    """The sentence after an "Importar" that wrote nothing; the page that it leads to names every reason."""
    if refused.problems.told == (OTHER_ACCOUNT,):
        return OTHER_ACCOUNT
    return "Nada foi gravado: o arquivo não serve mais como está."


def of_stored(stored: MetricsImport) -> tuple[int, str]:
    """The level and the sentence after "Importar"."""
    if stored.status != ImportStatus.STORED:
        return messages.ERROR, f"Nada foi gravado: {stored.file_name} já tinha sido descartado."
    if not stored.days_new and not stored.days_changed:
        return messages.INFO, f"Nada mudou: os números de {stored.file_name} já estavam gravados."
    return (
        messages.SUCCESS,
        f"{stored.file_name} importado: {outcome(stored.days_new, stored.days_changed, stored.days_same)}.",
    )


def of_discarded(found: MetricsImport, *, is_done: bool) -> tuple[int, str]:
    """The level and the sentence after "Descartar"."""
    if is_done:
        return messages.INFO, f"{found.file_name} descartado. Nada foi gravado."
    found.refresh_from_db(fields=["status"])
    if found.status == ImportStatus.STORED:
        return messages.ERROR, f"{found.file_name} já tinha sido importado: não dá mais para descartar."
    return messages.INFO, f"{found.file_name} já tinha sido descartado."
