"""A forgotten or a changed password: who gets a link, what it is good for, and what ends when the password changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from agency.models import Agency, User
from tests.factories import make_user
from tests.people import browser_of

OLD, NEW = "senha-de-teste", "uma-senha-bem-nova"
RESET, CHANGE = "/accounts/password/reset/", "/accounts/password/change/"


def text(response: HttpResponse) -> str:
    return response.content.decode()


def ask(email: str, browser: Browser | None = None, **headers: str) -> HttpResponse:
    return (browser or Browser()).post(RESET, {"email": email}, headers=headers or None)


def link_of(user: User) -> str:
    """The path of the link in the newest e-mail to this person."""
    ask(user.email)
    assert mail.outbox[-1].to == [user.email]
    [address] = re.findall(r"https?://\S+", mail.outbox[-1].body)
    assert address.startswith(f"{settings.PUBLIC_URL}/accounts/password/reset/key/")
    return urlsplit(address).path


def set_by(link: str, password: str = NEW, browser: Browser | None = None) -> HttpResponse:
    browser = browser or Browser()
    form = browser.get(link).headers["Location"]
    return browser.post(form, {"password1": password, "password2": password}, follow=True)


def is_inside(browser: Browser) -> bool:
    return browser.get("/agency/profile/").status_code == 200


def can_log_in(user: User, password: str) -> bool:
    browser = Browser()
    browser.post("/accounts/login/", {"login": user.email, "password": password})
    return is_inside(browser)


# --- Asking for a link --------------------------------------------------------------------------------------------


def test_the_login_page_leads_to_it() -> None:
    assert f'href="{RESET}"' in text(Browser().get("/accounts/login/"))


def test_the_e_mail_is_portuguese_and_its_link_leads_to_the_public_address(owner: User) -> None:
    ask(owner.email.upper())

    [message] = mail.outbox
    assert message.subject == "Nova senha no Adscape"
    assert "senha continua a mesma" in message.body
    assert "3 horas" in message.body
    assert settings.PASSWORD_RESET_TIMEOUT == 3 * 60 * 60


def test_the_host_that_a_request_claims_does_not_choose_where_the_link_leads(owner: User) -> None:
    Browser().post(RESET, {"email": owner.email}, headers={"Host": "localhost:6666"})

    assert f"{settings.PUBLIC_URL}/accounts/password/reset/key/" in mail.outbox[0].body
    assert "localhost:6666" not in mail.outbox[0].body


def test_an_unknown_address_gets_the_same_answer_and_no_e_mail(owner: User) -> None:
    known = ask(owner.email)
    mail.outbox.clear()

    unknown = ask("ninguem@marealta.exemplo")

    assert (unknown.status_code, unknown.headers["Location"]) == (known.status_code, known.headers["Location"])
    assert unknown.headers["Location"] == "/accounts/password/reset/done/"
    assert mail.outbox == []


def test_an_inactive_person_gets_the_same_answer_and_no_e_mail(agency: Agency) -> None:
    person = make_user(agency=agency, is_active=False)

    assert ask(person.email).headers["Location"] == "/accounts/password/reset/done/"
    assert mail.outbox == []


def test_a_mail_server_that_fails_does_not_tell_who_is_known(
    owner: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )

    response = ask(owner.email)

    assert response.headers["Location"] == "/accounts/password/reset/done/"
    assert "did not leave: ConnectionRefusedError" in caplog.text
    assert owner.email not in caplog.text


def test_what_is_no_address_is_said(db: None) -> None:
    response = ask("rafaela")

    assert (response.status_code, mail.outbox) == (200, [])
    assert 'aria-invalid="true"' in text(response)


def test_the_answer_names_no_address(owner: User) -> None:
    browser = Browser()

    page = text(browser.get(ask(owner.email, browser).headers["Location"]))

    assert "Veja seu e-mail" in page
    assert owner.email not in page


# --- The link -----------------------------------------------------------------------------------------------------


def test_the_link_sets_a_new_password(owner: User) -> None:
    response = set_by(link_of(owner))

    assert response.request["PATH_INFO"] == "/accounts/password/reset/key/done/"
    assert "Senha trocada" in text(response)
    assert (can_log_in(owner, OLD), can_log_in(owner, NEW)) == (False, True)


def test_it_does_not_sign_anybody_in(owner: User) -> None:
    browser = Browser()

    set_by(link_of(owner), browser=browser)

    assert not is_inside(browser)


def test_it_works_once(owner: User) -> None:
    link = link_of(owner)
    set_by(link)

    again = Browser().get(link)

    assert (again.status_code, "Este link não vale mais" in text(again)) == (200, True)
    assert "<form" not in text(again)


def test_a_page_that_stayed_open_beyond_it_changes_nothing(owner: User) -> None:
    link, browser = link_of(owner), Browser()
    form = browser.get(link).headers["Location"]
    set_by(link)

    late = browser.post(form, {"password1": "outra-senha-bem-nova", "password2": "outra-senha-bem-nova"})

    assert "Este link não vale mais" in text(late)
    assert can_log_in(owner, NEW)


@pytest.mark.parametrize(("seconds", "works"), [(-60, True), (60, False)])
def test_it_expires(seconds: int, works: bool, owner: User) -> None:
    link = link_of(owner)

    with time_machine.travel(timezone.now().timestamp() + settings.PASSWORD_RESET_TIMEOUT + seconds):
        response = Browser().get(link)

    assert (response.status_code == 302) is works
    assert works or "Este link não vale mais" in text(response)


@pytest.mark.parametrize("key", ["1-abc", "zzz-set-password", "1-set-password", "0-a/b"])
def test_a_made_up_link_is_explained(key: str, owner: User) -> None:
    response = Browser().get(f"/accounts/password/reset/key/{key}/")

    assert "Este link não vale mais" in text(response)


def test_the_page_with_the_form_tells_nobody_the_key(owner: User) -> None:
    link, browser = link_of(owner), Browser()
    key = link.rstrip("/").split("-", 1)[1]

    first = browser.get(link)
    page = browser.get(first.headers["Location"])

    assert key not in first.headers["Location"]
    assert key not in text(page)
    for answer in (first, page):
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "no-store" in answer.headers["Cache-Control"]
    assert re.findall(r'(?:href|src|action)="https?:', text(page)) == []


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (NEW, "outra-coisa", "mesma senha"),
        ("curta", "curta", "curta"),
        ("password123", "password123", "comum"),
        ("", "", "obrigat"),
    ],
)
def test_a_password_that_will_not_do_is_explained_at_its_field(first: str, second: str, why: str, owner: User) -> None:
    browser = Browser()
    form = browser.get(link_of(owner)).headers["Location"]

    page = text(browser.post(form, {"password1": first, "password2": second}))

    assert re.search(rf'class="field-error">.*?{why}', page, re.DOTALL)
    assert re.search(r'aria-describedby="id_password\d-error', page)
    assert can_log_in(owner, OLD)


def test_somebody_elses_session_ends_when_the_link_is_opened_in_it(owner: User, as_stranger: Browser) -> None:
    set_by(link_of(owner), browser=as_stranger)

    assert not is_inside(as_stranger)
    assert can_log_in(owner, NEW)


def test_a_person_whose_address_was_never_proved_still_has_to_prove_it(agency: Agency) -> None:
    person = make_user(agency=agency)
    EmailAddress.objects.filter(user=person).update(verified=False)

    set_by(link_of(person))
    response = Browser().post("/accounts/login/", {"login": person.email, "password": NEW})

    assert response.headers["Location"] == "/accounts/confirm-email/"
    assert "/accounts/confirm-email/" in mail.outbox[-1].body


def test_a_person_who_was_deactivated_meanwhile_stays_outside(owner: User) -> None:
    link = link_of(owner)
    User.objects.filter(pk=owner.pk).update(is_active=False)

    set_by(link)

    assert not can_log_in(owner, NEW)


def test_a_person_without_a_password_gets_a_first_one(agency: Agency) -> None:
    person = make_user(agency=agency)
    person.set_unusable_password()
    person.save()

    set_by(link_of(person))

    assert can_log_in(person, NEW)
    assert browser_without_password(person).get(CHANGE, follow=True).request["PATH_INFO"] == RESET


def browser_without_password(person: User) -> Browser:
    person.set_unusable_password()
    person.save()
    return browser_of(person)


# --- Changing it --------------------------------------------------------------------------------------------------


def change(browser: Browser, old: str = OLD, new: str = NEW) -> HttpResponse:
    return browser.post(CHANGE, {"oldpassword": old, "password1": new, "password2": new}, follow=True)


def test_a_person_changes_the_password_and_stays_inside(owner: User, as_owner: Browser) -> None:
    response = change(as_owner)

    assert response.request["PATH_INFO"] == "/agency/profile/"
    assert "Senha trocada." in text(response)
    assert (can_log_in(owner, OLD), can_log_in(owner, NEW)) == (False, True)


def test_it_takes_the_old_one(owner: User, as_owner: Browser) -> None:
    page = text(change(as_owner, old="errada"))

    assert "A senha atual não confere." in page
    assert can_log_in(owner, OLD)


def test_only_for_people_of_an_agency(as_anonymous: Browser, db: None) -> None:
    assert as_anonymous.get(CHANGE).headers["Location"] == f"/accounts/login/?{urlencode({'next': CHANGE})}"
    assert browser_of(make_user()).get(CHANGE).status_code == 403


def test_a_strangers_password_is_his_own(owner: User, as_stranger: Browser) -> None:
    change(as_stranger)

    assert can_log_in(owner, OLD)


@pytest.mark.parametrize("path", [RESET, CHANGE])
def test_passwords_answer_to_get_and_post_only(path: str, as_owner: Browser) -> None:
    assert as_owner.delete(path).status_code == 405


# --- What ends, and what is slowed down ---------------------------------------------------------------------------


def test_a_change_ends_every_other_session(owner: User, as_owner: Browser) -> None:
    elsewhere = browser_of(owner)
    assert is_inside(elsewhere)

    change(as_owner)

    assert (is_inside(as_owner), is_inside(elsewhere)) == (True, False)


def test_a_reset_ends_every_session(owner: User, as_owner: Browser) -> None:
    elsewhere = browser_of(owner)
    link = link_of(owner)
    assert is_inside(as_owner)

    set_by(link)

    assert (is_inside(as_owner), is_inside(elsewhere)) == (False, False)


@pytest.fixture
def at_noon() -> Iterator[None]:
    """Limits count within a minute, and a slow machine must not let one go by."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


