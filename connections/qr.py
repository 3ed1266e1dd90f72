"""Draws a QR Code as our own SVG from the text that the gateway gives: sharp at any size, and themable. Pure."""

from __future__ import annotations

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString
from qrcode.constants import ERROR_CORRECT_L

#: Modules of white around the code; scanners need them.
QUIET_ZONE = 2
#: One of the eight masks that each reader knows. The best of them, which the library would look for, takes four times
#: as long while somebody waits, and what WhatsApp encodes is random and looks alike under each.
MASK = 3


def qr_svg(text: str) -> SafeString:
    """An inline `<svg>` of the code, black on white, one path, as large as its box."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=QUIET_ZONE, mask_pattern=MASK)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(_row_path(y, row) for y, row in enumerate(rows))
    return format_html(
        '<svg viewBox="0 0 {0} {0}" role="img" aria-label="QR Code para conectar o WhatsApp">'
        '<rect width="{0}" height="{0}" fill="#fff"/><path fill="#0f1c24" d="{1}"/></svg>',
        len(rows),
        path,
    )


def _row_path(y: int, row: list[bool]) -> str:
    """The dark runs of one row as rectangles one module high."""
    parts, start = [], None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            parts.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            start = None
    return "".join(parts)
