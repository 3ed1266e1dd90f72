"""The text of a file that a person brings, or why it has none. Pure; guesses no encoding but the usual ones."""

from __future__ import annotations

import codecs
import re

MAX_BYTES = 5 * 1024 * 1024
TOO_BIG = "O arquivo passa de 5 MB. Divida em arquivos menores, por exemplo um por mês."
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

_AS_CSV = "Salve como CSV ou XLSX e envie de novo."
_ARCHIVES = (ZIP, b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_HTML = re.compile(r"\s*<(?:!doctype|html|head|body|table|meta|style)", re.IGNORECASE)
_XML = re.compile(r"\s*<(?:\?xml|workbook)", re.IGNORECASE)
#: The streams of a compound file have UTF-16 names; Office puts a workbook with a password into this one
#: (https://learn.microsoft.com/openspecs/office_file_formats/ms-offcrypto).
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class Unreadable(ValueError):
    """Not a file of numbers; the message is a sentence in pt-BR that says what to do."""


def decode(content: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, else Windows-1252. Raises Unreadable."""
    return decode_named(content)[0]


def decode_named(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding, "" where it is UTF-8. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable(TOO_BIG)
    _refuse_binary(content)
    text, encoding = _decoded(content)
    if _CONTROL.search(text):
        raise Unreadable(f"Isto não é um arquivo de texto. {_AS_CSV}")
    if _HTML.match(text):
        raise Unreadable(f"Isto é uma página da web (HTML), não uma planilha, mesmo que o nome diga .xls. {_AS_CSV}")
    if _XML.match(text):
        raise Unreadable(f"Isto é um arquivo XML, não uma planilha CSV ou XLSX. {_AS_CSV}")
    if not text.strip():
        raise Unreadable("O arquivo está vazio.")
    return text, encoding


def _refuse_binary(content: bytes) -> None:
    if content.startswith(OLE):
        if _ENCRYPTED in content:
            raise Unreadable("A planilha está protegida por senha. Salve uma cópia sem senha e envie de novo.")
        raise Unreadable("Isto é uma planilha .xls antiga. No Excel, salve como .xlsx ou CSV e envie de novo.")
    if content.startswith(_ARCHIVES):
        raise Unreadable("Isto é um arquivo compactado. Extraia e envie a planilha CSV ou XLSX que está dentro dele.")
    if content.startswith(b"%PDF"):
        raise Unreadable("Isto é um PDF. Exporte os números como CSV ou XLSX e envie de novo.")


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError:
            raise Unreadable("O texto do arquivo está corrompido. Salve como CSV UTF-8 e envie de novo.") from None
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"  # five bytes mean nothing in Windows-1252
