"""Rows for tests, made by plain functions with defaults; what a test is about is passed by name."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from django.utils import timezone

from agency.models import Agency, Client, Membership, User
from connections import outbox
from connections.models import GroupList, Message, WhatsAppConnection, WhatsAppGroup

_numbers = itertools.count(1)


def make_agency(**fields: Any) -> Agency:
    fields.setdefault("name", f"Agência {next(_numbers)}")
    return Agency.objects.create(**fields)


def make_user(*, agency: Agency | None = None, role: str = Membership.Role.GESTOR, **fields: Any) -> User:
    """A person with the password "senha-de-teste" and a verified address; without `agency`, of no agency."""
    from allauth.account.models import EmailAddress

    number = next(_numbers)
    fields.setdefault("email", f"pessoa{number}@agencia.exemplo")
    fields.setdefault("name", f"Pessoa {number}")
    user = User.objects.create_user(password="senha-de-teste", **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if agency is not None:
        Membership.objects.create(user=user, agency=agency, role=role)
    return user


def make_client(*, agency: Agency | None = None, **fields: Any) -> Client:
    fields.setdefault("name", f"Cliente {next(_numbers)}")
    return Client.objects.create(agency=agency or make_agency(), **fields)


def make_connection(*, agency: Agency, client: Client | None = None, **fields: Any) -> WhatsAppConnection:
    """A connected number that exists at the gateway, unless `fields` says otherwise."""
    number = next(_numbers)
    owner = client or agency
    fields.setdefault("instance_name", f"adscape_{'c_' if client else ''}{owner.pk.hex[:12]}")
    fields.setdefault("instance_id", f"instance-{number}")
    fields.setdefault("token", f"TOKEN-{number}")
    fields.setdefault("status", "connected")
    connected = fields["status"] == "connected"
    fields.setdefault("reason", "" if connected else "closed")
    fields.setdefault("has_session", connected)
    fields.setdefault("phone", f"+55119{90000000 + number}")
    fields.setdefault("connected_at", timezone.now() - timedelta(days=3) if connected else None)
    fields.setdefault("last_seen_at", timezone.now())
    return WhatsAppConnection.objects.create(agency=agency, client=client, **fields)


def make_message(*, agency: Agency | None = None, client: Client | None = None, **fields: Any) -> Message:
    """A queued message, due now; status and the like are written over afterwards, past the state machine."""
    number = next(_numbers)
    agency = agency or (client.agency if client else make_agency())
    message = outbox.enqueue(
        agency=agency,
        client=client,
        kind=fields.pop("kind", Message.Kind.TEST),
        subject=fields.pop("subject", f"test:{number}"),
        dedupe_key=fields.pop("dedupe_key", f"test:{number}"),
        to=fields.pop("to", "+5511988887777"),
        compose=fields.pop("compose", lambda reference: f"Olá\n_#{reference}_"),
        expires_at=fields.pop("expires_at", timezone.now() + timedelta(hours=6)),
    )
    if fields:
        Message.objects.filter(pk=message.pk).update(**fields)
        message.refresh_from_db()
    return message


def make_list(connection: WhatsAppConnection, *jids: str, **fields: Any) -> list[WhatsAppGroup]:
    """The list of this number's groups, read now unless `fields` (of GroupList) says otherwise; each of 14 people."""
    fields.setdefault("phone", connection.phone)
    fields.setdefault("fetched_at", timezone.now())
    GroupList.objects.update_or_create(connection=connection, defaults=fields)
    return [
        WhatsAppGroup.objects.create(connection=connection, jid=jid, subject=f"Grupo {number}", size=14)
        for number, jid in enumerate(jids, 1)
    ]
