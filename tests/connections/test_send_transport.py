"""What a network does to a send, done by real sockets: only where no byte of it can have arrived it is "not sent"."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import responses
from django.conf import LazySettings
from django.utils import timezone

from agency.models import Agency
from connections import delivery, evolution_http
from connections.classification import SENTENCE, Code
from connections.evolution import EvolutionClient, EvolutionError, NotSent, Uncertain
from connections.models import Attempt, Message, MessageStatus
from tests.connections import raw_gateway as raw
from tests.connections.raw_gateway import RawGateway
from tests.factories import make_client, make_connection, make_message

pytestmark = pytest.mark.processes
S = MessageStatus
Opened = AbstractContextManager[RawGateway]
HEAD = "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n"
SENT = '{"key":{"remoteJid":"5511988887777@s.whatsapp.net","fromMe":true,"id":"3EB0D63231F26C8D4D7D44"}}'


@dataclass(frozen=True, slots=True)
class Row:
    """`read` is how many requests have come in whole: of what is "not sent" none may."""

    name: str
    opened: Callable[[Path], Opened]
    error: type[EvolutionError]
    code: Code
    read: int = 0

    def __str__(self) -> str:
        return self.name


def behaving(behave: raw.Behaviour) -> Callable[[Path], Opened]:
    return lambda folder: raw.raw_gateway(behave)


def answering(status: str, body: str, kind: str = "text/html", length: int | None = None) -> Callable[[Path], Opened]:
    head = HEAD.format(status, kind, len(body.encode()) if length is None else length)
    return behaving(raw.answers(head + body))


@contextmanager
def at(url: str) -> Iterator[RawGateway]:
    yield RawGateway(url)


@contextmanager
def plain_where_tls_is_expected() -> Iterator[RawGateway]:
    with raw.raw_gateway(raw.resets_unread) as gateway:
        gateway.url = gateway.url.replace("http:", "https:")
        yield gateway


ROWS = [
    Row(
        "connect refused",
        lambda folder: at(f"http://127.0.0.1:{raw.unused_port()}"),
        NotSent,
        Code.UNREACHABLE,
    ),
    Row("connect timeout", lambda folder: raw.deaf_gateway(), NotSent, Code.UNREACHABLE),
    Row("DNS failure", lambda folder: at("http://gateway.invalid"), NotSent, Code.UNREACHABLE),
    Row(
        "TLS verification failure",
        lambda folder: raw.raw_gateway(raw.says_nothing, raw.unknown_issuer(folder)),
        NotSent,
        Code.UNREACHABLE,
    ),
    Row("TLS that breaks off", lambda folder: plain_where_tls_is_expected(), Uncertain, Code.CUT_OFF),
    Row("reset before anything was read", behaving(raw.resets_unread), Uncertain, Code.CUT_OFF),
    Row("reset after the request", behaving(raw.resets_after_reading), Uncertain, Code.CUT_OFF, 1),
    Row("closed after the request", behaving(raw.closes_after_reading), Uncertain, Code.CUT_OFF, 1),
    Row("read timeout", behaving(raw.says_nothing), Uncertain, Code.TIMEOUT, 1),
    Row("no HTTP", behaving(raw.answers("SSH-2.0-OpenSSH_9.2\r\n")), Uncertain, Code.CUT_OFF, 1),
    Row("half an answer's head", behaving(raw.answers("HTTP/1.1 201 Cre")), Uncertain, Code.UNKNOWN_ANSWER, 1),
    Row(
        "201 cut in the body",
        answering("201 Created", SENT[:40], "application/json", len(SENT)),
        Uncertain,
        Code.CUT_OFF,
        1,
    ),
    Row(
        "201 of truncated JSON",
        answering("201 Created", SENT[:40], "application/json"),
        Uncertain,
        Code.UNKNOWN_ANSWER,
        1,
    ),
    Row("201 without a key", answering("201 Created", "{}", "application/json"), Uncertain, Code.UNKNOWN_ANSWER, 1),
    Row("201 of HTML", answering("201 Created", "<html>"), Uncertain, Code.UNKNOWN_ANSWER, 1),
    Row("200 of HTML", answering("200 OK", "<html>"), Uncertain, Code.UNKNOWN_ANSWER, 1),
    Row("400 of HTML", answering("400 Bad Request", "<html>"), Uncertain, Code.UNKNOWN_ANSWER, 1),
    Row("500 of HTML", answering("500 Internal Server Error", "<html>"), Uncertain, Code.UNKNOWN_ANSWER, 1),
    Row("502 from a proxy", answering("502 Bad Gateway", "<html>"), Uncertain, Code.UNKNOWN_ANSWER, 1),
    Row("503 from a proxy", answering("503 Service Unavailable", "<html>"), Uncertain, Code.UNKNOWN_ANSWER, 1),
    Row("504 from a proxy", answering("504 Gateway Time-out", "<html>"), Uncertain, Code.UNKNOWN_ANSWER, 1),
    Row("redirect 302", answering("302 Found\r\nLocation: /login", "<html>"), NotSent, Code.REDIRECTED, 1),
    Row("redirect 308", answering("308 Permanent Redirect\r\nLocation: /x", ""), NotSent, Code.REDIRECTED, 1),
]


@pytest.fixture(params=ROWS, ids=str)
def row(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    http: responses.RequestsMock,
) -> Iterator[tuple[Row, RawGateway]]:
    found: Row = request.param
    patience = 0.4 if "timeout" in found.name else 10.0
    settings.SEND_READ_TIMEOUT = patience
    monkeypatch.setattr(evolution_http, "CONNECT_TIMEOUT", patience)
    monkeypatch.setattr(socket, "getaddrinfo", knows_no_invalid_name(socket.getaddrinfo))
    with found.opened(tmp_path) as gateway:
        http.add_passthru(gateway.url)
        settings.EVOLUTION_API_URL = gateway.url
        yield found, gateway


def knows_no_invalid_name(real: Callable[..., Any]) -> Callable[..., Any]:
    """At once: some machines wait long for a name server that is not there."""

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *args, **kwargs)

    return look_up


def test_what_it_means(row: tuple[Row, RawGateway]) -> None:
    expected, gateway = row

    with pytest.raises(EvolutionError) as raised:
        EvolutionClient.from_settings().send_text("adscape_c_0", to="+5511988887777", text="Olá")

    assert (type(raised.value), raised.value.code) == (expected.error, expected.code)
    assert len(gateway.requests) == expected.read
    assert "5511988887777" not in str(raised.value)


def test_what_becomes_of_the_message(row: tuple[Row, RawGateway], agency: Agency) -> None:
    """The agency's number stands behind the same gateway, and must not be tried."""
    expected, gateway = row
    client = make_client(agency=agency)
    make_connection(agency=agency, client=client)
    make_connection(agency=agency)
    message = make_message(client=client)

    delivery.deliver(message.pk)
    delivery.deliver(message.pk)

    ended = Message.objects.get(pk=message.pk)
    is_in_doubt = expected.error is Uncertain
    assert (ended.status, ended.reason) == (S.UNCERTAIN if is_in_doubt else S.QUEUED, SENTENCE[expected.code])
    assert (ended.check_at is not None) is is_in_doubt
    assert is_in_doubt or ended.due_at > timezone.now()
    assert delivery.sweep() == []
    assert len(gateway.requests) == expected.read
    outcome = "uncertain" if is_in_doubt else "not_sent"
    assert list(Attempt.objects.values_list("outcome", "error_code")) == [(outcome, expected.code)]
