"""What the columns of an export are called, in Brazilian Portuguese and in English, and what they are to us. Pure.

Where the names are from: nothing official lists them, so they are those of files that people keep in the tests of
their own importers, in public repositories. Meta: a CSV of October 2026 with "Nome da conta", "Dia", "Identificação
da conta", "Moeda", "Valor gasto (BRL)", "Compras", "Início dos relatórios", "Encerramento dos relatórios"; others
with "Valor usado (BRL)", "Término dos relatórios", "Valor de conversão da compra", "Conversas por mensagem
iniciadas", "Cadastros", "Indicador de resultados"; English ones with "Reporting starts", "Amount spent (USD)",
"Purchases conversion value", "Messaging conversations started". Google: "Relatório de campanha", the period, then
"Código da moeda", "Custo", "Impr.", "Conversões", "Valor conv.", and "Total: Conta" below; "Currency code", "Cost",
"Conv. value", "Total: Account". Believed, and seen in no file: "ID da conta", "Quantia gasta", the names with "na
Meta" and "Meta", Google's "ID de cliente" and its variants, "Código do cliente", "Nome da conta", "Total conv.
value".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from agency.text import search_key
from reports import metrics_cells as cells
from reports.choices import Platform


class Role(StrEnum):
    """What a column is to us. Those that are fields of `Sums` have the field's name."""

    DAY = "day"
    START = "start"
    END = "end"
    ACCOUNT_ID = "account_id"
    ACCOUNT_NAME = "account_name"
    CURRENCY = "currency"
    SPEND = "spend"
    REVENUE = "revenue"
    CONVERSIONS = "conversions"
    IMPRESSIONS = "impressions"
    CLICKS = "clicks"
    LEADS = "leads"
    MESSAGES = "messages"
    #: Meta's result of a campaign, which is of the kind that the indicator beside it names.
    RESULTS = "results"
    INDICATOR = "indicator"


METRICS = (*(Role.SPEND, Role.REVENUE, Role.CONVERSIONS, Role.IMPRESSIONS, Role.CLICKS, Role.LEADS, Role.MESSAGES),)
NUMBERS = (*METRICS, Role.RESULTS)
#: As people read them, in the preview and in sentences.
LABELS: Mapping[Role, str] = {
    Role.DAY: "Dia",
    Role.START: "Dia",
    Role.END: "Fim do período",
    Role.ACCOUNT_ID: "Conta",
    Role.ACCOUNT_NAME: "Conta",
    Role.CURRENCY: "Moeda",
    Role.SPEND: "Investimento",
    Role.REVENUE: "Receita",
    Role.CONVERSIONS: "Conversões",
    Role.IMPRESSIONS: "Impressões",
    Role.CLICKS: "Cliques",
    Role.LEADS: "Leads",
    Role.MESSAGES: "Mensagens",
    Role.RESULTS: "Resultados",
    Role.INDICATOR: "Tipo do resultado",
}
#: Of each platform and role the names that it has, the one to take first where a file holds several.
_NAMES: Mapping[Platform, Mapping[Role, tuple[str, ...]]] = {
    Platform.META: {
        Role.DAY: ("Dia", "Day"),
        Role.START: ("Início dos relatórios", "Reporting starts"),
        Role.END: ("Encerramento dos relatórios", "Término dos relatórios", "Reporting ends"),
        Role.ACCOUNT_ID: ("Identificação da conta", "ID da conta", "Account ID"),
        Role.ACCOUNT_NAME: ("Nome da conta", "Account name"),
        Role.CURRENCY: ("Moeda", "Currency"),
        Role.SPEND: ("Valor usado", "Valor gasto", "Quantia gasta", "Amount spent"),
        # Not those of one channel ("Compras no site"): they count again what the whole counts.
        Role.REVENUE: (
            *("Valor de conversão da compra", "Valor de conversão de compras", "Valor de conversão de compra"),
            *("Purchases conversion value", "Purchase conversion value"),
            *("Valor de conversão da compra na Meta", "Meta purchase conversion value"),
        ),
        Role.CONVERSIONS: ("Compras", "Purchases", "Compras na Meta", "Meta purchases"),
        Role.IMPRESSIONS: ("Impressões", "Impressions"),
        # All of them first, as the platform's API counts them.
        Role.CLICKS: ("Cliques (todos)", "Clicks (all)", "Cliques no link", "Link clicks"),
        Role.LEADS: ("Leads", "Cadastros", "Leads na Meta", "Meta leads"),
        Role.MESSAGES: (
            *("Conversas por mensagem iniciadas", "Conversas iniciadas por mensagem", "Conversas iniciadas"),
            "Messaging conversations started",
        ),
        Role.RESULTS: ("Resultados", "Results"),
        Role.INDICATOR: ("Indicador de resultados", "Tipo de resultado", "Result indicator", "Result type"),
    },
    Platform.GOOGLE: {
        Role.DAY: ("Dia", "Day"),
        Role.ACCOUNT_ID: (
            *("ID de cliente", "ID do cliente", "Código do cliente", "Customer ID"),
            *("ID de cliente externo", "ID do cliente externo", "External customer ID"),
        ),
        Role.ACCOUNT_NAME: ("Nome da conta", "Conta", "Account name", "Account"),
        Role.CURRENCY: ("Código da moeda", "Currency code", "Moeda", "Currency"),
        Role.SPEND: ("Custo", "Cost"),
        Role.REVENUE: (
            *("Valor conv.", "Valor de conv.", "Valor da conv.", "Valor da conversão", "Valor de conversão"),
            *("Conv. value", "Conversion value", "Total conv. value"),
        ),
        Role.CONVERSIONS: ("Conversões", "Conversions"),
        Role.IMPRESSIONS: ("Impr.", "Impressões", "Impressions"),
        Role.CLICKS: ("Cliques", "Clicks"),
    },
}
_CURRENCY = re.compile(r"(?P<name>.*\S) ?\((?P<code>[A-Z]{3})\)")


