"""The bell, its count and the page of notices: each view works, refuses, asks for a login, keeps agencies apart."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency import notices
from agency.models import Agency, Membership, Notice, User
from agency.notice_views import IN_BELL, PER_PAGE

HTMX = {"HX-Request": "true"}


@pytest.fixture
def notice(agency: Agency) -> Notice:
    return raised(agency, "report:1", "Relatório retido: Moda Ipê", text="Falta o dia 22.", action="Revisar")


def raised(agency: Agency, subject: str, title: str, **fields: Any) -> Notice:
    return notices.raise_notice(agency, subject, title=title, **{"url": "/agency/"} | fields)


def path(name: str, *args: Any) -> str:
    return reverse(f"agency:{name}", args=args)


def text(response: Any) -> str:
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(words.split())


def bell(browser: Browser) -> str:
    return text(browser.get(path("notices"), headers=HTMX))


# --- The bell -------------------------------------------------------------------------------------------------------


def test_the_bell_is_a_link_and_says_how_many_are_unread(notice: Notice, as_owner: Browser) -> None:
    raised(notice.agency, "report:2", "Relatório retido: Padaria")

    page = as_owner.get("/agency/")

    link = re.search(r'<a [^>]*id="bell"[^>]*>.*?</a>', page.content.decode(), re.DOTALL)
    assert link is not None
    assert f'href="{path("notices")}"' in link[0]
    assert "2 avisos não lidos" in link[0]


def test_the_bell_opens_the_newest_first_with_what_was_resolved(notice: Notice, as_owner: Browser) -> None:
    raised(notice.agency, "lost:1", "Padaria: 2 relatórios perdidos", level=notices.Level.BAD)
    raised(notice.agency, "report:3", "Retido")
    notices.resolve(notice.agency, "report:3", outcome="Studio Corpo Leve voltou a conectar sozinho.")
    Notice.objects.filter(subject="report:3").update(closed_at=timezone.now() - timedelta(minutes=1))

    shown = bell(as_owner)

    assert shown.index("Problema: Padaria: 2 relatórios perdidos") < shown.index("Atenção: Relatório retido: Moda Ipê")
    assert all(part in shown for part in ("Falta o dia 22.", "Revisar", "Dispensar", "Ver todos"))
    assert re.search(r"Resolvido (às|ontem) \d\d:\d\d: Studio Corpo Leve voltou a conectar sozinho\.", shown)


def test_an_empty_bell_says_so(as_owner: Browser) -> None:
    shown = bell(as_owner)

    assert "Nenhum aviso." in shown
    assert "Marcar todos" not in shown


def test_the_bell_holds_the_newest_and_the_page_all_of_them(agency: Agency, as_owner: Browser) -> None:
    for number in range(IN_BELL + 2):
        raised(agency, f"report:{number}", f"Aviso {number:02}.")

    shown = bell(as_owner)
    page = text(as_owner.get(path("notices")))

    assert "Ver todos os avisos" in shown
    assert ("Aviso 09." in shown, "Aviso 00." in shown, "Aviso 01." in shown) == (True, False, False)
    assert all(f"Aviso {number:02}." in page for number in range(IN_BELL + 2))


def test_the_page_is_a_page_of_its_own_and_has_pages(agency: Agency, as_owner: Browser) -> None:
    rows = [
        Notice(agency=agency, subject=f"report:{number}", title=f"Aviso {number:02}.") for number in range(PER_PAGE)
    ]
    Notice.objects.bulk_create(rows)
    Notice.objects.update(raised_at=timezone.now() - timedelta(days=1))
    raised(agency, "lost:1", "O mais novo.")

    first, second = (text(as_owner.get(path("notices"), {"pagina": page})) for page in ("", "2"))

    assert ("O mais novo." in first, "O mais novo." in second) == (True, False)
    assert "Página 2 de 2" in second
    assert "Marcar todos como lidos" in first
    assert as_owner.get(path("notices"), {"pagina": "x"}).status_code == 200


def test_names_are_shown_as_text(agency: Agency, as_owner: Browser) -> None:
    raised(agency, "report:1", "<b>Moda</b>: relatório", text="<script>")

    for response in (as_owner.get(path("notices")), as_owner.get(path("notices"), headers=HTMX)):
        body = response.content.decode()
        assert "&lt;b&gt;Moda&lt;/b&gt;" in body
        assert "<b>Moda" not in body


@pytest.mark.parametrize("count", [1, 7])
def test_the_bell_and_its_page_cost_the_same_however_many_there_are(
    count: int, agency: Agency, as_owner: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        raised(agency, f"report:{number}", f"Aviso {number}")
        raised(agency, f"done:{number}", f"Aviso {number}")
        notices.resolve(agency, f"done:{number}", outcome="Resolvido.")

    with django_assert_num_queries(5):  # session, user, membership; open, closed
        as_owner.get(path("notices"), headers=HTMX)
    with django_assert_num_queries(7):  # and how many pages, and the bell's count
        as_owner.get(path("notices"))
    with django_assert_num_queries(4):  # the bell's count alone
        as_owner.get(path("notices_count"))


def test_nothing_is_counted_for_somebody_who_is_not_logged_in(
    notice: Notice, as_anonymous: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        page = as_anonymous.get(reverse("account_login"))

    assert 'id="bell"' not in page.content.decode()


# --- The count ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "said", "shown"),
    [
        (0, "Avisos, nenhum não lido", ""),
        (1, "1 aviso não lido", "1"),
        (4, "4 avisos não lidos", "4"),
        (99, "99 avisos não lidos", "99"),
        (100, "99+ avisos não lidos", "99+"),
        (150, "99+ avisos não lidos", "99+"),
    ],
)
def test_the_count_as_it_is_said_and_shown(
    count: int, said: str, shown: str, agency: Agency, as_owner: Browser
) -> None:
    rows = [Notice(agency=agency, subject=f"report:{number}", title="Retido") for number in range(count)]
    Notice.objects.bulk_create(rows)

    response = as_owner.get(path("notices_count"), headers=HTMX)

    assert text(response) == f"{said} {shown}".strip()
    assert 'hx-trigger="every 60s' in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]


# --- What a person does ---------------------------------------------------------------------------------------------


def test_marking_as_read_is_this_persons_and_keeps_the_notices_open(
    notice: Notice, as_owner: Browser, as_colleague: Browser
) -> None:
    response = as_owner.post(path("notices_read"), {"until": notice.raised_at.isoformat()}, headers=HTMX)

    assert "Relatório retido: Moda Ipê" in text(response)
    assert "Marcar todos" not in text(response)
    assert "notices-changed" in response.headers["HX-Trigger"]
    assert text(as_owner.get(path("notices_count"))).startswith("Avisos, nenhum")
    assert text(as_colleague.get(path("notices_count"))).startswith("1 aviso")


def test_what_came_after_the_list_stays_unread(notice: Notice, as_owner: Browser) -> None:
    later = raised(notice.agency, "report:2", "Outro")
    Notice.objects.filter(pk=later.pk).update(raised_at=notice.raised_at + timedelta(microseconds=1))

    as_owner.post(path("notices_read"), {"until": notice.raised_at.isoformat()}, headers=HTMX)

    assert text(as_owner.get(path("notices_count"))).startswith("1 aviso")


def test_the_form_of_the_page_says_what_the_page_shows(notice: Notice, as_owner: Browser) -> None:
    page = as_owner.get(path("notices")).content.decode()
    until = re.search(r'name="until" value="([^"]+)"', page)
    assert until is not None

    response = as_owner.post(path("notices_read"), {"until": until[1]})

    assert (response.status_code, response.headers["Location"]) == (302, path("notices"))
    assert text(as_owner.get(path("notices_count"))).startswith("Avisos, nenhum")


@pytest.mark.parametrize("until", ["", "ontem", "2026-13-45", "2026-11-24T10:00:00"])
def test_a_moment_that_is_none_marks_nothing(until: str, notice: Notice, owner: User, as_owner: Browser) -> None:
    response = as_owner.post(path("notices_read"), {"until": until}, headers=HTMX)

    assert response.status_code == 200
    assert Membership.objects.get(user=owner).notices_read_at is None


def test_dismissing_takes_it_away_for_the_whole_agency(
    notice: Notice, as_owner: Browser, as_colleague: Browser
) -> None:
    kept = raised(notice.agency, "report:2", "Outro aviso")

    response = as_owner.post(path("notice_dismiss", notice.pk), headers=HTMX)

    assert "notices-changed" in response.headers["HX-Trigger"]
    assert "Moda Ipê" not in text(response)
    assert "Outro aviso" in bell(as_colleague)
    assert "Moda Ipê" not in bell(as_colleague)
    assert list(notices.open_of(notice.agency)) == [kept]


def test_dismissing_twice_or_what_is_resolved_is_no_error(notice: Notice, as_owner: Browser) -> None:
    notices.resolve(notice.agency, notice.subject, outcome="Moda Ipê: liberado.")

    response = as_owner.post(path("notice_dismiss", notice.pk))

    assert (response.status_code, response.headers["Location"]) == (302, path("notices"))
    assert notices.recently_closed(notice.agency).get() == notice


# --- The four questions ---------------------------------------------------------------------------------------------

ASKED = ("notices", "notices_count")
ORDERED = ("notices_read", "notice_dismiss")


def address(name: str, notice: Notice) -> str:
    return path(name, notice.pk) if name == "notice_dismiss" else path(name)


@pytest.mark.parametrize("name", ASKED + ORDERED)
def test_the_wrong_method_is_refused(name: str, notice: Notice, as_owner: Browser) -> None:
    ask = as_owner.post if name in ASKED else as_owner.get

    assert ask(address(name, notice)).status_code == 405
    assert notices.open_of(notice.agency).exists()


@pytest.mark.parametrize("name", ASKED + ORDERED)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_an_anonymous_visitor_goes_to_the_login(
    name: str, headers: dict[str, str], notice: Notice, as_anonymous: Browser
) -> None:
    ask = as_anonymous.get if name in ASKED else as_anonymous.post

    response: HttpResponse = ask(address(name, notice), headers=headers)

    target = response.headers.get("HX-Redirect") or response.headers["Location"]
    assert target.startswith(reverse("account_login"))
    assert "Moda Ipê" not in response.content.decode()
    assert notices.open_of(notice.agency).exists()


def test_a_stranger_sees_nothing_of_it(notice: Notice, as_stranger: Browser) -> None:
    assert text(as_stranger.get(path("notices_count"))).startswith("Avisos, nenhum")
    assert "Nenhum aviso." in bell(as_stranger)
    assert "Moda Ipê" not in text(as_stranger.get(path("notices")))
    as_stranger.post(path("notices_read"), {"until": timezone.now().isoformat()})
    assert not Membership.objects.filter(agency=notice.agency).exclude(notices_read_at=None).exists()


def test_another_agencys_notice_is_a_404(notice: Notice, as_stranger: Browser) -> None:
    assert as_stranger.post(path("notice_dismiss", notice.pk)).status_code == 404
    assert notices.open_of(notice.agency).exists()


# --- Support --------------------------------------------------------------------------------------------------------


def test_support_reads_notices_and_changes_none(notice: Notice, admin_client: Browser) -> None:
    listed = admin_client.get(reverse("admin:agency_notice_changelist"))
    change = reverse("admin:agency_notice_change", args=[notice.pk])

    assert "Relatório retido: Moda Ipê" in text(listed)
    assert admin_client.get(change).status_code == 200
    assert admin_client.post(change, {"title": "Outro"}).status_code == 403
    assert admin_client.get(reverse("admin:agency_notice_add")).status_code == 403
