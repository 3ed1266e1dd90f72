"""Getting in and out: by e-mail, in Portuguese, and nobody signs up by himself."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client as Browser

from agency.models import Agency, User
from tests.factories import make_user

PASSWORD = "senha-de-teste"


def log_in(browser: Browser, email: str, password: str = PASSWORD) -> str:
    response = browser.post("/accounts/login/", {"login": email, "password": password}, follow=True)
    return response.request["PATH_INFO"]


def test_a_person_logs_in_with_the_address_in_any_case(agency: Agency) -> None:
    make_user(agency=agency, email="rafaela@marealta.exemplo")

    assert log_in(Browser(), "Rafaela@MareAlta.exemplo") == "/agency/"


def test_a_wrong_password_is_explained_in_portuguese(agency: Agency) -> None:
    make_user(agency=agency, email="rafaela@marealta.exemplo")

    response = Browser().post("/accounts/login/", {"login": "rafaela@marealta.exemplo", "password": "errada"})

    assert "não conferem" in response.content.decode()
    assert 'role="alert"' in response.content.decode()


def test_an_unknown_address_reads_like_a_wrong_password(db: None) -> None:
    response = Browser().post("/accounts/login/", {"login": "ninguem@marealta.exemplo", "password": "errada"})

    assert "não conferem" in response.content.decode()


def test_guessing_is_slowed_down(agency: Agency) -> None:
    make_user(agency=agency, email="rafaela@marealta.exemplo")
    browser = Browser()
    for _ in range(10):
        log_in(browser, "rafaela@marealta.exemplo", "errada")

    assert log_in(browser, "rafaela@marealta.exemplo") == "/accounts/login/"


def test_an_address_that_was_never_proved_gets_a_link_first(agency: Agency) -> None:
    user = make_user(agency=agency)
    EmailAddress.objects.filter(user=user).update(verified=False)

    assert log_in(Browser(), user.email) == "/accounts/confirm-email/"
    assert len(mail.outbox) == 1
    assert "/accounts/confirm-email/" in mail.outbox[0].body


def test_login_leads_back_to_the_page_that_was_asked_for(agency: Agency, owner: User) -> None:
    browser = Browser()
    asked = browser.get("/connections/")

    response = browser.post(asked.headers["Location"], {"login": owner.email, "password": PASSWORD})

    assert response.headers["Location"] == "/connections/"


def test_login_never_leads_to_another_site(owner: User) -> None:
    response = Browser().post(
        "/accounts/login/?next=https://evil.example/", {"login": owner.email, "password": PASSWORD}
    )

    assert response.headers["Location"] == "/agency/"


def test_logout_takes_a_post(as_owner: Browser) -> None:
    assert as_owner.get("/accounts/logout/").status_code == 200
    assert as_owner.get("/agency/").status_code == 200

    as_owner.post("/accounts/logout/")

    assert as_owner.get("/agency/").status_code == 302


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/email/"])
def test_nobody_signs_up_by_himself(path: str, db: None) -> None:
    assert Browser().get(path).status_code == 404


def test_the_admin_uses_the_same_login(db: None, as_owner: Browser) -> None:
    assert Browser().get("/admin/", follow=True).request["PATH_INFO"] == "/accounts/login/"
    assert as_owner.get("/admin/").status_code in (302, 403)
