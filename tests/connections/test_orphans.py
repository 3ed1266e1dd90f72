"""Instances that no connection knows: found, adopted without a new scan, or removed, and never taken by mistake."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as conf
from django.test import Client as Browser
from django.utils import timezone

from agency.models import Agency
from connections import events, orphans
from connections.models import ConnectionEvent, OrphanInstance, WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.factories import make_client, make_connection, make_user
from tests.people import browser_of

pytestmark = pytest.mark.django_db
TOKEN = "ITS-OWN-TOKEN"


@pytest.fixture
def as_support(db: None) -> Browser:
    return browser_of(make_user(is_staff=True, is_superuser=True))


def row(name: str, **fields: Any) -> dict[str, Any]:
    jid = "5511999990000@s.whatsapp.net"
    return {"id": f"id-{name}", "name": name, "ownerJid": jid, "profileName": "Loja", "token": TOKEN} | fields


def stub(gateway: Gateway, *rows: dict[str, Any]) -> None:
    gateway.http.add("GET", f"{conf.EVOLUTION_API_URL}/instance/fetchInstances", json=list(rows))


def make_orphan(**fields: Any) -> OrphanInstance:
    return OrphanInstance.objects.create(**({"name": "loja-antiga", "instance_id": "id-loja-antiga"} | fields))


def test_what_no_connection_knows_is_found_once_and_forgotten_when_it_is_gone(agency: Agency, gateway: Gateway) -> None:
    ours = make_connection(agency=agency)
    soon = make_connection(
        agency=agency,
        client=make_client(agency=agency),
        instance_id="",
        claimed_until=timezone.now().replace(year=2100),
    )
    make_orphan(name="gone")
    stub(gateway, row(ours.instance_name), row(soon.instance_name), row("loja-antiga"), row(""))

    assert orphans.find() == 1
    assert orphans.find() == 1

    found = OrphanInstance.objects.get()
    assert (found.name, found.phone, found.profile_name) == ("loja-antiga", "+5511999990000", "Loja")


def test_no_token_is_kept_of_what_is_found(gateway: Gateway) -> None:
    stub(gateway, row("loja-antiga"))

    orphans.find()

    assert TOKEN not in str(list(OrphanInstance.objects.values_list()))


def test_an_instance_is_adopted_without_a_new_scan(agency: Agency, gateway: Gateway, as_support: Browser) -> None:
    client = make_client(agency=agency)
    orphan = make_orphan(agency=agency, client=client)
    stub(gateway, row("loja-antiga"))
    gateway.state("loja-antiga", "open")
    gateway.http.add("GET", f"{conf.EVOLUTION_API_URL}/webhook/find/loja-antiga", json=None)
    gateway.http.add("POST", f"{conf.EVOLUTION_API_URL}/webhook/set/loja-antiga", status=201, json={})

    page = as_support.post(
        "/admin/connections/orphaninstance/", {"action": "adopt", "_selected_action": [orphan.pk]}, follow=True
    )

    said = [str(message) for message in page.context["messages"]]
    assert said == ["loja-antiga adotada."]
    connection = WhatsAppConnection.objects.get(client=client)
    assert (connection.status, connection.instance_name, connection.token) == ("connected", "loja-antiga", TOKEN)
    assert connection.phone == "+5511999990000"
    assert connection.webhook_checked_at is not None
    assert not OrphanInstance.objects.exists()
    kinds = list(ConnectionEvent.objects.order_by("pk").values_list("kind", "actor"))
    assert kinds == [("adopted", "person"), ("status", "whatsapp")]


@pytest.mark.parametrize("case", ["nobody", "taken", "gone"])
def test_what_cannot_be_adopted_says_why(agency: Agency, gateway: Gateway, case: str) -> None:
    orphan = make_orphan(agency=None if case == "nobody" else agency)
    if case == "taken":
        make_connection(agency=agency)
    if case == "gone":
        gateway.no_instance()

    with pytest.raises(orphans.CannotAdopt):
        orphans.adopt(orphan, events.SYSTEM)

    assert OrphanInstance.objects.exists()
    assert not WhatsAppConnection.objects.exclude(claimed_until=None).exists()


def test_one_is_removed_at_the_gateway(gateway: Gateway, as_support: Browser) -> None:
    orphan = make_orphan()
    delete = gateway.delete("loja-antiga")

    as_support.post("/admin/connections/orphaninstance/", {"action": "remove", "_selected_action": [orphan.pk]})

    assert delete.call_count == 1
    assert not OrphanInstance.objects.exists()


def test_one_that_a_connection_uses_by_now_is_not_removed(agency: Agency) -> None:
    make_connection(agency=agency, instance_name="loja-antiga")

    with pytest.raises(orphans.CannotAdopt):
        orphans.remove(make_orphan())


def test_a_client_of_another_agency_cannot_be_chosen(agency: Agency, as_support: Browser) -> None:
    orphan = make_orphan()
    url = f"/admin/connections/orphaninstance/{orphan.pk}/change/"

    page = as_support.post(url, {"agency": agency.pk, "client": make_client().pk})

    assert "Este cliente não é da agência escolhida." in page.content.decode()
    orphan.refresh_from_db()
    assert orphan.agency is None


def test_only_staff_may(as_owner: Browser, agency: Agency) -> None:
    assert as_owner.get("/admin/connections/orphaninstance/").status_code == 302
