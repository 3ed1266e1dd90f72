"""What the campaigns of an ad account did, a row for each account and day, and one for their names: `CampaignDay`."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models

from reports.models.account import AdAccount

#: In the place of a day: the row that holds the newest name of each campaign that the account has shown. One table, so
#: that names and days are written by one statement.
NAMES = date.min


class CampaignDayManager(models.Manager["CampaignDay"]):
    """The days; without the row of the names."""

    def get_queryset(self) -> models.QuerySet[CampaignDay]:
        return super().get_queryset().filter(date__gt=NAMES)


class CampaignDay(models.Model):
    """All campaigns of one account on one day, packed by `reports.campaign_days`.

    A day whose campaigns were read has a row, also where none ran; of a day without a row nothing is known. One row
    and not one for each campaign: an account can have five hundred, and they are only ever read together.
    """

    # Without an index of its own: it is the first column of the constraint's.
    account = models.ForeignKey(
        AdAccount, on_delete=models.CASCADE, related_name="campaign_days", db_index=False, verbose_name="conta"
    )
    date = models.DateField("dia")
    numbers = models.BinaryField()

    objects = CampaignDayManager()
    rows: ClassVar[models.Manager[CampaignDay]] = models.Manager()

    class Meta:
        verbose_name = "campanhas do dia"
        verbose_name_plural = "campanhas por dia"
        constraints: ClassVar = [
            # campaigns.stored and campaigns.write look days up by it
            models.UniqueConstraint(fields=["account", "date"], name="one_campaign_row_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.date}"
