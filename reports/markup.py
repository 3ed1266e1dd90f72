"""WhatsApp's markup in what a gestor wrote, for where it is drawn and not sent: `*bold*`, `_italic_`, `~struck~`. Pure.

As the application reads it: a sign opens before a letter and after none, and closes the other way round, in one line.
https://faq.whatsapp.com/539178204879377
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agency.text import unplain

_TAGS = {"*": "strong", "_": "em", "~": "s", "`": "code"}
_MARKED = re.compile(r"(?<![^\W_])([*_~`])(?=\S)(.*?\S)\1(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Run:
    """Text under the same signs, the outermost first."""

    text: str
    signs: str = ""

    @property
    def is_bold(self) -> bool:
        return "*" in self.signs


def runs(line: str, signs: str = "") -> Iterator[Run]:
    """One line in pieces of one look."""
    match = _MARKED.search(line)
    if match is None or match[1] in signs:
        if line:
            yield Run(unplain(line), signs)
        return
    if match.start():
        yield Run(unplain(line[: match.start()]), signs)
    inner = signs + match[1]
    yield from [Run(unplain(match[2]), inner)] if match[1] == "`" else runs(match[2], inner)
    yield from runs(line[match.end() :], signs)


def read(lines: Sequence[str]) -> list[list[Run]]:
    """Each line's pieces, without empty lines at either end."""
    text = "\n".join(lines).strip("\n")
    return [list(runs(line.strip())) for line in text.split("\n")] if text.strip() else []


def text_of(lines: Sequence[str]) -> str:
    """In one line, without any markup."""
    return " ".join(" ".join("".join(run.text for run in line) for line in read(lines)).split())


def html_of(lines: Sequence[str]) -> SafeString:
    """For a template, escaped; "" for nothing."""
    shown = [format_html_join("", "{}", ((_html(run),) for run in line)) for line in read(lines)]
    return format_html_join("\n", "{}", ((line,) for line in shown))


def _html(run: Run) -> SafeString:
    shown = format_html("{}", run.text)
    for sign in reversed(run.signs):
        shown = format_html("<{0}>{1}</{0}>", _TAGS[sign], shown)
    return shown
