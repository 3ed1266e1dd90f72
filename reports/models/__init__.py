from reports.models.account import AdAccount, BalanceReading
from reports.models.alert import BalanceAlert
from reports.models.bulk import BulkItem, BulkRun
from reports.models.campaign import CampaignDay
from reports.models.credential import AdsCredential, ListedAccount
from reports.models.digest import DigestCopy
from reports.models.imports import MetricsImport
from reports.models.metric import DailyMetric
from reports.models.pause import AgencyPause
from reports.models.recipient import Recipient
from reports.models.report import Report
from reports.models.rules import SendingRules
from reports.models.settings import ReportSettings

__all__ = [
    "AdAccount",
    "AdsCredential",
    "AgencyPause",
    "BalanceAlert",
    "BalanceReading",
    "BulkItem",
    "BulkRun",
    "CampaignDay",
    "DailyMetric",
    "DigestCopy",
    "ListedAccount",
    "MetricsImport",
    "Recipient",
    "Report",
    "ReportSettings",
    "SendingRules",
]
