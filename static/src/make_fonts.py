"""Writes static/fonts/: Instrument Sans in two fixed weights, for what is drawn without a browser (pictures, PDF).

    pip install fonttools brotli && python static/src/make_fonts.py

Of the variable font of the pages. What draws pictures and PDF picks no weight of a variable font and no feature, so
each weight is a file of its own, and its digits are those of one width (`tnum`), which line up. The licence (OFL,
beside the pages' font and copied with these) reserves no name.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

STATIC = Path(__file__).resolve().parent.parent
PAGES = STATIC / "public" / "fonts"
WEIGHTS = {"Regular": 400, "SemiBold": 600}
DIGITS = "0123456789"


def main() -> None:
    out = STATIC / "fonts"
    out.mkdir(exist_ok=True)
    for style, weight in WEIGHTS.items():
        font = instantiateVariableFont(TTFont(PAGES / "instrument-sans-latin-wght-normal.woff2"), {"wght": weight})
        font.flavor = None
        even_digits(font)
        name(font, style, weight)
        font["head"].modified = font["head"].created  # the same bytes each time
        font.recalcTimestamp = False
        font.save(out / f"InstrumentSans-{style}.ttf")
    shutil.copy(PAGES / "instrument-sans-LICENSE.txt", out / "LICENSE.txt")


def even_digits(font: TTFont) -> None:
    substitutions: dict[str, str] = {}
    table = font["GSUB"].table
    for feature in table.FeatureList.FeatureRecord:
        if feature.FeatureTag == "tnum":
            for number in feature.Feature.LookupListIndex:
                for part in table.LookupList.Lookup[number].SubTable:
                    substitutions |= part.mapping
    for cmap in font["cmap"].tables:
        for digit in map(ord, DIGITS):
            cmap.cmap[digit] = substitutions.get(cmap.cmap[digit], cmap.cmap[digit])


def name(font: TTFont, style: str, weight: int) -> None:
    full = f"Instrument Sans {style}"
    for number, text in {1: "Instrument Sans", 2: style, 4: full, 6: full.replace(" ", "")}.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight


if __name__ == "__main__":
    main()
