"""What support may do to a connection: read it now, restart it, redo its webhook, disconnect it. Invents no state.

Each calls the gateway, so none may be called inside a transaction. What was done stands in the connection's history,
under the name of who did it. Errors are EvolutionError, whose `sentence` a page can show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from agency.models import User
from connections import claims, events, pairing, services
from connections.classification import Code
from connections.evolution import EvolutionError, NotSent, Refused, Uncertain
from connections.gateway import evolution, watched
from connections.models import WhatsAppConnection
from connections.webhooks import registration


@dataclass(frozen=True, slots=True)
class Operation:
    """`run(connection, by)` does it and says in pt-BR what came of it. What `ends` a session needs a second word."""

    label: str
    help: str
    run: Callable[[WhatsAppConnection, User], str]
    ends: bool = False


def _reread(connection: WhatsAppConnection, by: User) -> str:
    before = connection.last_seen_at
    if not connection.instance_id and connection.pairing_since is None:
        raise Refused(Code.INSTANCE_MISSING, "reread")
    pairing.step(connection)
    if connection.last_seen_at == before:
        return "Outra leitura está em andamento; veja de novo em instantes."
    return " ".join(filter(None, (f"{connection.get_status_display()}.", connection.get_reason_display())))


def _restart(connection: WhatsAppConnection, by: User) -> str:
    if not connection.instance_id:
        raise Refused(Code.INSTANCE_MISSING, "restart")
    # Under the claim of create and connect: a second socket of one session would fight the first.
    if not claims.take(connection, timezone.now()):
        raise NotSent(Code.NOT_LOADED, "restart")
    try:
        with watched():
            evolution().restart(connection.instance_name)
    except Uncertain:
        raise  # it may still be at work over there: the claim stays until it runs out
    except EvolutionError:
        claims.release(connection)
        raise
    claims.release(connection)
    events.record(connection, events.Kind.RESTARTED, events.person(by))
    return "Reiniciada. A próxima leitura diz como ficou."


def _repair_webhook(connection: WhatsAppConnection, by: User) -> str:
    registration.set_anew(connection)
    events.record(connection, events.Kind.WEBHOOK_REPAIRED, events.person(by))
    return "Webhook refeito."


def _disconnect(connection: WhatsAppConnection, by: User) -> str:
    services.disconnect(connection.agency, connection.client, actor=events.person(by))
    return "Desconectada. Para voltar, é preciso ler um novo QR Code."


OPERATIONS = {
    "reread": Operation("Ler estado agora", "Pergunta ao servidor e guarda o que ele responde.", _reread),
    "restart": Operation("Reiniciar", "Abre a conexão de novo, com a mesma sessão.", _restart),
    "repair_webhook": Operation("Refazer webhook", "Diz de novo ao servidor para onde avisar.", _repair_webhook),
    "disconnect": Operation("Desconectar", "Encerra a sessão e apaga a instância.", _disconnect, ends=True),
}
