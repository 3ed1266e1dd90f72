"""Who receives: rows of the editor, the number that sends itself, numbers of other clients; nothing leaks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from agency.models import Agency, Client
from connections.models import Message
from reports import recipients
from reports.forms.editor import ReportForms
from reports.models import Recipient, ReportSettings
from reports.recipients import Numbers
from reports.sending import send_now
from tests.factories import make_client, make_connection
from tests.reports.editor import HTMX, form, make_ipe, said, text, toast, url
from tests.reports.factories import make_recipient

pytestmark = pytest.mark.django_db

PAULO = "+5531986304412"
PAULO_AT_WHATSAPP = "+553186304412"  # without the ninth digit


@pytest.fixture
def client(agency: Agency) -> Client:  # type: ignore[override]
    return make_ipe(agency)


def added(name: str = "Paulo", phone: str = "(31) 9 8630-4412", **more: str) -> dict[str, str]:
    row = {"name": name, "phone": phone, "gets_reports": "on", **more}
    return {f"recipients-1-{key}": value for key, value in row.items()}


def save(browser: Browser, client: Client, **typed: Any) -> Any:
    return browser.post(url("settings", client), form(client, **typed))


def test_recipients_are_added_changed_and_removed(as_owner: Browser, client: Client) -> None:
    typed = {"recipients-1-name": "Paulo", "recipients-1-phone": "(31) 9 9311-0846"}
    as_owner.post(url("settings", client), form(client, **typed))
    assert list(client.recipients.values_list("name", "phone", "gets_reports", "gets_alerts")) == [
        ("Beatriz", "+5511987650011", True, False),
        ("Paulo", "+5531993110846", True, True),
    ]

    client.recipients.get(name="Paulo").delete()
    changed = {"recipients-0-DELETE": "on", "recipients-1-name": "Ana", "recipients-1-phone": "(31) 9 8842-1179"}
    as_owner.post(url("settings", client), form(client, **changed))
    assert list(client.recipients.values_list("name", flat=True)) == ["Ana"]


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("recipients-1-phone", "99311-0846", "Falta o DDD"),
        ("recipients-1-phone", "(31) 8842-1179", "Falta o 9"),
        ("recipients-1-phone", "", "obrigatório"),
        ("recipients-1-phone", "+55 11 98765-0011", "Este número já está na lista."),
    ],
)
def test_bad_input_is_said_and_nothing_is_saved(
    as_owner: Browser, client: Client, field: str, value: str, error: str
) -> None:
    typed = form(client, **{"recipients-1-name": "Paulo", "recipients-1-phone": "(31) 9 9311-0846", field: value})

    answer = as_owner.post(url("settings", client), typed)

    assert answer.status_code == 200
    assert error in text(answer)
    assert client.recipients.count() == 1
    assert not ReportSettings.objects.get().active


def test_another_clients_rows_cannot_be_written(as_owner: Browser, client: Client) -> None:
    others = make_recipient(make_client(), name="De outro")

    answer = save(as_owner, client, **{"recipients-0-id": others.pk, "recipients-0-name": "Tomado"})

    assert answer.status_code == 200
    others.refresh_from_db()
    assert others.name == "De outro"


def test_a_row_that_is_gone_meanwhile_is_said(as_owner: Browser, client: Client) -> None:
    typed = form(client)
    client.recipients.all().delete()

    answer = as_owner.post(url("settings", client), typed)

    assert "A lista mudou enquanto você editava" in text(answer)
    assert not ReportSettings.objects.get().active


def test_the_same_number_added_twice_at_once_is_said_and_is_no_server_error(client: Client) -> None:
    data = QueryDict(urlencode(form(client, **added()), doseq=True))
    forms = ReportForms(client, data)
    assert forms.is_valid()
    make_recipient(client, phone=PAULO)

    assert forms.save() is None

    assert forms.is_stale
    assert client.recipients.count() == 2


# --- The number that sends itself -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "phone", "is_own"),
    [
        (PAULO, PAULO, True),
        (PAULO_AT_WHATSAPP, PAULO, True),
        (PAULO, PAULO_AT_WHATSAPP, True),
        (PAULO, "+5531986304413", False),
        ("", PAULO, False),
        ("", "", False),
        (PAULO, "", False),
    ],
)
def test_one_number_in_two_forms_is_one_number(own: str, phone: str, is_own: bool) -> None:
    assert Numbers(own, agency_is_connected=True, client_uses_agency=True).is_own(phone) is is_own


@pytest.mark.parametrize(
    ("connected", "uses", "obstacle"),
    [(True, True, ""), (False, True, recipients.CONNECT_FIRST), (True, False, recipients.NOT_ALLOWED)],
)
def test_what_stands_between_a_recipient_and_the_agencys_number(connected: bool, uses: bool, obstacle: str) -> None:
    assert Numbers(PAULO, agency_is_connected=connected, client_uses_agency=uses).obstacle == obstacle


@pytest.mark.parametrize("stored", [PAULO, PAULO_AT_WHATSAPP])
def test_the_number_that_sends_is_pointed_out_at_saving_with_one_click(
    stored: str, as_owner: Browser, agency: Agency, client: Client
) -> None:
    make_connection(agency=agency, client=client, phone=stored)
    make_connection(agency=agency)

    saved = save(as_owner, client, **added())
    page = text(as_owner.get(url("settings", client)))
    paulo = client.recipients.get(name="Paulo")
    click = url("recipient_via_agency", client, paulo.pk)
    answer = as_owner.post(click, {"back": "editor"})
    after = text(as_owner.get(url("settings", client)))

    assert saved["Location"] == url("settings", client)
    assert "o WhatsApp não notifica mensagens para si mesmo" in page
    assert f'formaction="{click}"' in page
    assert answer["Location"] == url("settings", client)
    assert said(answer)[-1] == "Paulo passa a receber pelo número da agência."
    assert client.recipients.get(name="Paulo").via_agency
    assert f'formaction="{click}"' not in after
    assert 'name="recipients-1-via_agency"' in after


def test_the_box_of_the_row_is_stored_and_taken_back(as_owner: Browser, agency: Agency, client: Client) -> None:
    make_connection(agency=agency, client=client, phone="+5511987650011")

    first = save(as_owner, client, **{"recipients-0-via_agency": "on"})
    assert client.recipients.get().via_agency
    save(as_owner, client)

    assert first["Location"] == reverse("agency:client", args=[client.pk])
    assert not client.recipients.get().via_agency


def test_nothing_is_pointed_out_for_other_numbers(as_owner: Browser, agency: Agency, client: Client) -> None:
    make_connection(agency=agency, client=client, phone=PAULO)

    saved = save(as_owner, client)

    assert saved["Location"] == reverse("agency:client", args=[client.pk])
    assert "não notifica" not in text(as_owner.get(url("settings", client)))


@pytest.mark.parametrize(
    ("agencys", "uses", "sentence"),
    [("disconnected", True, recipients.CONNECT_FIRST), ("connected", False, recipients.NOT_ALLOWED)],
)
def test_where_the_agencys_number_cannot_be_used_there_is_no_button(
    agencys: str, uses: bool, sentence: str, as_owner: Browser, agency: Agency, client: Client
) -> None:
    Client.objects.update(use_agency_number=uses)
    make_connection(agency=agency, client=client, phone="+5511987650011")
    make_connection(agency=agency, status=agencys)

    page = text(as_owner.get(url("settings", client)))

    assert sentence in page
    assert "formaction" not in page.split('id="recipients-rows"')[0].split('id="recipients"')[1]


def test_the_click_in_the_dialog_answers_with_a_toast_and_shuts_it(
    as_owner: Browser, agency: Agency, client: Client
) -> None:
    answer = as_owner.post(url("recipient_via_agency", client, client.recipients.get().pk), headers=HTMX)

    assert toast(answer)["text"] == (
        "Beatriz passa a receber pelo número da agência. Para usar o número da agência, conecte-o primeiro."
    )
    assert set(json.loads(answer["HX-Trigger"])) == {"toast", "dialog-close", f"client-changed-{client.pk}"}


def test_a_recipient_of_another_client_is_not_found(as_owner: Browser, agency: Agency, client: Client) -> None:
    other = make_recipient(make_client(agency=agency))
    foreign = make_recipient(make_client())

    for recipient in (other, foreign):
        assert as_owner.post(url("recipient_via_agency", client, recipient.pk)).status_code == 404
    assert not Recipient.objects.filter(via_agency=True).exists()


# --- Numbers of other clients -----------------------------------------------------------------------------------------


def other_client_with(agency: Agency, how: str, stored: str) -> Client:
    other = make_client(agency=agency, name="Ótica Horizonte")
    if how == "recipient":
        make_recipient(other, phone=stored)
    else:
        make_connection(agency=agency, client=other, phone=stored)
    return other


@pytest.mark.parametrize("how", ["recipient", "number"])
@pytest.mark.parametrize("stored", [PAULO, PAULO_AT_WHATSAPP])
def test_a_number_of_another_client_asks_first(
    how: str, stored: str, as_owner: Browser, agency: Agency, client: Client
) -> None:
    other_client_with(agency, how, stored)

    held = save(as_owner, client, **added())
    confirmed = save(as_owner, client, **added(confirmed=PAULO))

    assert held.status_code == 200
    assert "Este número também é de Ótica Horizonte." in text(held)
    assert f'name="recipients-1-confirmed" id="id_recipients-1-confirmed" value="{PAULO}"' in text(held)
    assert "É isso mesmo" in text(held)
    assert confirmed.status_code == 302
    assert client.recipients.get(name="Paulo").phone == PAULO


def test_while_it_asks_nothing_is_saved(as_owner: Browser, agency: Agency, client: Client) -> None:
    other_client_with(agency, "recipient", PAULO)

    save(as_owner, client, **added(), **{"recipients-0-name": "Bia", "settings-period": "yesterday"})

    assert list(client.recipients.values_list("name", flat=True)) == ["Beatriz"]
    assert ReportSettings.objects.get().period == "last_7_days"


def test_a_yes_is_for_the_number_that_was_asked_about(as_owner: Browser, agency: Agency, client: Client) -> None:
    other_client_with(agency, "recipient", PAULO)

    answer = save(as_owner, client, **added(confirmed="+5531999990000"))

    assert "Este número também é de Ótica Horizonte." in text(answer)
    assert client.recipients.count() == 1


def test_a_stored_recipient_is_not_asked_about_again(as_owner: Browser, agency: Agency, client: Client) -> None:
    other = make_client(agency=agency)
    make_recipient(other, phone="+5511987650011")

    typed = {"recipients-0-phone": "(11) 9 8765-0011", "recipients-0-name": "Bia"}
    answer = save(as_owner, client, **typed)

    assert answer.status_code == 302
    assert client.recipients.get().name == "Bia"


def test_a_changed_number_is_asked_about(as_owner: Browser, agency: Agency, client: Client) -> None:
    other_client_with(agency, "recipient", PAULO)

    held = save(as_owner, client, **{"recipients-0-phone": PAULO})

    assert "Este número também é de Ótica Horizonte." in text(held)
    assert client.recipients.get().phone == "+5511987650011"


def test_a_removed_row_is_not_asked_about(as_owner: Browser, agency: Agency, client: Client) -> None:
    other_client_with(agency, "recipient", PAULO)

    answer = save(as_owner, client, **{"recipients-0-phone": PAULO, "recipients-0-DELETE": "on"})

    assert answer.status_code == 302
    assert not client.recipients.exists()


@pytest.mark.parametrize("how", ["recipient", "number"])
def test_clients_of_other_agencies_are_not_spoken_of(how: str, as_owner: Browser, client: Client) -> None:
    stranger = make_client(name="Segredo")
    other_client_with(stranger.agency, how, PAULO)

    answer = save(as_owner, client, **added())

    assert answer.status_code == 302
    assert client.recipients.count() == 2


def test_an_archived_client_is_not_spoken_of(as_owner: Browser, agency: Agency, client: Client) -> None:
    other = other_client_with(agency, "recipient", PAULO)
    Client.objects.filter(pk=other.pk).update(archived_at=timezone.now())

    assert save(as_owner, client, **added()).status_code == 302


def test_only_the_number_itself_counts(agency: Agency, client: Client) -> None:
    other = other_client_with(agency, "recipient", "+5531999990000")
    make_recipient(other, phone=PAULO)
    make_connection(agency=agency, client=other, phone=PAULO)

    assert recipients.other_clients(client, [PAULO, "+5511900001111"]) == {PAULO: "Ótica Horizonte"}


def test_many_other_clients_are_counted(agency: Agency, client: Client) -> None:
    for name in ("Dona Lúcia", "Amigo Fiel", "Corpo Leve", "Pampulha"):
        make_recipient(make_client(agency=agency, name=name), phone=PAULO)

    assert recipients.other_clients(client, [PAULO]) == {PAULO: "Amigo Fiel, Corpo Leve e mais 2"}


def test_without_phones_nothing_is_asked(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert recipients.other_clients(client, []) == {}


@pytest.mark.parametrize("how", ["removed", "changed"])
def test_a_number_that_left_the_list_gets_nothing_that_is_still_queued(how: str, agency: Agency, as_owner: Any) -> None:
    """It was somebody else's: what waits in the outbox for it must not leave, what waits for the others does."""
    client = make_ipe(agency)
    wrong = make_recipient(client, name="Errado", phone="+5511987650099")
    send_now(client, "token-12345")
    data = form(client)
    row = [recipient.pk for recipient in client.recipients.all()].index(wrong.pk)
    data |= {f"recipients-{row}-DELETE": "on"} if how == "removed" else {f"recipients-{row}-phone": "+5511987650098"}

    assert as_owner.post(url("settings", client), data).status_code == 302

    queued = Message.objects.filter(client=client, status="queued").values_list("to", flat=True)
    assert list(queued) == [client.recipients.exclude(pk=wrong.pk).get().phone]
    assert Message.objects.get(to=wrong.phone).status == "cancelled"


