"""What was understood of a file, in the words of the preview; a person looks at it before anything is stored. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from reports.choices import Platform


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file and what it is to us, both as people read them."""

    source: str
    ours: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Columns that are left out, and why."""

    reason: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Understood:
    """`level`: `por campanha`. `currency`: "" where the file names none. `marks`: a number of the file that shows which
    of its marks is the decimal one, and how it was read; "" where there is nothing to tell."""

    platform: Platform
    level: str
    columns: tuple[Column, ...]
    ignored: tuple[Ignored, ...] = ()
    currency: str = ""
    marks: str = ""
    rows: int = 0
    #: Sentences about what was left out without harm.
    notes: tuple[str, ...] = ()
    #: Sentences about what a person should look at before storing.
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The file does not say which account it is of: a person has to. `name`: what it calls it, "" where nothing."""

    platform: Platform
    name: str = ""
