"""Brazil's national holidays, and the days that most of the country takes off by custom. Pure.

By federal law: Lei 662/1949, art. 1º, as worded by Lei 10.607/2002 (1 January, 21 April, 1 May, 7 September, 2 and 15
November, 25 December); Lei 6.802/1980 (12 October); Lei 14.759/2023 (20 November, from 2024 on). Good Friday is a
holiday by the law of each municipality (Lei 9.093/1995, art. 2º, names it), and the federal calendar counts it among
the national ones. Carnival's Monday and Tuesday and Corpus Christi are no holidays but `pontos facultativos` of that
calendar (for 2025: Portaria MGI 9.783/2024); a state or a city may make them one. Left out are its half days (Ash
Wednesday, 24 and 31 December), the civil servants' day, and all that only a state or a city observes: an agency enters
those as pauses of its own. https://www.planalto.gov.br/ccivil_03/leis/l0662.htm
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache


@dataclass(frozen=True, slots=True)
class Holiday:
    """`is_legal`: a holiday; else a `ponto facultativo`, on which most offices are shut all the same."""

    name: str
    is_legal: bool = True

    def __str__(self) -> str:
        return self.name if self.is_legal else f"{self.name} (ponto facultativo)"


#: Month, day, name, and the first year of it where that matters.
_FIXED = (
    (1, 1, "Confraternização Universal", 0),
    (4, 21, "Tiradentes", 0),
    (5, 1, "Dia do Trabalho", 0),
    (9, 7, "Independência do Brasil", 0),
    (10, 12, "Nossa Senhora Aparecida", 0),
    (11, 2, "Finados", 0),
    (11, 15, "Proclamação da República", 0),
    (11, 20, "Consciência Negra", 2024),
    (12, 25, "Natal", 0),
)
#: Days after Easter Sunday.
_MOVABLE = (
    (-48, Holiday("Carnaval", is_legal=False)),
    (-47, Holiday("Carnaval", is_legal=False)),
    (-2, Holiday("Sexta-feira Santa")),
    (60, Holiday("Corpus Christi", is_legal=False)),
)


def holiday(day: date) -> Holiday | None:
    """What Brazil observes on this day; None on any other day."""
    return _of_year(day.year).get(day)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher.

    Jean Meeus, Astronomical Algorithms, chapter 8; https://en.wikipedia.org/wiki/Date_of_Easter
    """
    century, of_century = divmod(year, 100)
    golden = year % 19
    corrected = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - corrected + 15) % 30
    to_sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@cache
def _of_year(year: int) -> dict[date, Holiday]:
    sunday = easter(year)
    found = {sunday + timedelta(days=days): observed for days, observed in _MOVABLE}
    # Where two fall together (Tiradentes on a Good Friday), it goes by the one that is fixed by law.
    return found | {date(year, month, day): Holiday(name) for month, day, name, first in _FIXED if year >= first}
