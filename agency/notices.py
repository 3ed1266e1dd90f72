"""What a person must know, said once: the one function that other apps call, and its undoing. Sends nothing itself.

An open notice per subject: a subject that is raised again while it is open changes its words and stays the same notice.
The copy by WhatsApp is the affair of `connections`, the copy by e-mail of `agency.notice_mail`.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from agency.models import Agency, Client, Notice

Level = Notice.Level


@transaction.atomic
def raise_notice(
    agency: Agency,
    subject: str,
    *,
    title: str,
    text: str = "",
    level: Level = Level.WARN,
    client: Client | None = None,
    url: str = "",
    action: str = "",
) -> Notice:
    """Tell the agency's people of `subject` (such as `report:<id>`), in the caller's transaction where there is one.

    `title`, `text` and `action` are pt-BR, `url` a path of the product. Words of an open notice are written over; it
    becomes unread, and is mailed, again only where its title changed.
    """
    words: dict[str, Any] = {
        "title": title[:160],
        "text": text[:300],
        "level": level,
        "client": client,
        "url": url,
        "action": action,
    }
    notice, is_new = Notice.objects.get_or_create(agency=agency, subject=subject, closed_at=None, defaults=words)
    if is_new:
        return notice
    if notice.title != words["title"]:
        words |= {"raised_at": timezone.now(), "mailed_at": None, "mail_claimed_at": None}
    Notice.objects.filter(pk=notice.pk).update(**words)
    notice.refresh_from_db()
    return notice


def resolve(agency: Agency, subject: str, *, outcome: str = "") -> bool:
    """Close the open notice of a subject, saying in pt-BR how it ended; False where there is none."""
    still_open = Notice.objects.filter(agency=agency, subject=subject, closed_at=None)
    return still_open.update(closed_at=timezone.now(), outcome=outcome[:200]) == 1
