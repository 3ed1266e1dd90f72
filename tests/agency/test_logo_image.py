"""What becomes of an uploaded picture, and what is refused: as tables, and by breaking good files at random."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from agency.logo_image import (
    DAMAGED,
    IS_SVG,
    MAX_BYTES,
    MAX_UPLOAD,
    NOT_AN_IMAGE,
    TOO_LARGE,
    TOO_MANY_PIXELS,
    Ground,
    LogoRefused,
    normalise,
)
from tests.pictures import encoded, on_nothing, opened, picture


def png_of_size(width: int, height: int) -> bytes:
    """The first bytes of a PNG that says it is so large; there is nothing in it."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + pixels


GOOD = encoded(picture())
NOISE = Image.frombytes("RGB", (512, 512), random.Random(7).randbytes(512 * 512 * 3))  # noqa: S311


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_each_kind_becomes_a_png(kind: str) -> None:
    logo = normalise(encoded(picture(), kind))

    kept = opened(logo.content)
    assert (kept.format, kept.size, kept.mode) == ("PNG", (90, 40), "RGB")
    assert (logo.width, logo.height, logo.ground) == (90, 40, Ground.OWN)
    assert logo.digest == hashlib.sha256(logo.content).hexdigest()


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((512, 512), (512, 512)),
        ((1024, 512), (512, 256)),
        ((3000, 200), (512, 34)),
        ((200, 3000), (34, 512)),
        ((4000, 1), (512, 1)),
        ((3, 2), (3, 2)),  # never made larger
    ],
)
def test_it_fits_within_512(size: tuple[int, int], kept: tuple[int, int]) -> None:
    logo = normalise(encoded(picture(*size)))

    assert (logo.width, logo.height) == opened(logo.content).size == kept


@pytest.mark.parametrize("image", [NOISE, NOISE.convert("RGBA"), NOISE.resize((1200, 900))])
@pytest.mark.parametrize("see_through", [False, True])
def test_it_is_small_whatever_is_in_it(image: Image.Image, see_through: bool) -> None:
    if see_through:
        image = image.convert("RGBA")
        image.putalpha(image.getchannel("R"))

    logo = normalise(encoded(image, "WEBP", quality=80))

    assert len(logo.content) <= MAX_BYTES
    assert opened(logo.content).has_transparency_data is see_through


@pytest.mark.parametrize(
    ("mode", "colour", "seen"),
    [
        ("L", 100, (100, 100, 100, 255)),
        ("LA", (100, 128), (100, 100, 100, 128)),
        ("P", 0, (0, 0, 0, 255)),
        ("1", 1, (255, 255, 255, 255)),
        ("RGBA", (10, 20, 30, 128), (10, 20, 30, 128)),
        ("I;16", 40_000, (156, 156, 156, 255)),
    ],
)
def test_every_way_to_write_colours(mode: str, colour: Any, seen: tuple[int, ...]) -> None:
    logo = normalise(encoded(picture(mode=mode, colour=colour)))

    assert opened(logo.content).convert("RGBA").getpixel((5, 5)) == seen


def test_a_jpeg_of_a_printing_house() -> None:
    logo = normalise(encoded(picture(mode="CMYK", colour=(0, 0, 0, 0)), "JPEG"))

    assert opened(logo.content).getpixel((5, 5)) == (255, 255, 255)


def test_a_palette_with_one_transparent_colour() -> None:
    image = picture(mode="P", colour=0)
    image.putpalette([0, 0, 0, 255, 255, 255])
    image.putpixel((0, 0), 1)

    kept = opened(normalise(encoded(image, transparency=1)).content).convert("RGBA")

    assert (kept.getpixel((0, 0))[3], kept.getpixel((5, 5))[3]) == (0, 255)  # type: ignore[index]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(("orientation", "size"), [(1, (90, 40)), (6, (40, 90)), (3, (90, 40)), (99, (90, 40))])
