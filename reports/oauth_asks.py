"""Who has asked to give an access in a platform's own window: kept in the session until the window leads back.

What comes back is believed only with the secret of an ask of this very session, for this platform and agency, once and
not late: else somebody could have another's access connected here, or theirs elsewhere.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.sessions.backends.base import SessionBase

from agency.models import Agency
from reports.choices import Platform

#: So long a person may take in the platform's window.
GOOD_FOR = timedelta(minutes=10)
#: Open windows of one session; the oldest is forgotten.
_MOST = 5
_KEY = "ads_oauth_asks"


class Unasked(Exception):
    """What came back belongs to no ask. The message says why, in pt-BR."""


class Ask(NamedTuple):
    """`replaces` is the id of the access that is renewed; empty for a new one."""

    replaces: str


def begin(session: SessionBase, platform: Platform, agency: Agency, now: datetime, *, replaces: str = "") -> str:
    """Remember an ask; the state that the platform is to send back."""
    state = secrets.token_urlsafe(32)
    asks = list(session.get(_KEY, []))[-(_MOST - 1) :]
    until = (now + GOOD_FOR).timestamp()
    session[_KEY] = [*asks, [state, platform.value, str(agency.pk), until, replaces]]
    return state


def take(session: SessionBase, state: str, platform: Platform, agency: Agency, now: datetime) -> Ask:
    """The ask that this state belongs to, which is thereby used up. Raises Unasked."""
    asks = list(session.get(_KEY, []))
    found = [ask for ask in asks if secrets.compare_digest(ask[0].encode(), state.encode())]
    session[_KEY] = [ask for ask in asks if ask not in found]
    if not found or found[0][1:3] != [platform.value, str(agency.pk)]:
        raise Unasked("Este pedido de conexão já foi usado, ou não começou aqui. Nada mudou; comece de novo.")
    _, _, _, until, replaces = found[0]
    if now.timestamp() > until:
        raise Unasked("O pedido de conexão venceu: ele vale por 10 minutos. Nada mudou; comece de novo.")
    return Ask(replaces)
