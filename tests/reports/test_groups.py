"""WhatsApp groups as recipients: the list in all its states, choosing, saving, sending; nothing leaks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.utils import timezone

from agency.models import Agency, Client
from connections.groups_rule import LATE_AFTER, LIST_LIFE, ListProblem
from connections.models import GroupList, Message, WhatsAppConnection, WhatsAppGroup
from connections.routing import GROUP_OF_AGENCY
from reports import balances, choosing_groups
from reports.choices import BalanceSource
from reports.models import Recipient
from reports.sending import send_now
from tests.factories import make_client, make_connection, make_list, make_message
from tests.reports.editor import HTMX, TOKEN, form, make_ipe, said, text, url
from tests.reports.factories import make_account, make_recipient

pytestmark = pytest.mark.django_db

WORKS, FAIR, ALL = "120363041077120114@g.us", "5531988887777-1400000000@g.us", "120363041077120130@g.us"


@pytest.fixture
def client(agency: Agency) -> Client:  # type: ignore[override]
    return make_ipe(agency)


@pytest.fixture
def own(agency: Agency, client: Client) -> WhatsAppConnection:
    return make_connection(agency=agency, client=client)


@pytest.fixture
def groups(own: WhatsAppConnection) -> list[WhatsAppGroup]:
    rows = make_list(own, WORKS, FAIR, ALL)
    for row, subject in zip(rows, ("Obra Serra Azul", "São João 2026, promoções", "Diretoria: avisos"), strict=True):
        row.subject, row.only_admins = subject, "avisos" in subject
        row.save()
    return rows


def listed(browser: Browser, client: Client, **query: str) -> str:
    return text(browser.get(url("group_list", client), query, headers=HTMX))


# --- The list to choose from -----------------------------------------------------------------------------------------

#: state → (of the connection, of its list, whether there are groups, what is read, whether it asks again)
STATES: dict[str, tuple[dict[str, Any], dict[str, Any] | None, bool, str, bool]] = {
    "never read": ({}, None, False, "Atualizar lista", False),
    "reading the first": ({}, {"fetched_at": None, "wanted_at": timedelta(0)}, False, "Buscando os grupos", True),
    "read": ({}, {"fetched_at": timedelta(0)}, True, "Lista de ", False),
    "none": ({}, {"fetched_at": timedelta(0)}, False, "não está em nenhum grupo", False),
    "reading anew": ({}, {"fetched_at": LIST_LIFE * 2, "wanted_at": timedelta(0)}, True, "Atualizando a lista", True),
    "late": ({}, {"fetched_at": None, "wanted_at": LATE_AFTER * 2}, False, choosing_groups.LATE, False),
    "old": ({}, {"fetched_at": LIST_LIFE * 2}, True, '<span class="is-warn">Lista de ', False),
    "failed": ({}, {"fetched_at": None, "problem": ListProblem.LIMITED}, False, ListProblem.LIMITED.label, False),
    "failed, an old one": (
        {},
        {"fetched_at": LIST_LIFE * 2, "problem": ListProblem.SLOW},
        True,
        "Abaixo está a última lista.",
        False,
    ),
    "not connected": (
        {"status": "disconnected", "reason": "closed", "connected_at": timezone.now()},
        {"fetched_at": LIST_LIFE * 2, "wanted_at": timedelta(0)},
        True,
        ListProblem.NOT_CONNECTED.label,
        False,
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_words_and_only_reading_asks_again(
    state: str, agency: Agency, as_owner: Browser, client: Client
) -> None:
    fields, known, has_groups, words, asks_again = STATES[state]
    own = make_connection(agency=agency, client=client, **fields)
    if known is not None:
        times = {name: timezone.now() - ago if isinstance(ago, timedelta) else ago for name, ago in known.items()}
        make_list(own, *([WORKS] if has_groups else []), **times)

    shown = listed(as_owner, client)

    assert words in shown
    assert ("every 2s" in shown) is asks_again
    assert ("Grupo 1" in shown) is has_groups


def test_without_a_number_there_is_a_way_to_one(as_owner: Browser, client: Client) -> None:
    shown = text(as_owner.get(url("groups", client), headers=HTMX))

    assert "Nenhum WhatsApp conectado." in shown
    assert "group-search" not in shown


@pytest.mark.parametrize(("age", "is_read_anew"), [(timedelta(hours=1), False), (LIST_LIFE * 2, True)])
def test_opening_has_an_old_list_read_anew(
    age: timedelta, is_read_anew: bool, as_owner: Browser, client: Client, own: WhatsAppConnection
) -> None:
    make_list(own, WORKS, fetched_at=timezone.now() - age)

    shown = text(as_owner.get(url("groups", client), headers=HTMX))

    assert (GroupList.objects.get().wanted_at is not None) is is_read_anew
    assert ("Atualizando a lista" in shown) is is_read_anew
    assert "Grupo 1" in shown


def test_a_person_has_it_read_anew_but_not_twice_in_a_moment(
    as_owner: Browser, client: Client, own: WhatsAppConnection
) -> None:
    make_list(own, WORKS, fetched_at=timezone.now() - timedelta(minutes=5))
    assert "Atualizando" in text(as_owner.post(url("groups_refresh", client), headers=HTMX))
    GroupList.objects.update(wanted_at=None, fetched_at=timezone.now())

    assert "Atualizando" not in text(as_owner.post(url("groups_refresh", client), headers=HTMX))
    assert GroupList.objects.get().wanted_at is None
    assert as_owner.post(url("groups_refresh", client)).status_code == 302


@pytest.mark.parametrize(
    ("asked", "found"),
    [("sao joao", [FAIR]), ("SÃO", [FAIR]), ("azul obra", [WORKS]), ("xyz", []), ("", [ALL, WORKS, FAIR])],
)
def test_a_search_knows_no_accents_and_no_case(
    asked: str, found: list[str], client: Client, groups: list[WhatsAppGroup]
) -> None:
    assert [offer.group.jid for offer in choosing_groups.picker(client, asked).offers] == found


def test_who_may_not_write_is_warned_and_what_is_chosen_cannot_be_chosen_twice(
    agency: Agency, as_owner: Browser, client: Client, groups: list[WhatsAppGroup]
) -> None:
    make_recipient(client, phone="", group_jid=WORKS)
    make_recipient(make_client(agency=agency, name="Vila Verde"), phone="", group_jid=ALL)
    query = {"recipients-3-group": str(groups[1].pk), "recipients-4-group": ""}

    shown = text(as_owner.get(url("groups", client), query, headers=HTMX))

    assert shown.count("Só administradores escrevem neste grupo: o número precisa ser administrador.") == 1
    assert shown.count("já na lista") == 2
    assert shown.count("Escolher") == 1
    assert "Já recebe os relatórios de Vila Verde." in shown
    assert WORKS not in shown


@pytest.mark.parametrize(
    ("fields", "uses_agency", "is_agencys"),
    [
        ({}, True, False),
        ({"status": "disconnected", "reason": "closed"}, True, False),
        ({"status": "disconnected", "reason": "by_user"}, True, True),
        (None, True, True),
        (None, False, None),
    ],
)
def test_they_are_the_groups_of_the_number_that_sends(
    fields: dict[str, Any] | None, uses_agency: bool, is_agencys: bool | None, agency: Agency
) -> None:
    client = make_client(agency=agency, use_agency_number=uses_agency)
    make_connection(agency=agency)
    if fields is not None:
        make_connection(agency=agency, client=client, connected_at=timezone.now(), **fields)

    number = choosing_groups.number_of(client)

    assert (number.client_id is None if number else None) is is_agencys


# --- Nothing leaks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "method"), [("groups", "get"), ("group_list", "get"), ("groups_refresh", "post"), ("group_add", "post")]
)
def test_each_view_is_for_the_agencys_people(
    name: str,
    method: str,
    as_owner: Browser,
    as_stranger: Browser,
    as_anonymous: Browser,
    client: Client,
    groups: list[WhatsAppGroup],
) -> None:
    address = url(name, client, *([groups[0].pk] if name == "group_add" else []))
    other = "post" if method == "get" else "get"

    assert getattr(as_owner, method)(address).status_code in (200, 302)
    assert getattr(as_owner, other)(address).status_code == 405
    assert getattr(as_stranger, method)(address).status_code == 404
    assert "/login/" in getattr(as_anonymous, method)(address)["Location"]


@pytest.mark.parametrize(
    "whose", ["another client", "another agency", "an older phone", "the agency, which is not used"]
)
def test_a_foreign_group_is_a_404_and_no_recipient(
    whose: str, agency: Agency, as_owner: Browser, client: Client, own: WhatsAppConnection
) -> None:
    if whose == "another client":
        number = make_connection(agency=agency, client=make_client(agency=agency))
    elif whose == "another agency":
        number = make_connection(agency=make_client().agency)
    else:
        number = own if whose == "an older phone" else make_connection(agency=agency)
    (group,) = make_list(number, WORKS)
    if whose == "an older phone":
        GroupList.objects.update(phone="+5521987650000")
    Client.objects.filter(pk=client.pk).update(use_agency_number=whose != "the agency, which is not used")

    assert as_owner.post(url("group_add", client, group.pk), headers=HTMX).status_code == 404
    answer = as_owner.post(url("settings", client), form(client, **row(group)))

    assert "Este grupo não está mais na lista deste número." in text(answer)
    assert not Recipient.objects.exclude(group_jid="").exists()


# --- Choosing and saving ---------------------------------------------------------------------------------------------


def row(group: WhatsAppGroup, number: int = 1, **more: str) -> dict[str, str]:
    typed = {"group": str(group.pk), "name": group.subject, "gets_reports": "on", **more}
    return {f"recipients-{number}-{key}": value for key, value in typed.items()}


def test_choosing_gives_the_editor_a_row_and_stores_nothing(
    as_owner: Browser, client: Client, groups: list[WhatsAppGroup]
) -> None:
    answer = as_owner.post(url("group_add", client, groups[2].pk), {"recipients-TOTAL_FORMS": "2"}, headers=HTMX)

    shown = text(answer)
    assert f'name="recipients-2-group" value="{groups[2].pk}"' in shown
    assert "14 participantes" in shown
    assert "o número precisa ser administrador" in shown
    assert "recipients-2-phone" not in shown
    assert "recipients-2-DELETE" in shown
    assert "recipient-added" in answer["HX-Trigger-After-Swap"]
    assert client.recipients.count() == 1


def test_without_scripts_it_is_stored_at_once_and_once(
    as_owner: Browser, client: Client, groups: list[WhatsAppGroup]
) -> None:
    first = as_owner.post(url("group_add", client, groups[0].pk))
    again = as_owner.post(url("group_add", client, groups[0].pk))

    assert said(first)[0] == "Obra Serra Azul entrou na lista."
    assert said(again)[-1] == "Este grupo já está na lista."
    stored = client.recipients.get(group_jid=WORKS)
    assert (stored.name, stored.phone, stored.via_agency) == ("Obra Serra Azul", "", False)


@pytest.mark.parametrize("is_agencys", [False, True])
def test_what_was_chosen_is_saved_with_its_number(
    is_agencys: bool, agency: Agency, as_owner: Browser, client: Client
) -> None:
    (group,) = make_list(make_connection(agency=agency, client=None if is_agencys else client), WORKS)

    answer = as_owner.post(url("settings", client), form(client, **row(group, name=" A  Obra ")))

    assert answer.status_code == 302
    stored = client.recipients.get(group_jid=WORKS)
    assert (stored.name, stored.phone, stored.gets_reports, stored.gets_alerts) == ("A Obra", "", True, True)
    assert stored.via_agency is is_agencys


def stored_form(client: Client, **typed: str) -> dict[str, Any]:
    """The form of a client whose recipients are stored, as a browser sends it: a group's row has no phone."""
    data = form(client, **typed)
    numbers = range(client.recipients.count())
    groups = [number for number in numbers if data[f"recipients-{number}-phone"] == ""]
    return {key: value for key, value in data.items() if key not in {f"recipients-{n}-phone" for n in groups}}


