"""Three people that view tests ask about: an agency's owner, a colleague of it, a stranger of another agency."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from agency.models import Agency, Membership, User
from tests.factories import make_agency, make_user


@pytest.fixture
def agency(db: None) -> Agency:
    return make_agency(name="Maré Alta")


@pytest.fixture
def owner(agency: Agency) -> User:
    return make_user(agency=agency, role=Membership.Role.OWNER, name="Rafaela Couto")


@pytest.fixture
def colleague(agency: Agency) -> User:
    return make_user(agency=agency, name="Davi Prado")


@pytest.fixture
def stranger(db: None) -> User:
    return make_user(agency=make_agency(name="Outra"), role=Membership.Role.OWNER)


def browser_of(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.fixture
def as_owner(owner: User) -> Browser:
    return browser_of(owner)


@pytest.fixture
def as_colleague(colleague: User) -> Browser:
    return browser_of(colleague)


@pytest.fixture
def as_stranger(stranger: User) -> Browser:
    return browser_of(stranger)


@pytest.fixture
def as_anonymous() -> Browser:
    return Browser()
