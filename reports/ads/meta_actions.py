"""Which of Meta's many names for one event counts, the same one for its number, its value and every day. Pure.

https://developers.facebook.com/docs/marketing-api/reference/ads-action-stats. Meta lists one purchase as
`omni_purchase`, `onsite_web_purchase`, `offsite_conversion.fb_pixel_purchase` and so on: summed up it would count five
times. So each family has its names in an order, the ones that cover most first, and the best one that the account has
ever shown is its key. Names are added up only where they cannot overlap (website, Meta's own surfaces, app), written
`one+other`.

Not used, as they repeat others: `onsite_web_purchase`, `onsite_app_purchase`, `onsite_web_app_purchase`,
`web_in_store_purchase`; `onsite_conversion.lead`, `onsite_web_lead`, `*_add_meta_leads`; `messaging_first_reply`,
`total_messaging_connection`. A custom conversion never counts by itself; one that a person chose, and that is
recorded, does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from reports.ads.readings import Result
from reports.choices import Family

#: Behind a family's name: the key under which values were seen too (`purchases:value`).
_VALUE = ":value"
#: Fields of a row that are read as if they were actions of that name.
FIELDS = ("inline_link_clicks", "instagram_profile_visits")
#: A zero of these says that it is counted; of any other, that the account has no such thing.
_TOLD_AS_ZERO = frozenset({"inline_link_clicks"})
_CUSTOM = re.compile(r"offsite_conversion\.custom\.[0-9]{1,20}")

#: Best first.
_NAMES: dict[str, tuple[str, ...]] = {
    Family.PURCHASES: (
        "omni_purchase",
        "purchase",
        "offsite_conversion.fb_pixel_purchase+onsite_conversion.purchase+app_custom_event.fb_mobile_purchase",
    ),
    Family.LEADS: ("lead", "onsite_conversion.lead_grouped+offsite_conversion.fb_pixel_lead"),
    Family.FORM_LEADS: ("onsite_conversion.lead_grouped", "leadgen_grouped"),
    Family.SITE_LEADS: ("offsite_conversion.fb_pixel_lead",),
    Family.CONVERSATIONS: (
        "onsite_conversion.messaging_conversation_started_7d",
        "messaging_conversation_started_7d",
    ),
    Family.LANDING_PAGE_VIEWS: ("landing_page_view", "omni_landing_page_view"),
    Family.VIDEO_VIEWS: ("video_view",),
    Family.PROFILE_VISITS: ("instagram_profile_visits",),
    Family.ADDS_TO_CART: ("omni_add_to_cart", "add_to_cart", "offsite_conversion.fb_pixel_add_to_cart"),
    Family.CHECKOUTS: (
        "omni_initiated_checkout",
        "initiate_checkout",
        "offsite_conversion.fb_pixel_initiate_checkout",
    ),
    Family.LINK_CLICKS: ("inline_link_clicks", "link_click"),
}


@dataclass(frozen=True, slots=True)
class Actions:
    """What one row says of actions, by Meta's name: how many, and what they were worth."""

    counts: Mapping[str, Decimal] = field(default_factory=dict)
    values: Mapping[str, Decimal] = field(default_factory=dict)


def keys_of(rows: Iterable[Actions], recorded: Mapping[str, str]) -> dict[str, str]:
    """The key of each family that these rows or an earlier read (`recorded`, as this gave it) have shown.

    For all rows at once: a key that changed from day to day would add up different things.
    """
    seen, values = set[str](), set[str]()
    for row in rows:
        seen.update(name for name, count in row.counts.items() if count or name in _TOLD_AS_ZERO)
        values.update(row.values)
    keys = dict(recorded)
    for family in _NAMES:
        key = _key(family, seen | values, recorded.get(family))
        valued = family + _VALUE
        keys.pop(family, None)
        if key is not None:
            keys[family] = key
        if key is not None and not values.isdisjoint(_parts(key)):
            keys[valued] = key
        elif valued in keys and keys[valued] != key:
            del keys[valued]
    return keys


def results_of(row: Actions, keys: Mapping[str, str]) -> dict[Family, Result]:
    """One day's results under keys that were chosen for the whole read. Meta leaves out what did not happen: 0."""
    return {
        family: Result(_count(row, keys[family]), _value(row, keys[family], keys.get(family + _VALUE)))
        for family in Family
        if family in keys and family in _NAMES
    }


def families_of(keys: Mapping[str, str]) -> dict[Family, bool]:
    """The families that have a key, and whether what they were worth is known under it."""
    found = (family for family in Family if family in keys and family in _NAMES)
    return {family: keys.get(family + _VALUE) == keys[family] for family in found}


def _parts(key: str) -> list[str]:
    return key.split("+")


def _key(family: str, seen: set[str], recorded: str | None) -> str | None:
    """A recorded key stays unless a better one is seen; one that is no longer in the list counts as never recorded."""
    if recorded is not None and _CUSTOM.fullmatch(recorded):
        return recorded
    return next((key for key in _NAMES[family] if key == recorded or not seen.isdisjoint(_parts(key))), None)


def _count(row: Actions, key: str) -> Decimal:
    return sum((row.counts.get(name, Decimal(0)) for name in _parts(key)), Decimal(0))


def _value(row: Actions, key: str, valued: str | None) -> Decimal | None:
    """None where values were never seen under this key, and where something that happened has none: a part of the
    value is not the value."""
    if valued != key:
        return None
    if any(row.counts.get(name) and name not in row.values for name in _parts(key)):
        return None
    return sum((row.values.get(name, Decimal(0)) for name in _parts(key)), Decimal(0))
