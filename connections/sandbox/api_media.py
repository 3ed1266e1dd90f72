"""Evolution API 2.3.7, messages with a document or an image: by JSON (bare base64) or multipart. Fetches no URL.

https://doc.evolution-api.com/v2/api-reference/message-controller/send-media
"""

from __future__ import annotations

import base64
import re
from typing import Any

from connections.sandbox import answers
from connections.sandbox.api_chat import hand_over, look_up, mentions, pretend_to_type
from connections.sandbox.files import MOST_BYTES
from connections.sandbox.guards import Answer, ApiError, Call, endpoint, too_large
from connections.sandbox.media import KINDS, File, NoImage, file_of
from connections.sandbox.numbers import jid_of

_NOT_OWNED = "Owned media must be a url or base64"
_NO_NAME = "For base64 the file name must be informed."
#: With or without a scheme; a name needs a dot and an ending of letters, a number (IP) does not.
_URL = re.compile(
    r"(?:(?:https?|ftp)://)?(?:\d{1,3}(?:\.\d{1,3}){3}|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})(?::\d+)?(?:[/?#]\S*)?",
    re.IGNORECASE,
)


@endpoint("POST", "send", files=True)
def send_media(call: Call) -> Answer:
    """As the real one, it prepares (uploads) the file before it asks for the number."""
    _check(call.body)
    content = _content(call)
    if call.struck_by("not_loaded"):
        raise ApiError(500, "Cannot read properties of undefined (reading 'mediaMessage')")
    file = _prepared(call, content)
    jid = jid_of(call.body["number"])
    look_up(call, jid, call.body["number"])
    pretend_to_type(call)
    sent = hand_over(call, jid, str(call.body.get("caption") or ""), file=file, content=content)
    return 201, {**answers.sent(sent), **mentions(call, jid)}


def _check(body: dict[str, Any]) -> None:
    """The schema's own refusals. A form's `delay` is text, so that it never passes."""
    wrong = [f'instance requires property "{key}"' for key in ("number", "mediatype") if key not in body]
    if "number" in body and not isinstance(body["number"], str):
        wrong.append("Invalid format")
    if "mediatype" in body and body["mediatype"] not in KINDS:
        wrong.append(f"mediatype is not one of enum values: {','.join(KINDS)}")
    wrong += [
        f"{key} is not of a type(s) string"
        for key in ("mimetype", "media", "fileName", "caption")
        if key in body and not isinstance(body[key], str)
    ]
    if "delay" in body and (not isinstance(body["delay"], int) or isinstance(body["delay"], bool)):
        wrong.append("Enter a value in milliseconds")
    if wrong:
        raise ApiError(400, [wrong])
    if body["mediatype"] not in ("document", "image"):
        raise ApiError(500, f"Sandbox: no {body['mediatype']} here, only documents and images")


def _content(call: Call) -> bytes:
    """The bytes of an uploaded file, or of what is given as base64."""
    media, upload = call.body.get("media", ""), call.request.FILES.get("file") if call.is_form else None
    given = _decoded(media)
    if given is not None and not call.body.get("fileName") and call.body["mediatype"] == "document":
        raise ApiError(400, [_NO_NAME])
    if upload is not None:
        if (upload.size or 0) > MOST_BYTES:
            raise too_large()
        return bytes(upload.read())
    if given is None and _URL.fullmatch(media):
        raise ApiError(500, ["TypeError: fetch failed"])  # nothing is fetched from here
    if given is None:
        raise ApiError(400, [_NOT_OWNED])
    if len(given) > MOST_BYTES:
        raise too_large()
    return given


def _decoded(media: str) -> bytes | None:
    """None for what is no bare base64, such as a `data:` URI."""
    try:
        return base64.b64decode(media, validate=True) if media else None
    except ValueError:
        return None


def _prepared(call: Call, content: bytes) -> File:
    kind, name = call.body["mediatype"], call.body.get("fileName")
    if kind == "document" and not name:  # a form without it: the real one looks for a name in the bytes
        raise ApiError(500, ["TypeError: Cannot read properties of null (reading '1')"])
    if call.instance.socket == "none":
        raise ApiError(500, ["TypeError: Cannot read properties of undefined (reading 'waUploadToServer')"])
    try:
        return file_of(kind, name or "image.png", content)
    except NoImage as error:
        raise ApiError(500, [f"Error: {error}"]) from None
