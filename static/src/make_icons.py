"""Writes icons.css, the icons of the clients' cards as masks: `.venv/bin/python static/src/make_icons.py`.

A page of fifty cards shows six hundred icons. As a class of a word beside them they cost a few bytes each, where an
inline SVG costs hundreds. The drawings are those of `{% icon %}`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
NAMES = (
    *(
        "meta",
        "google",
        "tick",
        "ticks",
        "check-circle",
        "qr-code",
        "arrow-path",
        "clock",
        "link-slash",
        "signal-slash",
    ),
    *("building-office-2", "minus-circle", "x-circle", "question-mark-circle", "pause-circle", "paper-airplane"),
    *("no-symbol", "exclamation-triangle", "magnifying-glass", "squares-2x2", "bars-3", "arrow-down-tray", "plus"),
)
_SVG = re.compile(r"<svg[^>]*?(viewBox=\"[^\"]+\")[^>]*>(.*)</svg>", re.DOTALL)
HEAD = "/* Made by make_icons.py: icons as masks, in the colour of the text that they stand before. */\n"


def css() -> str:
    icons = (f'.i-{name} {{ --icon: url("data:image/svg+xml,{_data(name)}"); }}\n' for name in NAMES)
    return f'{HEAD}{"".join(icons)}.more {{ --icon-more: url("data:image/svg+xml,{_data("ellipsis-horizontal")}"); }}\n'


def _data(name: str) -> str:
    from agency.templatetags.ui import icon

    drawn = _SVG.search(icon(name, ""))
    assert drawn is not None  # noqa: S101  each of NAMES is an icon
    box, inside = drawn.groups()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{" ".join(inside.split())}</svg>'
    svg = svg.replace(' aria-hidden="true"', "").replace("currentColor", "#000").replace('"', "'")
    return quote(svg, safe=" ='/:(),.-+;")


if __name__ == "__main__":
    import os

    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adscape.settings")
    import django

    django.setup()
    (HERE / "icons.css").write_text(css())
