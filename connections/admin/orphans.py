"""Support's list of instances that no connection knows: say whose one is to become, then adopt it, or remove it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from agency.models import User
from agency.phones import show_phone
from connections import events, orphans
from connections.evolution import EvolutionError
from connections.models import OrphanInstance


@admin.register(OrphanInstance)
class OrphanInstanceAdmin(admin.ModelAdmin[OrphanInstance]):
    list_display = ("name", "number", "profile_name", "found_at", "agency", "client")
    list_select_related = ("agency", "client")
    search_fields = ("name", "phone", "profile_name")
    autocomplete_fields = ("agency", "client")
    readonly_fields = ("name", "instance_id", "number", "profile_name", "found_at", "seen_at")
    exclude = ("phone",)
    actions = ("adopt", "remove")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # "Remover" deletes at the gateway; a row alone would only come back

    @admin.display(description="número", ordering="phone")
    def number(self, orphan: OrphanInstance) -> str:
        return show_phone(orphan.phone)

    @admin.action(description="Adotar para a agência ou o cliente escolhido", permissions=["change"])
    def adopt(self, request: HttpRequest, queryset: QuerySet[OrphanInstance]) -> None:
        actor = events.person(cast(User, request.user))
        for orphan in queryset.select_related("agency", "client"):
            self._try(request, orphan.name, "adotada", partial(orphans.adopt, orphan, actor))

    @admin.action(description="Remover do servidor do WhatsApp", permissions=["change"])
    def remove(self, request: HttpRequest, queryset: QuerySet[OrphanInstance]) -> None:
        for orphan in queryset:
            self._try(request, orphan.name, "removida", partial(orphans.remove, orphan))

    def _try(self, request: HttpRequest, name: str, done: str, do: Callable[[], object]) -> None:
        try:
            do()
        except orphans.CannotAdopt as error:
            self.message_user(request, f"{name}: {error}", messages.ERROR)
        except EvolutionError as error:
            self.message_user(request, f"{name}: {error.sentence}", messages.ERROR)
        else:
            self.message_user(request, f"{name} {done}.", messages.SUCCESS)
