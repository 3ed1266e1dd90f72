"""The theme: one cookie, written by a button, read by every page, that decides nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from tests.factories import make_user
from tests.people import browser_of

PATH = "/agency/theme/"
SYSTEM = ("", "light dark")


def look_of(response: HttpResponse) -> tuple[str, str]:
    """data-theme of the page, and the schemes that it tells the browser."""
    page = response.content.decode()
    [attributes] = re.findall(r"<html([^>]*)>", page)
    [scheme] = re.findall(r'<meta name="color-scheme" content="([^"]*)">', page)
    return "".join(re.findall(r'data-theme="([^"]*)"', attributes)), scheme


def test_without_a_choice_the_system_decides(as_owner: Browser) -> None:
    assert look_of(as_owner.get("/agency/")) == SYSTEM


@pytest.mark.parametrize(
    ("choice", "look"), [("light", ("adscape", "light")), ("dark", ("adscape-dark", "dark")), ("system", SYSTEM)]
)
def test_a_choice_holds_on_every_page(choice: str, look: tuple[str, str], as_owner: Browser) -> None:
    as_owner.cookies["theme"] = "dark" if choice == "system" else "light"

    as_owner.post(PATH, {"theme": choice})

    for page in ("/agency/", "/agency/profile/", "/connections/", "/accounts/password/change/", "/agency/nowhere/"):
        assert look_of(as_owner.get(page)) == look


@pytest.mark.parametrize("page", ["/accounts/login/", "/accounts/password/reset/", "/nowhere/"])
def test_it_holds_before_login_too(page: str, as_anonymous: Browser, db: None) -> None:
    as_anonymous.post(PATH, {"theme": "dark"})

    assert look_of(as_anonymous.get(page)) == ("adscape-dark", "dark")


def test_the_choice_is_marked_on_its_button(as_owner: Browser) -> None:
    as_owner.post(PATH, {"theme": "dark"})

    page = as_owner.get("/agency/").content.decode()

    assert re.findall(r'name="theme" value="(\w+)" aria-pressed="true"', page) == ["dark"]


@pytest.mark.parametrize("value", ["", "blue", "DARK", 'dark" onload="alert(1)', "adscape-dark"])
def test_anything_else_in_the_cookie_is_ignored(value: str, as_owner: Browser) -> None:
    as_owner.cookies["theme"] = value

    assert look_of(as_owner.get("/agency/")) == SYSTEM


@pytest.mark.parametrize("value", ["", "blue", "adscape-dark"])
def test_anything_else_that_is_posted_changes_nothing(value: str, as_owner: Browser) -> None:
    as_owner.post(PATH, {"theme": "dark"})

    response = as_owner.post(PATH, {"theme": value})

    assert (response.status_code, "theme" in response.cookies) == (302, False)
    assert look_of(as_owner.get("/agency/")) == ("adscape-dark", "dark")


@pytest.mark.parametrize("https", [False, True])
def test_how_the_cookie_is_kept(https: bool, as_owner: Browser, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = https  # set with an https public address

    cookie = as_owner.post(PATH, {"theme": "dark"}).cookies["theme"]

    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("dark", 365 * 24 * 60 * 60, "/")
    assert (cookie["samesite"], bool(cookie["httponly"]), bool(cookie["secure"])) == ("Lax", True, https)


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/connections/", "/connections/"),
        ("/agency/?q=caf%C3%A9&estado=x", "/agency/?q=caf%C3%A9&estado=x"),
        ("https://evil.example/", "/agency/"),
        ("//evil.example/", "/agency/"),
        ("/\\evil.example/", "/agency/"),
        ("javascript:alert(1)", "/agency/"),
        ("", "/agency/"),
    ],
)
def test_it_leads_back_to_the_page_and_never_to_another_site(wanted: str, leads_to: str, as_owner: Browser) -> None:
    response = as_owner.post(PATH, {"theme": "dark", "next": wanted})

    assert (response.status_code, response.headers["Location"]) == (302, leads_to)


def test_the_form_names_the_page_that_it_stands_on(as_owner: Browser) -> None:
    page = as_owner.get("/agency/?q=caf%C3%A9").content.decode()

    assert '<input type="hidden" name="next" value="/agency/?q=caf%C3%A9">' in page


def test_it_takes_a_post(as_owner: Browser) -> None:
    assert as_owner.get(PATH).status_code == 405


def test_it_needs_the_forms_token(db: None) -> None:
    assert Browser(enforce_csrf_checks=True).post(PATH, {"theme": "dark"}).status_code == 403


def test_it_is_for_whoever_looks(as_anonymous: Browser, as_stranger: Browser) -> None:
    for browser in (as_anonymous, as_stranger, browser_of(make_user())):
        assert browser.post(PATH, {"theme": "dark"}).cookies["theme"].value == "dark"
