"""What pages say of an ad account, as tags: its state, the source of its balance, how fresh its numbers are."""

from __future__ import annotations

from django import template
from django.utils import timezone

from reports import freshness
from reports.models import AdAccount

register = template.Library()

register.simple_tag(freshness.state_of, name="account_state")
register.simple_tag(freshness.source_of, name="balance_source")


@register.simple_tag(name="freshness")
def freshness_now(account: AdAccount) -> freshness.Freshness:
    """The account's access and client should be at hand."""
    return freshness.freshness(account, timezone.now())