def currency_of(header: str) -> tuple[str, str]:
    """The name without the currency behind it, and the currency: `Valor usado (BRL)`; "" where there is none."""
    found = _CURRENCY.fullmatch(header)
    return (found["name"], found["code"]) if found else (header, "")


def key(header: str) -> str:
    return cells.key(currency_of(cells.tidy(header))[0])


#: Key → role and how early the name comes among those of its role.
KEYS: Mapping[Platform, Mapping[str, tuple[Role, int]]] = {
    platform: {key(name): (role, place) for role, names in roles.items() for place, name in enumerate(names)}
    for platform, roles in _NAMES.items()
}


#: Names that only an English export has.
_ENGLISH = frozenset(
    key(name)
    for name in (
        *("Day", "Reporting starts", "Reporting ends", "Amount spent", "Cost", "Impressions", "Clicks", "Link clicks"),
        *("Clicks (all)", "Account name", "Account ID", "Account", "Customer ID", "Currency", "Currency code"),
        *("Purchases", "Purchases conversion value", "Conversions", "Conv. value", "Results"),
    )
)


def is_english(header: str) -> bool:
    return key(header) in _ENGLISH


def is_name(header: str) -> bool:
    return any(key(header) in keys for keys in KEYS.values())


#: What the page of the import says of each platform: so many of the names that people see most.
SHOWN: Mapping[Platform, tuple[tuple[str, str], ...]] = {
    Platform.META: (
        ("Dia", "Day"),
        ("Valor usado (BRL)", "Amount spent (BRL)"),
        ("Impressões", "Impressions"),
        ("Cliques (todos)", "Clicks (all)"),
        ("Compras", "Purchases"),
        ("Valor de conversão da compra", "Purchases conversion value"),
        ("Leads", "Leads"),
        ("Conversas por mensagem iniciadas", "Messaging conversations started"),
    ),
    Platform.GOOGLE: (
        ("Dia", "Day"),
        ("Custo", "Cost"),
        ("Impr.", "Impr."),
        ("Cliques", "Clicks"),
        ("Conversões", "Conversions"),
        ("Valor conv.", "Conv. value"),
    ),
}

