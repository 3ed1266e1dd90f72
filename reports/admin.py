"""The console for the person on call. History is read-only; numbers and settings can be mended."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from reports import planning
from reports.models import (
    AdAccount,
    BalanceAlert,
    BalanceReading,
    DailyMetric,
    DigestCopy,
    MetricsImport,
    Recipient,
    Report,
    ReportSettings,
)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What happened can be looked at, not changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class BalanceKnown(admin.SimpleListFilter):
    title = "saldo"
    parameter_name = "saldo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("low", "No limite ou abaixo, alerta ligado"), ("unknown", "Desconhecido")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "low":
            return queryset.filter(pk__in=AdAccount.objects.low())
        return queryset.filter(balance=None) if self.value() == "unknown" else queryset


@admin.register(AdAccount)
class AdAccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "platform", "client", "agency", "balance", "balance_at", "alert_enabled", "alert_threshold"]
    list_filter = [BalanceKnown, "platform", "balance_source", "alert_enabled", "client__agency"]
    list_select_related = ["client__agency"]
    search_fields = ["name", "external_id", "client__name"]
    raw_id_fields = ["client"]
    # Balances enter as readings, so that what is shown always has a source and a time.
    readonly_fields = ["balance", "balance_at", "balance_source", "daily_spend"]

    @admin.display(description="agência", ordering="client__agency__name")
    def agency(self, account: AdAccount) -> str:
        return account.client.agency.name


@admin.register(BalanceReading)
class BalanceReadingAdmin(ReadOnlyAdmin):
    list_display = ["read_at", "account", "client", "amount", "source"]
    list_filter = [("amount", admin.EmptyFieldListFilter), "source", "account__client__agency"]
    list_select_related = ["account__client"]
    search_fields = ["account__name", "account__client__name"]
    date_hierarchy = "read_at"

    @admin.display(description="cliente")
    def client(self, reading: BalanceReading) -> str:
        return reading.account.client.name


@admin.register(BalanceAlert)
class BalanceAlertAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "account", "client", "balance", "threshold"]
    list_filter = ["created_at", "account__client__agency"]
    list_select_related = ["account__client"]
    search_fields = ["account__name", "account__client__name", "id"]

    @admin.display(description="cliente")
    def client(self, alert: BalanceAlert) -> str:
        return alert.account.client.name


@admin.register(DailyMetric)
class DailyMetricAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["date", "client", "account", "platform", "spend", "revenue", "conversions", "leads", "messages"]
    list_filter = [
        "platform",
        ("revenue", admin.EmptyFieldListFilter),
        ("impressions", admin.EmptyFieldListFilter),
        "client__agency",
    ]
    list_select_related = ["client", "account"]
    search_fields = ["client__name", "account__name"]
    raw_id_fields = ["client", "account"]
    date_hierarchy = "date"


@admin.register(Recipient)
class RecipientAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "phone", "client", "gets_reports", "gets_alerts"]
    list_filter = ["gets_reports", "gets_alerts", "client__agency"]
    list_select_related = ["client"]
    search_fields = ["name", "phone", "client__name"]
    raw_id_fields = ["client"]


@admin.register(ReportSettings)
class ReportSettingsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["client", "agency", "active", "frequency", "time_of_day", "period", "next_run_at", "last_problem"]
    list_filter = [("last_problem", admin.EmptyFieldListFilter), "active", "period", "client__agency"]
    list_select_related = ["client__agency"]
    search_fields = ["client__name"]
    raw_id_fields = ["client"]
    readonly_fields = ["next_run_at", "last_run_on", "last_problem", "metrics"]

    @admin.display(description="agência", ordering="client__agency__name")
    def agency(self, settings: ReportSettings) -> str:
        return settings.client.agency.name

    def save_model(self, request: HttpRequest, obj: ReportSettings, form: Any, change: bool) -> None:
        """As on the report page: the next run follows from what is saved, and a claimed run is not undone."""
        if not change:
            super().save_model(request, obj, form, change)
        planning.save_settings(obj.client, {name: form.cleaned_data[name] for name in form.changed_data})


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "client", "trigger", "period_start", "period_end", "status", "reason"]
    list_filter = ["status", "trigger", "created_at", "client__agency"]
    list_select_related = ["client"]
    search_fields = ["client__name", "occurrence", "id"]
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return super().get_queryset(request).defer("snapshot")


@admin.register(MetricsImport)
class MetricsImportAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "agency", "file_name", "status", "days_new", "days_changed", "days_same"]
    list_filter = ["status", "created_at", "agency"]
    list_select_related = ["agency", "created_by"]
    search_fields = ["file_name", "id"]
    date_hierarchy = "created_at"
    exclude = ["content"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[MetricsImport]:
        return super().get_queryset(request).defer("content")


@admin.register(DigestCopy)
class DigestCopyAdmin(ReadOnlyAdmin):
    list_display = ["week", "agency", "user", "claimed_at", "sent_at"]
    list_filter = ["week"]
    list_select_related = ["agency", "user"]
    search_fields = ["agency__name", "user__email"]
