"""The message's state machine: what may follow what, and that nothing else may."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.models import Message
from connections.moves import SECOND_STAYED, ImpossibleMove, keep_from_leaving, move
from connections.states import NEXT, ON_ITS_WAY, REALLY_SENT, MessageStatus, may_follow
from tests.factories import make_message

S = MessageStatus
ALLOWED = {
    (S.QUEUED, S.SENDING),
    (S.QUEUED, S.CANCELLED),
    (S.QUEUED, S.EXPIRED),
    (S.QUEUED, S.FAILED),
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
    (S.EXPIRED, S.QUEUED),
}


@pytest.mark.parametrize("current", S)
@pytest.mark.parametrize("following", S)
def test_may_follow(current: MessageStatus, following: MessageStatus) -> None:
    assert may_follow(current, following) is ((current, following) in ALLOWED)


@pytest.mark.parametrize("current", S)
@pytest.mark.parametrize("following", S)
def test_may_follow_by_evidence(current: MessageStatus, following: MessageStatus) -> None:
    """What was queued again and is known to have left, or arrived, before does not leave again."""
    ended = (S.QUEUED, S.FAILED, S.EXPIRED, S.CANCELLED, S.UNCERTAIN)
    known = {(S.QUEUED, S.SENT)} | {(before, after) for before in ended for after in (S.DELIVERED, S.READ)}
    expected = (current, following) in ALLOWED | known

    assert may_follow(current, following, by_evidence=True) is expected


@given(st.lists(st.tuples(st.sampled_from(list(S)), st.booleans()), min_size=1, max_size=12))
def test_what_was_really_sent_never_comes_back_into_the_queue_without_failing_first(
    wishes: list[tuple[MessageStatus, bool]],
) -> None:
    path = [S.QUEUED]
    for wish, by_evidence in wishes:
        if may_follow(path[-1], wish, by_evidence=by_evidence):
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
def test_without_evidence_nothing_goes_from_the_queue_to_sent() -> None:
    message = make_message()

    with pytest.raises(ImpossibleMove):
        move(message.pk, S.QUEUED, S.SENT)

    assert Message.objects.get(pk=message.pk).status == S.QUEUED


@pytest.mark.django_db
@pytest.mark.parametrize("status", S)
def test_only_what_is_queued_is_kept_from_leaving(status: MessageStatus) -> None:
    message = make_message(status=status, decision="Enviado de novo por Rafaela.", reason="x")
    before = Message.objects.filter(pk=message.pk).values().get()

    kept = keep_from_leaving(message.pk, external_id="3EB0")

    after = Message.objects.filter(pk=message.pk).values().get()
    assert kept is (status is S.QUEUED)
    if kept:
        assert (after["status"], after["external_id"], after["reason"]) == (S.SENT, "3EB0", "")
        assert after["decision"] == f"Enviado de novo por Rafaela. {SECOND_STAYED}"
    else:
        assert after == before


@pytest.mark.django_db
def test_move_of_a_row_that_has_moved_on_changes_nothing() -> None:
    message = make_message(status=S.CANCELLED)

    assert move(message.pk, S.QUEUED, S.SENDING) is False
    assert Message.objects.get(pk=message.pk).status == S.CANCELLED
