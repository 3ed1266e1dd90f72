"""What a person reads after answering about messages that may have left. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from connections.models import Message
from connections.states import REALLY_SENT
from connections.uncertain import Answered

NOTHING = "Nada foi marcado."


def of_received(answered: Answered) -> str:
    count = len(answered.done)
    done = "Recebimento confirmado." if count == 1 else f"{count} recebimentos confirmados."
    return joined(done if count else "", of_resolved(answered.resolved)) or NOTHING


def of_sent_again(answered: Answered) -> str:
    count = len(answered.done)
    done = "De volta à fila: sai de novo em instantes." if count == 1 else f"{count} de volta à fila."
    return joined(done if count else "", of_resolved(answered.resolved), of_looked_for(answered.looked_for)) or NOTHING


def of_resolved(messages: Sequence[Message]) -> str:
    """How they ended before somebody answered; "" where none did."""
    if not messages:
        return ""
    return how_it_ended(messages[0]) if len(messages) == 1 else f"{len(messages)} já estavam resolvidos."


def how_it_ended(message: Message) -> str:
    """`Já resolvido: …` of a message that is not uncertain any more."""
    if message.decision:
        return f"Já resolvido: {message.decision[0].lower()}{message.decision[1:]}"
    if message.status in REALLY_SENT:
        return "Já resolvido: a mensagem foi encontrada no WhatsApp."
    return f"Já resolvido: {message.get_status_display().lower()}."


def of_looked_for(messages: Sequence[Message]) -> str:
    """Why they were not sent again."""
    if not messages:
        return ""
    if len(messages) > 1:
        return f"{len(messages)} ainda estão sendo conferidos no WhatsApp e ficaram como estavam."
    until = messages[0].looked_for_until
    zone = messages[0].client.zone if messages[0].client else ZoneInfo(messages[0].agency.time_zone)
    when = f" até {until.astimezone(zone):%H:%M}" if until else ""
    return f"Conferindo no WhatsApp{when}: só depois dá para enviar de novo."


def joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
