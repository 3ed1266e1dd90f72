"""Support's console for connections and messages: to see and to set right, never to invent. No secret in any column."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from agency.phones import show_phone
from connections import admin_orphans, outbox
from connections.models import (
    Attempt,
    GatewayState,
    Message,
    MessageStatus,
    WebhookEvent,
    WebhookTally,
    WhatsAppConnection,
)

__all__ = ["admin_orphans"]  # registers itself

#: A message that support queues once more has this long to leave.
RETRY_LIFE = timedelta(hours=24)


class ReadOnly:
    """Rows that the product writes and support only reads."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ConnectionProblemFilter(admin.SimpleListFilter):
    title = "problema"
    parameter_name = "problema"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("caiu", "Caiu"), ("parado", "Conectando há mais de 10 min"), ("cego", "Sem leitura há mais de 10 min")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WhatsAppConnection]) -> QuerySet[WhatsAppConnection]:
        old = timezone.now() - timedelta(minutes=10)
        if self.value() == "caiu":
            return queryset.filter(status="disconnected").exclude(connected_at=None).exclude(reason="by_user")
        if self.value() == "parado":
            return queryset.filter(status="connecting").filter(Q(disconnected_at__lt=old) | Q(pairing_since__lt=old))
        if self.value() == "cego":
            return queryset.exclude(instance_id="").filter(Q(last_seen_at__lt=old) | Q(last_seen_at=None))
        return queryset


@admin.register(WhatsAppConnection)
class WhatsAppConnectionAdmin(ReadOnly, admin.ModelAdmin[WhatsAppConnection]):
    list_display = ("instance_name", "agency", "client", "status", "reason", "number", "connected_at", "last_seen_at")
    list_filter = (ConnectionProblemFilter, "status")
    list_select_related = ("agency", "client")
    search_fields = ("instance_name", "phone", "agency__name", "client__search_text")
    exclude = ("token", "webhook_secret", "qr_code")

    @admin.display(description="número", ordering="phone")
    def number(self, connection: WhatsAppConnection) -> str:
        return show_phone(connection.phone)


class MessageProblemFilter(admin.SimpleListFilter):
    title = "problema"
    parameter_name = "problema"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("algum", "Algum problema"),
            ("atrasada", "Na fila e atrasada"),
            ("reserva", "Saiu pelo número da agência"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        if self.value() == "algum":
            return queryset.filter(status__in=[MessageStatus.FAILED, MessageStatus.UNCERTAIN, MessageStatus.EXPIRED])
        if self.value() == "atrasada":
            late = timezone.now() - timedelta(minutes=5)
            return queryset.filter(status=MessageStatus.QUEUED, created_at__lt=late).exclude(reason="")
        if self.value() == "reserva":
            return queryset.filter(by_agency_number=True).exclude(client=None)
        return queryset


class AttemptInline(ReadOnly, admin.TabularInline[Attempt, Message]):
    model = Attempt
    fields = ("started_at", "finished_at", "instance_name", "is_fallback", "fallback_reason", "outcome", "error_code")
    readonly_fields = fields


@admin.register(Message)
class MessageAdmin(ReadOnly, admin.ModelAdmin[Message]):
    list_display = ("created_at", "reference", "agency", "client", "kind", "recipient", "status", "reason", "tries")
    list_filter = (MessageProblemFilter, "status", "kind")
    list_select_related = ("agency", "client")
    search_fields = ("reference", "to", "external_id", "agency__name", "client__search_text")
    date_hierarchy = "created_at"
    inlines = (AttemptInline,)
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("body")

    @admin.display(description="para", ordering="to")
    def recipient(self, message: Message) -> str:
        return show_phone(message.to)

    @admin.action(description="Tentar de novo (só o que falhou ou expirou)")
    def try_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        expires_at = timezone.now() + RETRY_LIFE
        total = queryset.count()
        again = sum(outbox.try_again(message, expires_at=expires_at) for message in queryset)
        self.message_user(request, f"{again} de {total} voltaram para a fila.", messages.SUCCESS)
        if again < total:
            text = "O que pode ter saído, ou já saiu, não é reenviado por aqui."
            self.message_user(request, text, messages.WARNING)


@admin.register(GatewayState)
class GatewayStateAdmin(ReadOnly, admin.ModelAdmin[GatewayState]):
    list_display = ("__str__", "timeouts", "halted_at", "probe_at")


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnly, admin.ModelAdmin[WebhookEvent]):
    list_display = ("received_at", "connection", "event", "data", "done_at", "outcome")
    list_filter = ("event", "outcome")
    list_select_related = ("connection",)
    search_fields = ("connection__instance_name",)
    date_hierarchy = "received_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        return super().get_queryset(request).defer("connection__token", "connection__webhook_secret")


@admin.register(WebhookTally)
class WebhookTallyAdmin(ReadOnly, admin.ModelAdmin[WebhookTally]):
    list_display = ("day", "kind", "count")
    list_filter = ("kind",)
