"""The header of an export: which line it is, which platform's, and which column is what to us. Pure.

Exports have a title, the period and filters above their header; a spreadsheet may have merged cells there, which read
as a name in the first cell and nothing in the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reports.choices import Platform
from reports.exports import names
from reports.exports.names import KEYS, METRICS, Role
from reports.import_rows import Problem
from reports.metrics_cells import shown
from reports.table import HEADER_WITHIN, Cell, Record, Table

HOW_TO_EXPORT_BY_DAY = {
    Platform.META: "No Gerenciador de Anúncios: Detalhamento, Por tempo, Dia, e depois Exportar.",
    Platform.GOOGLE: "No Google Ads: Segmento, Tempo, Dia, e depois o download da tabela.",
}
_SPEND = {Platform.META: "Valor usado", Platform.GOOGLE: "Custo"}
_TWO_LINES = (
    "O cabeçalho ocupa mais de uma linha, talvez com células mescladas. Desfaça a mesclagem e deixe o nome de cada "
    "coluna em uma linha só."
)
_MOJIBAKE = (
    "Os acentos do arquivo estão trocados ({found} no lugar de {wanted}). Exporte de novo, ou salve como CSV UTF-8."
)
_TIME_ROLES = (Role.DAY, Role.START, Role.END)


@dataclass(frozen=True, slots=True)
class Header:
    platform: Platform
    #: Where in `Table.records` it stands: what is before it is a title.
    at: int
    titles: tuple[str, ...]
    places: Mapping[Role, int]
    #: Of the header of the spend, "" where it names none.
    currency: str

    def title(self, role: Role) -> str:
        return self.titles[self.places[role]]

    @property
    def is_portuguese(self) -> bool:
        """As far as can be told: no name that is used is an English one alone."""
        return not any(names.is_english(self.titles[place]) for place in self.places.values())


def find(table: Table) -> Header | None:
    """The line that has the most of one platform's names, if any has two of them and one for the money or the day."""
    best: Header | None = None
    for at, record in enumerate(table.records[:HEADER_WITHIN]):
        for platform in Platform:
            found = _header(record, at, platform)
            if len(found.places) >= 2 and (best is None or len(found.places) > len(best.places)):
                best = found
    if best and (Role.SPEND in best.places or any(role in best.places for role in _TIME_ROLES)):
        return best
    return None


def _header(record: Record, at: int, platform: Platform) -> Header:
    titles = tuple(record.text(place) for place in range(len(record.cells)))
    ranked: dict[Role, tuple[int, int]] = {}
    for place, title in enumerate(titles):
        if known := KEYS[platform].get(names.key(title)):
            role, rank = known
            ranked[role] = min(ranked.get(role, (rank, place)), (rank, place))
    places = {role: place for role, (_, place) in ranked.items()}
    currency = names.currency_of(titles[places[Role.SPEND]])[1] if Role.SPEND in places else ""
    return Header(platform, at, titles, places, currency)


def problems(header: Header, table: Table) -> Iterator[Problem]:
    """Why the table under this header cannot be read; each one is of the whole file."""
    if _other_platform(header):
        yield Problem(0, "O arquivo mistura colunas da Meta e do Google. Envie uma exportação de cada vez.")
        return
    has_day = Role.DAY in header.places or {Role.START, Role.END} <= set(header.places)
    missing = [role for role in (Role.SPEND,) if role not in header.places] + ([] if has_day else [Role.DAY])
    if missing and any(_is_second_line(table, at, header.platform, missing) for at in (header.at - 1, header.at + 1)):
        yield Problem(0, _TWO_LINES)
        return
    if Role.SPEND in missing:
        yield Problem(0, f"Falta a coluna {_SPEND[header.platform]} na exportação {_of(header.platform)}.")
    if Role.DAY in missing:
        yield Problem(0, f"A exportação não está por dia: falta a coluna Dia. {HOW_TO_EXPORT_BY_DAY[header.platform]}")
    for role, place in header.places.items():
        name = header.titles[place]
        times = sum(names.key(title) == names.key(name) for title in header.titles)
        if times > 1 and role in (*METRICS, *_TIME_ROLES):
            yield Problem(0, f"A coluna {shown(name)} aparece {times} vezes.")


def cell_of(record: Record, header: Header, *roles: Role) -> Cell:
    """The cell of the first of these columns that there is; "" where there is none."""
    for role in roles:
        if role in header.places:
            place = header.places[role]
            return record.cells[place] if place < len(record.cells) else ""
    return ""


def repeats(record: Record, header: Header) -> bool:
    """Whether a row under the header is a header again: names where days and numbers belong."""
    cells = (cell_of(record, header, role) for role in (*_TIME_ROLES, *METRICS) if role in header.places)
    return sum(isinstance(cell, str) and cell[:1].isalpha() and names.is_name(cell) for cell in cells) >= 2


def mojibake(table: Table) -> Problem | None:
    """Where letters were read in one encoding and written in another, and a name would be known without that."""
    for record in table.records[:HEADER_WITHIN]:
        for cell in record.cells:
            wanted = _repaired(cell) if isinstance(cell, str) else ""
            if wanted and names.is_name(wanted):
                return Problem(0, _MOJIBAKE.format(found=shown(str(cell)), wanted=shown(wanted)))
    return None


def _repaired(text: str) -> str:
    if not any(sign in text for sign in "ÃÂ\ufffd"):
        return ""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return ""


def _is_second_line(table: Table, at: int, platform: Platform, missing: list[Role]) -> bool:
    if not 0 <= at < len(table.records):
        return False
    return any(role in _header(table.records[at], at, platform).places for role in missing)


def _other_platform(header: Header) -> bool:
    other = Platform.GOOGLE if header.platform is Platform.META else Platform.META
    keys = {names.key(title) for title in header.titles}
    return any(role is Role.SPEND and key in keys for key, (role, _) in KEYS[other].items())


def _of(platform: Platform) -> str:
    return "do Gerenciador de Anúncios" if platform is Platform.META else "do Google Ads"
