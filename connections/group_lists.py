"""The groups of a number: asks for their list, reads it from the gateway, keeps it. Sends nothing.

WhatsApp takes half a minute and more, and limits how often it is asked. So the row says that a list is wanted, Celery
is only the bell, a claim keeps two workers from reading the same, and what was read is kept for hours (`groups_rule`).
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection as database
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from connections import tasks  # as a module: it imports services that ring through this one
from connections.evolution import EvolutionError
from connections.gateway import evolution, watched
from connections.groups_rule import CLAIM, LEAST_BETWEEN, GroupFacts, ListProblem, problem_of
from connections.models import GroupList, WhatsAppConnection, WhatsAppGroup
from connections.routing import is_in

logger = logging.getLogger(__name__)

_FACTS = ("subject", "size", "only_admins", "is_community")


def want(connection: WhatsAppConnection, *, older_than: timedelta, now: datetime | None = None) -> bool:
    """Have the list read, where it is older than that, or is none, or is of another phone; False where nothing is done.

    One that is wanted already, or was read or could not be read a moment ago, is left alone.
    """
    now = now or timezone.now()
    GroupList.objects.get_or_create(connection=connection)
    is_old = Q(fetched_at=None) | Q(fetched_at__lt=now - older_than) | ~Q(phone=connection.phone)
    may_ask = Q(failed_at=None) | Q(failed_at__lt=now - LEAST_BETWEEN)
    rows = GroupList.objects.filter(is_old, may_ask, connection=connection, wanted_at=None)
    wanted = rows.update(wanted_at=now) == 1
    if wanted:
        transaction.on_commit(lambda: tasks.ring_for_groups(connection.pk), robust=True)
    return wanted


def due(now: datetime | None = None) -> list[uuid.UUID]:
    """Connections whose list is wanted and which nobody is reading: beat's ring for lost bells."""
    return list(_free(now or timezone.now()).order_by("wanted_at").values_list("connection", flat=True)[:100])


def fetch(connection_pk: uuid.UUID) -> None:
    """Read a list that is wanted, unless somebody is at it. The call holds neither a transaction nor a database
    connection."""
    now = timezone.now()
    claim = now + CLAIM
    if not _free(now).filter(connection=connection_pk).update(claimed_until=claim):
        return
    mine = GroupList.objects.filter(connection=connection_pk, claimed_until=claim)
    connection = WhatsAppConnection.objects.get(pk=connection_pk)
    if not connection.is_open:
        _fail(mine, ListProblem.NOT_CONNECTED)
        return
    if not database.in_atomic_block:
        database.close()
    try:
        with watched():
            found = evolution().list_groups(connection.instance_name)
    except EvolutionError as error:
        logger.warning("groups of %s not listed: %s", connection.instance_name, error)
        _fail(mine, problem_of(error.code))
        return
    _store(mine, connection, found)


def has_left(connection: WhatsAppConnection, jid: str, *, since: datetime) -> bool:
    """Whether a list that was read after that moment shows that this number is not in the group."""
    read = GroupList.objects.filter(connection=connection, phone=F("connection__phone"), fetched_at__gt=since)
    return read.exists() and not is_in(connection, jid)


def _free(now: datetime) -> QuerySet[GroupList]:
    return GroupList.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), wanted_at__isnull=False)


def _fail(mine: QuerySet[GroupList], problem: ListProblem) -> None:
    mine.update(claimed_until=None, wanted_at=None, failed_at=timezone.now(), problem=problem)


@transaction.atomic
def _store(mine: QuerySet[GroupList], connection: WhatsAppConnection, found: Iterable[GroupFacts]) -> None:
    """All of it or nothing; where the claim was lost meanwhile, nothing: whoever has it reads anew."""
    now = timezone.now()
    read = {"phone": connection.phone, "fetched_at": now, "failed_at": None, "problem": ListProblem.NONE}
    if not mine.update(claimed_until=None, wanted_at=None, **read):
        return
    rows = [
        WhatsAppGroup(connection=connection, jid=group.jid, **{name: getattr(group, name) for name in _FACTS})
        for group in found
    ]
    WhatsAppGroup.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["connection", "jid"], update_fields=_FACTS, batch_size=500
    )
    WhatsAppGroup.objects.filter(connection=connection).exclude(jid__in=[row.jid for row in rows]).delete()
