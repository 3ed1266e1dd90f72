"""An agency's logo: who may change it, what is refused, where it is shown, and what anybody may read of it."""

from __future__ import annotations

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agency import logos
from agency.logo_image import DAMAGED, IS_SVG, MAX_UPLOAD, NOT_AN_IMAGE, TOO_LARGE, normalise
from agency.models import Agency, AgencyLogo, User
from connections import links
from tests.factories import make_client, make_user
from tests.people import browser_of
from tests.pictures import encoded, on_nothing, opened, picture

PATH, REMOVE, PROFILE = "/agency/logo/", "/agency/logo/remove/", "/agency/profile/"
PNG = encoded(picture())


def text(response: HttpResponse) -> str:
    return response.content.decode()


def upload(browser: Browser, content: bytes, name: str = "logo.png", **options: bool) -> HttpResponse:
    answer: HttpResponse = browser.post(PATH, {"file": SimpleUploadedFile(name, content)}, **options)  # type: ignore[arg-type]
    return answer


@pytest.fixture
def logo(agency: Agency) -> AgencyLogo:
    logos.store(agency, normalise(encoded(on_nothing("white"))))
    return AgencyLogo.objects.get(agency=agency)


def test_any_of_its_people_puts_it_in_place(agency: Agency, as_owner: Browser, as_colleague: Browser) -> None:
    assert "Sem logo, o link de conexão dos clientes mostra as iniciais." in text(as_owner.get(PROFILE))

    response = upload(as_colleague, encoded(picture(1200, 600), "JPEG"), "foto.jpg", follow=True)

    kept = AgencyLogo.objects.get(agency=agency)
    assert (response.request["PATH_INFO"], "Logo salvo." in text(response)) == (PROFILE, True)
    assert (kept.width, kept.height, opened(bytes(kept.content)).size) == (512, 256, (512, 256))
    assert kept.digest == hashlib.sha256(bytes(kept.content)).hexdigest()
    assert text(as_owner.get(PROFILE)).count(f'src="{kept.address}"') == 2  # the bar, and the panel


def test_another_takes_its_place(agency: Agency, logo: AgencyLogo, as_owner: Browser, as_anonymous: Browser) -> None:
    upload(as_owner, PNG)

    kept = AgencyLogo.objects.get()
    assert (kept.agency, kept.digest == logo.digest, kept.updated_at > logo.updated_at) == (agency, False, True)
    assert as_anonymous.get(logo.address).status_code == 404
    assert as_anonymous.get(kept.address).status_code == 200


def test_it_is_removed_once_somebody_has_said_so_twice(logo: AgencyLogo, as_owner: Browser) -> None:
    assert f'href="{REMOVE}"' in text(as_owner.get(PROFILE))
    assert "Remover o logo da agência?" in text(as_owner.get(REMOVE))
    assert "<html" not in text(as_owner.get(REMOVE, headers={"hx-request": "true"}))
    assert AgencyLogo.objects.exists()

    response = as_owner.post(REMOVE, follow=True)

    assert (response.request["PATH_INFO"], "Logo removido." in text(response)) == (PROFILE, True)
    assert not AgencyLogo.objects.exists()
    assert "<img" not in text(as_owner.get(PROFILE))
    assert f'href="{REMOVE}"' not in text(as_owner.get(PROFILE))
    assert as_owner.post(REMOVE).status_code == 302  # a second click


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"nome;valor\n", NOT_AN_IMAGE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", IS_SVG),
        (PNG[:-40], DAMAGED),
        (PNG + b"\0" * MAX_UPLOAD, TOO_LARGE),
        (b"", "O arquivo está vazio."),
    ],
)
def test_what_is_refused_changes_nothing(content: bytes, sentence: str, logo: AgencyLogo, as_owner: Browser) -> None:
    page = text(upload(as_owner, content))

    assert page.count(sentence) == 1
    assert 'aria-describedby="logo-help id_file-error"' in page
    assert AgencyLogo.objects.get().digest == logo.digest
    assert "Rafaela Couto" in page  # the other form of the page stands as it did


