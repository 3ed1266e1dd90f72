"""What a pairing does with what the gateway offers: which QR or code is fresh, and when it was refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connections.observation import QR_LIFE

#: How long a pairing by code may go without one; the gateway gives it in a few seconds, or WhatsApp refuses it.
REFUSED_AFTER = timedelta(seconds=25)
#: A QR that nothing newer has followed for so long, while the gateway goes on waiting, was read by a phone.
READ_AFTER = QR_LIFE + timedelta(seconds=20)
#: How long what was read because a webhook told of it is shown without asking the gateway again.
TOLD_FOR = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the gateway offers to be read or typed; "" for what it does not."""

    qr: str
    code: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What was offered before: of this pairing where `is_of_this`, else of an earlier one."""

    qr: str
    code: str
    is_of_this: bool


def is_fresh(offer: Offer, shown: Shown, *, by_code: bool, was_closed: bool) -> bool:
    """Whether to show it: the gateway may offer the dead one of an earlier pairing until the new one is there."""
    if not (offer.code if by_code else offer.qr):
        return False
    same = (offer.qr, offer.code) == (shown.qr, shown.code) if by_code else offer.qr == shown.qr
    return not same or (not was_closed and not shown.is_of_this)


def was_refused(asked_at: datetime, now: datetime) -> bool:
    """Whether WhatsApp gives no code for this number, of a pairing by code that has none yet."""
    return now - asked_at > REFUSED_AFTER


def was_read(shown_at: datetime | None, now: datetime) -> bool:
    """Whether a phone has read the QR and nothing came of it: the gateway renews one that nobody reads.

    `shown_at`: since when it has been the newest; None where there is none.
    """
    return shown_at is not None and now - shown_at > READ_AFTER


def is_up_to_date(
    told_at: datetime | None, now: datetime, *, pairing_since: datetime | None, qr_at: datetime | None
) -> bool:
    """Whether the stored state may be shown without asking the gateway: a webhook had it read at `told_at`, lately.

    A pairing goes on only by asking: not while it is younger than that, has no QR yet, or one that has run out.
    """
    if told_at is None or now - told_at > TOLD_FOR:
        return False
    if pairing_since is None:
        return True
    return qr_at is not None and pairing_since <= min(qr_at, told_at) and now - qr_at <= QR_LIFE


def show_code(code: str) -> str:
    """`K7QF3XMA` as it is typed: `K7QF-3XMA`."""
    return f"{code[:4]}-{code[4:]}" if len(code) == 8 else code
