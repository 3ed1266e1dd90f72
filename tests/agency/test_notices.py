"""The rules of notices: one open for a subject, closed by its subject or by a person, also at the same time."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency import notices, services
from agency.models import Agency, Membership, Notice, NoticeCopy, User
from tests.factories import make_agency, make_client
from tests.threads import together


def raised(agency: Agency, subject: str = "report:1", **fields: Any) -> Notice:
    fields.setdefault("title", "Relatório retido: Moda Ipê")
    return notices.raise_notice(agency, subject, **fields)


def age(notice: Notice, **fields: Any) -> None:
    Notice.objects.filter(pk=notice.pk).update(**fields)


# --- One open notice for a subject ----------------------------------------------------------------------------------


def test_a_subject_raised_again_is_the_same_notice_with_the_newest_words(agency: Agency) -> None:
    first = raised(agency, text="Faltam os dias 21 e 22.", url="/agency/", action="Revisar")
    again = raised(agency, text="Falta o dia 22.", level=notices.Level.BAD)

    assert again.pk == first.pk
    assert Notice.objects.count() == 1
    stored = Notice.objects.get()
    assert (stored.text, stored.level, stored.url, stored.action) == ("Falta o dia 22.", "bad", "", "")


def test_what_is_resolved_and_happens_again_is_a_new_notice(agency: Agency) -> None:
    first = raised(agency)
    notices.resolve(agency, first.subject, outcome="Moda Ipê: liberado.")

    second = raised(agency)

    assert second.pk != first.pk
    assert list(notices.open_of(agency)) == [second]


@pytest.mark.parametrize(
    ("title", "is_news", "expected"),
    [
        ("Relatório retido: Moda Ipê", None, False),
        ("Moda Ipê: 3 relatórios perdidos", None, True),
        ("Moda Ipê: 1 relatório perdido", False, False),
        ("Relatório retido: Moda Ipê", True, True),
    ],
)
def test_a_new_title_or_who_says_so_makes_it_unread_and_unmailed(
    title: str, is_news: bool | None, expected: bool, agency: Agency, owner: User
) -> None:
    notice = raised(agency)
    then = timezone.now() - timedelta(hours=1)
    age(notice, raised_at=then, mailed_at=then, mail_claimed_at=then)
    NoticeCopy.objects.create(notice=notice, user=owner)
    notices.mark_read(owner.membership)

    again = raised(agency, title=title, is_news=is_news)

    again.refresh_from_db()
    assert again.title == title
    assert (again.raised_at > then, again.mailed_at is None, again.mail_claimed_at is None) == (expected,) * 3
    assert notices.unread_count(owner.membership) == int(expected)
    assert NoticeCopy.objects.exists() is not expected


def test_words_that_are_too_long_or_on_two_lines_are_made_to_fit(agency: Agency) -> None:
    notice = raised(agency, title=f"Moda\nIpê {'a' * 200}", text="b" * 400)

    notice.refresh_from_db()
    assert (len(notice.title), notice.title[:9], notice.title[-1]) == (160, "Moda Ipê ", "…")
    assert len(notice.text) == 300


@pytest.mark.parametrize("url", ["https://example.com/", "//example.com", "javascript:alert(1)", "agency/"])
def test_a_notice_leads_nowhere_but_into_the_product(url: str, agency: Agency) -> None:
    with pytest.raises(ValueError, match="path"):
        raised(agency, url=url)


# --- Agencies -------------------------------------------------------------------------------------------------------


def test_two_agencies_have_their_own_notice_of_one_subject(agency: Agency) -> None:
    other = make_agency()
    mine, theirs = raised(agency, title="Meu"), raised(other, title="Deles")

    notices.resolve(other, "report:1", outcome="Resolvido.")

    assert list(notices.open_of(agency)) == [mine]
    assert list(notices.open_of(other)) == []
    assert list(notices.recently_closed(agency)) == []
    assert list(notices.recently_closed(other)) == [theirs]


def test_a_client_of_another_agency_is_refused(agency: Agency) -> None:
    with pytest.raises(ValueError, match="agency"):
        raised(agency, client=make_client())

    assert Notice.objects.count() == 0


# --- How it ends ----------------------------------------------------------------------------------------------------


def test_resolving_says_how_it_ended_and_only_once(agency: Agency) -> None:
    notice = raised(agency)

    assert notices.resolve(agency, notice.subject, outcome="Moda Ipê: liberado.") is True
    assert notices.resolve(agency, notice.subject, outcome="Outra vez.") is False
    closed = notices.recently_closed(agency).get()
    assert (closed.pk, closed.outcome) == (notice.pk, "Moda Ipê: liberado.")


def test_several_subjects_are_resolved_at_once(agency: Agency) -> None:
    for number in range(3):
        raised(agency, f"uncertain:{number}")

    assert notices.resolve_all(agency, ["uncertain:0", "uncertain:2", "uncertain:9"], outcome="Confirmado.") == 2
    assert notices.open_of(agency).get().subject == "uncertain:1"


def test_what_a_person_put_away_is_not_told_as_resolved(agency: Agency) -> None:
    notice = raised(agency)

    assert notices.dismiss(notice) is True
    assert notices.dismiss(notice) is False
    assert not notices.open_of(agency).exists()
    assert not notices.recently_closed(agency).exists()


def test_what_was_resolved_is_told_for_a_day(agency: Agency) -> None:
    notice = raised(agency)
    notices.resolve(agency, notice.subject, outcome="Moda Ipê: liberado.")

    assert notices.recently_closed(agency, timezone.now() + timedelta(hours=23)).exists()
    assert not notices.recently_closed(agency, timezone.now() + timedelta(hours=25)).exists()


def test_an_archived_clients_notices_close_and_no_others(agency: Agency) -> None:
    client = make_client(agency=agency)
    raised(agency, "report:1", client=client)
    kept = raised(agency, "report:2", client=make_client(agency=agency))

    services.archive_client(client)

    assert list(notices.open_of(agency)) == [kept]


def test_the_sweep_closes_what_was_raised_while_a_client_was_being_archived(agency: Agency) -> None:
    client = make_client(agency=agency, archived_at=timezone.now())
    raised(agency, client=client)
    kept = raised(agency, "report:2")

    notices.sweep()

    assert list(notices.open_of(agency)) == [kept]


def test_the_sweep_deletes_what_was_closed_90_days_ago(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    closed = [raised(agency, f"report:{number}") for number in range(4)]
    notices.resolve_all(agency, [notice.subject for notice in closed], outcome="Resolvido.")
    for notice in closed[:3]:
        age(notice, closed_at=now - timedelta(days=91))
    still_open = raised(agency, "report:9")
    age(still_open, raised_at=now - timedelta(days=200))
    monkeypatch.setattr(notices, "SWEPT", 2)

    assert (notices.sweep(now), notices.sweep(now), notices.sweep(now)) == (2, 1, 0)
    assert set(Notice.objects.all()) == {closed[3], still_open}


# --- What a person has read -----------------------------------------------------------------------------------------


def test_unread_is_what_was_raised_since_this_person_last_read(agency: Agency, owner: User, colleague: User) -> None:
    raised(agency)
    notices.mark_read(owner.membership)
    raised(agency, "report:2")

    assert notices.unread_count(owner.membership) == 1
    assert notices.unread_count(colleague.membership) == 2


def test_reading_a_list_does_not_read_what_came_after_it_and_never_goes_back(agency: Agency, owner: User) -> None:
    seen = raised(agency)
    later = raised(agency, "report:2")
    age(later, raised_at=seen.raised_at + timedelta(seconds=1))

    notices.mark_read(owner.membership, seen.raised_at)
    first = notices.unread_count(owner.membership)
    notices.mark_read(owner.membership, timezone.now() + timedelta(days=9))
    notices.mark_read(owner.membership, seen.raised_at)

    assert first == 1
    read_at = Membership.objects.get(user=owner).notices_read_at
    assert read_at is not None
    assert seen.raised_at < read_at <= timezone.now()


def test_the_unread_are_counted_in_one_query_and_no_further_than_the_bell_says(
    agency: Agency, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [Notice(agency=agency, subject=f"report:{number}", title="Retido") for number in range(120)]
    Notice.objects.bulk_create(rows)
    membership = Membership.objects.select_related("agency").get(user=owner)

    with django_assert_num_queries(1):
        assert notices.unread_count(membership) == notices.COUNTED


# --- At the same time -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_who_raise_one_subject_at_once_make_one_notice() -> None:
    agency = make_agency()

    for round_ in range(5):
        subject = f"report:{round_}"
        made = together(*[lambda: raised(agency, subject) for _ in range(6)])  # noqa: B023 (done within the round)
        assert len({notice.pk for notice in made}) == 1

    assert Notice.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_raising_and_resolving_at_once_leave_at_most_one_open_and_lose_no_raise() -> None:
    agency = make_agency()

    def resolve() -> bool:
        return notices.resolve(agency, "report:1", outcome="Resolvido.")

    def raise_it() -> Notice:
        return raised(agency)

    for _ in range(15):
        results = together(raise_it, resolve, raise_it, resolve)
        still_open = notices.open_of(agency).count()
        # Each that was raised either is open or was closed by one who says so.
        assert still_open <= 1
        assert still_open or any(result is True for result in results)
        notices.resolve(agency, "report:1", outcome="Resolvido.")

    assert Notice.objects.filter(closed_at=None).count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_raise_that_waits_for_another_that_is_rolled_back_is_not_lost() -> None:
    agency = make_agency()
    inserted, go_on = threading.Event(), threading.Event()

    def raise_and_roll_back() -> None:
        with transaction.atomic():
            raised(agency, title="Nunca aconteceu")
            inserted.set()
            go_on.wait(timeout=10)
            transaction.set_rollback(True)

    def raise_it() -> Notice:
        inserted.wait(timeout=10)
        threading.Timer(0.3, go_on.set).start()
        return raised(agency, title="Aconteceu")

    together(raise_and_roll_back, raise_it)

    assert notices.open_of(agency).get().title == "Aconteceu"
