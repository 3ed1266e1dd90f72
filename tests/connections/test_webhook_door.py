"""The door: who may call it, what it answers, what it keeps, and that nothing of a client's chats is among it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.db import connection as database
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from agency.models import Agency
from connections import tasks
from connections.models import MessageStatus, WebhookEvent, WebhookTally, WhatsAppConnection
from connections.webhooks import intake, views
from connections.webhooks.work import work
from tests.connections.doubtful import JID, TO, make_doubtful
from tests.connections.hooks import SECRET, event, post, receipt, spoil_secret, state
from tests.factories import make_client, make_connection, make_message

pytestmark = pytest.mark.django_db
S = MessageStatus
KEY = "3EB0D63231F26C8D4D7D44"
PRIVATE = "Amor, chego às oito"


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency, client=make_client(agency=agency), webhook_secret=SECRET)


def tallies() -> dict[str, int]:
    intake.carry_tallies()
    return dict(WebhookTally.objects.values_list("kind", "count"))


def kept() -> list[tuple[str, dict[str, Any]]]:
    return list(WebhookEvent.objects.order_by("pk").values_list("event", "data"))


def test_a_hint_is_kept_and_answered_without_a_body(own: WhatsAppConnection) -> None:
    response = post(own, state("close", 401))

    assert (response.status_code, response.content) == (204, b"")
    assert kept() == [("CONNECTION_UPDATE", {"state": "close", "statusReason": 401})]
    assert tallies() == {}


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer ", "Bearer falso", SECRET, f"Basic {SECRET}", "Bearer ção", f"Bearer {SECRET}x"]
)
def test_who_does_not_know_the_secret_is_turned_away(own: WhatsAppConnection, authorization: str | None) -> None:
    response = post(own, state("close"), authorization=authorization)

    assert (response.status_code, kept(), tallies()) == (403, [], {"wrong_secret": 1})


@pytest.mark.parametrize("authorization", [None, "Bearer ", "Bearer"])
def test_a_connection_without_a_secret_hears_nobody(agency: Agency, authorization: str | None) -> None:
    without = make_connection(agency=agency, webhook_secret="")

    assert post(without, state("close"), authorization=authorization).status_code == 403


def test_the_secret_of_one_connection_opens_no_other(own: WhatsAppConnection, agency: Agency) -> None:
    other = make_connection(agency=agency, webhook_secret="outro")

    assert post(other, state("close")).status_code == 403


def test_a_connection_whose_secret_cannot_be_read_hears_nobody(own: WhatsAppConnection) -> None:
    spoil_secret(own)

    assert (post(own, state("close")).status_code, kept()) == (403, [])


def test_an_unknown_connection_is_answered_and_counted(own: WhatsAppConnection) -> None:
    gone = WhatsAppConnection(pk=own.pk)
    own.delete()

    assert post(gone, state("close")).status_code == 204
    assert post(gone, state("close")).status_code == 204
    assert (kept(), tallies()) == ([], {"unknown_connection": 2})


@pytest.mark.parametrize("word", ["messages.upsert", "presence.update", "call", "", "x" * 5000])
def test_an_unknown_event_is_answered_and_counted(own: WhatsAppConnection, word: str) -> None:
    response = post(own, event(word, {"message": {"conversation": PRIVATE}}))

    assert (response.status_code, kept(), tallies()) == (204, [], {"unknown_event": 1})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 50_000, b"NaN garbage"])
def test_what_is_no_json_is_never_sent_again(own: WhatsAppConnection, body: bytes) -> None:
    assert post(own, body).status_code == 400
    assert (kept(), tallies()) == ([], {"unreadable": 1})


def test_a_body_that_is_too_large_is_not_read(own: WhatsAppConnection) -> None:
    response = post(own, b'{"event":"' + b"x" * views.LARGEST_BODY + b'"}')

    assert (response.status_code, tallies()) == (400, {"too_large": 1})


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post(own: WhatsAppConnection, method: str) -> None:
    url = reverse("connections:webhook", args=[own.pk])

    assert getattr(Browser(), method)(url).status_code == 405


def test_no_cookie_and_no_csrf_token_are_asked_for(own: WhatsAppConnection) -> None:
    url = reverse("connections:webhook", args=[own.pk])
    headers = {"authorization": f"Bearer {SECRET}"}

    response = Browser(enforce_csrf_checks=True).post(url, state("open"), "application/json", headers=headers)

    assert (response.status_code, dict(response.cookies)) == (204, {})


def test_a_database_that_is_away_has_the_gateway_try_again(
    own: WhatsAppConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> bool:
        raise OperationalError

    monkeypatch.setattr(database, "ensure_connection", away)
    monkeypatch.setattr(database, "cursor", away)

    assert post(own, state("open")).status_code == 503


def test_a_broker_that_is_away_costs_only_the_bell(own: WhatsAppConnection, settings: LazySettings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }

    assert post(own, state("open")).status_code == 204
    assert len(kept()) == 1


def test_a_receipt_of_ours_is_kept(own: WhatsAppConnection) -> None:
    make_message(client=own.client, status=S.SENT, external_id=KEY, connection=own)

    assert post(own, receipt(KEY, "DELIVERY_ACK")).status_code == 204
    assert kept() == [("MESSAGES_UPDATE", {"keyId": KEY, "status": "DELIVERY_ACK"})]


@pytest.mark.parametrize("status", ["SERVER_ACK", "PENDING"])
def test_a_receipt_that_says_nothing_is_not(own: WhatsAppConnection, status: str) -> None:
    make_message(client=own.client, status=S.SENT, external_id=KEY, connection=own)

    assert post(own, receipt(KEY, status)).status_code == 204
    assert kept() == []


def test_a_receipt_of_the_owners_own_chats_is_not(own: WhatsAppConnection) -> None:
    make_message(client=own.client, status=S.SENT, external_id="3EB0OTHER", connection=own)

    assert post(own, receipt(KEY, "READ")).status_code == 204
    assert (kept(), tallies()) == ([], {"not_ours": 1})


def test_a_receipt_is_kept_while_one_of_ours_is_under_way(own: WhatsAppConnection) -> None:
    """It may come before the answer to the send that it is about."""
    make_doubtful(own)

    post(own, receipt(KEY, "DELIVERY_ACK"))

    assert kept() == [("MESSAGES_UPDATE", {"keyId": KEY, "status": "DELIVERY_ACK"})]


def test_a_receipt_is_not_kept_for_a_doubt_that_nobody_looks_into_any_more(own: WhatsAppConnection) -> None:
    """A person may leave it unanswered for a month; meanwhile all receipts of the number's chats would be kept."""
    make_doubtful(own, since=timezone.now() - timedelta(minutes=11), check_at=None)

    post(own, receipt(KEY, "READ"))

    assert (kept(), tallies()) == ([], {"not_ours": 1})


