"""Text helpers without a home of their own: search without accents, initials. Pure."""

from __future__ import annotations

import unicodedata


def search_key(text: str) -> str:
    """Lower case without accents, so that "sao" finds "São" on every database (SQLite's LIKE knows ASCII only)."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def initials(name: str) -> str:
    """Up to two capital letters for an avatar: first and last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper() or "?"
