"""What can go wrong with an ad platform, named by what may be done about it. Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Remedy(StrEnum):
    """What helps. Each call to a platform that brings no reading ends in one of these."""

    #: The access is dead: only a person can bring a new one. Trying again is of no use and looks like an attack.
    RECONNECT = "reconnect"
    #: The access lives, but not for this: a person must give it the permission or the task.
    PERMISSION = "permission"
    #: Asked too much: nothing more, of this account or of the whole access, until `AdsError.wait` is over.
    THROTTLED = "throttled"
    #: Their trouble, or the network's: the same call may succeed a little later.
    TRANSIENT = "transient"
    #: The platform refuses what we ask; asking the same again brings the same.
    FIX_REQUEST = "fix_request"
    #: The version of the API that we speak has ended: an operator must raise it.
    UPGRADE = "upgrade"


#: What the gestor is told where the adapter has nothing more exact to say.
SENTENCE: dict[Remedy, str] = {
    Remedy.RECONNECT: "O acesso não vale mais. Conecte de novo.",
    Remedy.PERMISSION: "O acesso não tem permissão para ler esta conta.",
    Remedy.THROTTLED: "A plataforma pediu uma pausa nas leituras. Continuamos sozinhos depois dela.",
    Remedy.TRANSIENT: "A plataforma não respondeu direito. Tentamos de novo em alguns minutos.",
    Remedy.FIX_REQUEST: "A plataforma recusou o pedido. Fale com o suporte do Adscape.",
    Remedy.UPGRADE: "A plataforma encerrou a versão que usamos. Fale com o suporte do Adscape.",
}


class AdsError(Exception):
    """A call that brought no reading. Holds nothing secret: neither a token nor an address with one.

    `code` is the platform's own, for the log (`190/463`, `authorizationError.USER_PERMISSION_DENIED`, `http 502`);
    `sentence` is pt-BR for the gestor; `wait` says for how long a throttled one must pause, where that is known;
    `of_account` that it is about one account, while others of the same access can still be read.
    """

    def __init__(
        self,
        remedy: Remedy,
        code: str,
        *,
        sentence: str = "",
        wait: timedelta | None = None,
        of_account: bool = False,
    ) -> None:
        super().__init__(f"{remedy}: {code}")
        self.remedy, self.code = remedy, code
        self.sentence = sentence or SENTENCE[remedy]
        self.wait, self.of_account = wait, of_account
