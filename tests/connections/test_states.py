"""The message's state machine: what may follow what, and that nothing else may."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.models import Message
from connections.moves import ImpossibleMove, move
from connections.states import NEXT, ON_ITS_WAY, REALLY_SENT, MessageStatus, may_follow
from tests.factories import make_message

S = MessageStatus
ALLOWED = {
    (S.QUEUED, S.SENDING),
    (S.QUEUED, S.CANCELLED),
    (S.QUEUED, S.EXPIRED),
    (S.QUEUED, S.FAILED),
    (S.QUEUED, S.DELIVERED),
    (S.QUEUED, S.READ),
    (S.SENDING, S.SENT),
    (S.SENDING, S.QUEUED),
    (S.SENDING, S.FAILED),
    (S.SENDING, S.UNCERTAIN),
    (S.UNCERTAIN, S.SENT),
    (S.UNCERTAIN, S.QUEUED),
    (S.SENT, S.DELIVERED),
    (S.SENT, S.READ),
    (S.SENT, S.FAILED),
    (S.DELIVERED, S.READ),
    (S.FAILED, S.QUEUED),
    (S.FAILED, S.DELIVERED),
    (S.FAILED, S.READ),
    (S.EXPIRED, S.QUEUED),
}


@pytest.mark.parametrize("current", S)
@pytest.mark.parametrize("following", S)
def test_may_follow(current: MessageStatus, following: MessageStatus) -> None:
    assert may_follow(current, following) is ((current, following) in ALLOWED)


@given(st.lists(st.sampled_from(list(S)), min_size=1, max_size=12))
def test_what_was_really_sent_never_comes_back_into_the_queue_without_failing_first(
    wishes: list[MessageStatus],
) -> None:
    path = [S.QUEUED]
    for wish in wishes:
        if may_follow(path[-1], wish):
            path.append(wish)

    for before, after in itertools.pairwise(path):
        assert not (before in REALLY_SENT and after in ON_ITS_WAY)


def test_every_status_has_a_row() -> None:
    assert set(NEXT) == set(S)


@pytest.mark.django_db
def test_move_refuses_the_impossible() -> None:
    message = make_message(status=S.SENT)

    with pytest.raises(ImpossibleMove):
        move(message.pk, S.SENT, S.QUEUED)

    assert Message.objects.get(pk=message.pk).status == S.SENT


@pytest.mark.django_db
def test_move_of_a_row_that_has_moved_on_changes_nothing() -> None:
    message = make_message(status=S.CANCELLED)

    assert move(message.pk, S.QUEUED, S.SENDING) is False
    assert Message.objects.get(pk=message.pk).status == S.CANCELLED
