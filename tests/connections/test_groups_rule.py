"""What a list of groups says, as tables: which rows are groups, who may write, what a failure means."""

from __future__ import annotations

from typing import Any

import pytest

from connections.classification import Code
from connections.groups_rule import GroupFacts, ListProblem, groups_of, problem_of
from tests.connections.recorded import recorded

JID = "120363025246125486@g.us"
ROW = {"id": JID, "subject": "Obra Serra Azul", "size": 14, "announce": False, "isCommunity": False}


def test_the_recorded_list() -> None:
    answer = recorded("numbers_and_groups.json", "fetchAllGroups false")

    assert groups_of(answer["json"]) == [
        GroupFacts(JID, "Relatórios Cliente X", 4, only_admins=False, is_community=False),
        GroupFacts("120363025246125999@g.us", "Equipe Agência", 3, only_admins=False, is_community=False),
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"announce": True}, GroupFacts(JID, "Obra Serra Azul", 14, only_admins=True, is_community=False)),
        ({"isCommunityAnnounce": True}, GroupFacts(JID, "Obra Serra Azul", 14, only_admins=True, is_community=True)),
        ({"subject": "  Obra\n 🌽 "}, GroupFacts(JID, "Obra 🌽", 14, only_admins=False, is_community=False)),
        ({"subject": None}, GroupFacts(JID, "Grupo sem nome", 14, only_admins=False, is_community=False)),
        ({"size": None}, GroupFacts(JID, "Obra Serra Azul", 0, only_admins=False, is_community=False)),
        (
            {"id": "5531987654321-1400000000@g.us"},
            GroupFacts("5531987654321-1400000000@g.us", "Obra Serra Azul", 14, only_admins=False, is_community=False),
        ),
        ({"isCommunity": True}, None),
        ({"id": "5531987654321@s.whatsapp.net"}, None),
        ({"id": None}, None),
        ({"id": f"{'1' * 70}@g.us"}, None),
    ],
)
def test_one_row(changed: dict[str, Any], expected: GroupFacts | None) -> None:
    assert groups_of([ROW | changed]) == ([expected] if expected else [])


def test_a_row_that_is_none_and_one_that_comes_twice() -> None:
    assert [group.jid for group in groups_of([None, "x", ROW, ROW])] == [JID]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (Code.CONNECTION_CLOSED, ListProblem.NOT_CONNECTED),
        (Code.INSTANCE_MISSING, ListProblem.NOT_CONNECTED),
        (Code.NOT_LOADED, ListProblem.NOT_CONNECTED),
        (Code.TIMEOUT, ListProblem.SLOW),
        (Code.UNREACHABLE, ListProblem.AWAY),
        (Code.CUT_OFF, ListProblem.AWAY),
        (Code.UNKNOWN_ANSWER, ListProblem.LIMITED),
    ],
)
def test_what_a_failure_means(code: Code, problem: ListProblem) -> None:
    assert problem_of(code) is problem
    assert problem.label.endswith(".")
