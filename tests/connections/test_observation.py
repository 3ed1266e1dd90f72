"""What a reading of the gateway's state makes of a connection: the whole table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connections.observation import Known, must_wait_for_session, observe, pairing_is_over
from connections.states import Reason, Status

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
    ("fell", UP, "close", None, (S.DISCONNECTED, R.CLOSED)),
    ("removed on the phone", UP, "close", 401, (S.DISCONNECTED, R.LOGGED_OUT)),
    ("banned", UP, "close", 403, (S.DISCONNECTED, R.CLOSED)),
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
