"""The e-mail copy: to whom, once, whatever the mail server does; not of what came right within a minute."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend as Locmem
from django.db import connection as database
from django.urls import reverse
from django.utils import timezone

from agency import notice_mail, notices
from agency.models import Agency, Notice, NoticeCopy, User
from tests.factories import make_agency, make_client, make_user
from tests.threads import together

BACKEND = f"{__name__}.MailServer"
LATER = timedelta(seconds=61)


class MailServer(Locmem):
    """Django's outbox in memory, with what a mail server may do instead: be away, or fail for some addresses."""

    away: ClassVar[bool] = False
    fails: ClassVar[dict[str, Exception]] = {}
    in_transaction: ClassVar[list[bool]] = []

    def open(self) -> bool:
        if self.away:
            raise ConnectionRefusedError(111, "refused")
        return True

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        self.in_transaction.append(database.in_atomic_block)
        for message in messages:
            if message.to[0] in self.fails:
                raise self.fails[message.to[0]]
        return int(super().send_messages(messages))


@pytest.fixture
def server(settings: LazySettings) -> type[MailServer]:
    settings.EMAIL_BACKEND = BACKEND
    settings.PUBLIC_URL = "https://app.exemplo"
    MailServer.away, MailServer.fails, MailServer.in_transaction = False, {}, []
    return MailServer


@pytest.fixture
def people(owner: User, colleague: User, server: type[MailServer]) -> list[str]:
    return sorted([owner.email, colleague.email])


def raised(agency: Agency, subject: str = "report:1", **fields: Any) -> Notice:
    fields.setdefault("title", "Relatório retido: Moda Ipê")
    return notices.raise_notice(agency, subject, **fields)


def send(after: timedelta = LATER) -> int:
    return notice_mail.send_due(timezone.now() + after)


def recipients() -> list[str]:
    assert all(len(letter.to) == 1 and not letter.cc and not letter.bcc for letter in mail.outbox)
    return sorted(letter.to[0] for letter in mail.outbox)


def refused(address: str, code: int) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({address: (code, b"no")})


# --- What, and when -------------------------------------------------------------------------------------------------


def test_one_notice_goes_to_each_person_under_its_own_title(agency: Agency, people: list[str]) -> None:
    client = make_client(agency=agency, name="Moda Ipê & Filhos")
    url = reverse("agency:client", args=[client.pk])
    raised(agency, title="Relatório retido: Moda Ipê & Filhos", text="Falta o dia 22.", url=url, action="Revisar")

    assert send() == 2

    assert recipients() == people
    letter: Any = mail.outbox[0]
    assert letter.subject == "Relatório retido: Moda Ipê & Filhos"
    assert all(part in letter.body for part in ("Moda Ipê & Filhos", "Falta o dia 22.", f"https://app.exemplo{url}"))
    assert "https://app.exemplo/agency/notices/" in letter.body
    page, kind = letter.alternatives[0]
    assert kind == "text/html"
    assert "Moda Ipê &amp; Filhos" in page
    assert f'href="https://app.exemplo{url}">Revisar' in page
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def test_several_notices_are_one_email_newest_first(agency: Agency, people: list[str]) -> None:
    for number, title in enumerate(("Primeiro", "Segundo", "Terceiro")):
        raised(agency, f"report:{number}", title=title)

    assert send() == 2

    assert {letter.subject for letter in mail.outbox} == {"Adscape: 3 avisos de Maré Alta"}
    body = mail.outbox[0].body
    assert body.index("Terceiro") < body.index("Segundo") < body.index("Primeiro")


def test_very_many_are_counted_and_not_all_told(agency: Agency, people: list[str]) -> None:
    rows = [Notice(agency=agency, subject=f"report:{number}", title=f"Aviso {number}.") for number in range(30)]
    Notice.objects.bulk_create(rows)

    send()

    assert mail.outbox[0].subject == "Adscape: 30 avisos de Maré Alta"
    assert "E mais 10." in mail.outbox[0].body
    assert Notice.objects.filter(mailed_at=None).count() == 0


