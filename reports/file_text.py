"""The text of a file that a person brings, or why it has none. Pure; guesses no encoding but the usual two."""

from __future__ import annotations

import codecs
import re

MAX_BYTES = 5 * 1024 * 1024
TOO_BIG = "O arquivo passa de 5 MB. Divida em arquivos menores, por exemplo um por mês."

_AS_CSV = "Salve como CSV e envie de novo."
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_HTML = re.compile(r"\s*<(?:!doctype|html|head|body|table|\?xml)", re.IGNORECASE)


class Unreadable(ValueError):
    """Not a file of text; the message is a sentence in pt-BR that says what to do."""


def decode(content: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, else Windows-1252. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable(TOO_BIG)
    if content.startswith(_PACKED):
        raise Unreadable(f"Isto é uma pasta do Excel ou um arquivo compactado. {_AS_CSV}")
    if content.startswith(b"%PDF"):
        raise Unreadable("Isto é um PDF. Exporte os números como CSV e envie de novo.")
    text = _decoded(content)
    if _CONTROL.search(text):
        raise Unreadable(f"Isto não é um arquivo de texto. {_AS_CSV}")
    if _HTML.match(text):
        raise Unreadable(f"Isto é uma página da web (HTML), não uma tabela. {_AS_CSV}")
    if not text.strip():
        raise Unreadable("O arquivo está vazio.")
    return text


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            raise Unreadable("O texto do arquivo está corrompido. Salve como CSV UTF-8 e envie de novo.") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # five bytes mean nothing in Windows-1252