# --- Numbers that change places ---------------------------------------------------------------------------------------


def phones(client: Client) -> dict[str, str]:
    return dict(client.recipients.values_list("name", "phone"))


def test_two_recipients_exchange_their_numbers(as_owner: Browser, client: Client) -> None:
    make_recipient(client, name="Zoé", phone="+5531993110846")
    keys = set(client.recipients.values_list("pk", flat=True))
    send_now(client, "token-12345")

    answer = save(as_owner, client, **{"recipients-0-phone": "31993110846", "recipients-1-phone": "11987650011"})

    assert answer.status_code == 302
    assert phones(client) == {"Beatriz": "+5531993110846", "Zoé": "+5511987650011"}
    assert set(client.recipients.values_list("pk", flat=True)) == keys
    assert Message.objects.filter(status="queued").count() == 2, "both numbers are still in the list"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (  # around a ring of three
            {
                "recipients-0-phone": "31993110846",
                "recipients-1-phone": "31988421179",
                "recipients-2-phone": "11987650011",
            },
            {"Beatriz": "+5531993110846", "Yuri": "+5531988421179", "Zoé": "+5511987650011"},
        ),
        (  # from one that goes, to one that stays
            {"recipients-0-phone": "31988421179", "recipients-2-DELETE": "on"},
            {"Beatriz": "+5531988421179", "Yuri": "+5531993110846"},
        ),
        (  # from one that goes, to one that comes
            {"recipients-0-DELETE": "on", "recipients-3-name": "Ana", "recipients-3-phone": "11987650011"},
            {"Ana": "+5511987650011", "Yuri": "+5531993110846", "Zoé": "+5531988421179"},
        ),
    ],
)
def test_a_number_goes_to_another_row(
    typed: dict[str, str], expected: dict[str, str], as_owner: Browser, client: Client
) -> None:
    make_recipient(client, name="Yuri", phone="+5531993110846")
    make_recipient(client, name="Zoé", phone="+5531988421179")

    assert save(as_owner, client, **typed).status_code == 302
    assert phones(client) == expected


def test_one_number_in_two_rows_is_still_refused(as_owner: Browser, client: Client) -> None:
    make_recipient(client, name="Zoé", phone="+5531993110846")

    answer = save(as_owner, client, **{"recipients-0-phone": "31993110846"})

    assert "O mesmo número está duas vezes na lista." in text(answer)
    assert phones(client) == {"Beatriz": "+5511987650011", "Zoé": "+5531993110846"}


def test_the_number_of_a_row_that_the_page_does_not_know_is_refused(as_owner: Browser, client: Client) -> None:
    data = form(client, **added())
    make_recipient(client, name="Novo", phone=PAULO)
    data["drawn"] = form(client)["drawn"]

    answer = as_owner.post(url("settings", client), data)

    assert "Este número já está na lista." in text(answer)
    assert Recipient.objects.filter(phone=PAULO).count() == 1