def test_no_file_at_all(as_owner: Browser) -> None:
    assert text(as_owner.post(PATH)).count("Escolha um arquivo.") == 1
    assert text(as_owner.post(PATH, {"file": "texto"})).count("Escolha um arquivo.") == 1


def test_who_may_and_how(logo: AgencyLogo, as_stranger: Browser, as_anonymous: Browser, as_owner: Browser) -> None:
    for path in (PATH, REMOVE):
        assert as_anonymous.post(path).url.startswith("/accounts/login/")  # type: ignore[attr-defined]
    assert as_owner.get(PATH).status_code == 405
    assert as_owner.put(REMOVE).status_code == 405
    assert as_anonymous.post(logo.address).status_code == 405
    assert browser_of(make_user()).post(PATH).status_code == 403

    upload(as_stranger, PNG)
    as_stranger.post(REMOVE)

    assert AgencyLogo.objects.get().digest == logo.digest


def test_anybody_reads_it_at_its_address_for_ever(
    logo: AgencyLogo, as_anonymous: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        response = as_anonymous.get(logo.address)

    assert logo.address == f"/agency/logo/{logo.digest}.png"
    assert (response.content, response["Content-Type"]) == (bytes(logo.content), "image/png")
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not {"Set-Cookie", "Vary"} & set(response.headers)
    assert (as_anonymous.head(logo.address).status_code, as_anonymous.head(logo.address).content) == (200, b"")


@pytest.mark.parametrize("digest", ["0" * 64, "abc", "..", "%00", "é"])
def test_an_address_that_names_nothing(digest: str, logo: AgencyLogo, as_anonymous: Browser) -> None:
    response = as_anonymous.get(f"/agency/logo/{digest}.png")

    assert (response.status_code, "immutable" in response.headers.get("Cache-Control", "")) == (404, False)


def test_two_agencies_may_have_the_same(logo: AgencyLogo, stranger: User, as_anonymous: Browser) -> None:
    logos.store(stranger.membership.agency, normalise(encoded(on_nothing("white"))))

    assert AgencyLogo.objects.filter(digest=logo.digest).count() == 2
    logos.remove(logo.agency)
    assert as_anonymous.get(logo.address).status_code == 200


def test_the_link_of_a_client_shows_it(agency: Agency, owner: User, as_anonymous: Browser) -> None:
    link = links.make(make_client(agency=agency, name="Auto Center"), owner)
    address = reverse("connections:link", args=[links.token_of(link)])
    as_anonymous.get(address)
    with CaptureQueriesContext(connection) as without:
        page = text(as_anonymous.get(address))
    assert ("MA</span>" in page, "<img" in page) == (True, False)

    logos.store(agency, normalise(encoded(on_nothing("white", 300, 60))))

    kept = AgencyLogo.objects.get()
    with CaptureQueriesContext(connection) as queries:
        page = text(as_anonymous.get(address))
    assert f'src="{kept.address}" width="144" height="29" alt="Logo de Maré Alta"' in page
    assert "logo-dark" in page
    assert "MA</span>" not in page
    assert (
        len(queries) == len(without) == 3
    )  # the link with client, agency and logo; its mark as opened; the connection
    assert not any('"content"' in query["sql"] for query in queries)


def test_every_page_shows_it_for_no_query_more(
    logo: AgencyLogo, owner: User, as_owner: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_client(agency=owner.membership.agency)
    as_owner.get("/agency/")

    with django_assert_num_queries(8), CaptureQueriesContext(connection) as queries:
        page = text(as_owner.get("/agency/"))

    assert page.count(f'src="{logo.address}"') == 1
    assert not any('"content"' in query["sql"] for query in queries)


def test_support_sees_it_and_cannot_change_it(agency: Agency, logo: AgencyLogo) -> None:
    support = browser_of(make_user(is_staff=True, is_superuser=True))

    page = text(support.get(f"/admin/agency/agency/{agency.pk}/change/"))

    assert f'<img src="{logo.address}" alt="Logo de Maré Alta"' in page
    assert "120 × 60, fundo escuro" in page
    logos.remove(agency)
    assert "Logo de" not in text(support.get(f"/admin/agency/agency/{agency.pk}/change/"))
    assert support.get("/admin/agency/agency/add/").status_code == 200
