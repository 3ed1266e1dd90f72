"""Tenancy: who works for which agency, and whose clients are whose. Imports no other app and makes no HTTP call."""

from agency.models.agency import Agency, AgencyLogo, validate_time_zone
from agency.models.client import Client, ClientQuerySet, NumberState
from agency.models.notice import Notice, NoticeCopy
from agency.models.people import Membership, User, UserManager

__all__ = [
    "Agency",
    "AgencyLogo",
    "Client",
    "ClientQuerySet",
    "Membership",
    "Notice",
    "NoticeCopy",
    "NumberState",
    "User",
    "UserManager",
    "validate_time_zone",
]
