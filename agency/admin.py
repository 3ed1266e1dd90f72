"""Support's console for people, agencies and clients."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime

from agency.models import Agency, AgencyLogo, Client, Membership, Notice, User
from agency.services import archive_client


class UserCreationForm(AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ("email", "name", "phone")
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {}


class MembershipInline(admin.TabularInline[Membership, User]):
    model = Membership
    autocomplete_fields = ("agency",)


class EmailAddressInline(admin.TabularInline[EmailAddress, User]):
    """Without a verified address a person is asked to confirm it at the first login; support may vouch for it here."""

    model = EmailAddress
    extra = 0


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    add_form = UserCreationForm
    ordering = ("email",)
    list_display = ("email", "name", "agency", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    list_select_related = ("membership__agency",)
    search_fields = ("email", "name")
    inlines = (MembershipInline, EmailAddressInline)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Pessoa", {"fields": ("name", "phone")}),
        ("Acesso", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Datas", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "phone", "usable_password", "password1", "password2")}),)

    @admin.display(description="agência", ordering="membership__agency__name")
    def agency(self, user: User) -> str:
        membership = getattr(user, "membership", None)
        return str(membership.agency) if membership else "nenhuma"


class AgencyMembershipInline(admin.TabularInline[Membership, Agency]):
    model = Membership
    autocomplete_fields = ("user",)
    extra = 1


@admin.register(Agency)
class AgencyAdmin(admin.ModelAdmin[Agency]):
    list_display = ("name", "time_zone", "created_at")
    search_fields = ("name",)
    readonly_fields = ("its_logo",)
    inlines = (AgencyMembershipInline,)

    @admin.display(description="logo", empty_value="nenhum")
    def its_logo(self, agency: Agency) -> str | None:
        """Only shown: its people put it there, and take it away."""
        found = AgencyLogo.objects.defer("content").filter(agency=agency).first()
        if found is None:
            return None
        size = "{} × {}, fundo {}, de {}".format(
            found.width, found.height, found.get_ground_display(), date_format(localtime(found.updated_at), "d/m/Y H:i")
        )
        return format_html('<img src="{}" alt="Logo de {}" height="64"><br>{}', found.address, agency.name, size)


class InServiceFilter(admin.SimpleListFilter):
    title = "situação"
    parameter_name = "situacao"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ativos", "Em serviço"), ("arquivados", "Arquivados")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> QuerySet[Client]:
        if self.value() == "ativos":
            return queryset.filter(archived_at=None)
        if self.value() == "arquivados":
            return queryset.exclude(archived_at=None)
        return queryset


@admin.register(Client)
class ClientAdmin(admin.ModelAdmin[Client]):
    list_display = ("name", "agency", "email", "use_agency_number", "is_demo", "archived_at")
    list_filter = (InServiceFilter, "is_demo", "use_agency_number")
    list_select_related = ("agency",)
    search_fields = ("search_text", "agency__name")
    raw_id_fields = ("agency",)
    readonly_fields = ("archived_at", "created_at")
    actions = ("archive",)

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> list[str]:
        # A client that changed its agency would take its WhatsApp and its history along.
        return [*self.readonly_fields, *(["agency"] if obj else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        return False  # archiving keeps the history of what was sent

    @admin.action(description="Arquivar os clientes marcados")
    def archive(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        for client in queryset.filter(archived_at=None):
            archive_client(client)
        self.message_user(request, "Arquivados. O que estava na fila não sai mais.")


class OpenFilter(admin.SimpleListFilter):
    title = "situação"
    parameter_name = "situacao"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("abertos", "Em aberto"), ("encerrados", "Encerrados")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        if self.value() == "abertos":
            return queryset.filter(closed_at=None)
        return queryset.exclude(closed_at=None) if self.value() == "encerrados" else queryset


@admin.register(Notice)
class NoticeAdmin(admin.ModelAdmin[Notice]):
    """The product writes them; support reads what people were told, and when."""

    list_display = ("raised_at", "agency", "client", "level", "title", "closed_at", "mailed_at")
    list_display_links = ("title",)
    list_filter = (OpenFilter, "level")
    list_select_related = ("agency", "client")
    search_fields = ("title", "subject", "agency__name")
    ordering = ("-raised_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        return False
