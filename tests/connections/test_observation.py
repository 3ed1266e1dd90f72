"""What a reading of the gateway's state makes of a connection: the whole table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.advice import ACTIONS, advice_for
from connections.observation import (
    REASON_OF_CODE,
    Known,
    Outcomes,
    must_wait_for_session,
    observe,
    opened,
    pairing_is_over,
)
from connections.states import OPEN, SESSION_IS_GONE, Reason, Status

S, R = Status, Reason
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def known(
    status: Status = S.DISCONNECTED,
    reason: Reason = R.NEVER_CONNECTED,
    *,
    pairing: bool = False,
    qr: bool = False,
    session: bool = False,
) -> Known:
    return Known(status=status, reason=reason, is_pairing=pairing, has_qr=qr, has_session=session)


UP = known(S.CONNECTED, R.NONE, session=True)
TABLE = [
    ("open is open", known(), "open", None, (S.CONNECTED, R.NONE)),
    ("a scan opens it", known(S.AWAITING_SCAN, R.NONE, pairing=True, qr=True), "open", None, (S.CONNECTED, R.NONE)),
    ("recovery", known(S.DISCONNECTED, R.CLOSED, session=True), "open", None, (S.CONNECTED, R.NONE)),
    ("reconnecting", UP, "connecting", None, (S.CONNECTING, R.NONE)),
    ("a live QR", known(pairing=True, qr=True), "connecting", None, (S.AWAITING_SCAN, R.NONE)),
    ("no QR yet", known(pairing=True), "connecting", None, (S.CONNECTING, R.NONE)),
    ("a boot opens what nobody asked for", known(), "connecting", None, (S.DISCONNECTED, R.NEVER_CONNECTED)),
    ("abandoned QR", known(S.AWAITING_SCAN, R.NONE), "connecting", None, (S.DISCONNECTED, R.QR_EXPIRED)),
    ("closed for a moment", UP, "close", None, (S.CONNECTING, R.NONE)),
    ("removed on the phone", UP, "close", 401, (S.DISCONNECTED, R.LOGGED_OUT)),
    ("banned", UP, "close", 403, (S.DISCONNECTED, R.BLOCKED)),
    *(
        (f"fell by {code}", UP, "close", code, (S.DISCONNECTED, reason))
        for code, reason in {
            402: R.BLOCKED,
            406: R.BLOCKED,
            408: R.TIMED_OUT,
            428: R.CLOSED,
            440: R.REPLACED,
            463: R.SENDS_PAUSED,
            500: R.BAD_SESSION,
            503: R.UNAVAILABLE,
            515: R.RESTARTING,
            599: R.CLOSED,
        }.items()
    ),
    ("QR limit", known(S.AWAITING_SCAN, R.NONE, pairing=True, qr=True), "close", None, (S.DISCONNECTED, R.QR_EXPIRED)),
    ("about to open", known(pairing=True), "close", None, (S.CONNECTING, R.NONE)),
    ("still closed keeps its reason", known(S.DISCONNECTED, R.BY_USER), "close", 401, (S.DISCONNECTED, R.BY_USER)),
    ("abandoned, closed", known(S.AWAITING_SCAN, R.NONE), "close", None, (S.DISCONNECTED, R.QR_EXPIRED)),
    ("the instance is gone", UP, None, None, (S.DISCONNECTED, R.INSTANCE_MISSING)),
    ("gone, pairing makes a new one", known(pairing=True), None, None, (S.CONNECTING, R.NONE)),
    ("gone and was not up", known(S.DISCONNECTED, R.BY_USER), None, None, (S.DISCONNECTED, R.BY_USER)),
    ("booting says nothing", UP, "", None, (S.CONNECTED, R.NONE)),
    ("an unknown word says nothing", UP, "paused", None, (S.CONNECTED, R.NONE)),
]


@pytest.mark.parametrize(("name", "before", "state", "code", "after"), TABLE, ids=[row[0] for row in TABLE])
def test_observe(name: str, before: Known, state: str | None, code: int | None, after: tuple[Status, Reason]) -> None:
    assert observe(before, state, disconnection_code=code) == after


@pytest.mark.parametrize("before", [UP, known(S.CONNECTING, R.NONE, session=True), known(S.UNSTABLE, session=True)])
@pytest.mark.parametrize(
    ("seconds", "code", "after"),
    [
        (0, None, (S.CONNECTING, R.NONE)),
        (14.9, None, (S.CONNECTING, R.NONE)),
        (15, None, (S.DISCONNECTED, R.CLOSED)),
        (0, 401, (S.DISCONNECTED, R.LOGGED_OUT)),  # WhatsApp has said that it is over
        (900, 440, (S.DISCONNECTED, R.REPLACED)),
    ],
)
def test_a_session_is_closed_once_it_has_stayed_so(
    before: Known, seconds: float, code: int | None, after: tuple[Status, Reason]
) -> None:
    assert observe(before, "close", disconnection_code=code, away_for=timedelta(seconds=seconds)) == after


@pytest.mark.parametrize(
    ("outcomes", "after"),
    [
        (Outcomes(), (S.CONNECTED, R.NONE)),
        (Outcomes(stuck=1), (S.CONNECTED, R.NONE)),
        (Outcomes(stuck=2), (S.UNSTABLE, R.NOTHING_ARRIVES)),
        (Outcomes(is_paused=True), (S.RESTRICTED, R.SENDS_PAUSED)),
        (Outcomes(stuck=9, is_paused=True), (S.RESTRICTED, R.SENDS_PAUSED)),
    ],
)
@pytest.mark.parametrize("before", [UP, known(), known(S.UNSTABLE, R.NOTHING_ARRIVES, session=True)])
def test_what_is_open_is_judged_by_its_sends(before: Known, outcomes: Outcomes, after: tuple[Status, Reason]) -> None:
    assert observe(before, "open", outcomes=outcomes) == after


OBSERVATIONS = st.tuples(
    st.sampled_from(["open", "connecting", "close", None, "", "paused"]),
    st.sampled_from([None, 200, *REASON_OF_CODE]),
    st.builds(Outcomes, stuck=st.integers(0, 4), is_paused=st.booleans()),
)


@given(st.lists(OBSERVATIONS, min_size=1, max_size=40), st.booleans(), st.booleans())
def test_whatever_came_before_the_base_is_what_was_read_last(
    observations: list[tuple[str | None, int | None, Outcomes]], pairing: bool, qr: bool
) -> None:
    status, reason, session = S.DISCONNECTED, R.NEVER_CONNECTED, False
    for state, code, outcomes in observations:
        before = Known(status, reason, is_pairing=pairing, has_qr=qr, has_session=session)
        status, reason = observe(before, state, disconnection_code=code, outcomes=outcomes)
        session = status in OPEN or (session and reason not in SESSION_IS_GONE)
        if state == "open":
            assert status in OPEN
            assert (status, reason) == opened(outcomes)
        elif state in ("", "paused"):
            assert (status, reason) == (before.status, before.reason)  # nothing was learnt
        else:
            assert status not in OPEN
        # The same reading once more changes nothing: a storm of them cannot make it flap.
        again = Known(status, reason, is_pairing=pairing, has_qr=qr, has_session=session)
        assert observe(again, state, disconnection_code=code, outcomes=outcomes)[0] == status


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("reason", R)
def test_no_state_is_without_a_sentence_and_a_next_step(status: Status, reason: Reason) -> None:
    advice = advice_for(status, reason)

    assert advice.step.strip()
    assert advice.action in ACTIONS


@pytest.mark.parametrize(
    ("session", "seconds", "waits"),
    [(True, 0, True), (True, 14, True), (True, 15, False), (False, 0, False), (True, None, False)],
)
def test_a_session_gets_time_to_reconnect(session: bool, seconds: int | None, waits: bool) -> None:
    since = None if seconds is None else NOW - timedelta(seconds=seconds)

    assert must_wait_for_session(known(session=session), since, NOW) is waits


@pytest.mark.parametrize(
    ("before", "seconds", "over"),
    [
        (known(pairing=True), 59, None),
        (known(pairing=True), 61, R.QR_NEVER_CAME),
        (known(pairing=True, session=True), 61, None),
        (known(pairing=True, qr=True), 180, None),
        (known(pairing=True, qr=True), 181, R.QR_EXPIRED),
        (known(pairing=True, session=True), 181, R.CLOSED),
    ],
)
def test_a_pairing_ends(before: Known, seconds: int, over: Reason | None) -> None:
    assert pairing_is_over(before, NOW - timedelta(seconds=seconds), NOW) == over
