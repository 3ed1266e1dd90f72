"""What is said of a connection that fell: the words as tables, without a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connections.drops_words import Down, of_agency, of_client, why
from connections.states import Reason, Status

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def down(status: Status, reason: Reason, ago: timedelta) -> Down:
    return Down(status, reason, NOW - ago, NOW, ZoneInfo("America/Sao_Paulo"))


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (20 * timedelta(seconds=1), "há alguns minutos"),
        (10 * MINUTE, "há mais de 10 minutos"),
        (29 * MINUTE, "há mais de 20 minutos"),
        (59 * MINUTE, "há mais de 30 minutos"),
        (HOUR, "há mais de uma hora"),
        (2 * HOUR, "há mais de 2 horas"),
        (23 * HOUR, "há mais de 12 horas"),
        (80 * HOUR, "há mais de um dia"),
    ],
)
def test_how_long_a_session_has_tried_is_told_in_steps(ago: timedelta, words: str) -> None:
    said = of_client("Moda Ipê", down(Status.CONNECTING, Reason.NONE, ago), uses_agency=True, agency_is_up=True)

    assert said.text.startswith(f"Está tentando reconectar {words}, desde ")


def test_the_agencys_own_number_has_the_same_words() -> None:
    said = of_agency(down(Status.CONNECTING, Reason.NONE, 11 * MINUTE), dependents=3)

    assert (said.title, said.action, said.is_bad) == ("WhatsApp da agência tentando reconectar", "Ver conexão", True)
    assert said.text == (
        "Está tentando reconectar há mais de 10 minutos, desde 24/11 às 11:49. Sem ele, nada sai para 3 clientes sem "
        "número próprio conectado, e não há reserva para os outros. Abra o WhatsApp no celular, com internet; se não "
        "voltar, desconecte e conecte de novo."
    )


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [
        (Status.DISCONNECTED, Reason.LOGGED_OUT, "Aparelho removido no celular do cliente."),
        (Status.UNSTABLE, Reason.NOTHING_ARRIVES, "Aberta, mas não entrega."),
        (Status.CONNECTING, Reason.NONE, "Tenta reconectar e não consegue."),
        (Status.DISCONNECTED, Reason.NONE, "Desconectado."),
    ],
)
def test_why_it_is_down_is_a_sentence(status: Status, reason: Reason, sentence: str) -> None:
    assert why(status, reason) == sentence
