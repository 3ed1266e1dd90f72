"""A connection as support sees it: its state and why, what happened last, and what can be done about it."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from agency.models import User
from agency.phones import show_phone
from connections.admin.filters import ConnectionProblemFilter
from connections.admin.readonly import Newest, ReadOnly, whom
from connections.classification import GATEWAY_IS_DOWN
from connections.evolution import EvolutionError
from connections.models import ConnectionEvent, ConnectLink, Message, WebhookEvent, WhatsAppConnection
from connections.support import OPERATIONS

#: Each is a call to the gateway, one after the other, while a person waits for the page.
MOST_AT_ONCE = 20
_SECRETS = ("token", "webhook_secret", "qr_code")
_STATE = ("agency", "client", "status", "reason", "number", "profile_name", "paused_until")
_TIMES = ("connected_at", "disconnected_at", "last_seen_at", "delivered_at", "created_at")
_AT_GATEWAY = ("instance_name", "instance_id", "webhook_checked_at", "webhook_base")


class EventInline(Newest):
    model = ConnectionEvent
    verbose_name_plural = "Últimos eventos"
    fields = readonly_fields = ("at", "kind", "status", "reason", "actor", "user")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user")


class MessageInline(Newest):
    model = Message
    verbose_name_plural = "Últimas mensagens que saíram por aqui"
    fields = readonly_fields = ("created_at", "reference", "kind", "recipient", "status", "reason", "tries")
    show_change_link = True
    without = ("body",)

    @admin.display(description="para")
    def recipient(self, message: Message) -> str:
        return whom(message)


class WebhookInline(Newest):
    model = WebhookEvent
    verbose_name_plural = "Últimos avisos do servidor"
    fields = readonly_fields = ("received_at", "event", "done_at", "outcome")
    show_change_link = True
    without = ("data",)


@admin.register(WhatsAppConnection)
class WhatsAppConnectionAdmin(ReadOnly, admin.ModelAdmin[WhatsAppConnection]):
    list_display = ("instance_name", "agency", "client", "status", "reason", "number", "connected_at", "last_seen_at")
    list_filter = (ConnectionProblemFilter, "status")
    list_select_related = ("agency", "client")
    search_fields = ("instance_name", "phone", "agency__name", "client__search_text")
    fieldsets = ((None, {"fields": _STATE}), ("Quando", {"fields": _TIMES}), ("No servidor", {"fields": _AT_GATEWAY}))
    readonly_fields = (*_STATE, *_TIMES, *_AT_GATEWAY)
    inlines = (EventInline, MessageInline, WebhookInline)
    actions = ("reread", "restart", "repair_webhook")
    change_form_template = "admin/connections/connection.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[WhatsAppConnection]:
        return super().get_queryset(request).select_related("agency", "client").defer(*_SECRETS)

    @admin.display(description="número", ordering="phone")
    def number(self, connection: WhatsAppConnection) -> str:
        return show_phone(connection.phone)

    # --- What can be done -------------------------------------------------------------------------------------------

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Nobody writes into the row by hand, so the right to change it is the right to do these."""
        return request.user.has_perm("connections.change_whatsappconnection")

    @admin.action(description="Ler estado agora", permissions=["operate"])
    def reread(self, request: HttpRequest, queryset: QuerySet[WhatsAppConnection]) -> None:
        self._operate_on(request, queryset, "reread")

    @admin.action(description="Reiniciar", permissions=["operate"])
    def restart(self, request: HttpRequest, queryset: QuerySet[WhatsAppConnection]) -> None:
        self._operate_on(request, queryset, "restart")

    @admin.action(description="Refazer webhook", permissions=["operate"])
    def repair_webhook(self, request: HttpRequest, queryset: QuerySet[WhatsAppConnection]) -> None:
        self._operate_on(request, queryset, "repair_webhook")

    def _operate_on(self, request: HttpRequest, queryset: QuerySet[WhatsAppConnection], name: str) -> None:
        chosen = list(queryset[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            self.message_user(request, f"Marque no máximo {MOST_AT_ONCE} por vez.", messages.ERROR)
            return
        for connection in chosen:
            error = self._operate(request, connection, name)
            if error is not None and error.code in GATEWAY_IS_DOWN:
                return  # the next would wait for the same silence

    def _operate(self, request: HttpRequest, connection: WhatsAppConnection, name: str) -> EvolutionError | None:
        try:
            said = OPERATIONS[name].run(connection, cast(User, request.user))
        except EvolutionError as error:
            self.message_user(request, f"{connection.name}: {error.sentence}", messages.ERROR)
            return error
        self.message_user(request, f"{connection.name}: {said}", messages.SUCCESS)
        return None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.operate)
        own = [path("<uuid:pk>/operate/<str:name>/", view, name="connections_whatsappconnection_operate")]
        return [*own, *super().get_urls()]

    def operate(self, request: HttpRequest, pk: uuid.UUID, name: str) -> HttpResponse:
        """One of `support.OPERATIONS`, from the connection's page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_operate_permission(request):
            raise PermissionDenied
        if name not in OPERATIONS:
            raise Http404
        connection = get_object_or_404(self.get_queryset(request), pk=pk)
        if OPERATIONS[name].ends and not request.POST.get("sure"):
            self.message_user(request, "Confirme que a sessão pode ser encerrada.", messages.WARNING)
        else:
            self._operate(request, connection, name)
        return redirect("admin:connections_whatsappconnection_change", pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        operations = [
            (operation, reverse("admin:connections_whatsappconnection_operate", args=[object_id, name]))
            for name, operation in OPERATIONS.items()
            if self.has_operate_permission(request) and _is_uuid(object_id)
        ]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "operations": operations})


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


@admin.register(ConnectionEvent)
class ConnectionEventAdmin(ReadOnly, admin.ModelAdmin[ConnectionEvent]):
    list_display = ("at", "connection", "kind", "status", "reason", "actor", "user")
    list_filter = ("kind", "actor", "status")
    list_select_related = ("connection", "user")
    search_fields = ("connection__instance_name", "connection__agency__name", "connection__client__search_text")
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConnectionEvent]:
        secrets = (f"connection__{name}" for name in _SECRETS)
        return super().get_queryset(request).select_related("connection", "user").defer(*secrets)


@admin.register(ConnectLink)
class ConnectLinkAdmin(ReadOnly, admin.ModelAdmin[ConnectLink]):
    """The address itself is stored nowhere."""

    list_display = ("created_at", "agency", "client", "created_by", "expires_at", "consented_at", "connected_at")
    list_display_links = ("created_at",)
    list_select_related = ("agency", "client", "created_by")
    search_fields = ("agency__name", "client__search_text")
    date_hierarchy = "created_at"
