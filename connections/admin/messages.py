"""Messages and the tries at them; what certainly did not leave can be queued once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from connections import outbox
from connections.admin.readonly import ReadOnly, whom
from connections.models import Attempt, Message, MessageStatus

#: A message that support queues once more has this long to leave.
RETRY_LIFE = timedelta(hours=24)


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
        return whom(message)

    @admin.action(description="Tentar de novo (só o que falhou ou expirou)")
    def try_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        expires_at = timezone.now() + RETRY_LIFE
        total = queryset.count()
        again = sum(outbox.try_again(message, expires_at=expires_at) for message in queryset)
        self.message_user(request, f"{again} de {total} voltaram para a fila.", messages.SUCCESS)
        if again < total:
            text = "O que pode ter saído, ou já saiu, não é reenviado por aqui."
            self.message_user(request, text, messages.WARNING)
