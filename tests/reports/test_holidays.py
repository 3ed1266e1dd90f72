"""Brazil's holidays: those of the law, those that move with Easter, and those that are none by law."""

from __future__ import annotations

from datetime import date, timedelta

import dateutil.easter
import pytest

from reports.closures import Closures, Recess
from reports.holidays import easter, holiday


def test_easter_is_where_another_algorithm_has_it() -> None:
    years = range(1950, 2200)

    assert [easter(year) for year in years] == [dateutil.easter.easter(year) for year in years]


#: As the federal calendar lists them (for 2025: Portaria MGI 9.783/2024), but for its half days.
HOLIDAYS_2025 = {
    "2025-01-01": "Confraternização Universal",
    "2025-03-03": "Carnaval (ponto facultativo)",
    "2025-03-04": "Carnaval (ponto facultativo)",
    "2025-04-18": "Sexta-feira Santa",
    "2025-04-21": "Tiradentes",
    "2025-05-01": "Dia do Trabalho",
    "2025-06-19": "Corpus Christi (ponto facultativo)",
    "2025-09-07": "Independência do Brasil",
    "2025-10-12": "Nossa Senhora Aparecida",
    "2025-11-02": "Finados",
    "2025-11-15": "Proclamação da República",
    "2025-11-20": "Consciência Negra",
    "2025-12-25": "Natal",
}


def test_a_whole_year() -> None:
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(365)]

    assert {str(day): str(found) for day in days if (found := holiday(day))} == HOLIDAYS_2025


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2023-11-20", None),  # Lei 14.759/2023 came a month later
        ("2024-11-20", "Consciência Negra"),
        ("2026-04-03", "Sexta-feira Santa"),
        ("2026-02-17", "Carnaval (ponto facultativo)"),
        ("2026-02-18", None),  # Ash Wednesday: half a day
        ("2026-06-04", "Corpus Christi (ponto facultativo)"),
        ("2000-04-21", "Tiradentes"),  # and Good Friday
        ("2026-12-24", None),
    ],
)
def test_days(day: str, expected: str | None) -> None:
    found = holiday(date.fromisoformat(day))

    assert (str(found) if found else None) == expected


RECESS = Recess(date(2026, 12, 23), date(2027, 1, 2), "Recesso")


@pytest.mark.parametrize(
    ("closures", "day", "why"),
    [
        (Closures(True), "2026-12-25", "Natal"),
        (Closures(False), "2026-12-25", ""),
        (Closures(True, (RECESS,)), "2026-12-25", "pausa da agência (Recesso)"),
        (Closures(False, (RECESS,)), "2026-12-23", "pausa da agência (Recesso)"),
        (Closures(False, (RECESS,)), "2027-01-02", "pausa da agência (Recesso)"),
        (Closures(False, (RECESS,)), "2026-12-22", ""),
        (Closures(False, (RECESS,)), "2027-01-03", ""),
        (Closures(False, (Recess(date(2026, 12, 23), date(2026, 12, 23)),)), "2026-12-23", "pausa da agência"),
    ],
)
def test_why_a_day_is_closed(closures: Closures, day: str, why: str) -> None:
    assert closures.why(date.fromisoformat(day)) == why
    assert closures.is_closed(date.fromisoformat(day)) is bool(why)
