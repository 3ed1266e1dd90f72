"""What becomes of a picture that somebody uploads as a logo: one small PNG without metadata, or a sentence. Pure.

Nothing is decoded before its size is known and allowed, and nothing but PNG, JPEG and WebP is tried at all.
https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.open
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageOps, UnidentifiedImageError

#: Of the upload, in bytes and in pixels; a picture of so many takes about 160 MB while it is made small.
MAX_UPLOAD = 2 * 1024 * 1024
MAX_PIXELS = 20_000_000
#: Of what is kept: pixels of the longer side, and bytes.
MAX_SIDE = 512
MAX_BYTES = 200_000
FORMATS = ("PNG", "JPEG", "WEBP")

TOO_LARGE = "O arquivo passa de 2 MB. Envie uma versão menor do logo."
TOO_MANY_PIXELS = "A imagem passa de 20 megapixels. Envie uma versão menor do logo."
NOT_AN_IMAGE = "Este arquivo não é uma imagem PNG, JPEG ou WebP."
IS_SVG = "SVG não é aceito. Exporte o logo em PNG, JPEG ou WebP."
DAMAGED = "A imagem está incompleta ou danificada. Exporte o logo de novo."

#: What Pillow's readers raise on files that end early or contradict themselves.
_BROKEN = (
    *(OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, OverflowError, AttributeError),
    *(struct.error, zlib.error),
)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
#: Tried in turn until the file is small enough: how many colours, of which part of the size. The last always is: an
#: eighth of the pixels at a byte each.
_SMALLER = ((256, 1.0), (128, 1.0), (256, 0.7), (64, 0.7), (256, 0.35))
#: Grey from which a pixel is hard to see on white, and up to which it is on the ink of `bg-neutral`.
_LIGHT, _DARK = 200, 96


class LogoRefused(ValueError):
    """`str` is the sentence that says why, in pt-BR."""


class Ground(StrEnum):
    """What a logo has to stand on to be seen, in light and in dark."""

    OWN = "own"  # it is opaque
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class LogoImage:
    """A PNG. `digest` is its SHA-256 in hex."""

    content: bytes
    digest: str
    width: int
    height: int
    ground: Ground


def normalise(upload: bytes) -> LogoImage:
    """The first frame of a PNG, JPEG or WebP, upright, at most 512 × 512, its transparency kept, its metadata dropped.

    Raises LogoRefused.
    """
    if len(upload) > MAX_UPLOAD:
        raise LogoRefused(TOO_LARGE)
    try:
        image = _small(_opened(upload))
    except _BOMB:
        raise LogoRefused(TOO_MANY_PIXELS) from None
    except LogoRefused:
        raise
    except _BROKEN:
        raise LogoRefused(DAMAGED) from None
    content = _png(image)
    with Image.open(io.BytesIO(content), formats=("PNG",)) as kept:
        width, height = kept.size
    return LogoImage(content, hashlib.sha256(content).hexdigest(), width, height, _ground(image))


def _opened(upload: bytes) -> Image.Image:
    """Its header read, its pixels not yet."""
    try:
        image = Image.open(io.BytesIO(upload), formats=FORMATS)
    except UnidentifiedImageError:
        raise LogoRefused(IS_SVG if b"<svg" in upload[:4096].lower() else NOT_AN_IMAGE) from None
    if image.width * image.height > MAX_PIXELS:
        raise LogoRefused(TOO_MANY_PIXELS)
    return image


def _small(image: Image.Image) -> Image.Image:
    """RGB, or RGBA where something is transparent, turned as the camera held it; nothing else of the file is left."""
    if image.mode.startswith("I"):  # 16 bits of grey, which a conversion would cut off instead of scaling
        image = image.convert("I").point(lambda grey: grey / 256).convert("L")
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    image = ImageOps.exif_transpose(image)  # now, since on the small one it costs nothing
    image.info = {}
    return image


def _png(image: Image.Image) -> bytes:
    content = _saved(image)
    for colours, part in _SMALLER:
        if len(content) <= MAX_BYTES:
            break
        size = (max(1, round(image.width * part)), max(1, round(image.height * part)))
        smaller = image if part == 1 else image.resize(size, Image.Resampling.LANCZOS)
        method = Image.Quantize.FASTOCTREE if image.mode == "RGBA" else Image.Quantize.MEDIANCUT
        content = _saved(smaller.quantize(colours, method))
    return content


def _saved(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _ground(image: Image.Image) -> Ground:
    """Where less of what can be seen of it vanishes: on white, or on ink."""
    if image.mode != "RGBA":
        return Ground.OWN
    seen = image.getchannel("A").point(lambda alpha: 255 if alpha > 127 else 0)
    greys = image.convert("L").histogram(mask=seen)
    return Ground.DARK if sum(greys[_LIGHT:]) > sum(greys[: _DARK + 1]) else Ground.LIGHT