_NOT_SUMMED = re.compile(r"\balcance|\breach\b|\bfrequencia|\bfrequency|\bunic[oa]s?\b|\bunique\b|\balcancad")
_RATIO = re.compile(
    r"\bcp[acmv]\b|\bctr\b|\broas\b|\bcustos? por\b|\bcost per\b|/|\btaxa|\brate\b|\bmedi[oa]\b|\bavg\b|\baverage\b|%"
    r"|\bparcela\b|\bshare\b"
)
_DETAIL = re.compile(
    r"\bcampanha|\bcampaign|\bconjunto de anuncios|\bad ?set\b|\bgrupo de anuncios|\bad group|\banuncios?\b|\bads?\b"
    r"|\bpalavra|\bkeyword|\btermo|\bsearch term|\bdispositivo|\bdevice|\brede|\bnetwork|\bidade\b|\bage\b|\bgenero"
    r"|\bsexo\b|\bgender\b|\bplataforma|\bplatform|\bposicionamento|\bplacement|\bregiao|\bregion|\bpais\b|\bcountry"
    r"|\bhora|\bhour|\bacao de conversao|\bconversion action|\bcategoria|\bcategory|\bobjetivo|\bobjective|\bstatus"
    r"|\bveiculacao|\bdelivery|\batribuicao|\battribution|\btipo|\btype"
)
_LEVELS: tuple[tuple[str, str], ...] = (
    (r"\btermos? de pesquisa|\bsearch term", "por termo de pesquisa"),
    (r"\bpalavra.chave|\bkeyword", "por palavra-chave"),
    (r"^(?:nome|identificacao|id) do anuncio$|^ad(?: name| id)?$|^anuncio$", "por anúncio"),
    (r"\bconjunto de anuncios|\bad ?set\b", "por conjunto de anúncios"),
    (r"\bgrupo de anuncios|\bad group", "por grupo de anúncios"),
    (r"\bcampanha|\bcampaign", "por campanha"),
)
#: Levels that Google's Performance Max campaigns have no rows of.
PARTIAL_LEVELS = ("por termo de pesquisa", "por palavra-chave", "por anúncio", "por grupo de anúncios")


class Unused(StrEnum):
    """Why a column is left out, as the preview says it."""

    NOT_SUMMED = "não se somam entre dias nem campanhas"
    RATIO = "o Adscape calcula a partir das somas"
    DETAIL = "detalhe: as linhas são somadas por conta e dia"
    OTHER = "não são usadas"


def unused(header: str, *, has_words: bool) -> Unused:
    """`has_words`: its cells hold something that is no number, so it tells rows apart and measures nothing."""
    found = search_key(header)
    if _NOT_SUMMED.search(found):
        return Unused.NOT_SUMMED
    if _RATIO.search(found):
        return Unused.RATIO
    return Unused.DETAIL if has_words or _DETAIL.search(found) else Unused.OTHER


def level(headers: list[str]) -> str:
    """`por campanha`: the finest of what the columns tell apart; `por conta` where they tell nothing apart."""
    found = [search_key(header) for header in headers]
    return next((words for rule, words in _LEVELS if any(re.search(rule, each) for each in found)), "por conta")


#: Meta's indicators as the export writes them, technical or in words.
_INDICATORS: tuple[tuple[str, Role], ...] = (
    (r"messaging.conversations?.started|conversas?.*iniciadas?", Role.MESSAGES),
    (r"\bleads?\b|\blead_grouped|\bleadgen|_lead\b|\bcadastros?\b", Role.LEADS),
    (r"purchase|\bcompras?\b", Role.CONVERSIONS),
)


def family(indicator: str) -> Role | None:
    """Which of our columns a campaign's results belong to; None for those that we have none for."""
    found = search_key(indicator)
    return next((role for rule, role in _INDICATORS if re.search(rule, found)), None)
