"""A person's own page: what he changes about himself, what he cannot, and that it is only his."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Membership, User
from agency.profile import ProfileForm
from tests.factories import make_user
from tests.people import browser_of

PATH = "/agency/profile/"
FIELDS = {"name": "Rafaela C. Couto", "phone": "(31) 98630-4412", "notices_by_email": "on"}


def text(response: HttpResponse) -> str:
    return response.content.decode()


def test_it_shows_who_one_is(agency: Agency, owner: User, as_owner: Browser, as_colleague: Browser) -> None:
    page = text(as_owner.get(PATH))

    assert all(word in page for word in ("Rafaela Couto", owner.email, agency.name, "Dono"))
    assert "fale com o suporte" in page
    assert 'href="/accounts/password/change/"' in page
    assert "Gestor" in text(as_colleague.get(PATH))


def test_what_is_changed_is_kept(owner: User, as_owner: Browser) -> None:
    response = as_owner.post(PATH, FIELDS | {"name": "  Rafaela  C. Couto ", "notices_by_email": ""}, follow=True)

    owner.refresh_from_db()
    assert (owner.name, owner.phone, owner.notices_by_email) == ("Rafaela C. Couto", "+5531986304412", False)
    assert (response.request["PATH_INFO"], "Perfil salvo." in text(response)) == (PATH, True)
    assert "+5531986304412" in text(response)


def test_notices_by_whatsapp_are_on_until_one_takes_them_off(owner: User, as_owner: Browser) -> None:
    assert owner.notices_by_whatsapp is True
    assert "Receber avisos por WhatsApp" in text(as_owner.get(PATH))

    as_owner.post(PATH, FIELDS)
    owner.refresh_from_db()
    assert owner.notices_by_whatsapp is False

    as_owner.post(PATH, FIELDS | {"notices_by_whatsapp": "on"})
    owner.refresh_from_db()
    assert owner.notices_by_whatsapp is True


def test_the_phone_may_be_left_out(owner: User, as_owner: Browser) -> None:
    as_owner.post(PATH, FIELDS)
    as_owner.post(PATH, FIELDS | {"phone": ""})

    owner.refresh_from_db()
    assert owner.phone == ""


@pytest.mark.parametrize(
    ("wrong", "field"), [({"name": "   "}, "name"), ({"phone": "123"}, "phone"), ({"name": "n" * 121}, "name")]
)
def test_what_will_not_do_is_explained_and_nothing_is_kept(
    wrong: dict[str, str], field: str, owner: User, as_owner: Browser
) -> None:
    response = as_owner.post(PATH, FIELDS | wrong)

    kept = User.objects.get(pk=owner.pk)
    assert (response.status_code, kept.name, kept.phone) == (200, "Rafaela Couto", "")
    assert f'id="id_{field}-error"' in text(response)
    assert "Sua conta: Rafaela Couto" in text(response)


def test_no_more_is_changed_than_the_form_shows(owner: User, as_owner: Browser) -> None:
    before = User.objects.filter(pk=owner.pk).values("email", "is_staff", "is_superuser", "is_active", "password").get()

    as_owner.post(PATH, FIELDS | {"email": "outra@exemplo.exemplo", "is_staff": "on", "password": "x", "role": "owner"})

    assert User.objects.filter(pk=owner.pk).values(*before).get() == before


def test_a_password_that_changes_meanwhile_stays_changed(owner: User) -> None:
    form = ProfileForm(FIELDS, instance=User.objects.get(pk=owner.pk))
    assert form.is_valid()
    newer = make_password("outra-senha")
    User.objects.filter(pk=owner.pk).update(password=newer)

    form.save()

    owner.refresh_from_db()
    assert (owner.name, owner.password) == ("Rafaela C. Couto", newer)


def test_it_is_ones_own(owner: User, stranger: User, as_stranger: Browser) -> None:
    as_stranger.post(PATH, FIELDS)

    owner.refresh_from_db()
    stranger.refresh_from_db()
    assert (owner.name, stranger.name) == ("Rafaela Couto", "Rafaela C. Couto")
    assert owner.email not in text(as_stranger.get(PATH))


def test_it_answers_to_get_and_post_only(as_owner: Browser) -> None:
    assert as_owner.delete(PATH).status_code == 405


def test_an_anonymous_visitor_goes_to_login(as_anonymous: Browser, db: None) -> None:
    assert as_anonymous.get(PATH).headers["Location"] == f"/accounts/login/?{urlencode({'next': PATH})}"
    assert as_anonymous.post(PATH, FIELDS).status_code == 302


def test_a_person_without_an_agency_is_told_so(db: None) -> None:
    response = browser_of(make_user()).get(PATH)

    assert (response.status_code, "não está ligada a uma agência" in text(response)) == (403, True)


def test_it_needs_the_forms_token(owner: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.post(PATH, FIELDS).status_code == 403


def test_the_menu_of_every_page_leads_there(as_owner: Browser) -> None:
    for page in ("/agency/", "/connections/", PATH):
        assert f'href="{PATH}"' in text(as_owner.get(page))


@pytest.mark.parametrize("colleagues", [0, 3])
def test_it_costs_the_same_however_many_work_there(
    colleagues: int, agency: Agency, as_owner: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(colleagues):
        make_user(agency=agency, role=Membership.Role.GESTOR)
    as_owner.get(PATH)

    with django_assert_num_queries(5):  # session, user, membership with agency, the bell, the row that the form shows
        as_owner.get(PATH)
