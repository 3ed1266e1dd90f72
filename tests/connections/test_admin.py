"""Support's console: it shows problems, lets a person try again what certainly did not leave, and shows no secret."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from agency.models import Agency
from connections.models import GatewayState, WebhookEvent, WebhookTally
from tests.factories import make_client, make_connection, make_message, make_user
from tests.people import browser_of

PAGES = ["whatsappconnection", "message", "webhookevent", "webhooktally", "gatewaystate"]


@pytest.fixture
def as_support(db: None) -> Browser:
    return browser_of(make_user(is_staff=True, is_superuser=True))


@pytest.mark.parametrize("model", PAGES)
@pytest.mark.parametrize(
    "problem", ["", "caiu", "parado", "cego", "algum", "atrasada", "reserva", "instavel", "webhook", "unknown"]
)
def test_lists_open_with_each_filter_and_show_no_secret(
    model: str, problem: str, agency: Agency, as_support: Browser
) -> None:
    client = make_client(agency=agency)
    own = make_connection(agency=agency, client=client, token="PLAIN-TOKEN", webhook_secret="PLAIN-SECRET")
    WebhookEvent.objects.create(connection=own, event="MESSAGES_UPDATE", data={"keyId": "3EB0", "status": "READ"})
    WebhookTally.objects.create(day=timezone.now().date(), kind="not_ours", count=3)
    make_message(client=client, status="failed", reason="x", body="Texto do cliente")

    response = as_support.get(f"/admin/connections/{model}/", {"problema": problem} if problem else {})

    assert response.status_code in (200, 302)
    assert b"PLAIN" not in response.content
    assert b"Texto do cliente" not in response.content


def test_the_filters_find_their_problems(agency: Agency, as_support: Browser) -> None:
    fallen = make_connection(agency=agency, status="disconnected", connected_at=timezone.now(), reason="closed")
    make_connection(agency=agency, client=make_client(agency=agency))
    uncertain = make_message(agency=agency, status="uncertain")
    make_message(agency=agency, status="sent")

    connections = as_support.get("/admin/connections/whatsappconnection/", {"problema": "caiu"})
    messages = as_support.get("/admin/connections/message/", {"problema": "algum"})

    assert list(connections.context["cl"].queryset) == [fallen]
    assert list(messages.context["cl"].queryset) == [uncertain]


@pytest.mark.parametrize("model", PAGES)
def test_a_row_is_read_only_and_shows_no_secret(model: str, agency: Agency, as_support: Browser) -> None:
    rows: dict[str, Any] = {
        "whatsappconnection": make_connection(agency=agency, token="PLAIN-TOKEN", webhook_secret="PLAIN-SECRET"),
        "message": make_message(agency=agency),
        "webhooktally": WebhookTally.objects.create(day=timezone.now().date(), kind="not_ours", count=3),
        "gatewaystate": GatewayState.objects.create(pk=GatewayState.ONLY),
    }
    rows["webhookevent"] = WebhookEvent.objects.create(connection=rows["whatsappconnection"], event="LOGOUT_INSTANCE")

    response = as_support.get(f"/admin/connections/{model}/{rows[model].pk}/change/")

    assert response.status_code == 200
    assert b"PLAIN" not in response.content
    assert b'name="_save"' not in response.content
    assert as_support.get(f"/admin/connections/{model}/add/").status_code == 403


def test_only_what_did_not_leave_is_tried_again(agency: Agency, as_support: Browser) -> None:
    failed, uncertain, sent = (make_message(agency=agency, status=status) for status in ("failed", "uncertain", "sent"))
    chosen = [str(message.pk) for message in (failed, uncertain, sent)]

    response = as_support.post(
        "/admin/connections/message/", {"action": "try_again", "_selected_action": chosen}, follow=True
    )

    for message in (failed, uncertain, sent):
        message.refresh_from_db()
    assert [failed.status, uncertain.status, sent.status] == ["queued", "uncertain", "sent"]
    assert "1 de 3 voltaram para a fila." in response.content.decode()


def test_a_gestor_has_no_business_here(as_owner: Browser) -> None:
    assert as_owner.get("/admin/connections/message/").status_code in (302, 403)


def test_a_message_to_a_group_is_listed_by_its_name(agency: Agency, as_support: Browser) -> None:
    make_message(agency=agency, to="120363041077120114@g.us", to_name="Obra Serra Azul")

    shown = as_support.get("/admin/connections/message/", {"q": "120363041077120114"}).content.decode()

    assert "Obra Serra Azul (grupo)" in shown
