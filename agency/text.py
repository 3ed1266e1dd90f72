"""Text helpers without a home of their own: search without accents, initials, names within
WhatsApp's markup. Pure."""

from __future__ import annotations

import unicodedata

#: WhatsApp has no way to escape its markup, so a name's own signs become ones that only look like it.
_LOOK_ALIKE = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})


def search_key(text: str) -> str:
    """Lower case without accents, so that "sao" finds "São" on every database (SQLite's LIKE knows ASCII only)."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def initials(name: str) -> str:
    """Up to two capital letters for an avatar: first and last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper() or "?"


def unplain(text: str) -> str:
    """What `plain` made of names, for where no markup counts: their own signs again."""
    return text.translate({ord(look_alike): chr(sign) for sign, look_alike in _LOOK_ALIKE.items()})


def plain(name: str) -> str:
    """A name on one line without effect on the text around it: no markup, no line breaks, no invisible controls."""
    visible = (" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in name)
    # Cf holds the marks that reverse the direction of what follows; U+200D joins the parts of one emoji and stays.
    kept = (sign for sign in visible if sign == "\u200d" or unicodedata.category(sign) != "Cf")
    return " ".join("".join(kept).translate(_LOOK_ALIKE).split())
