"""What support reads and does not write: whole lists, and the newest rows of a connection on its page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from agency.phones import show_phone
from connections.models import Message, WhatsAppConnection


def whom(message: Message) -> str:
    """Its recipient: a phone, or a group by the name that the agency gave it."""
    return f"{message.to_name or 'sem nome'} (grupo)" if message.is_to_group else show_phone(message.to)


class ReadOnly:
    """Rows that the product writes and support only reads."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Newest(ReadOnly, admin.TabularInline[Any, WhatsAppConnection]):
    """The newest rows of a connection; it may have very many."""

    SHOWN = 20
    extra = 0
    #: Columns that a page of support must not even read.
    without: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        newest = rows.filter(connection=match.kwargs.get("object_id") if match else None)
        # By their keys: what is cut off by number cannot be filtered any more, and the form set filters.
        return rows.filter(pk__in=list(newest.values_list("pk", flat=True)[: self.SHOWN])).defer(*self.without)