def test_it_stands_as_the_camera_held_it(kind: str, orientation: int, size: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation

    logo = normalise(encoded(picture(), kind, exif=exif))

    assert (logo.width, logo.height) == size


def test_nothing_is_left_of_what_the_file_told() -> None:
    exif, told = Image.Exif(), PngInfo()
    exif[0x010F] = "Rafaela's camera"
    told.add_text("Comment", "Rafaela's desk")

    png = normalise(encoded(picture(), exif=exif, pnginfo=told, icc_profile=b"profile", dpi=(300, 300)))
    jpeg = normalise(encoded(picture(), "JPEG", exif=exif, comment="Rafaela's desk", icc_profile=b"profile"))

    for kept in (opened(png.content), opened(jpeg.content)):
        kept.load()
        assert kept.info == {}
        assert dict(kept.getexif()) == {}


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animated_one_the_first_frame_is_kept(kind: str) -> None:
    frames = [picture(colour="red"), picture(colour="blue")]

    kept = opened(normalise(encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)).content)

    assert getattr(kept, "n_frames", 1) == 1
    assert kept.getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("image", "ground"),
    [
        (on_nothing("white"), Ground.DARK),
        (on_nothing("#ffe9b0"), Ground.DARK),
        (on_nothing("black"), Ground.LIGHT),
        (on_nothing("#0a5c78"), Ground.LIGHT),
        (on_nothing("#d04040"), Ground.LIGHT),  # seen on both
        (picture(mode="RGBA", colour=(255, 255, 255, 0)), Ground.LIGHT),  # nothing is seen
        (picture(mode="RGBA", colour="white"), Ground.OWN),
    ],
)
def test_the_ground_that_it_is_seen_on(image: Image.Image, ground: Ground) -> None:
    assert normalise(encoded(image)).ground == ground


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (b"", NOT_AN_IMAGE),
        (b"nome;valor\n", NOT_AN_IMAGE),
        (encoded(picture(), "GIF"), NOT_AN_IMAGE),
        (encoded(picture(), "BMP"), NOT_AN_IMAGE),
        (encoded(picture(), "TIFF"), NOT_AN_IMAGE),
        (b'<?xml version="1.0"?>\n<SVG xmlns="http://www.w3.org/2000/svg"/>', IS_SVG),
        (b"\n<!-- x --><svg onload='alert(1)'/>", IS_SVG),
        (GOOD[: len(GOOD) // 2], DAMAGED),
        (encoded(NOISE, "JPEG")[:-5000], DAMAGED),
        (encoded(NOISE, "WEBP")[:-5000], DAMAGED),
        (b"\xff\xd8\xff\xe0", NOT_AN_IMAGE),
        (GOOD + b"\0" * MAX_UPLOAD, TOO_LARGE),
        (png_of_size(5000, 4001), TOO_MANY_PIXELS),
        (png_of_size(10_000, 10_000), TOO_MANY_PIXELS),  # at which Pillow warns
        (png_of_size(60_000, 60_000), TOO_MANY_PIXELS),  # which Pillow refuses
        (png_of_size(0, 10), NOT_AN_IMAGE),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else "",
)
def test_what_is_refused_and_why(upload: bytes, sentence: str) -> None:
    with pytest.raises(LogoRefused) as refused:
        normalise(upload)

    assert str(refused.value) == sentence


def test_as_many_pixels_as_are_allowed() -> None:
    logo = normalise(encoded(picture(5000, 4000, mode="1", colour=0)))

    assert (logo.width, logo.height) == (512, 410)


SEEDS = [encoded(on_nothing("teal"), kind) for kind in ("PNG", "WEBP")] + [encoded(NOISE.crop((0, 0, 40, 40)), "JPEG")]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_a_broken_file_is_refused_or_read_but_never_an_error(seed: bytes, data: st.DataObject) -> None:
    broken = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    del broken[data.draw(st.integers(1, len(broken))) :]

    try:
        logo = normalise(bytes(broken))
    except LogoRefused as refused:
        assert str(refused) in (NOT_AN_IMAGE, IS_SVG, DAMAGED, TOO_MANY_PIXELS)  # noqa: PT017
    else:
        assert len(logo.content) <= MAX_BYTES