def test_links_to_one_address_are_limited(at_noon: None, owner: User) -> None:
    answers = [ask(owner.email).status_code for _ in range(6)]

    assert answers == [302] * 5 + [429]
    assert len(mail.outbox) == 5


def test_the_answer_to_too_many_is_a_page_of_ours(at_noon: None, owner: User) -> None:
    for _ in range(5):
        ask("ninguem@marealta.exemplo")

    response = ask("ninguem@marealta.exemplo")

    assert (response.status_code, "Tentativas demais" in text(response)) == (429, True)


def test_asking_for_many_addresses_is_limited(at_noon: None, db: None) -> None:
    answers = [ask(f"pessoa{number}@marealta.exemplo").status_code for number in range(21)]

    assert answers == [302] * 20 + [429]


def test_trying_keys_is_limited(at_noon: None, db: None) -> None:
    answers = [Browser().post(f"/accounts/password/reset/key/1-abc{number}/").status_code for number in range(21)]

    assert answers == [200] * 20 + [429]


def test_guessing_the_old_password_is_limited(at_noon: None, as_owner: Browser) -> None:
    answers = [change(as_owner, old=f"errada-{number}").status_code for number in range(6)]

    assert answers == [200] * 5 + [429]


def many_from_one_connection(addresses: list[str]) -> set[int]:
    """Requests that all reach web from one address, each saying in X-Forwarded-For where it comes from."""
    return {
        ask(f"pessoa{number}@marealta.exemplo", **{"X-Forwarded-For": address}).status_code
        for number, address in enumerate(addresses)
    }


def test_nobody_gets_around_a_limit_by_a_header(at_noon: None, db: None) -> None:
    assert settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0

    assert many_from_one_connection([f"203.0.113.{number}" for number in range(21)]) == {302, 429}


def test_behind_a_proxy_of_ours_each_client_has_a_limit_of_its_own(at_noon: None, db: None, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    assert many_from_one_connection([f"203.0.113.{number}" for number in range(21)]) == {302}


def test_behind_a_proxy_of_ours_a_client_cannot_choose_its_address(at_noon: None, db: None, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    assert many_from_one_connection([f"203.0.113.{number}, 198.51.100.7" for number in range(21)]) == {302, 429}
