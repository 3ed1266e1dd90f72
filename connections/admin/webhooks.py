"""The gateway: whether sends are claimed, what it told us, and what it told in vain."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from connections.admin.readonly import ReadOnly
from connections.models import GatewayState, WebhookEvent, WebhookTally


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
