"""Support creates agencies and people here, and takes clients out of service without losing what was sent."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from agency.models import Agency, Client, Membership, User
from tests.factories import make_client, make_message, make_user
from tests.people import browser_of


@pytest.fixture
def as_support(db: None) -> Browser:
    return browser_of(make_user(is_staff=True, is_superuser=True))


@pytest.mark.parametrize("model", ["agency", "user", "client"])
@pytest.mark.parametrize("query", [{}, {"q": "mare"}])
def test_lists_open(model: str, query: dict[str, str], agency: Agency, as_support: Browser) -> None:
    make_client(agency=agency)

    assert as_support.get(f"/admin/agency/{model}/", query).status_code == 200


def test_support_creates_a_person_of_an_agency(agency: Agency, as_support: Browser) -> None:
    data = {
        "email": "nova@marealta.exemplo",
        "name": "Nova Pessoa",
        "phone": "(11) 99999-8888",
        "usable_password": "true",
        "password1": "uma-senha-longa-9",
        "password2": "uma-senha-longa-9",
        "membership-TOTAL_FORMS": "1",
        "membership-INITIAL_FORMS": "0",
        "membership-0-agency": str(agency.pk),
        "membership-0-role": "owner",
        "emailaddress_set-TOTAL_FORMS": "0",
        "emailaddress_set-INITIAL_FORMS": "0",
    }

    response = as_support.post("/admin/agency/user/add/", data)

    assert response.status_code == 302, response.context["errors"]
    user = User.objects.get(email="nova@marealta.exemplo")
    assert (user.phone, user.check_password("uma-senha-longa-9")) == ("+5511999998888", True)
    assert user.membership.agency == agency


def test_a_person_opens_with_agency_and_addresses(agency: Agency, owner: User, as_support: Browser) -> None:
    response = as_support.get(f"/admin/agency/user/{owner.pk}/change/")

    assert response.status_code == 200
    assert "Maré Alta" in response.content.decode()
    assert Membership.objects.get(user=owner).agency == agency


def test_clients_are_archived_not_deleted(agency: Agency, as_support: Browser) -> None:
    client = make_client(agency=agency)
    message = make_message(client=client)

    as_support.post("/admin/agency/client/", {"action": "archive", "_selected_action": [str(client.pk)]})

    message.refresh_from_db()
    assert Client.objects.get(pk=client.pk).is_archived
    assert message.status == "cancelled"
    assert as_support.get(f"/admin/agency/client/{client.pk}/delete/").status_code == 403


def test_a_client_never_changes_its_agency(agency: Agency, as_support: Browser) -> None:
    client = make_client(agency=agency)

    response = as_support.get(f"/admin/agency/client/{client.pk}/change/")

    assert b'name="agency"' not in response.content
