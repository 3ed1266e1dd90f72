"""Exports in the shapes of the real ones, through the one door that all files take."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.choices import Platform
from reports.exports import reading
from reports.import_file import open_file, read, table_of
from reports.import_rows import Account
from reports.metrics import Sums
from reports.understood import Choice, Column, Ignored
from tests.reports.exports.files import BOOK, GOOGLE, META, export, parsed, told, xlsx

DAY_20, DAY_21 = date(2026, 11, 20), date(2026, 11, 21)


def numbers_of(content: bytes | str, chosen: Account | None = None) -> dict[date, Sums]:
    found = parsed(content, chosen)
    assert found.problems == ()
    assert found.choice is None
    return {row.day: row.numbers for row in found.rows}


def sums(spend: str, **others: Any) -> Sums:
    amounts = {name: D(str(value)) for name, value in others.items() if name in ("revenue", "conversions")}
    return Sums(**{**others, **amounts, "spend": D(spend)})


# --- The real shapes ----------------------------------------------------------------------------------------------


def test_campaigns_of_the_ads_manager_in_portuguese() -> None:
    found = parsed(export("meta_campanhas_pt.csv"))

    assert [(row.line, row.account, row.day) for row in found.rows] == [(3, META, DAY_20), (5, META, DAY_21)]
    assert [row.numbers for row in found.rows] == [
        sums("944.43", revenue=900, conversions=3, impressions=8300, clicks=220, leads=3, messages=12),
        # What an account has somewhere in the file did not happen where it is left out.
        sums("800", revenue="350.5", conversions=2, impressions=8500, clicks=190, leads=0, messages=0),
    ]
    assert all(row.currencies == {"BRL"} for row in found.rows)


def test_what_is_understood_is_told() -> None:
    found = parsed(export("meta_campanhas_pt.csv")).understood

    assert found is not None
    assert (found.platform, found.level, found.currency, found.rows) == (Platform.META, "por campanha", "BRL", 3)
    assert Column("Valor usado (BRL)", "Investimento") in found.columns
    assert Column("Cliques (todos)", "Cliques") in found.columns
    assert found.ignored == (
        Ignored("não se somam entre dias nem campanhas", ("Alcance", "Frequência")),
        Ignored("o Adscape calcula a partir das somas", ("CPM (custo por 1.000 impressões) (BRL)", "CTR (todos)")),
        Ignored(
            "detalhe: as linhas são somadas por conta e dia",
            ("Nome da campanha", "Identificação da campanha", "Veiculação da campanha", "Configuração de atribuição"),
        ),
        Ignored("não são usadas", ("Cliques no link",)),
    )
    assert found.marks == "“1744.43”, com ponto nos decimais"
    assert found.notes == ("1 linha de total não foi somada.",)
    assert found.cautions == ()


def test_one_account_of_the_ads_manager_without_its_name() -> None:
    content = export("meta_conta_pt.csv", "cp1252")

    assert parsed(content).choice == Choice(Platform.META)
    assert parsed(content).rows == ()
    assert numbers_of(content, META) == {
        DAY_20: sums("1234.56", impressions=15300, clicks=412, leads=7),
        DAY_21: sums("98.7", impressions=1020, clicks=31, leads=0),
    }


def test_ads_of_the_ads_manager_in_english() -> None:
    """The period of the report stands in each row beside its day, and the account is known by its name."""
    assert numbers_of(export("meta_ads_en.csv", "utf-8-sig")) == {
        DAY_20: sums("12.50", revenue=118, conversions=2, impressions=3400, clicks=51),
        DAY_21: sums("1015", revenue=59, conversions=1, impressions=3200, clicks=42),
    }


def test_results_belong_to_what_their_indicator_names() -> None:
    found = parsed(export("meta_resultados_pt.csv"), META)

    assert [row.numbers for row in found.rows] == [
        sums("86", impressions=3100, leads=4, messages=12),
        sums("40", impressions=950, leads=5, messages=0),
    ]
    assert found.understood is not None
    assert Column("Resultados", "Leads e Mensagens, pelo tipo do resultado") in found.understood.columns
    assert found.understood.notes == ("Resultados de outros tipos ficam de fora: “reach”.",)
    assert found.understood.cautions == (
        "Resultados contam só o objetivo de cada campanha. Prefira colunas como Leads, Compras e Conversas.",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_campaigns_of_google_ads_in_portuguese(encoding: str) -> None:
    assert numbers_of(export("google_campanhas_pt.csv", encoding), GOOGLE) == {
        DAY_20: sums("1418.55", revenue=2280, conversions="15.5", impressions=6814, clicks=187),
        DAY_21: sums("0", revenue=0, conversions=0, impressions=0, clicks=0),
    }


def test_accounts_of_google_ads_in_english_as_excel_takes_them() -> None:
    found = parsed(export("google_account_en.tsv", "utf-16"))

    assert [(row.account, row.day, row.numbers) for row in found.rows] == [
        (GOOGLE, DAY_20, sums("1234.5", revenue=480, conversions=9, impressions=1204, clicks=87)),
        (GOOGLE, DAY_21, sums("180", revenue=0, conversions=0, impressions=300, clicks=12)),
    ]
    assert open_file(export("google_account_en.tsv", "utf-16")).note == "O texto está em UTF-16."


def test_the_line_of_each_campaign_above_its_days_is_a_sum() -> None:
    found = parsed(export("google_segmented_en.csv"), GOOGLE)

    assert [row.numbers.spend for row in found.rows] == [D(100), D(320)]
    assert found.understood is not None
    assert found.understood.notes == ("2 linhas de total não foram somadas.",)


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        *(("meta_campanhas_pt.csv", None), ("meta_conta_pt.csv", META), ("meta_ads_en.csv", None)),
        *(("google_campanhas_pt.csv", GOOGLE), ("google_account_en.tsv", None), ("meta_resultados_pt.csv", META)),
    ],
)
def test_the_same_export_as_a_workbook(name: str, chosen: Account | None) -> None:
    csv = parsed(export(name), chosen)
    table = table_of(open_file(export(name)))
    book = xlsx([record.cells for record in table.records])

    found = parsed(book, chosen)

    assert [(row.account, row.day, row.numbers) for row in found.rows] == [
        (row.account, row.day, row.numbers) for row in csv.rows
    ]
    assert found.understood == csv.understood


def test_a_workbook_with_real_numbers_and_days() -> None:
    rows = [
        ["Relatório de campanha"],
        ["1 a 23 de novembro de 2026"],
        [],
        ["Dia", "Campanha", "Código da moeda", "Custo", "Impr.", "Cliques", "Conversões"],
        [DAY_20, "Pesquisa", "BRL", 1.234, 1234, 10, 0.1 + 0.2],
        [DAY_20, "Display", "BRL", 100, 50, 2, 1],
        [DAY_21, "Pesquisa", "BRL", 1234.5, 1000.0, 12, 2],
        ["Total: Conta", None, "BRL", 1335.734, 2284, 24, 3.3],
    ]

    assert numbers_of(xlsx(rows), GOOGLE) == {
        DAY_20: sums("101.23", conversions="1.30", impressions=1284, clicks=12),  # cents of a sum, not a sum of cents
        DAY_21: sums("1234.50", conversions=2, impressions=1000, clicks=12),
    }


# --- Which numbers, which unknown ---------------------------------------------------------------------------------

HEAD = "Dia,Identificação da conta,Nome da campanha,Valor usado (BRL),Impressões"
ROW = "2026-11-20,700100000000001,Vendas,10.50,900"


def meta(*rows: str, head: str = HEAD) -> str:
    return "\n".join([head, *rows])


def test_a_column_that_is_not_there_or_wholly_empty_is_unknown_and_never_zero() -> None:
    (found,) = numbers_of(meta(f"{ROW},,", head=f"{HEAD},Compras,Leads")).values()

    assert found == sums("10.5", impressions=900)


def test_an_empty_column_is_judged_for_each_account() -> None:
    other = ROW.replace("700100000000001", "700100000000002")

    found = parsed(meta(f"{ROW},", f"{other},3", head=f"{HEAD},Leads"))

    assert [row.numbers.leads for row in found.rows] == [None, 3]


def test_purchases_of_one_channel_do_not_count_again() -> None:
    head = f"{HEAD},Compras no site,Compras,Valor de conversão de compras no site"

    (found,) = numbers_of(meta(f"{ROW},5,7,300", head=head)).values()

    assert (found.conversions, found.revenue) == (D(7), None)


def test_all_clicks_come_before_link_clicks_and_either_is_told() -> None:
    both = parsed(meta(f"{ROW},5,9", head=f"{HEAD},Cliques no link,Cliques (todos)"))
    link = parsed(meta(f"{ROW},5", head=f"{HEAD},Cliques no link"))

    assert [row.numbers.clicks for row in (*both.rows, *link.rows)] == [9, 5]
    assert link.understood is not None
    assert Column("Cliques no link", "Cliques") in link.understood.columns


def test_results_do_not_count_beside_the_column_of_their_own() -> None:
    head = f"{HEAD},Resultados,Indicador de resultados,Leads"

    (found,) = numbers_of(meta(f"{ROW},9,actions:lead,4", head=head)).values()

    assert found.leads == 4


def test_results_without_an_indicator_are_left_out() -> None:
    (found,) = numbers_of(meta(f"{ROW},9", head=f"{HEAD},Resultados")).values()

    assert found == sums("10.5", impressions=900)


@pytest.mark.parametrize(
    ("indicator", "field"),
    [
        ("actions:onsite_conversion.messaging_conversation_started_7d", "messages"),
        ("Conversas por mensagem iniciadas", "messages"),
        ("Messaging conversations started", "messages"),
        ("actions:lead", "leads"),
        ("actions:offsite_conversion.fb_pixel_lead", "leads"),
        ("actions:leadgen.other", "leads"),
        ("Leads", "leads"),
        ("Cadastros", "leads"),
        ("actions:offsite_conversion.fb_pixel_purchase", "conversions"),
        ("actions:omni_purchase", "conversions"),
        ("Compras no site", "conversions"),
        ("actions:link_click", None),
        ("profile_visit_view", None),
        ("actions:omni_landing_page_view", None),
        ("", None),
    ],
)
def test_indicators(indicator: str, field: str | None) -> None:
    head = f"{HEAD},Resultados,Indicador de resultados"

    (found,) = numbers_of(meta(f"{ROW},9,{indicator}", head=head)).values()

    counted = {name: getattr(found, name) for name in ("messages", "leads", "conversions")}
    assert counted == {name: (9 if name == field else None) for name in counted}


# --- Whose --------------------------------------------------------------------------------------------------------


def test_a_name_that_one_account_has_is_that_account() -> None:
    head = HEAD.replace("Identificação da conta", "Nome da conta")

    (row,) = parsed(meta(ROW.replace("700100000000001", "IPÊ  loja"), head=head)).rows

    assert row.account == META


def test_a_name_that_none_has_is_a_persons_to_choose() -> None:
    content = meta(ROW.replace("700100000000001", "Loja BR"), head=HEAD.replace("Identificação da", "Nome da"))

    assert parsed(content).choice == Choice(Platform.META, "Loja BR")
    assert parsed(content, META).rows[0].account == META


def test_several_names_that_none_has_need_the_column_with_the_id() -> None:
    rows = [ROW.replace("700100000000001", name) for name in ("Loja A", "Loja B")]

    assert told(meta(*rows, head=HEAD.replace("Identificação da", "Nome da"))) == [
        (
            "Linha 2: não há uma conta da Meta Ads com o nome “Loja A”: "
            "inclua a coluna Identificação da conta na exportação."
        ),
        (
            "Linha 3: não há uma conta da Meta Ads com o nome “Loja B”: "
            "inclua a coluna Identificação da conta na exportação."
        ),
    ]


def test_a_choice_against_what_the_file_says_is_refused() -> None:
    other = (Platform.META, "700100000000009")

    assert told(meta(ROW), other) == [
        (
            "O arquivo diz que é da conta act_700100000000001 da Meta Ads, "
            "e a escolhida foi act_700100000000009 da Meta Ads."
        )
    ]
    assert told(export("meta_conta_pt.csv"), GOOGLE) == ["A conta escolhida não é da Meta Ads, e a exportação é."]


def test_nothing_to_choose_from() -> None:
    opened = open_file(export("meta_conta_pt.csv"))

    found = read(table_of(opened), type(BOOK)(((GOOGLE, "Busca"),)))

    assert [str(each) for each in found.problems] == [
        "Nenhum cliente tem uma conta da Meta Ads: inclua a conta no cliente e envie de novo."
    ]


# --- Bad input ----------------------------------------------------------------------------------------------------

BY_DAY = "No Gerenciador de Anúncios: Detalhamento, Por tempo, Dia, e depois Exportar."
GOOGLE_BY_DAY = "No Google Ads: Segmento, Tempo, Dia, e depois o download da tabela."


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        (
            (
                "Início dos relatórios,Encerramento dos relatórios,Nome da campanha,Valor usado (BRL)\n"
                "2026-11-01,2026-11-23,A,10.5\n2026-11-01,2026-11-23,B,11.5"
            ),
            ["Linha 2: os números vão de 2026-11-01 a 2026-11-23, não são de um dia só, como em outra. " + BY_DAY],
        ),
        (
            "Campanha,Semana,Custo,Impr.\nA,2026-11-16,10,50",
            [f"A exportação não está por dia: falta a coluna Dia. {GOOGLE_BY_DAY}"],
        ),
        (
            "Nome da campanha,Valor usado (BRL),Impressões\nA,10,50",
            [f"A exportação não está por dia: falta a coluna Dia. {BY_DAY}"],
        ),
        (
            "Dia,Impressões,Alcance\n2026-11-20,5,4",
            ["Falta a coluna Valor usado na exportação do Gerenciador de Anúncios."],
        ),
        (
            "Dia,Custo,Valor usado (BRL),Impressões,Cliques (todos)\n2026-11-20,1,1,1,1",
            ["O arquivo mistura colunas da Meta e do Google. Envie uma exportação de cada vez."],
        ),
        ("Dia,Custo,Custo,Impr.\n2026-11-20,1,1,1", ["A coluna “Custo” aparece 2 vezes."]),
        (
            "Dia,Campanha,Desempenho,,\n,,Custo,Impr.,Cliques\n2026-11-20,A,10,50,5",
            [
                (
                    "O cabeçalho ocupa mais de uma linha, talvez com células mescladas. Desfaça a mesclagem e "
                    "deixe o nome de cada coluna em uma linha só."
                )
            ],
        ),
        (
            meta(ROW, HEAD, ROW),
            ["Linha 3: há outro cabeçalho nesta linha: envie uma exportação de cada vez."],
        ),
        (
            "Dia,Valor usado (BRL),ImpressÃµes\n2026-11-20,1,1",
            [
                (
                    "Os acentos do arquivo estão trocados (“ImpressÃµes” no lugar de “Impressões”). Exporte de novo, "
                    "ou salve como CSV UTF-8."
                )
            ],
        ),
        (
            "Dia,Valor usado (BRL),Impressões\n2026-11-20,10,100\n2026-11-20,11,100",
            [
                (
                    "Linha 3: a conta act_700100000000001 da Meta Ads já tem o dia 20/11/2026 na linha 2, com outros "
                    "números: sem campanha nem outro detalhe, cada dia só pode vir uma vez."
                )
            ],
        ),
        (meta(ROW.replace("10.50", "-10.50")), ["Linha 2: Valor usado (BRL) “-10.50” é um número negativo."]),
        (
            meta(ROW.replace("10.50", "5000000000")),
            ["Linha 2: Valor usado (BRL) “5000000000” é um número absurdo para um dia."],
        ),
        (
            "Dia,Valor usado (BRL)\n2026-11-20,1.234",
            [
                (
                    "Linha 2: Valor usado (BRL) “1.234” pode ser 1234 ou 1,234, e nada no arquivo decide qual. "
                    "Exporte de novo com a coluna de impressões."
                )
            ],
        ),
        (
            "Day,Amount spent (BRL),Impressions\n03/04/2026,1,1",
            ["Linha 2: não dá para saber se “03/04/2026” é dia/mês ou mês/dia. Exporte com a data 2026-11-24."],
        ),
        (meta(ROW.replace("2026-11-20", "ontem")), ["Linha 2: “ontem” não é um dia."]),
        (meta(ROW.replace("2026-11-20", "")), ["Linha 2: falta o dia, e a linha não é a soma das outras."]),
        (
            meta(ROW, ROW.replace("2026-11-20", "").replace("10.50", "99")),
            ["Linha 3: falta o dia, e a linha não é a soma das outras."],
        ),
        (meta(ROW.replace("10.50", "")), ["Linha 2: falta “Valor usado (BRL)”, e os anúncios rodaram."]),
        (meta(ROW.replace("10.50,900", ",")), ["A coluna Valor usado (BRL) está vazia."]),
        (
            meta(ROW.replace("700100000000001", "7,001E+14")),
            [
                (
                    "Linha 2: tem 6 células, e o cabeçalho tem 5. Com vírgula entre as colunas, escreva os centavos "
                    "com ponto ou ponha o número entre aspas."
                )
            ],
        ),
        (meta(ROW.replace("700100000000001", "minha")), ["Linha 2: conta “minha”: o id da conta só tem números."]),
        (meta(ROW, '2026-11-20,"x'), ["Linha 3: as aspas não fecham. Daqui em diante nada foi lido."]),
        (meta(), ["O arquivo só tem o cabeçalho: nenhum dia para gravar."]),
        (meta("Total: Conta,,,10,900"), ["O arquivo só tem o cabeçalho: nenhum dia para gravar."]),
        (
            "Data,Nome,Valor\n2026-11-20,A,10",
            [
                "A coluna “Nome” não é conhecida.",
                "A coluna “Valor” não é conhecida.",
                "Faltam as colunas plataforma, conta e investimento.",
            ],
        ),
        (
            "Fecha,Nombre,Importe\n2026-11-20,A,10",
            [
                (
                    "Não reconheci as colunas deste arquivo. Envie a exportação por dia do Gerenciador de Anúncios ou "
                    "do Google Ads, ou use o modelo, que tem no cabeçalho: "
                    "plataforma;conta;data;investimento;receita;impressoes;cliques;conversoes;leads;mensagens"
                )
            ],
        ),
    ],
)
def test_bad_input_is_one_clear_sentence(content: str, sentences: list[str]) -> None:
    assert told(content, GOOGLE if "Custo" in content and "usado" not in content else META) == sentences


def test_a_day_outside_the_period_of_its_own_row() -> None:
    head = "Dia,Valor usado (BRL),Impressões,Início dos relatórios,Encerramento dos relatórios"

    assert told(f"{head}\n2026-11-20,1,1,2026-11-21,2026-11-23") == [
        "Linha 2: o dia 20/11/2026 está fora do período da própria linha."
    ]


def test_an_account_day_that_comes_twice_with_the_same_numbers_counts_once() -> None:
    found = parsed("Dia,Valor usado (BRL),Impressões\n2026-11-20,10,100\n2026-11-20,10,100", META)

    assert [row.numbers.spend for row in found.rows] == [D(10)]
    assert found.understood is not None
    assert found.understood.notes == ("1 linha repetida: cada dia foi contado uma vez.",)


def test_campaign_rows_that_are_the_same_are_summed_and_pointed_at() -> None:
    found = parsed(meta(ROW, ROW))

    assert [row.numbers.spend for row in found.rows] == [D(21)]
    assert found.understood is not None
    assert found.understood.cautions == (
        "Linhas iguais a outras, que foram somadas: 3. Confira se a exportação não veio duas vezes.",
    )


def test_levels_that_leave_performance_max_out_are_pointed_at() -> None:
    found = parsed("Dia,Campanha,Grupo de anúncios,Custo,Impr.\n2026-11-20,A,B,10,50", GOOGLE).understood

    assert found is not None
    assert found.level == "por grupo de anúncios"
    assert found.cautions == (
        (
            "Uma exportação por grupo de anúncios não traz as campanhas Performance Max. "
            "Prefira por campanha ou por conta."
        ),
    )


@pytest.mark.parametrize(
    ("column", "value"), [("Dispositivo", "Celular"), ("Idade", "18-24"), ("Ação de conversão", "Ligação")]
)
def test_rows_of_any_detail_are_summed(column: str, value: str) -> None:
    head = f"Dia,Custo,Impr.,{column}"

    found = numbers_of(f"{head}\n2026-11-20,10,50,{value}\n2026-11-20,5,20,Outro\n", GOOGLE)

    assert found == {DAY_20: sums("15", impressions=70)}


def test_a_campaign_that_is_called_total_counts() -> None:
    assert numbers_of(meta(ROW.replace("Vendas", "Total Fit")))[DAY_20].spend == D("10.5")


def test_a_currency_column_and_the_header_both_name_currencies() -> None:
    (row,) = parsed(meta(f"{ROW},USD", head=f"{HEAD},Moeda")).rows

    assert row.currencies == {"BRL", "USD"}


def test_an_amount_that_names_another_currency_than_the_header() -> None:
    (row,) = parsed(meta(ROW.replace("10.50", "US$ 10.50"))).rows

    assert row.currencies == {"BRL", "USD"}


def test_no_more_rows_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 20)
    text = meta(*(ROW.replace("Vendas", f"C{at}") for at in range(20)))

    assert told(text) == []
    assert told(f"{text}\n{ROW}") == ["O arquivo passa de 50.000 linhas. Divida em arquivos menores."]


def test_adscapes_own_columns_are_still_its_own() -> None:
    own = "plataforma;conta;data;investimento;cliques\nmeta;700100000000001;2026-11-20;1.234,56;9\n"

    assert parsed(own).understood is None
    assert parsed(own).rows[0].numbers == Sums(spend=D("1234.56"), clicks=9)


def test_adscapes_own_columns_in_a_workbook() -> None:
    rows = [
        ["plataforma", "conta", "data", "investimento", "receita", "cliques"],
        ["meta", "act_700100000000001", DAY_20, 1.5, "1.234,56", 9],
        ["meta", "act_700100000000001", DAY_21, 1234.0],
    ]

    assert [row.numbers for row in parsed(xlsx(rows)).rows] == [
        Sums(spend=D("1.5"), revenue=D("1234.56"), clicks=9),
        Sums(spend=D(1234)),
    ]


# --- Properties ---------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.dates(date(2026, 1, 1), date(2026, 11, 20)),
        st.lists(
            st.tuples(
                st.decimals(0, D("99999999.99"), places=2, allow_nan=False, allow_infinity=False),
                st.integers(0, 10**9),
            ),
            min_size=1,
            max_size=3,
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(",."),
    st.booleans(),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_an_export_of_either_locale_is_read_back_the_same_or_refused(
    days: dict[date, list[tuple[D, int]]], mark: str, is_grouped: bool, has_total: bool, chance: random.Random
) -> None:
    def written(value: D | int) -> str:
        text = f"{value:,}" if is_grouped else str(value)
        return text.translate(str.maketrans(",.", ".,")) if mark == "," else text

    rows = [
        f"{day}\tC{at}\t{written(spend)}\t{written(shown)}"
        for day, campaigns in days.items()
        for at, (spend, shown) in enumerate(campaigns)
    ]
    chance.shuffle(rows)
    if has_total:
        total = sum(spend for campaigns in days.values() for spend, _ in campaigns)
        rows.insert(0, f"\t\t{written(total)}\t")
    head = "Dia\tNome da campanha\tValor usado (BRL)\tImpressões"

    found = parsed("\n".join([head, *rows]).encode("utf-16"), META)

    assert found.problems == ()  # two decimals always tell
    assert {row.day: (row.numbers.spend, row.numbers.impressions) for row in found.rows} == {
        day: (sum(spend for spend, _ in campaigns), sum(shown for _, shown in campaigns))
        for day, campaigns in days.items()
    }


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text('0123456789.,-R$ "\n/TotalDiaCusto\t—', max_size=12), max_size=24))
def test_rows_that_are_nearly_right_never_raise(cells: list[str]) -> None:
    rows = [",".join(cells[at : at + 4]) for at in range(0, len(cells), 4)]

    found = parsed("\n".join(["Dia,Campanha,Custo,Impr.", *rows]), GOOGLE)

    assert found.rows or found.problems
