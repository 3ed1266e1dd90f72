"""A gateway that misbehaves, against real processes: nothing leaves twice, and a person is told what is not certain."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.processes.product import Product, wait_until

pytestmark = pytest.mark.processes

CLIENT = "Studio Corpo Leve"
SEND = f"""
import json, uuid
from agency.models import Client
from reports.sending import send_now
client = Client.objects.select_related("agency").get(name="{CLIENT}")
report = send_now(client, str(uuid.uuid4())).report
print(json.dumps([report.subject, client.recipients.get().phone, client.whatsapp_connection.phone]))
"""
RECIPIENT = f"""
import json
from agency.models import Client
print(json.dumps(Client.objects.get(name="{CLIENT}").recipients.get().phone))
"""
NOTICE = """
import json
from agency.models import Notice
from connections.models import Message
message = Message.objects.get(subject="{subject}")
notices = Notice.objects.filter(subject=f"uncertain:{{message.pk}}", closed_at=None)
print(json.dumps(list(notices.values_list("action", flat=True))))
"""
AFTER_THE_WINDOW = """
from datetime import timedelta
from django.utils import timezone
from connections import reconciliation
from connections.models import Message
Message.objects.filter(status="uncertain").exclude(check_at=None).update(check_at=timezone.now())
reconciliation.reconcile(timezone.now() + timedelta(seconds=601))
"""
OUTCOME = """
import json
from connections.models import Message
message = Message.objects.get(subject="{subject}")
print(json.dumps({{
    "status": message.status,
    "by_agency": message.by_agency_number,
    "attempts": list(message.attempts.values_list("outcome", flat=True)),
}}))
"""


def outcome(product: Product, subject: str, *statuses: str) -> dict[str, Any]:
    """The message's outcome, once its status is one of `statuses`."""

    def settled() -> dict[str, Any] | None:
        found: dict[str, Any] = product.shell(OUTCOME.format(subject=subject))
        return found if found["status"] in statuses else None

    return dict(wait_until(settled, f"{subject} is {statuses}"))


def strike(product: Product, kind: str) -> None:
    """The next send to the client's recipient, and no other: the product has more to say meanwhile."""
    recipient = product.shell(RECIPIENT)
    product.sandbox("POST", "faults", kind=kind, call="send", times=1, number=recipient)


@pytest.fixture(autouse=True)
def calm_gateway(product: Product) -> None:
    product.sandbox("DELETE", "faults")
    product.sandbox("DELETE", "messages")


def test_an_answer_that_is_lost_after_the_send_settles_itself_and_is_never_repeated(product: Product) -> None:
    strike(product, "reset_after_send")

    subject, recipient, _ = product.shell(SEND)

    found = outcome(product, subject, "delivered", "failed")
    time.sleep(3)
    assert found == {"status": "delivered", "by_agency": False, "attempts": ["sent"]}
    assert len(product.received(to=recipient)) == 1


def test_a_send_without_a_trace_becomes_a_notice_and_nobody_sends_it_again(product: Product) -> None:
    strike(product, "sent_not_recorded")

    subject, recipient, _ = product.shell(SEND)
    outcome(product, subject, "uncertain")
    before = product.shell(NOTICE.format(subject=subject))
    product.shell(AFTER_THE_WINDOW)

    assert before == []
    assert product.shell(NOTICE.format(subject=subject)) == ["Decidir"]
    time.sleep(3)
    assert outcome(product, subject, "uncertain")["attempts"] == ["uncertain"]
    assert len(product.received(to=recipient)) == 1


def test_a_reset_before_the_send_is_not_repeated_either_for_nobody_can_know(product: Product) -> None:
    strike(product, "reset_before_send")

    subject, recipient, _ = product.shell(SEND)

    assert outcome(product, subject, "uncertain", "delivered", "failed")["status"] == "uncertain"
    assert product.received(to=recipient) == []


def test_a_closed_session_sends_through_the_agencys_number_at_once(product: Product) -> None:
    strike(product, "closed")

    subject, recipient, own_number = product.shell(SEND)

    found = outcome(product, subject, "uncertain", "delivered", "failed")
    assert found == {"status": "delivered", "by_agency": True, "attempts": ["not_sent", "sent"]}
    (message,) = product.received(to=recipient)
    assert message["from"] != own_number


def test_a_number_without_whatsapp_fails_with_a_reason_and_without_a_second_try(product: Product) -> None:
    strike(product, "not_on_whatsapp")

    subject, recipient, _ = product.shell(SEND)

    found = outcome(product, subject, "uncertain", "delivered", "failed")
    assert (found["status"], found["attempts"]) == ("failed", ["refused"])
    assert product.received(to=recipient) == []
