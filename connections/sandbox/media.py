"""A message's document or image: what is known of it, and WhatsApp's own JSON form of it as recorded. Pure.

An image keeps its bytes: the real gateway makes a JPEG of it, and says the type of its name all the same.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import struct
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]

KINDS = ("image", "document", "video", "audio")
_THUMBNAIL = 274  # bytes; as long as the recorded one


class NoImage(ValueError):
    """These bytes are no picture."""


@dataclass(frozen=True, slots=True)
class File:
    """`kind` is document or image; `digest` is the SHA-256 of its bytes, in hex."""

    kind: str
    name: str
    type: str
    size: int
    digest: str
    width: int = 0
    height: int = 0

    def as_json(self) -> Json:
        """As the control API names it."""
        return {"name": self.name, "type": self.type, "size": self.size}


def file_of(kind: str, name: str, content: bytes) -> File:
    """The type follows from the name's ending alone. Raises NoImage."""
    width, height = _size_of_image(content) if kind == "image" else (0, 0)
    known = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return File(kind, name, known, len(content), hashlib.sha256(content).hexdigest(), width, height)


def packed(file: File | None) -> str:
    return json.dumps(asdict(file)) if file else ""


def unpacked(text: str) -> File | None:
    return File(**json.loads(text)) if text else None


def whatsapp_form(file: File, caption: str, *, key: str, at: int, context: Json) -> Json:
    """`message` of an answer; `key` is the message's id, from which keys and addresses are made up."""
    common = {
        "url": f"https://mmg.whatsapp.net/v/t62/{_uuid(key)}",
        "mimetype": file.type,
        "fileSha256": _bytes(bytes.fromhex(file.digest)),
        "fileLength": {"low": file.size, "high": 0, "unsigned": True},
        "mediaKey": _bytes(_made_up(key, "key", 32)),
        "fileEncSha256": _bytes(_made_up(key, "encrypted", 32)),
        "directPath": f"/v/t62/{_uuid(key + 'path')}",
        "mediaKeyTimestamp": {"low": at, "high": 0, "unsigned": False},
        **({"caption": caption} if caption else {}),
        "contextInfo": context,
    }
    if file.kind == "document":
        return {"documentMessage": {**common, "fileName": file.name}}
    of_image = {
        "interactiveAnnotations": [],
        "scanLengths": [],
        "annotations": [],
        "height": file.height,
        "width": file.width,
        "jpegThumbnail": _bytes(_made_up(key, "thumbnail", _THUMBNAIL)),
    }
    return {"imageMessage": {**common, **of_image}}


def _bytes(data: bytes) -> Json:
    """As the gateway writes an array of bytes: an object of numbered ones."""
    return {str(place): byte for place, byte in enumerate(data)}


def _made_up(key: str, what: str, length: int) -> bytes:
    return hashlib.shake_256(f"{key}-{what}".encode()).digest(length)


def _uuid(seed: str) -> str:
    drawn = _made_up(seed, "uuid", 16).hex()
    return "-".join((drawn[:8], drawn[8:12], drawn[12:16], drawn[16:20], drawn[20:]))


def _size_of_image(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG, GIF or JPEG."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return struct.unpack(">II", content[16:24])
        if content.startswith((b"GIF87a", b"GIF89a")):
            return struct.unpack("<HH", content[6:10])
        if content.startswith(b"\xff\xd8\xff"):
            return _size_of_jpeg(content)
    except struct.error:
        pass
    raise NoImage("Input buffer contains unsupported image format")


def _size_of_jpeg(content: bytes) -> tuple[int, int]:
    """From the start of the frame, past the segments before it."""
    at = 2
    while True:
        marker, length = struct.unpack(">HH", content[at : at + 4])
        # SOF0 to SOF15, without the tables (DHT, JPG, DAC) that share the range.
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        if marker < 0xFF01:
            raise struct.error("no marker")
        at += 2 + length
