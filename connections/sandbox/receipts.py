"""Tells the webhooks of a message: that it was sent, and each receipt as it comes. Decides no receipt."""

from __future__ import annotations

from connections.sandbox import answers, payloads
from connections.sandbox.inbox import Received
from connections.sandbox.store import Store


def announce_sent(store: Store, message: Received) -> None:
    """The event of the send leaves with the gateway's own row; without a row there is none, and no receipt either."""
    if not message.is_recorded:
        return
    now = store.now()
    store.announce(
        message.instance,
        "SEND_MESSAGE",
        answers.sent(message),
        delay=message.recorded_at - now,
        number=message.jid,
    )
    for status, at in message.receipts:
        _announce(store, message, status, at - now)


def read(store: Store, *, to: str = "", key: str = "") -> int:
    """A person reads what came to this phone, or one message; how many there were to read."""
    messages = store.inbox.read(to=to, key=key)
    for message in messages:
        _announce(store, message, "READ", 0.0)
    if messages:
        store.events.add("MESSAGES_UPDATE", f"READ  {len(messages)}  {messages[-1].id}")
    return len(messages)


def _announce(store: Store, message: Received, status: str, delay: float) -> None:
    data = payloads.message_updated(message, status)
    store.announce(message.instance, "MESSAGES_UPDATE", data, delay=delay, number=message.jid)
