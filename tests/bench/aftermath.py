"""After the chaos: waits until the outbox has settled, lets a person answer, and compares it with the phones."""

from __future__ import annotations

import re
import time
import uuid
from collections import Counter
from contextlib import suppress
from typing import Any

from tests.bench import people
from tests.bench.servers import say
from tests.bench.stage import Sandbox

_REFERENCE = re.compile(r"#([2-9A-HJ-NP-TV-Z]{6})\b")
#: Seconds after which no receipt comes any more: WhatsApp may refuse afterwards what the gateway has taken.
LATE_RECEIPT = 6.0
SENT = ("sent", "delivered", "read")


class Watch:
    """Remembers which messages were uncertain at any look."""

    def __init__(self) -> None:
        self.uncertain: set[uuid.UUID] = set()

    def look(self) -> None:
        from django.db import DatabaseError, connections

        from connections.models import Message

        with suppress(DatabaseError):
            self.uncertain |= set(Message.objects.filter(status="uncertain").values_list("pk", flat=True))
            return
        connections.close_all()


def _found(look: Any) -> Any:
    """What `look` finds. PostgreSQL may have been restarted since the last look: each connection of the pool that was
    cut by it fails once."""
    from django.db import OperationalError, connections

    for _ in range(100):
        try:
            return look()
        except OperationalError:
            connections.close_all()
            time.sleep(0.1)
    raise SystemExit("PostgreSQL does not answer after its restart.")


def settle(sandbox: Sandbox, seen: Watch, patience: float) -> set[uuid.UUID]:
    """Until every message was sent; the ones that a person was asked about. Gives up after so many seconds."""
    from django.db.models import Count

    from agency.models import User
    from connections.models import Message

    person = User.objects.get(pk=_found(lambda: User.objects.get(email="caos@bench.exemplo").pk))
    asked: set[uuid.UUID] = set()
    deadline, said, well_since = time.monotonic() + patience, "", None
    while time.monotonic() < deadline and (well_since is None or time.monotonic() < well_since + LATE_RECEIPT):
        seen.look()
        found = dict(Message.objects.values_list("status").annotate(Count("pk")).order_by())
        if said != (said := str(found)):
            say(f"chaos: {found}")
        if set(found) <= set(SENT):
            well_since = well_since or time.monotonic()
        else:
            well_since = None
            if not Message.objects.filter(status__in=["queued", "sending"]).exists():
                asked |= _answer(sandbox, person)
                if tried := people.try_again():
                    say(f"chaos: {tried} failed or expired, tried again")
        time.sleep(0.5)
    return asked


def _answer(sandbox: Sandbox, person: Any) -> set[uuid.UUID]:
    from connections.models import Message

    waiting = set(Message.objects.filter(status="uncertain", check_at=None).values_list("pk", flat=True))
    if without := waiting - _with_notice():
        raise SystemExit(f"{len(without)} uncertain messages of which no notice tells: {sorted(map(str, without))[:5]}")
    return set(people.decide(person, set(on_phones(sandbox))))  # type: ignore[arg-type]


def _with_notice() -> set[uuid.UUID]:
    from agency.models import Notice
    from connections import problems

    subjects = Notice.objects.filter(closed_at=None, subject__startswith=problems.UNCERTAIN)
    return {
        uuid.UUID(subject.removeprefix(problems.UNCERTAIN)) for subject in subjects.values_list("subject", flat=True)
    }


def on_phones(sandbox: Sandbox) -> Counter[str]:
    """How often each reference is on a phone."""
    texts = [one["text"] for one in sandbox.ask("GET", "messages")["messages"]]
    return Counter(reference for text in texts for reference in _REFERENCE.findall(text))


def verdict(sandbox: Sandbox) -> dict[str, int]:
    from connections.models import Message

    phones = on_phones(sandbox)
    messages = list(Message.objects.prefetch_related("attempts"))
    lost = [one for one in messages if not phones[one.reference]]
    doubled = [one for one in messages if phones[one.reference] > 1]
    for word, some in (("LOST", lost), ("TWICE", doubled)):
        for message in some:
            say(f"chaos: {word} {_story(message, sandbox)}")
    return {
        "messages": len(messages),
        "sent": sum(one.status in SENT for one in messages),
        "lost": len(lost),
        "duplicated": len(doubled),
    }


def _story(message: Any, sandbox: Sandbox) -> str:
    """All that is known of one message, for whoever looks for the cause."""
    told = f"#{message.reference} {message.status} due {message.due_at:%T} “{message.reason}” {message.external_id}"
    for one in message.attempts.all():
        ended = f"{one.finished_at:%T.%f}" if one.finished_at else "never"
        told += f"\n    {one.started_at:%T.%f} to {ended} {one.instance_name} {one.outcome} {one.error_code}"
    for one in sandbox.ask("GET", "sent")["messages"]:
        if f"#{message.reference}" in one["text"]:
            told += f"\n    phone: {one['at']} {one['instance']} arrived {one['arrived']} {one['receipts']} {one['id']}"
    return told
