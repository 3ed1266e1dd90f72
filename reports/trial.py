"""A test: the report of given settings to the person who asks, the way that a real one would go. Calls no gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from agency.models import User
from agency.phones import forms_of
from connections import outbox, routing
from connections.models import Message
from connections.routing import Route
from reports import attachments, documents, numbers, text
from reports.attachments import Artist, File
from reports.models import ReportSettings
from reports.periods import local_day

#: Whoever asked for a test waits for it; an hour later it would only surprise.
MESSAGE_LIFE = timedelta(hours=1)


class NoPhone(Exception):
    """The person has no phone in their profile."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a click: the message, whether this click made it, what is missing of its numbers."""

    message: Message
    is_new: bool
    route: Route
    gaps: str
    #: What of its attachments could not be made, as a sentence; "" where nothing is missing.
    not_drawn: str = ""

    @property
    def is_to_itself(self) -> bool:
        """It goes to the very number that it comes from, whose phone will not tell."""
        sender = self.route.connection
        return sender is not None and self.message.to in forms_of(sender.phone)


def send(settings: ReportSettings, to: User, token: str, now: datetime | None = None) -> Trial:
    """Put the report of these settings, which need not be stored, into the outbox for one person, with its documents.

    The same form token twice is one test. Raises NoPhone, numbers.NoData.
    """
    now = now or timezone.now()
    if not to.phone:
        raise NoPhone
    gathered = numbers.gather(settings, now)
    data = numbers.known(gathered)
    client = settings.client
    key = f"test:{client.pk}:{token}"
    is_new = not Message.objects.filter(dedupe_key=key).exists()
    files: list[File] = []
    not_drawn = ""
    if is_new and (wanted := documents.wanted_of(settings)):
        artist = Artist(data, documents.letterhead(client.agency), local_day(now, client.zone), wanted)
        files = artist.files(reference="")
        not_drawn = attachments.not_drawn(artist.missing(files))
    text_of = outbox.Draft(
        agency=client.agency,
        client=client,
        kind=Message.Kind.TEST,
        subject=f"test:{token}",
        dedupe_key=key,
        to=to.phone,
        to_name=to.name[:80],
        compose=lambda reference: text.report_text(data, reference),
        expires_at=now + MESSAGE_LIFE,
    )
    message, *_ = outbox.enqueue_many([text_of, *documents.following(text_of, files, now)])
    route = routing.route_for(client.agency, client)
    return Trial(message, is_new, route, numbers.gap_sentence(gathered.gaps), not_drawn)
