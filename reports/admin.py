"""The console for the person on call. History is read-only; numbers and settings can be mended."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from agency.phones import show_phone
from reports import agency_pauses, answers, credentials, planning
from reports.ads.errors import AdsError
from reports.models import (
    AdAccount,
    AdsCredential,
    AgencyPause,
    BalanceAlert,
    BalanceReading,
    DailyMetric,
    DigestCopy,
    ListedAccount,
    MetricsImport,
    Recipient,
    Report,
    ReportSettings,
    SendingRules,
)

_OF_ACCESS = (
    *("agency", "platform", "kind", "holder", "login_customer_id", "state", "problem"),
    *("expires_at", "paused_until", "tested_at", "listed_at", "created_by", "created_at"),
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
    list_filter = [
        BalanceKnown,
        ("read_problem", admin.EmptyFieldListFilter),
        "state",
        "platform",
        "balance_source",
        "alert_enabled",
        "client__agency",
    ]
    list_select_related = ["client__agency"]
    search_fields = ["name", "external_id", "client__name"]
    raw_id_fields = ["client"]
    # Balances enter as readings, so that what is shown always has a source and a time; what a platform tells, and when
    # it is asked, is written by `synchronising` alone.
    readonly_fields = [
        *("balance", "balance_at", "balance_source", "balance_ends_at", "daily_spend", "due", "is_balance_blocked"),
        *("state", "low_stage", "low_since", "payment_since"),
        *("credential", "via", "result_keys", "next_read_at", "read_claimed_until", "read_failures", "read_problem"),
        *("balance_checked_at", "days_read_at", "covered_until", "history_from", "history_done_from"),
        *("campaigns_from", "campaigns_until", "campaigns_read_at", "campaigns_problem"),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: AdAccount | None = None) -> list[str]:
        """Another client for an account that exists would be given the first one's numbers."""
        return [*self.readonly_fields, *(["client"] if obj else [])]

    @admin.display(description="agência", ordering="client__agency__name")
    def agency(self, account: AdAccount) -> str:
        return account.client.agency.name


@admin.register(AdsCredential)
class AdsCredentialAdmin(ReadOnlyAdmin):
    """Never its secret. Accesses are given and taken back on the page Conexões, by the agency."""

    list_display = ["platform", "agency", "kind", "holder", "state", "problem", "expires_at", "paused_until"]
    list_filter = ["state", "platform", "kind", "agency"]
    list_select_related = ["agency"]
    search_fields = ["holder", "login_customer_id", "agency__name"]
    fields = _OF_ACCESS
    readonly_fields = _OF_ACCESS
    actions = ("list_again",)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("reports.change_adscredential"))

    @admin.action(description="Listar contas de novo", permissions=["operate"])
    def list_again(self, request: HttpRequest, rows: QuerySet[AdsCredential]) -> None:
        """Asks the platform, one access after the other."""
        for access in rows.select_related("agency"):
            try:
                self.message_user(request, answers.of_access(access, credentials.test_again(access)))
            except AdsError as error:
                self.message_user(request, f"{access}: {error.sentence}", messages.ERROR)


@admin.register(ListedAccount)
class ListedAccountAdmin(ReadOnlyAdmin):
    list_display = ["name", "external_id", "credential", "agency", "currency", "time_zone", "state"]
    list_filter = ["state", "credential__platform", "credential__agency"]
    list_select_related = ["credential__agency"]
    search_fields = ["name", "external_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListedAccount]:
        return super().get_queryset(request).defer("credential__secret")

    @admin.display(description="agência", ordering="credential__agency__name")
    def agency(self, listed: ListedAccount) -> str:
        return listed.credential.agency.name


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
    list_display = ["created_at", "kind", "stage", "account", "client", "balance", "threshold", "words"]
    list_filter = ["created_at", "kind", "stage", "account__client__agency"]
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
    list_display = ["name", "whatsapp", "client", "gets_reports", "gets_alerts"]
    list_filter = ["gets_reports", "gets_alerts", "client__agency"]
    list_select_related = ["client"]
    search_fields = ["name", "phone", "group_jid", "client__name"]
    raw_id_fields = ["client"]

    @admin.display(description="WhatsApp", ordering="phone")
    def whatsapp(self, recipient: Recipient) -> str:
        return show_phone(recipient.address)


@admin.register(ReportSettings)
class ReportSettingsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["client", "agency", "active", "frequency", "time_of_day", "period", "next_run_at", "last_problem"]
    list_filter = [("last_problem", admin.EmptyFieldListFilter), "active", "period", "client__agency"]
    list_select_related = ["client__agency"]
    search_fields = ["client__name"]
    raw_id_fields = ["client"]
    readonly_fields = [
        *("next_run_at", "last_run_on", "last_problem", "metrics"),
        *("agency_pauses", "skipped_on", "made_up_from"),
        # Their rules are those of the editor's form.
        *("template", "layout", "title", "free_text", "comment", "comment_once", "goals", "goals_currency"),
    ]

    @admin.display(description="agência", ordering="client__agency__name")
    def agency(self, settings: ReportSettings) -> str:
        return settings.client.agency.name

    def save_model(self, request: HttpRequest, obj: ReportSettings, form: Any, change: bool) -> None:
        """As on the report page: the next run follows from what is saved, and a claimed run is not undone."""
        if not change:
            super().save_model(request, obj, form, change)
        planning.save_settings(obj.client, {name: form.cleaned_data[name] for name in form.changed_data})


@admin.register(SendingRules)
class SendingRulesAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("agency", "jump_factor", "review", "review_minutes", "at_deadline")
    list_filter = ("review",)
    search_fields = ("agency__name",)


@admin.register(AgencyPause)
class AgencyPauseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Added and removed as on the agency's own page, so that its clients' next runs follow; never changed in place."""

    list_display = ["first_day", "last_day", "note", "agency", "created_at"]
    list_filter = ["agency"]
    list_select_related = ["agency"]
    search_fields = ["note", "agency__name"]
    raw_id_fields = ["agency"]
    date_hierarchy = "first_day"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: AgencyPause, form: Any, change: bool) -> None:
        obj.pk = agency_pauses.add(obj.agency, obj.first_day, obj.last_day, obj.note).pause.pk

    def delete_model(self, request: HttpRequest, obj: AgencyPause) -> None:
        agency_pauses.remove(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AgencyPause]) -> None:
        for pause in queryset.select_related("agency"):
            agency_pauses.remove(pause)


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
