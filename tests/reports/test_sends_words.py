"""What "Envios" says of several messages at once, of days, names and searches: tables, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reports import sends_lines, sends_words
from reports.choices import Frequency
from reports.closures import Closures, Recess
from reports.outlook import coming
from reports.schedule import Schedule
from reports.sends_asked import Asked
from reports.sends_lines import PER_PAGE, Line, Run, days_ahead, in_order, of_messages, page_of
from reports.sends_words import Standing, Tally, standing_of, summary

ZONE = ZoneInfo("America/Sao_Paulo")
#: Tuesday, 09:43 in São Paulo.
NOW = datetime(2026, 11, 24, 12, 43, tzinfo=UTC)
TODAY = date(2026, 11, 24)
EARLIER = NOW - timedelta(minutes=37)  # 09:06


@dataclass
class Told:
    """A message as the words see it."""

    status: str
    reason: str = ""
    is_undelivered: bool = False
    slot_at: datetime | None = None
    due_at: datetime = NOW
    sent_at: datetime | None = EARLIER
    delivered_at: datetime | None = EARLIER
    read_at: datetime | None = EARLIER
    looked_for_until: datetime | None = None
    to_name: str = "Ana"
    to: str = "+5511987650000"
    kind: str = "report"
    subject: str = "report:1"
    client_id: int | None = 1
    client: Any = field(default_factory=lambda: SimpleNamespace(name="Ipê"))
    created_at: datetime = EARLIER
    file_type: str = ""


LATE = Told("sent", is_undelivered=True, sent_at=NOW - timedelta(hours=1, minutes=33))
SLOT = NOW + timedelta(seconds=20)
CHART = Told("failed", "Não.", file_type="image/png")


@pytest.mark.parametrize(
    ("messages", "word", "detail", "tally"),
    [
        ([Told("read")], "Lido", "09:06", Tally.DELIVERED),
        ([Told("read")] * 2, "Lido", "2 de 2", Tally.DELIVERED),
        ([Told("delivered")], "Entregue", "09:06", Tally.DELIVERED),
        ([Told("delivered", delivered_at=NOW - timedelta(days=1))], "Entregue", "23 nov 09:43", Tally.DELIVERED),
        ([Told("read"), Told("delivered"), Told("delivered")], "Entregue", "3 de 3, 1 lido", Tally.DELIVERED),
        ([Told("sent")], "Enviado", "09:06", Tally.SENT),
        ([Told("sent"), Told("delivered"), Told("read")], "Enviado", "3 de 3, 2 entregues", Tally.SENT),
        ([LATE], "Sem entrega", "há 1 h 33", Tally.PROBLEM),
        ([Told("read"), LATE], "Sem entrega", "1 de 2: há 1 h 33", Tally.PROBLEM),
        ([Told("failed", "Restrito.")], "Não enviado", "Restrito.", Tally.PROBLEM),
        # A newer copy to somebody stands for the one that did not arrive; of the same kind, and not one called off.
        ([Told("failed", "Não."), Told("read", created_at=NOW)], "Lido", "09:06", Tally.DELIVERED),
        ([LATE, Told("delivered"), Told("read", created_at=NOW)], "Entregue", "2 de 2, 1 lido", Tally.DELIVERED),
        ([Told("failed", "Não."), Told("cancelled", created_at=NOW)], "Não enviado", "Não.", Tally.PROBLEM),
        (
            [CHART, Told("read", file_type="application/pdf", created_at=NOW)],
            "Não enviado",
            "1 de 2: Não.",
            Tally.PROBLEM,
        ),
        ([Told("failed", "Restrito.")] * 2, "Não enviado", "Restrito.", Tally.PROBLEM),
        ([Told("read"), Told("uncertain"), Told("failed", "Não.")], "Não enviado", "1 de 3: Não.", Tally.PROBLEM),
        ([Told("expired", "Ninguém.")], "Expirado", "Ninguém.", Tally.PROBLEM),
        (
            [Told("uncertain", looked_for_until=NOW + timedelta(minutes=5))],
            "Incerto",
            "conferindo no WhatsApp até 09:48",
            Tally.UNCERTAIN,
        ),
        ([Told("uncertain")], "Incerto", "confira e decida", Tally.UNCERTAIN),
        ([Told("queued")], "Na fila", "em instantes", Tally.QUEUED),
        ([Told("queued", due_at=SLOT, slot_at=SLOT)], "Na fila", "em ~20 s, espaçando", Tally.QUEUED),
        ([Told("queued", "Aos poucos.", due_at=SLOT, slot_at=SLOT)], "Na fila", "em ~20 s, espaçando", Tally.QUEUED),
        ([Told("queued", due_at=NOW + timedelta(minutes=2))], "Na fila", "em ~2 min", Tally.QUEUED),
        ([Told("queued", due_at=NOW + timedelta(hours=3))], "Na fila", "12:43", Tally.QUEUED),
        ([Told("queued", due_at=NOW + timedelta(days=1))], "Na fila", "25 nov 09:43", Tally.QUEUED),
        ([Told("queued", "Desconectado.", due_at=SLOT)], "Na fila", "Desconectado.", Tally.QUEUED),
        ([Told("sending"), Told("queued")], "Enviando", "1 de 2", Tally.QUEUED),
        ([Told("cancelled", "Pausado.")], "Cancelado", "Pausado.", Tally.ENDED),
        ([Told("cancelled"), Told("read")], "Lido", "09:06", Tally.DELIVERED),
    ],
)
def test_one_state_for_several_messages(messages: list[Told], word: str, detail: str, tally: Tally) -> None:
    standing = standing_of(messages, NOW, ZONE)

    assert (standing.state.word, standing.detail, standing.tally) == (word, detail, tally)


@pytest.mark.parametrize(
    ("names", "shown"),
    [(["Ana"], "Ana"), (["Bia", "Ana"], "Ana e mais 1"), (["", "Ana"], "(11) 9 8765-0000 e mais 1"), ([], "")],
)
def test_names(names: list[str], shown: str) -> None:
    assert sends_words.names([Told("read", to_name=name) for name in names]) == shown


@pytest.mark.parametrize(
    ("tallies", "shown"),
    [
        ([], ""),
        ([Tally.DELIVERED, Tally.UNCERTAIN], "1 entregue, 1 incerto"),
        ([Tally.LATER, Tally.HELD, Tally.HELD, Tally.QUEUED], "2 retidos, 1 na fila, 1 mais tarde"),
    ],
)
def test_summary(tallies: list[Tally], shown: str) -> None:
    assert summary(tallies) == shown


@pytest.mark.parametrize(
    ("passed", "shown"),
    [(5, "5 min"), (60, "1 h"), (93, "1 h 33"), (26 * 60, "26 h"), (49 * 60, "2 dias"), (-3, "0 min")],
)
def test_lengths(passed: int, shown: str) -> None:
    assert sends_words.length(timedelta(minutes=passed)) == shown


@pytest.mark.parametrize(
    ("reason", "cause", "rest"),
    [
        ("Faltam 2 dias. Google Ads sem 21 e 22 nov.", "Faltam 2 dias.", "Google Ads sem 21 e 22 nov."),
        ("Sem números de 23/11/2026.", "Sem números de 23/11/2026.", ""),
        ("Investimento de R$ 1.310,00. Era mais.", "Investimento de R$ 1.310,00.", "Era mais."),
        ("", "", ""),
    ],
)
def test_the_cause_comes_first(reason: str, cause: str, rest: str) -> None:
    assert sends_words.cause_and_rest(reason) == (cause, rest)


def test_one_line_for_each_subject_of_each_client() -> None:
    other = SimpleNamespace(name="Café")
    lines = of_messages(
        [Told("read"), Told("sent"), Told("read", subject="report:2"), Told("read", client_id=2, client=other)],
        NOW,
        ZONE,
    )

    assert sorted(len(line.messages) for line in lines) == [1, 1, 2]


def line(minutes: int, *, is_ahead: bool = False) -> Line:
    standing = Standing(sends_words.LATER, "", Tally.LATER)
    client = SimpleNamespace(name="Ipê")
    return Line(NOW + timedelta(minutes=minutes), "report", client, standing, is_ahead=is_ahead)


def test_what_is_ahead_comes_after_what_went_out() -> None:
    ordered = in_order([line(5), line(1, is_ahead=True), line(-5), line(0, is_ahead=True)])

    assert [(one.is_ahead, one.at) for one in ordered] == sorted((one.is_ahead, one.at) for one in ordered)


@pytest.mark.parametrize(
    ("past", "ahead", "asked", "number", "pages"),
    [
        (0, 0, 0, 1, 1),
        (PER_PAGE, 1, 0, 1, 2),
        (PER_PAGE + 1, 5, 0, 2, 2),
        (3 * PER_PAGE, 0, 1, 1, 3),
        (3 * PER_PAGE, 0, 99, 3, 3),
        (0, 2 * PER_PAGE, 0, 1, 2),
    ],
)
def test_a_page_begins_where_now_is(past: int, ahead: int, asked: int, number: int, pages: int) -> None:
    page = page_of([line(-1)] * past + [line(1, is_ahead=True)] * ahead, asked)

    assert (page.number, page.pages, page.total) == (number, pages, past + ahead)


def run(hours: float, name: str = "Ipê") -> Run:
    return Run(NOW + timedelta(hours=hours), SimpleNamespace(client=SimpleNamespace(name=name)))


def test_runs_stand_in_their_days_by_the_agencys_clock() -> None:
    # 14 hours and 17 minutes from now the 24th ends in São Paulo; in UTC it ended three hours before.
    days = days_ahead([run(14.2), run(14.4), run(24, "B"), run(24, "A"), run(24 * 9)], TODAY, ZONE, 2)

    assert [(day.day.day, [one.settings.client.name for one in day.runs]) for day in days] == [
        (25, ["Ipê", "A", "B"]),
        (26, []),
    ]


def test_a_card_names_a_few() -> None:
    (day,) = days_ahead([run(24)] * 6, TODAY, ZONE, 1)
    assert (len(day.shown), day.more, day.count) == (sends_lines.NAMED, 2, 6)

    day.is_whole = True
    assert (len(day.shown), day.more) == (6, 0)


WEEKLY = Schedule(Frequency.WEEKLY, time(8), ZONE, weekdays=(2, 4))
RECESS = Closures(recesses=(Recess(date(2026, 11, 27), date(2026, 11, 27)),))


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        (Schedule(Frequency.DAILY, time(8), ZONE), [25, 26, 27, 28, 29, 30]),
        (WEEKLY, [25, 27]),
        (Schedule(Frequency.DAILY, time(8), ZONE, closures=RECESS), [25, 26, 28, 29, 30]),
        (Schedule(Frequency.DAILY, time(8), ZONE, skipped_on=date(2026, 11, 26)), [25, 27, 28, 29, 30]),
        (Schedule(Frequency.MANUAL, time(8), ZONE), []),
    ],
)
def test_the_runs_up_to_a_moment(schedule: Schedule, days: list[int]) -> None:
    first = datetime(2026, 11, 25, 11, tzinfo=UTC)  # 08:00 in São Paulo

    assert [each.day.day for each in coming(schedule, first, first + timedelta(days=6))] == days


def test_what_is_stored_as_next_comes_first_whatever_the_rule_says() -> None:
    first = datetime(2026, 11, 24, 15, tzinfo=UTC)

    assert [each.at for each in coming(WEEKLY, first, first + timedelta(days=2))] == [
        first,
        datetime(2026, 11, 25, 11, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("params", "asked"),
    [
        ({}, Asked()),
        ({"ver": "fila", "dia": "2026-11-20"}, Asked(view="fila")),
        ({"dia": "2026-11-20", "pagina": "3"}, Asked(day=date(2026, 11, 20), page=3)),
        ({"dia": "2026-11-24"}, Asked()),
        ({"dia": "9999-99-99", "pagina": "²", "ver": "x", "q": " a\0b "}, Asked(text="ab")),
    ],
)
def test_what_an_address_asks_for(params: dict[str, str], asked: Asked) -> None:
    assert Asked.of(params, TODAY) == asked


@pytest.mark.parametrize(
    ("typed", "reference"), [("#k7f3qx", "K7F3QX"), ("k7f3qx", ""), ("#k7f3", ""), ("# k7f3qx", ""), ("", "")]
)
def test_a_reference_is_typed_with_its_sign(typed: str, reference: str) -> None:
    assert Asked(text=typed).reference == reference


def test_an_address_changes_in_one_part_and_begins_anew() -> None:
    asked = Asked(text="ipê", day=date(2026, 11, 20), page=4)

    assert asked.address() == "?q=ip%C3%AA&dia=2026-11-20"
    assert asked.address(ver="fila", dia="") == "?ver=fila&q=ip%C3%AA"
    assert asked.of_day(date(2026, 11, 24), TODAY) == "?q=ip%C3%AA"
    assert asked.of_day(date(2026, 11, 25), TODAY) == "?ver=proximos&q=ip%C3%AA"
