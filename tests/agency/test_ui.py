"""The words, marks and figures that pages show."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.utils.functional import SimpleLazyObject

from agency.fields import PhoneFormField
from agency.templatetags import ui, ui_words

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
#: Tuesday, 24 November 2026, 09:43 in São Paulo.
NOW = datetime(2026, 11, 24, 12, 43, tzinfo=UTC)

CONNECTED = SimpleNamespace(status="connected", reason="", is_connected=True)
OWN_NUMBER_ONLY = SimpleNamespace(use_agency_number=False)
WITH_AGENCY_NUMBER = SimpleNamespace(use_agency_number=True)


def connection(status: str, reason: str = "") -> SimpleNamespace:
    return SimpleNamespace(status=status, reason=reason, is_connected=status == "connected")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SAO_PAULO)  # type: ignore[arg-type,misc]


def account(**given: object) -> SimpleNamespace:
    fields = {
        "balance": Decimal("700.00"),
        "days_left": 7,
        "ends_words": "acaba em ~7 dias",
        "ends_weekday": "ter",
        "alert_days": Decimal(3),
        "is_low": False,
    }
    return SimpleNamespace(**{**fields, **given})


@pytest.mark.parametrize(
    ("own", "client", "agency", "word", "tone"),
    [
        (CONNECTED, WITH_AGENCY_NUMBER, None, "Conectado", "ok"),
        (connection("awaiting_scan"), WITH_AGENCY_NUMBER, CONNECTED, "Aguardando leitura do QR", "wait"),
        (connection("connecting"), WITH_AGENCY_NUMBER, CONNECTED, "Conectando", "wait"),
        (connection("disconnected", "logged_out"), WITH_AGENCY_NUMBER, CONNECTED, "Desconectado", "bad"),
        (connection("disconnected", "by_user"), WITH_AGENCY_NUMBER, CONNECTED, "Desconectado", "off"),
        (connection("disconnected", "qr_expired"), WITH_AGENCY_NUMBER, CONNECTED, "QR expirado", "warn"),
        (connection("disconnected", "never_connected"), WITH_AGENCY_NUMBER, CONNECTED, "Pelo número da agência", "off"),
        (None, WITH_AGENCY_NUMBER, CONNECTED, "Pelo número da agência", "off"),
        ("", WITH_AGENCY_NUMBER, CONNECTED, "Pelo número da agência", "off"),
        (None, OWN_NUMBER_ONLY, CONNECTED, "Sem conexão", "off"),
        (None, WITH_AGENCY_NUMBER, connection("disconnected", "logged_out"), "Sem conexão", "off"),
        (None, WITH_AGENCY_NUMBER, None, "Sem conexão", "off"),
        (None, None, None, "Sem conexão", "off"),
    ],
)
def test_a_connection_has_one_word(own: object, client: object, agency: object, word: str, tone: str) -> None:
    state = ui.connection_state(own, client, agency)

    assert (state.word, state.tone) == (word, tone)


def test_while_the_gateway_is_away_the_last_word_stands_in_grey() -> None:
    state = ui.connection_state(connection("disconnected", "logged_out"), WITH_AGENCY_NUMBER, CONNECTED, NOW)

    assert (state.word, state.tone, state.icon) == ("Desconectado", "off", "signal-slash")


@pytest.mark.parametrize(
    ("status", "word", "icon", "tone"),
    [
        ("queued", "Na fila", "clock", "plain"),
        ("sending", "Enviando", "arrow-path", "plain"),
        ("sent", "Enviado", "tick", "plain"),
        ("delivered", "Entregue", "ticks", "plain"),
        ("read", "Lido", "ticks", "read"),
        ("failed", "Não enviado", "x-circle", "bad"),
        ("expired", "Expirado", "x-circle", "bad"),
        ("uncertain", "Incerto", "question-mark-circle", "warn"),
        ("cancelled", "Cancelado", "minus-circle", "plain"),
        ("held", "Retido", "pause-circle", "warn"),
        ("lost", "Não enviado", "x-circle", "bad"),
    ],
)
def test_a_message_has_one_word(status: str, word: str, icon: str, tone: str) -> None:
    state = ui.message_state(SimpleNamespace(status=status))

    assert isinstance(state, ui.State)
    assert (state.word, state.icon, state.tone) == (word, icon, tone)


def test_every_message_status_has_a_word() -> None:
    from connections.states import MessageStatus

    words = [ui.message_state(SimpleNamespace(status=status)) for status in MessageStatus]

    assert all(isinstance(word, ui.State) for word in words)


def test_a_state_prints_an_icon_and_a_word() -> None:
    template = Template(
        "{% load ui %}{% connection_state own %}|{% message_state message %}|{% message_state nothing %}"
    )

    shown = template.render(Context({"own": CONNECTED, "message": SimpleNamespace(status="sent"), "nothing": None}))

    own, message, nothing = shown.split("|")
    kept = Template("{% load ui %}{% connection_state own as state %}{{ state }}").render(Context({"own": CONNECTED}))
    assert kept == own
    assert own.startswith('<span class="state is-ok"><svg')
    assert own.endswith("Conectado</span>")
    assert "<svg" in message
    assert "Enviado" in message
    assert "is-ok" not in message
    assert nothing == ""


@pytest.mark.parametrize("name", ["meta", "google", "tick", "ticks", "logo", "qr-code"])
def test_icons_say_nothing_to_a_screen_reader(name: str) -> None:
    shown = ui.icon(name, 'size-4" onload="x')

    assert 'aria-hidden="true"' in shown
    assert 'onload="x' not in shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("1234.56"), "R$ 1.234,56"),
        (Decimal("0"), "R$ 0,00"),
        (Decimal("1234567.8"), "R$ 1.234.567,80"),
        (Decimal("-12.5"), "-R$ 12,50"),
        (7, "R$ 7,00"),
        (None, ""),
        ("", ""),
    ],
)
def test_brl(amount: object, shown: str) -> None:
    assert ui_words.brl(amount) == shown


def test_money_of_another_currency_names_it() -> None:
    assert ui_words.money(Decimal("1234.5"), "USD") == "USD 1.234,50"


@pytest.mark.parametrize(("stored", "shown"), [("+5531986304412", "(31) 9 8630-4412"), ("", ""), (None, "")])
def test_phone(stored: object, shown: str) -> None:
    assert ui_words.phone(stored) == shown


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        (timedelta(seconds=20), "agora"),
        (timedelta(seconds=-20), "agora"),
        (timedelta(minutes=1), "há 1 min"),
        (timedelta(minutes=59), "há 59 min"),
        (timedelta(hours=3), "há 3 h"),
        (timedelta(days=1), "há 1 dia"),
        (timedelta(days=12), "há 12 dias"),
        (timedelta(days=92), "há 3 meses"),
        (timedelta(days=400), "há 1 ano"),
        (timedelta(days=800), "há 2 anos"),
    ],
)
def test_ago(passed: timedelta, shown: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert ui_words.ago(NOW - passed) == shown
        assert ui_words.ago(SimpleLazyObject(lambda: NOW - passed)) == shown


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (local(2026, 11, 24, 14, 0), "hoje 14:00"),
        (local(2026, 11, 23, 14, 1), "ontem 14:01"),
        (local(2026, 11, 25, 9, 0), "amanhã 09:00"),
        (local(2026, 11, 28, 8, 30), "sáb 08:30"),
        (local(2026, 11, 30, 8, 30), "seg 08:30"),
        (local(2026, 12, 1, 8, 30), "1 dez 08:30"),
        (local(2026, 11, 17, 8, 31), "17 nov 08:31"),
        (local(2025, 11, 17, 8, 31), "17 nov 2025 08:31"),
        (None, ""),
        ("", ""),
    ],
)
def test_when(moment: object, shown: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert ui_words.when(moment, SAO_PAULO) == shown


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 11, 30, 11, tzinfo=UTC), "segunda, 30 nov, 08:00"),
        (datetime(2026, 11, 29, 2, 30, tzinfo=UTC), "sábado, 28 nov, 23:30"),
        (datetime(2027, 1, 5, 12, tzinfo=UTC), "terça, 5 jan 2027, 09:00"),
        (None, ""),
    ],
)
def test_full_when(moment: object, shown: str) -> None:
    with time_machine.travel(NOW):
        assert ui_words.full_when(moment, SAO_PAULO) == shown


def test_a_day_belongs_to_the_zone_of_the_client() -> None:
    late = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)  # 00:30 of the 24th in São Paulo, 23:30 of the 23rd in Manaus
    client = SimpleNamespace(zone=ZoneInfo("America/Manaus"))
    agency = SimpleNamespace(time_zone="America/Sao_Paulo")

    with time_machine.travel(NOW, tick=False):
        assert ui_words.when(late, client) == "ontem 23:30"
        assert ui_words.when(late, agency) == "hoje 00:30"
        assert ui_words.clock(late, "America/Manaus") == "23:30"


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (local(2026, 11, 24, 7, 42), "desde 07:42"),
        (local(2026, 11, 23, 22, 10), "desde ontem 22:10"),
        (local(2026, 11, 17, 8, 0), "desde 17 nov"),
        (None, ""),
    ],
)
def test_since(moment: object, shown: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert ui_words.since(moment, SAO_PAULO) == shown


def test_at() -> None:
    with time_machine.travel(NOW, tick=False):
        assert ui_words.at(local(2026, 11, 24, 9, 31), SAO_PAULO) == "às 09:31"
        assert ui_words.at(local(2026, 11, 23, 22, 10), SAO_PAULO) == "ontem 22:10"
        assert ui_words.at(None, SAO_PAULO) == ""


def test_zone_name() -> None:
    assert ui_words.zone_name(SAO_PAULO) == "Brasília"
    assert ui_words.zone_name("Europe/Lisbon") == "Europe/Lisbon"


def test_today_line() -> None:
    with time_machine.travel(NOW, tick=False):
        assert ui_words.today_line(SAO_PAULO) == "Terça-feira, 24 de novembro, 09:43"


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2026, 11, 16), date(2026, 11, 22), "16 a 22 nov"),
        (date(2026, 11, 30), date(2026, 12, 6), "30 nov a 6 dez"),
        (date(2026, 11, 22), date(2026, 11, 22), "22 nov"),
        (None, None, ""),
    ],
)
def test_days_range(first: object, last: object, shown: str) -> None:
    assert ui_words.days_range(first, last) == shown


@pytest.mark.parametrize(
    ("given", "tone", "ends"),
    [
        ({}, "", "acaba em ~7 dias (ter)"),
        ({"days_left": 5}, "days-warn", "acaba em ~7 dias (ter)"),
        ({"days_left": 2, "is_low": True}, "days-low", "acaba em ~7 dias (ter)"),
        ({"days_left": 0, "is_low": True, "ends_words": "acaba hoje"}, "days-low", "acaba hoje"),
        ({"days_left": 40, "ends_words": "acaba em ~40 dias"}, "", "acaba em ~40 dias"),
        ({"days_left": 1, "alert_days": None}, "", "acaba em ~7 dias (ter)"),
    ],
)
def test_balance_bar(given: dict[str, object], tone: str, ends: str) -> None:
    bar = ui.balance_bar(account(**given))

    assert bar is not None
    assert (bar["tone"], bar["ends"]) == (tone, ends)


def test_the_bar_is_full_at_fourteen_days_and_marks_the_threshold_in_days() -> None:
    half = ui.balance_bar(account())
    full = ui.balance_bar(account(days_left=40, alert_days=None))

    assert half is not None
    assert full is not None
    assert (half["fill"], half["limit"]) == ("50.0", "21.4")
    assert (full["fill"], full["limit"]) == ("100.0", None)


@pytest.mark.parametrize("given", [{"balance": None, "days_left": None}, {"days_left": None}])
def test_what_is_unknown_has_no_bar(given: dict[str, object]) -> None:
    assert ui.balance_bar(account(**given)) is None


def test_most_urgent_account() -> None:
    low = account(is_low=True, days_left=9)
    soon, later = account(days_left=3), account(days_left=8)
    unknown = account(balance=None, days_left=None)

    assert ui.most_urgent([later, low, soon, unknown]) is low
    assert ui.most_urgent([unknown, later, soon]) is soon
    assert ui.most_urgent([]) is None


def test_a_message_is_shown_as_whatsapp_does_and_escaped() -> None:
    shown = ui_words.whatsapp("*Conta:* <b>x</b> 2*3*4 _Outros indicadores:_ snake_case_name")

    assert shown == "<b>Conta:</b> &lt;b&gt;x&lt;/b&gt; 2*3*4 <i>Outros indicadores:</i> snake_case_name"


@pytest.mark.parametrize(("left", "elapsed"), [(32, 13), (45, 0), (60, 0), (0, 45), (-3, 45), (None, 45)])
def test_elapsed_of_a_qr_code(left: int | None, elapsed: int) -> None:
    assert ui_words.elapsed_of_45(left) == elapsed


class ExampleForm(forms.Form):
    name = forms.CharField(label="Nome", help_text="Como o cliente se chama.")
    phone = PhoneFormField(label="WhatsApp", required=False)
    active = forms.BooleanField(label="Ativo", required=False)
    size = forms.ChoiceField(label="Tamanho", choices=[("p", "P"), ("g", "G")], widget=forms.RadioSelect)


def show_field(name: str, data: dict[str, str] | None = None) -> str:
    form = ExampleForm(data)
    if data is not None:
        form.is_valid()
    return Template("{% load ui %}{% field bound %}").render(Context({"bound": form[name]}))


def test_a_field_is_tied_to_its_label_help_and_errors() -> None:
    shown = show_field("name", {"name": ""})

    assert '<label class="mb-1.5 flex justify-between gap-3 font-medium" for="id_name">' in shown
    assert 'aria-describedby="id_name-error id_name-help"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="id_name-error"' in shown
    assert 'id="id_name-help"' in shown


def test_an_understood_phone_is_echoed_as_it_is_stored() -> None:
    assert "+5531993110846" in show_field("phone", {"phone": "(31) 99311-0846"})
    assert "Entendido" not in show_field("phone", {"phone": "99311-0846"})


def test_each_kind_of_field_has_its_shape() -> None:
    assert "toggle" in show_field("active")
    assert show_field("size").count('type="radio"') == 2
    assert "<fieldset" in show_field("size")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+5531993110846", "+5531993110846", True),
        ("+5531993110846", "+553193110846", True),  # WhatsApp's own form, without the ninth digit
        ("+553193110846", "+5531993110846", True),
        ("+5531993110846", "+5531993110847", False),
        ("+5531993110846", "", False),
        ("", "", False),
    ],
)
def test_same_phone(one: str, other: str, same: bool) -> None:
    assert ui_words.same_phone(one, other) is same
