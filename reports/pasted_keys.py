"""What people paste as the keys of an ad platform: forgiven what copying adds, refused what is plainly none. Pure."""

from __future__ import annotations

import re
from enum import Enum

#: No token of either platform is shorter, the sandbox's included.
SHORTEST_TOKEN = 16
LONGEST = 2000
#: White space in any form, also that which does not show; a browser keeps the latter.
_UNSEEN = re.compile(r"[\s\u200b-\u200f\u2028-\u202f\u2060\ufeff\u00ad]+")
_QUOTES = "\"'`“”‘’"
_SIGNS = re.compile(r"[A-Za-z0-9._~+/=|:-]+")
_CLIENT_ID_END = ".apps.googleusercontent.com"


class Key(Enum):
    """Which key a field asks for."""

    META_TOKEN = "token"  # noqa: S105  a name
    REFRESH_TOKEN = "refresh token"  # noqa: S105  a name
    CLIENT_ID = "client ID"
    CLIENT_SECRET = "client secret"  # noqa: S105  a name
    DEVELOPER_TOKEN = "developer token"  # noqa: S105  a name


class NotAKey(ValueError):
    """What was pasted cannot be that key. The message is a sentence in pt-BR, and never repeats what was pasted."""


def tidy(pasted: str) -> str:
    """Without white space, line breaks, and the quotes that stood around it."""
    return _UNSEEN.sub("", pasted).strip(_QUOTES)


def check(key: Key, tidied: str) -> None:
    """Refuse what no platform could accept, before anybody is asked. Raises NotAKey."""
    if "://" in tidied or tidied.lower().startswith("www."):
        raise NotAKey(f"Isto é um endereço. Cole só o {key.value}.")
    if "@" in tidied:
        raise NotAKey(f"Isto é um e-mail. Cole o {key.value}.")
    if len(tidied) > LONGEST or not _SIGNS.fullmatch(tidied):
        raise NotAKey(f"Isto não parece um {key.value}: confira se foi copiado inteiro, e nada além dele.")
    if key is not Key.CLIENT_ID and tidied.endswith(_CLIENT_ID_END):
        raise NotAKey(f"Isto é o client ID. Cole aqui o {key.value}.")
    _check_kind(key, tidied)


def _check_kind(key: Key, tidied: str) -> None:
    match key:
        case Key.META_TOKEN if re.fullmatch(r"\d+\|.+", tidied):
            raise NotAKey("Este é o token do aplicativo, que não lê contas. Cole o do usuário.")
        case Key.REFRESH_TOKEN if tidied.startswith("ya29."):
            raise NotAKey("Este é um access token, que vale uma hora. Cole o refresh token, que começa com 1//.")
        case Key.CLIENT_ID if not tidied.endswith(_CLIENT_ID_END):
            raise NotAKey(f"O client ID termina em {_CLIENT_ID_END}.")
        case Key.META_TOKEN | Key.REFRESH_TOKEN if len(tidied) < SHORTEST_TOKEN:
            raise NotAKey(f"Curto demais para um {key.value}: confira se foi copiado inteiro.")
