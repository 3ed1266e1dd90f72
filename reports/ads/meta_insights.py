"""Rows of Meta's insights, from JSON to days and reach. Pure; one thing that cannot be meant so refuses all of it.

https://developers.facebook.com/docs/marketing-api/insights. Numbers are text; what did not happen is left out, and so
is a day without delivery. Days are days of the account's zone, and say no zone themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from reports.ads.json_values import BIGGEST, number, whole, words
from reports.ads.meta_actions import FIELDS, Actions, keys_of, results_of
from reports.ads.meta_errors import absurd
from reports.ads.meta_money import ABSURD
from reports.ads.readings import Asked, Daily, Day, Reach
from reports.choices import Family

Row = Mapping[str, object]


def daily_of(
    rows: Sequence[Row], account: Asked, since: date, until: date, *, untold: Collection[Family] = ()
) -> Daily:
    """All days of one read. Raises AdsError where a row is not one day of the asked ones, comes twice, or is absurd.

    `untold` are families that could not be asked about this time: unknown, so in no result.
    """
    actions = [actions_of(row) for row in rows]
    keys = keys_of(actions, account.keys)
    days: dict[date, Day] = {}
    for row, done in zip(rows, actions, strict=True):
        when = day_of(row, since, until)
        if when in days:
            raise absurd(f"day {when} twice")
        days[when] = Day(
            when,
            spend_of(row),
            count_of(row, "impressions"),
            count_of(row, "clicks"),
            {family: result for family, result in results_of(done, keys).items() if family not in untold},
        )
    return Daily(tuple(days[when] for when in sorted(days)), currency_of(rows, account), keys)


def reach_of(rows: Sequence[Row], account: Asked) -> Reach | None:
    """Of the one row for a whole period; no row is no delivery, a row without reach does not tell it."""
    currency_of(rows, account)
    if not rows:
        return Reach(0, None)
    if len(rows) > 1:
        raise absurd("rows of one period")
    if "reach" not in rows[0]:
        return None
    reach, impressions = count_of(rows[0], "reach"), count_of(rows[0], "impressions")
    return Reach(reach, Decimal(impressions) / reach if reach else None)


def day_of(row: Row, since: date, until: date) -> date:
    try:
        found = date.fromisoformat(words(row.get("date_start")))
    except ValueError:
        raise absurd("date_start") from None
    if row.get("date_stop", row["date_start"]) != row["date_start"]:
        raise absurd(f"day {found} is many")
    if not since <= found <= until:
        raise absurd(f"day {found} not asked")
    return found


def currency_of(rows: Sequence[Row], account: Asked) -> str:
    """As the rows say, also where it is not the expected one; rows of another account are refused."""
    ids = {words(row.get("account_id")).removeprefix("act_") for row in rows}
    if ids - {account.external_id, ""}:
        raise absurd("another account")
    found = {currency for row in rows if (currency := words(row.get("account_currency"), 3))}
    if len(found) > 1:
        raise absurd("currencies")
    return next(iter(found), account.currency)


def spend_of(row: Row) -> Decimal:
    spend = number(row.get("spend"))
    if spend is None or not 0 <= spend <= ABSURD:
        raise absurd("spend")
    return spend


def count_of(row: Row, name: str) -> int:
    """Left out is zero: it was asked for."""
    if name not in row:
        return 0
    count = whole(row[name])
    if count is None or count < 0:
        raise absurd(name)
    return count


def actions_of(row: Row) -> Actions:
    counts = _listed(row, "actions", Decimal(BIGGEST))
    for name in FIELDS:
        if name in row:
            counts[name] = Decimal(count_of(row, name))
    return Actions(counts, _listed(row, "action_values", ABSURD))


def _listed(row: Row, name: str, most: Decimal) -> dict[str, Decimal]:
    """`[{"action_type": "lead", "value": "13"}, …]`; without breakdowns no type comes twice."""
    entries = row.get(name) or []
    if not isinstance(entries, list):
        raise absurd(name)
    found: dict[str, Decimal] = {}
    for entry in entries:
        kind = words(entry.get("action_type")) if isinstance(entry, Mapping) else ""
        amount = number(entry.get("value")) if isinstance(entry, Mapping) else None
        if not kind or kind in found or amount is None or not 0 <= amount <= most:
            raise absurd(f"{name} {kind[:60]}".strip())
        found[kind] = amount
    return found