def test_a_stored_group_is_changed_and_removed_and_what_waits_for_it_does_not_leave(
    as_owner: Browser, client: Client, groups: list[WhatsAppGroup]
) -> None:
    make_recipient(client, name="Zona Sul", phone="", group_jid=WORKS, via_agency=True)
    waiting = make_message(client=client, kind="report", to=WORKS)
    as_owner.post(url("settings", client), stored_form(client, **{"recipients-1-name": "Zona Norte"}))
    changed = client.recipients.get(group_jid=WORKS)
    assert (changed.name, changed.via_agency) == ("Zona Norte", True)

    as_owner.post(url("settings", client), stored_form(client, **{"recipients-1-DELETE": "on"}))

    waiting.refresh_from_db()
    assert (waiting.status, waiting.reason) == ("cancelled", "O grupo saiu da lista de quem recebe.")
    assert client.recipients.count() == 1


def test_one_group_in_two_rows_is_refused(as_owner: Browser, client: Client, groups: list[WhatsAppGroup]) -> None:
    typed = form(client, **row(groups[0], 1), **row(groups[0], 2)) | {"recipients-TOTAL_FORMS": 3}

    shown = text(as_owner.post(url("settings", client), typed))

    assert "O mesmo grupo está duas vezes na lista." in shown
    assert "Este grupo já está na lista." in shown
    assert client.recipients.count() == 1


