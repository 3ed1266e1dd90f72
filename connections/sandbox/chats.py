"""Invents what a connected phone's own chats hold: private messages, both ways, which nobody else may keep. Pure."""

from __future__ import annotations

import secrets
from typing import Any

from connections.sandbox.instances import Instance
from connections.sandbox.numbers import jid_of, phone_of

#: Who writes with the phone's owner, and what: (name, number, [(written by the owner, text)]).
CHATS = (
    (
        *("Tia Neide", "5531988114477"),
        (
            (False, "Consegue buscar a Bia na escola hoje? Saio só às 18h."),
            (True, "Busco sim, tia. Levo ela direto pra sua casa."),
            (False, "Ela esqueceu a lancheira de novo 🙄"),
            (True, "Tá comigo. O exame do pai deu normal, viu?"),
        ),
    ),
    (
        *("Renato Contador", "5531997702231"),
        (
            (False, "O imposto deste mês ficou em R$ 4.318,90. Mando a guia?"),
            (True, "Manda. E a senha do portal continua a mesma?"),
            (False, "Continua. A folha fecha na quinta."),
        ),
    ),
    (
        *("Dr. Álvaro Ortopedia", "5531996650918"),
        (
            (True, "Doutor, posso remarcar a consulta de quarta?"),
            (False, "Pode ser sexta às 9h. Traga a ressonância."),
        ),
    ),
    (
        *("Futebol de terça", "5511987430056"),
        (
            (False, "Quem confirma terça? Faltam dois."),
            (True, "Eu vou. Levo a bola."),
            (False, "Fechou, 20h na quadra do Zé."),
        ),
    ),
)
TALK = [(name, number, mine, text) for name, number, lines in CHATS for mine, text in lines]
_SPREAD = 3 * 3600.0  # seconds between the oldest and the newest, when a phone has just been paired


def history(instance: Instance, now: float) -> list[dict[str, Any]]:
    """What the gateway sees of a phone that has just been paired, spread over its last hours."""
    step = _SPREAD / len(TALK)
    return [_row(instance, number, now - _SPREAD + step * (number + 1)) for number in range(len(TALK))]


def exchange(instance: Instance, turn: int, now: float) -> list[dict[str, Any]]:
    """A message written and one received at this moment, in some chat."""
    mine = [number for number, line in enumerate(TALK) if line[2]]
    theirs = [number for number, line in enumerate(TALK) if not line[2]]
    return [_row(instance, mine[turn % len(mine)], now), _row(instance, theirs[turn % len(theirs)], now)]


def _row(instance: Instance, line: int, at: float) -> dict[str, Any]:
    name, number, mine, text = TALK[line]
    jid = jid_of(number)
    people = (instance.phone, phone_of(jid))
    sender, recipient = people if mine else people[::-1]
    receipts = {"server_at": at, "delivered_at": at, "read_at": at} if mine else {}
    return {
        "id": ("3EB0" if mine else "3A") + secrets.token_hex(9).upper(),
        "instance": instance.name,
        "instance_id": instance.id,
        "sender": sender,
        "recipient": recipient,
        "jid": jid,
        "text": text,
        "at": at,
        "recorded_at": at,
        "from_me": int(mine),
        "push_name": "Você" if mine else name,
        **receipts,
    }
