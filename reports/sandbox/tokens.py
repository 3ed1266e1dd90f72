"""What a token of the sandbox opens. It stands in its name, so that nothing has to be stored: `sandbox-meta-many-1000`.

Behind `sandbox-meta-` or `sandbox-google-` come words in any order; those that are not listed here only tell tokens
apart. `many-N` lists N accounts and `none` none, others the demonstration's; `any` may read each id that it is asked
for. Meta: `system` is a system user's, `short` ends within hours, `viewer` lacks the task "Gerenciar", `t<unix time>`
says when it was given. Google: `mcc` reaches its accounts through a manager.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from reports.choices import Platform
from reports.sandbox.accounts import demo_ids, many_ids

LONG_LIFE, SHORT_LIFE = 5_183_944, 5_400  # seconds
#: Of Google's access tokens, which a refresh token brings.
ACCESS_LIFE, ACCESS_PREFIX = 3_599, "ya29."
_TOKEN = re.compile(r"sandbox-(meta|google)((?:-[a-z0-9]+)+)")
_MANY = re.compile(r"-many-([0-9]{1,5})(?=-|$)")
_GIVEN = re.compile(r"-t([0-9]{9,11})(?=-|$)")


@dataclass(frozen=True, slots=True)
class Access:
    platform: Platform
    token: str
    words: frozenset[str]
    #: In the order in which the platform lists them.
    accounts: tuple[str, ...]
    known: frozenset[str]
    given_at: int | None

    def can_read(self, external_id: str) -> bool:
        return "any" in self.words or external_id in self.known

    @property
    def is_system(self) -> bool:
        return "system" in self.words

    @property
    def life(self) -> int | None:
        """Seconds from `given_at` on; None for one that does not end."""
        if self.is_system or self.platform is Platform.GOOGLE:
            return None
        return SHORT_LIFE if "short" in self.words else LONG_LIFE

    def has_ended(self, now: datetime) -> bool:
        """Only a token that says when it was given can."""
        return bool(self.given_at and self.life) and now.timestamp() > (self.given_at or 0) + (self.life or 0)


@lru_cache(maxsize=256)
def access_of(platform: Platform, token: str) -> Access | None:
    """None for a token that the sandbox did not invent, or that is the other platform's."""
    found = _TOKEN.fullmatch(token)
    if found is None or found[1] != platform.value:
        return None
    words = frozenset(found[2].split("-"))
    many, given = _MANY.search(found[2]), _GIVEN.search(found[2])
    accounts = () if "none" in words else many_ids(platform, int(many[1])) if many else demo_ids(platform)
    return Access(platform, token, words, accounts, frozenset(accounts), int(given[1]) if given else None)


def exchanged(token: str) -> str:
    """The long-lived token for a short-lived one."""
    return token.replace("-short", "")
