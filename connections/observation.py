"""What a reading of the gateway's state makes of a connection. Pure: (what was known, what was read) → what is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connections.states import Reason, Status

#: `close` is also what a session shows for a moment while it reconnects; only after this long is it really closed,
#: unless WhatsApp has said why it ended.
RECONNECT_GRACE = timedelta(seconds=15)
#: WhatsApp replaces a QR after this long; the gateway then offers the next one.
QR_LIFE = timedelta(seconds=45)
#: How long a QR is offered before the person is asked whether to go on.
PAIRING_TIME = timedelta(minutes=3)
#: How long a pairing may go without any QR: the gateway usually brings one in two seconds.
QR_MUST_COME_IN = timedelta(minutes=1)
#: What WhatsApp's code for the end of a connection means.
#: https://github.com/WhiskeySockets/Baileys/blob/master/src/Types/index.ts (DisconnectReason)
REASON_OF_CODE = {
    401: Reason.LOGGED_OUT,
    402: Reason.BLOCKED,
    403: Reason.BLOCKED,
    406: Reason.BLOCKED,
    408: Reason.TIMED_OUT,
    428: Reason.CLOSED,
    440: Reason.REPLACED,
    463: Reason.SENDS_PAUSED,
    500: Reason.BAD_SESSION,
    503: Reason.UNAVAILABLE,
    515: Reason.RESTARTING,
}
#: To so many people nothing arrives, and nothing has since, before a number counts as unstable: one phone that is
#: switched off says nothing of the number that writes to it.
STUCK = 2


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of the sends since the connection was last opened.

    `stuck` counts the people whom something should have reached long ago, where nothing has reached anybody since;
    `is_paused`: WhatsApp refused a message, and the number rests.
    """

    stuck: int = 0
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored about a connection before the reading."""

    status: Status
    reason: Reason
    is_pairing: bool
    has_qr: bool
    #: The phone may still hold this device: a second socket of the same session must not be opened.
    has_session: bool


def observe(
    known: Known,
    state: str | None,
    *,
    disconnection_code: int | None = None,
    away_for: timedelta = timedelta(0),
    outcomes: Outcomes = Outcomes(),
) -> tuple[Status, Reason]:
    """The new status and its reason after reading `state` from the gateway.

    `state` is "open", "connecting", "close", None (unknown instance) or "" (the gateway is booting: nothing is learnt).
    What the gateway says is the base; `outcomes` only tell whether what is open can be used. `away_for` is how long the
    session has not been open: zero where it was until this reading.
    """
    if state == "open":
        return opened(outcomes)
    if state == "connecting":
        return _connecting(known)
    if state == "close":
        return _closed(known, disconnection_code, away_for)
    if state is None and known.is_pairing:
        return Status.CONNECTING, Reason.NONE
    if state is None and known.status != Status.DISCONNECTED:
        return Status.DISCONNECTED, Reason.INSTANCE_MISSING
    return known.status, known.reason


def opened(outcomes: Outcomes) -> tuple[Status, Reason]:
    """What an open connection is, by what became of its sends."""
    if outcomes.is_paused:
        return Status.RESTRICTED, Reason.SENDS_PAUSED
    if outcomes.stuck >= STUCK:
        return Status.UNSTABLE, Reason.NOTHING_ARRIVES
    return Status.CONNECTED, Reason.NONE


def _connecting(known: Known) -> tuple[Status, Reason]:
    if known.is_pairing:
        return (Status.AWAITING_SCAN if known.has_qr else Status.CONNECTING), Reason.NONE
    if known.has_session:
        return Status.CONNECTING, Reason.NONE
    if known.status == Status.DISCONNECTED:
        return known.status, known.reason  # a gateway that boots opens instances by itself; nobody waits for that QR
    return Status.DISCONNECTED, Reason.QR_EXPIRED


def _closed(known: Known, disconnection_code: int | None, away_for: timedelta) -> tuple[Status, Reason]:
    if known.is_pairing:
        return (Status.DISCONNECTED, Reason.QR_EXPIRED) if known.has_qr else (Status.CONNECTING, Reason.NONE)
    if known.status == Status.DISCONNECTED:
        return known.status, known.reason
    if known.has_session:
        if disconnection_code is None and away_for < RECONNECT_GRACE:
            return Status.CONNECTING, Reason.NONE
        return Status.DISCONNECTED, REASON_OF_CODE.get(disconnection_code or 0, Reason.CLOSED)
    return Status.DISCONNECTED, Reason.QR_EXPIRED


def must_wait_for_session(known: Known, disconnected_at: datetime | None, now: datetime) -> bool:
    """Whether a closed instance may be about to reconnect by itself, so that `/connect` would open a second socket."""
    return known.has_session and disconnected_at is not None and now - disconnected_at < RECONNECT_GRACE


def pairing_is_over(known: Known, since: datetime, now: datetime) -> Reason | None:
    """Why a pairing begun at `since` has lasted long enough, None while it may go on. A person may begin another."""
    if now - since > PAIRING_TIME:
        return Reason.QR_EXPIRED if known.has_qr else Reason.CLOSED
    if now - since > QR_MUST_COME_IN and not known.has_qr and not known.has_session:
        return Reason.QR_NEVER_CAME
    return None