def test_saving_twice_is_saving_once(as_owner: Browser, client: Client, groups: list[WhatsAppGroup]) -> None:
    typed = form(client, **row(groups[0]))

    assert [as_owner.post(url("settings", client), typed).status_code for _ in range(2)] == [302, 302]
    assert client.recipients.count() == 2


def test_a_group_of_another_client_asks_first(
    agency: Agency, as_owner: Browser, client: Client, groups: list[WhatsAppGroup]
) -> None:
    make_recipient(make_client(agency=agency, name="Vila Verde"), phone="", group_jid=WORKS)
    typed = form(client, **row(groups[0]))

    asked = text(as_owner.post(url("settings", client), typed))
    assert "Este grupo também recebe os relatórios de Vila Verde." in asked
    assert "o grupo é também deste cliente" in asked
    assert client.recipients.count() == 1

    as_owner.post(url("settings", client), typed | {"recipients-1-confirmed": WORKS})
    assert client.recipients.count() == 2


@pytest.mark.parametrize(("phone", "jid"), [("", ""), ("+5511987650099", WORKS), ("+5511987650011", ""), ("", FAIR)])
def test_the_database_takes_a_phone_or_a_group_and_each_once(phone: str, jid: str, client: Client) -> None:
    make_recipient(client, phone="", group_jid=FAIR)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_recipient(client, phone=phone, group_jid=jid)


