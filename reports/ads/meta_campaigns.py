"""Rows of Meta's insights by campaign and day, page by page, from JSON to `Campaigns`. Pure.

https://developers.facebook.com/docs/marketing-api/insights, with `level=campaign`. An account with hundreds of
campaigns has tens of thousands of such rows, each with dozens of actions: of a page that was taken in, only what counts
is kept. What Meta tells of an account leaves out the campaigns that were deleted
(https://developers.facebook.com/docs/marketing-api/best-practices/manage-your-ad-object-status).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from reports.ads.json_values import words
from reports.ads.meta_actions import families_of, results_of
from reports.ads.meta_errors import absurd
from reports.ads.meta_insights import Row, actions_of, count_of, currency_of, day_of, spend_of
from reports.ads.readings import Asked, Campaigns, Day
from reports.choices import Family


class CampaignPages:
    """Takes in the pages of one read of the days from `since` to `until`, both included.

    Results are counted under the account's keys (`Asked.keys`) and no others, so that a campaign's leads are what the
    account's leads are. `untold` are families that could not be asked about this time: unknown.
    """

    def __init__(self, account: Asked, since: date, until: date, *, untold: Collection[Family] = ()) -> None:
        self._account, self._since, self._until = account, since, until
        self._families = {
            family: valued for family, valued in families_of(account.keys).items() if family not in untold
        }
        self._days: dict[date, dict[str, Day]] = {}
        self._names: dict[str, tuple[date, str]] = {}
        self._currencies: set[str] = set()

    def take(self, rows: Sequence[Row]) -> None:
        """Raises AdsError where a row is not one campaign on one day of the asked ones, comes twice, or is absurd."""
        if rows:
            self._currencies.add(currency_of(rows, self._account))
        if len(self._currencies) > 1:
            raise absurd("currencies")
        for row in rows:
            when, campaign = day_of(row, self._since, self._until), words(row.get("campaign_id"), 40)
            of_day = self._days.setdefault(when, {})
            if not campaign or campaign in of_day:
                raise absurd(f"campaign on {when} {'twice' if campaign else 'without id'}")
            of_day[campaign] = self._numbers(row, when)
            if (named := self._names.get(campaign)) is None or named[0] <= when:
                self._names[campaign] = when, words(row.get("campaign_name")) or campaign

    def _numbers(self, row: Row, when: date) -> Day:
        told = results_of(actions_of(row), self._account.keys)
        happened = {
            family: result
            for family, result in told.items()
            if family in self._families and (result.count or result.value)
        }
        return Day(when, spend_of(row), count_of(row, "impressions"), count_of(row, "clicks"), happened)

    def all(self) -> Campaigns:
        names = {campaign: name for campaign, (_, name) in self._names.items()}
        return Campaigns(self._days, names, next(iter(self._currencies), self._account.currency), self._families)


def joined(earlier: Campaigns, later: Campaigns) -> Campaigns:
    """Two reads of one account, of days that do not overlap. Raises AdsError for two currencies."""
    if earlier.days and later.days and earlier.currency != later.currency:
        raise absurd("currencies")
    currency = (later if later.days else earlier).currency
    return Campaigns({**earlier.days, **later.days}, {**earlier.names, **later.names}, currency, later.families)