def test_what_comes_right_within_a_minute_is_not_mailed(agency: Agency, people: list[str]) -> None:
    notice = raised(agency)

    assert send(after=timedelta(seconds=50)) == 0
    notices.resolve(agency, notice.subject, outcome="Liberado.")
    assert send() == 0


def test_a_notice_is_mailed_once(agency: Agency, people: list[str]) -> None:
    notice = raised(agency)

    assert [send(), send(timedelta(minutes=2)), send(timedelta(hours=2))] == [2, 0, 0]
    notice.refresh_from_db()
    assert notice.mailed_at is not None


def test_a_new_title_is_mailed_again_and_new_words_alone_are_not(agency: Agency, people: list[str]) -> None:
    raised(agency, title="Moda Ipê: 1 relatório perdido")
    send()

    raised(agency, title="Moda Ipê: 1 relatório perdido", text="Previsto para ontem.")
    assert send() == 0
    raised(agency, title="Moda Ipê: 2 relatórios perdidos")
    assert send() == 2


def test_no_email_leaves_inside_a_transaction(server: type[MailServer], transactional_db: None) -> None:
    agency = make_agency()
    make_user(agency=agency)
    raised(agency)

    send()

    assert server.in_transaction == [False]


# --- To whom --------------------------------------------------------------------------------------------------------


def test_only_people_of_the_agency_who_want_it_and_can_be_reached(agency: Agency, people: list[str]) -> None:
    make_user(agency=agency, notices_by_email=False)
    make_user(agency=agency, is_active=False)
    EmailAddress.objects.filter(user=make_user(agency=agency)).update(verified=False)
    make_user()
    make_user(agency=make_agency())
    raised(agency)

    send()

    assert recipients() == people


def test_a_person_with_two_verified_addresses_gets_one_email(agency: Agency, owner: User, server: Any) -> None:
    EmailAddress.objects.create(user=owner, email="outro@agencia.exemplo", verified=True, primary=False)
    raised(agency)

    send()

    assert recipients() == [owner.email]


def test_agencies_are_told_only_of_their_own(agency: Agency, owner: User, stranger: User, server: Any) -> None:
    raised(agency, title="Da Maré Alta")
    raised(stranger.membership.agency, title="Da outra")

    send()

    told = {letter.to[0]: letter for letter in mail.outbox}
    assert (told[owner.email].subject, told[stranger.email].subject) == ("Da Maré Alta", "Da outra")
    assert "outra" not in told[owner.email].body
    assert "Maré" not in told[stranger.email].body


def test_it_waits_for_somebody_who_can_be_told(agency: Agency, server: Any) -> None:
    raised(agency)
    assert send() == 0

    make_user(agency=agency)

    assert send() == 1


# --- When it fails --------------------------------------------------------------------------------------------------


def test_a_mail_server_that_is_away_loses_nothing(agency: Agency, people: list[str], server: type[MailServer]) -> None:
    raised(agency)
    server.away = True

    assert send() == 0
    server.away = False

    assert send(timedelta(minutes=2)) == 2
    assert recipients() == people


def test_a_mail_server_that_accepts_and_never_answers_is_given_up_by_the_timeout(
    agency: Agency, owner: User, settings: LazySettings
) -> None:
    timeout = settings.EMAIL_TIMEOUT
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.2
        raised(agency)

        assert send() == 0

    assert 0 < timeout <= 10
    assert Notice.objects.filter(mailed_at=None, mail_claimed_at=None).count() == 1


