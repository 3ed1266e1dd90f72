"""What the gateway's list of a number's groups says, how long it is good for, and what went wrong with one. Pure.

Of a group its address, name, size and who may write are kept; nothing of its participants or of what is written there.
https://doc.evolution-api.com/v2/api-reference/group-controller/fetch-all-groups
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import models

from connections.classification import GATEWAY_IS_DOWN, NUMBER_IS_DOWN, Code

#: A list that is older than this is read anew when somebody looks at it. WhatsApp limits how often that may be.
LIST_LIFE = timedelta(hours=6)
#: Not even a person has it read again sooner.
LEAST_BETWEEN = timedelta(seconds=30)
#: Seconds that reading one may take: WhatsApp is asked for the picture of each group, one after the other.
READ_TIMEOUT = 120.0
#: Longer than the call can last: who holds a list's claim longer is gone.
CLAIM = timedelta(seconds=READ_TIMEOUT + 30)
#: From then on nobody goes on waiting for a list before the screen.
LATE_AFTER = timedelta(minutes=4)

#: Addresses of today, and of the old form, `creator-time`.
_ADDRESS = re.compile(r"[0-9]+(-[0-9]+)?@g\.us")
_LONGEST_ADDRESS, _LONGEST_NAME, _LARGEST = 64, 120, 100_000


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """`only_admins`: nobody else may write there; so it is in the announcements of a community."""

    jid: str
    subject: str
    size: int
    only_admins: bool
    is_community: bool


class ListProblem(models.TextChoices):
    """Why a list could not be read; the label is the sentence that a person reads."""

    NONE = "", ""
    NOT_CONNECTED = "not_connected", "Este WhatsApp não está conectado: conecte-o para ler os grupos dele."
    SLOW = "slow", "O WhatsApp demorou demais para listar os grupos. Tente de novo em alguns minutos."
    AWAY = "away", "O servidor do WhatsApp não respondeu. Tente de novo em alguns minutos."
    LIMITED = "limited", "O WhatsApp limita as leituras da lista, e não a entregou agora. Tente em alguns minutos."


def problem_of(code: Code) -> ListProblem:
    if code in NUMBER_IS_DOWN or code is Code.NOT_LOADED:
        return ListProblem.NOT_CONNECTED
    if code is Code.TIMEOUT:
        return ListProblem.SLOW
    return ListProblem.AWAY if code in GATEWAY_IS_DOWN | {Code.CUT_OFF} else ListProblem.LIMITED


def groups_of(rows: Iterable[Any]) -> list[GroupFacts]:
    """The groups that can be written to, each once; what is not as it should be is left out. A community itself is
    none: its announcements are."""
    found = (_group(row) for row in rows)
    return list({group.jid: group for group in found if group is not None}.values())


def _group(row: Any) -> GroupFacts | None:
    if not isinstance(row, dict) or row.get("isCommunity") is True:
        return None
    jid, subject, size = row.get("id"), row.get("subject"), row.get("size")
    if not isinstance(jid, str) or len(jid) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(jid):
        return None
    is_community = row.get("isCommunityAnnounce") is True
    return GroupFacts(
        jid=jid,
        subject=" ".join(str(subject or "").replace("\0", "").split())[:_LONGEST_NAME] or "Grupo sem nome",
        size=min(size, _LARGEST) if isinstance(size, int) and size > 0 else 0,
        only_admins=is_community or row.get("announce") is True,
        is_community=is_community,
    )
