"""What may be wrong with a connection, as filters of its list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from agency.cards import RECEIPT_EXPECTED
from connections import falls
from connections.models import Message, MessageStatus, Status, WebhookEvent, WhatsAppConnection

#: As long as webhook events are kept; of what is older nobody knows whether one came.
_LATELY = timedelta(days=7)
#: Beat looks every six hours.
_NOT_CHECKED = timedelta(days=1)


class ConnectionProblemFilter(admin.SimpleListFilter):
    title = "problema"
    parameter_name = "problema"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("caiu", "Caiu e ninguém reconectou"),
            ("instavel", "Instável ou restrito"),
            ("webhook", "Webhook quebrado"),
            ("parado", "Conectando há mais de 10 min"),
            ("cego", "Sem leitura há mais de 10 min"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WhatsAppConnection]) -> QuerySet[WhatsAppConnection]:
        now = timezone.now()
        old = now - timedelta(minutes=10)
        if self.value() == "caiu":
            return queryset.filter(status=Status.DISCONNECTED, pk__in=falls.unwanted().values("pk"))
        if self.value() == "instavel":
            return queryset.filter(status__in=[Status.UNSTABLE, Status.RESTRICTED])
        if self.value() == "webhook":
            return queryset.exclude(instance_id="").filter(_webhook_is_broken(now))
        if self.value() == "parado":
            return queryset.filter(status="connecting").filter(Q(disconnected_at__lt=old) | Q(pairing_since__lt=old))
        if self.value() == "cego":
            return queryset.exclude(instance_id="").filter(Q(last_seen_at__lt=old) | Q(last_seen_at=None))
        return queryset


def _webhook_is_broken(now: datetime) -> Q:
    """Not looked at for a day, or a receipt is overdue and nothing at all has come since that message left."""
    heard = WebhookEvent.objects.filter(connection=OuterRef("connection"), received_at__gt=OuterRef("sent_at"))
    overdue = Message.objects.filter(
        ~Exists(heard),
        connection=OuterRef("pk"),
        status=MessageStatus.SENT,
        awaits_receipt=True,
        sent_at__lt=now - RECEIPT_EXPECTED,
        sent_at__gt=now - _LATELY,
    )
    not_checked = Q(webhook_checked_at=None) | Q(webhook_checked_at__lt=now - _NOT_CHECKED)
    return not_checked | Q(Exists(overdue))
