"""How Evolution and WhatsApp turn a typed number into an address (JID). Pure; the rules were recorded from 2.3.7.

https://github.com/evolution-foundation/evolution-api (src/utils/createJid.ts)
"""

from __future__ import annotations

import re

USER = "@s.whatsapp.net"
GROUP = "@g.us"
LID = "@lid"  # WhatsApp's own pseudonym of a person, taken as it is
_OLD_GROUP = 24  # characters from which a dash makes it a group of the old form, `creator-time`
_MOBILE = re.compile(r"55(\d{2})9?([6-9]\d{7})")
_NINE_AND_ANY = re.compile(r"55(\d{2})9(\d{8})")
#: From this area code on, WhatsApp knows Brazilian mobiles without the ninth digit.
FIRST_AREA_WITHOUT_NINE = 31


def jid_of(typed: str) -> str:
    """The address that answers for a typed number, or for an address as it is written.

    Areas below 31 get the ninth digit that was left out, areas from 31 on lose it; digits without a country code become
    another country's address, as with the real gateway.
    """
    text = typed.strip()
    if text.endswith((GROUP, LID)):
        return text
    if "-" in text and len(text) >= _OLD_GROUP:
        return re.sub(r"[^\d-]", "", text.partition("@")[0]) + GROUP
    digits = re.sub(r"\D", "", text.partition("@")[0])
    if len(digits) >= 18:
        return f"{digits}{GROUP}"
    return f"{_canonical(digits)}{USER}"


def _canonical(digits: str) -> str:
    found = _MOBILE.fullmatch(digits) or _NINE_AND_ANY.fullmatch(digits)
    if not found:
        return digits
    area, local = found.groups()
    return f"55{area}{local}" if int(area) >= FIRST_AREA_WITHOUT_NINE else f"55{area}9{local}"


def phone_of(jid: str) -> str:
    """E.164 of the person behind an address, with Brazil's ninth digit put back; a group or a pseudonym stays."""
    if jid.endswith((GROUP, LID)):
        return jid
    digits = jid.partition("@")[0]
    found = _MOBILE.fullmatch(digits) if len(digits) == 12 else None
    return f"+55{found[1]}9{found[2]}" if found else f"+{digits}"


def is_group(jid: str) -> bool:
    return jid.endswith(GROUP)