def sent(text: str, jid: str = JID) -> dict[str, Any]:
    data = {"key": {"id": KEY, "fromMe": True, "remoteJid": jid}, "message": {"conversation": text}}
    return event("send.message", {**data, "messageTimestamp": 1795502308, "pushName": "Você", "status": "PENDING"})


def test_a_trace_of_an_uncertain_message_is_kept_without_its_text(own: WhatsAppConnection) -> None:
    message = make_doubtful(own)

    post(own, sent(message.body))

    facts = {"message": str(message.pk), "id": KEY, "jid": JID, "at": "2026-11-24T06:38:28+00:00"}
    assert kept() == [("SEND_MESSAGE", facts)]


def test_a_trace_of_one_that_is_known_to_be_sent_is_not(own: WhatsAppConnection) -> None:
    message = make_message(client=own.client, status=S.SENT, external_id=KEY, connection=own, to=TO)

    assert post(own, sent(message.body)).status_code == 204
    assert kept() == []


def test_who_only_mentions_a_reference_makes_no_trace(own: WhatsAppConnection) -> None:
    message = make_doubtful(own)

    post(own, sent(f"Chegou o #{message.reference}? {PRIVATE}"))
    post(own, sent(message.body, jid="5511911112222@s.whatsapp.net"))  # our text, to somebody else

    assert (kept(), tallies()) == ([], {"not_ours": 2})


def test_the_reference_of_another_agency_is_none_of_ours(own: WhatsAppConnection) -> None:
    foreign = make_message(status=S.UNCERTAIN, to=TO)

    post(own, sent(foreign.body))

    assert (kept(), tallies()) == ([], {"not_ours": 1})


def test_what_comes_in_vain_is_counted_without_writing_and_carried_over(own: WhatsAppConnection) -> None:
    with CaptureQueriesContext(database) as queries:
        for _ in range(3):
            post(own, event("call", {}))
    assert not [query for query in queries if "tally" in query["sql"]]

    work()
    post(own, event("call", {}))
    work()
    work()

    assert dict(WebhookTally.objects.values_list("kind", "count")) == {"unknown_event": 4}


def test_each_day_has_its_own_count(own: WhatsAppConnection) -> None:
    today = timezone.now()
    for now in (today, today + timedelta(days=1)):
        intake.tally(WebhookTally.Kind.NOT_OURS)
        intake.carry_tallies(now)

    counts = WebhookTally.objects.order_by("day").values_list("day", "count")
    assert list(counts) == [(today.date(), 1), (today.date() + timedelta(days=1), 1)]


@pytest.mark.parametrize(
    ("prepared", "body", "most"),
    [(False, state("open"), 2), (True, receipt(KEY, "READ"), 3), (False, receipt(KEY, "READ"), 6)],
    ids=["hint", "receipt", "of a chat"],
)
def test_few_queries(own: WhatsAppConnection, prepared: bool, body: dict[str, Any], most: int) -> None:
    if prepared:
        make_message(client=own.client, status=S.SENT, external_id=KEY, connection=own)
    WebhookTally.objects.create(day=timezone.now().date(), kind="not_ours", count=1)

    with CaptureQueriesContext(database) as queries:
        post(own, body)

    assert len(queries) <= most


def test_events_that_come_together_ring_once_until_somebody_answers(
    own: WhatsAppConnection, settings: LazySettings
) -> None:
    with Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        for _ in range(5):
            post(own, state("connecting"))
        assert broker.llen(settings.CELERY_TASK_DEFAULT_QUEUE) == 1

        tasks.work_on_webhooks()
        post(own, state("open"))
        assert broker.llen(settings.CELERY_TASK_DEFAULT_QUEUE) == 2
