"""The request types that views are annotated with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from agency.models import Agency, Membership, User


class HtmxRequest(HttpRequest):
    """Any request, after django-htmx's middleware."""

    htmx: HtmxDetails


class AgencyRequest(HtmxRequest):
    """A request of a person who belongs to an agency; only `agency.access.agency_view` makes one."""

    user: User
    agency: Agency
    membership: Membership