@pytest.mark.parametrize(
    ("via_agency", "uses_agency", "is_listed", "words"),
    [
        (False, True, True, "14 participantes"),
        (False, True, False, "Este grupo não está na última lista do número"),
        (True, False, True, GROUP_OF_AGENCY),
    ],
)
def test_the_editor_says_how_a_group_stands(
    via_agency: bool, uses_agency: bool, is_listed: bool, words: str, agency: Agency, as_owner: Browser, client: Client
) -> None:
    make_list(make_connection(agency=agency, client=None if via_agency else client), *([WORKS] if is_listed else []))
    Client.objects.filter(pk=client.pk).update(use_agency_number=uses_agency)
    make_recipient(client, name="Obra", phone="", group_jid=WORKS, via_agency=via_agency)
    make_message(client=client, kind="report", to=WORKS, status="sent", sent_at=timezone.now())

    shown = text(as_owner.get(url("settings", client)))

    assert words in shown
    assert "Enviado" in shown
    assert WORKS not in shown


# --- Sending ---------------------------------------------------------------------------------------------------------


def test_reports_and_alerts_go_to_groups_by_the_number_that_is_in_them(
    agency: Agency, client: Client, own: WhatsAppConnection
) -> None:
    client.recipients.update(gets_alerts=False)
    make_recipient(client, name="Obra", phone="", group_jid=WORKS)
    make_recipient(client, name="Feira", phone="", group_jid=FAIR, via_agency=True, gets_reports=False)
    send_now(client, TOKEN)
    account = make_account(client=client, alert_enabled=True, alert_threshold=100)
    balances.record_reading(account, Decimal(50), BalanceSource.INFORMED)
    balances.check_balances()

    sent = Message.objects.values_list("kind", "to", "to_name", "wants_agency_number")
    assert sorted(sent) == [
        ("alert", WORKS, "Obra", False),
        ("alert", FAIR, "Feira", True),
        ("report", "+5511987650011", "Beatriz", False),
        ("report", WORKS, "Obra", False),
    ]


def test_a_groups_recipient_is_not_moved_to_the_agencys_number(as_owner: Browser, client: Client) -> None:
    group = make_recipient(client, phone="", group_jid=WORKS)

    assert as_owner.post(url("recipient_via_agency", client, group.pk)).status_code == 404


def test_few_queries(
    as_owner: Browser, client: Client, own: WhatsAppConnection, django_assert_max_num_queries: Any
) -> None:
    make_list(own, *(f"1203630410771{number:05}@g.us" for number in range(200)))

    with django_assert_max_num_queries(9):
        shown = listed(as_owner, client)

    assert "Os primeiros 60 de 200" in shown
