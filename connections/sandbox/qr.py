"""The text of a QR Code as WhatsApp issues it, how long it lives, and its PNG. Pure; draws nothing for a page.

The text is `2@<reference>,<key>,<key>,<key>`, 201 characters: a new reference each 45 s, the three keys stay as long as
the socket does.
"""

from __future__ import annotations

import base64
import secrets
import struct
import zlib

import qrcode
from qrcode.constants import ERROR_CORRECT_L

LIFE = 45.0  # seconds that one reference can be scanned (`qrTimeout`)
LIMIT = 30  # references after which the gateway gives up (`QRCODE_LIMIT`)
_PIXELS = 4  # of a module, in the PNG
_BORDER = 4  # modules of white around the PNG's code
_PAIRING_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTVWXYZ"


def fresh_code() -> str:
    """Of a socket just opened."""
    return ",".join([_reference(), *(base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(3))])


def next_code(code: str) -> str:
    """The next reference of the same socket."""
    return ",".join([_reference(), *code.split(",")[1:]])


def _reference() -> str:
    return "2@" + base64.b64encode(secrets.token_bytes(48), altchars=b"-_").decode()


def pairing_code() -> str:
    """What a person types on the phone instead of scanning."""
    return "".join(secrets.choice(_PAIRING_ALPHABET) for _ in range(8))


def turns(opened_at: float, now: float) -> int:
    """How many times the code has changed since."""
    return max(int((now - opened_at) // LIFE), 0)


def png_url(code: str) -> str:
    """The same QR as a `data:` URL, which the real answers carry; two colours, no dependency on an imaging library."""
    drawing = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=_BORDER)
    drawing.add_data(code)
    drawing.make(fit=True)
    lines = [_line(row) for row in drawing.get_matrix() for _ in range(_PIXELS)]
    size = len(lines)
    header = struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + line for line in lines))
    data = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(data).decode()


def _line(row: list[bool]) -> bytes:
    """One line of pixels, a bit each, 1 for white."""
    bits = "".join(("0" if dark else "1") * _PIXELS for dark in row)
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