@pytest.mark.parametrize(
    "failure",
    [
        smtplib.SMTPServerDisconnected("lost"),
        TimeoutError(),
        smtplib.SMTPDataError(451, b"later"),
        refused("x", 450),
        ValueError("no header can hold this"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_one_persons_failure_costs_the_others_nothing_and_is_tried_again_for_that_person(
    failure: Exception, agency: Agency, people: list[str], server: type[MailServer]
) -> None:
    raised(agency)
    server.fails = {people[0]: failure}

    assert send() == 1
    assert send(timedelta(minutes=5)) == 0  # the lease
    server.fails = {}

    assert send(timedelta(minutes=12)) == 1
    assert recipients() == people
    assert Notice.objects.get().mailed_at is not None


def test_an_address_that_is_refused_for_good_is_not_tried_for_ever(
    agency: Agency, people: list[str], server: type[MailServer], caplog: pytest.LogCaptureFixture
) -> None:
    raised(agency)
    server.fails = {people[0]: refused(people[0], 550)}

    assert [send(), send(timedelta(minutes=12))] == [1, 0]
    assert recipients() == people[1:]
    assert "550" in caplog.text
    assert people[0] not in caplog.text


def test_a_process_killed_in_between_repeats_at_most_one_email(agency: Agency, people: list[str]) -> None:
    """As after the first e-mail left and before anything was written: the claim stands, its copies do not."""
    notice = raised(agency)
    Notice.objects.filter(pk=notice.pk).update(mail_claimed_at=timezone.now() + LATER)

    assert send(timedelta(minutes=5)) == 0
    assert send(timedelta(minutes=12)) == 2


def test_after_the_lease_only_those_without_a_copy_are_told(agency: Agency, owner: User, people: list[str]) -> None:
    notice = raised(agency)
    Notice.objects.filter(pk=notice.pk).update(mail_claimed_at=timezone.now())
    NoticeCopy.objects.create(notice=notice, user=owner)

    send(timedelta(minutes=12))

    assert recipients() == [address for address in people if address != owner.email]


def test_what_is_resolved_while_others_are_being_told_reaches_nobody_else(
    agency: Agency, people: list[str], server: type[MailServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = raised(agency)
    deliver = MailServer.send_messages

    def deliver_and_resolve(self: MailServer, messages: Sequence[EmailMessage]) -> int:
        notices.resolve(agency, notice.subject, outcome="Liberado.")
        return deliver(self, messages)

    monkeypatch.setattr(MailServer, "send_messages", deliver_and_resolve)

    assert send() == 1


def test_a_title_that_changes_while_it_is_mailed_is_mailed_again(
    agency: Agency, owner: User, server: type[MailServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    raised(agency, title="Moda Ipê: 1 relatório perdido")
    deliver = MailServer.send_messages

    def deliver_and_reword(self: MailServer, messages: Sequence[EmailMessage]) -> int:
        raised(agency, title="Moda Ipê: 2 relatórios perdidos")
        return deliver(self, messages)

    with monkeypatch.context() as patched:
        patched.setattr(MailServer, "send_messages", deliver_and_reword)
        send()

    assert send(timedelta(minutes=2)) == 1
    assert [letter.subject[:11] for letter in mail.outbox] == ["Moda Ipê: 1", "Moda Ipê: 2"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_email_to_each(server: type[MailServer]) -> None:
    agencies = [make_agency() for _ in range(3)]
    everybody = sorted(make_user(agency=agency).email for agency in agencies for _ in range(2))
    for agency in agencies:
        for number in range(4):
            raised(agency, f"report:{number}", title=f"Aviso {number}")
    now, lock = timezone.now() + LATER, threading.Lock()
    sent: list[int] = []

    def work() -> None:
        count = notice_mail.send_due(now)
        with lock:
            sent.append(count)

    together(work, work, work)

    assert sum(sent) == 6
    assert recipients() == everybody
    assert {letter.subject.split(" avisos")[0] for letter in mail.outbox} == {"Adscape: 4"}
    assert not Notice.objects.filter(mailed_at=None).exists()


def test_the_task_mails_and_sweeps(agency: Agency, people: list[str]) -> None:
    from agency.tasks import mail_notices

    past = timezone.now() - timedelta(days=100)
    notice = raised(agency)
    Notice.objects.filter(pk=notice.pk).update(raised_at=past)
    Notice.objects.create(agency=agency, subject="report:9", title="Velho", closed_at=past)

    mail_notices()

    assert len(mail.outbox) == 2
    assert list(Notice.objects.all()) == [notice]
