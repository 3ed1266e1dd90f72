"""Calls to a platform as such: every way in which no JSON comes back, by real sockets where the network does it."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import traceback
from decimal import Decimal

import pytest
import responses

from reports.ads import http as edge
from reports.ads.errors import AdsError, Remedy
from reports.ads.http import NOT_JSON, AdsHttp, Answer, patiently
from tests.connections import raw_gateway as raw
from tests.connections.raw_gateway import RawGateway

by_socket = pytest.mark.processes
TOKEN = "EAAB-very-secret"
BASE = "https://ads.test/v1"
HEAD = "HTTP/1.1 {}\r\nContent-Type: application/json\r\n{}Connection: close\r\n\r\n"


def call(base: str = BASE, *, of_account: bool = True, **params: str) -> Answer:
    with AdsHttp(base) as client:
        return client.call(
            "GET",
            "me",
            headers={"Authorization": f"Bearer {TOKEN}"},
            params={"appsecret_proof": "proof-secret", **params},
            of_account=of_account,
        )


def failing(base: str = BASE) -> AdsError:
    with pytest.raises(AdsError) as caught:
        call(base)
    error = caught.value
    told = f"{error} {error!r} {error.sentence} {''.join(traceback.format_exception(error))}"
    assert TOKEN not in told
    assert "proof-secret" not in told
    assert error.__context__ is None
    assert error.__cause__ is None
    return error


def test_the_access_is_in_the_header_and_fractions_stay_exact(http: responses.RequestsMock) -> None:
    http.get(f"{BASE}/me", body='{"spend": 0.1, "id": "1"}', headers={"X-App-Usage": "{}"})

    answer = call(fields="id,name")

    assert answer.body == {"spend": Decimal("0.1"), "id": "1"}
    assert (answer.status, answer.headers["x-app-usage"], answer.is_json) == (200, "{}", True)
    request = http.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in str(request.url)
    assert "fields=id%2Cname" in str(request.url)


def test_a_question_may_have_a_body(http: responses.RequestsMock) -> None:
    http.post(f"{BASE}/search", json=[], match=[responses.matchers.json_params_matcher({"query": "SELECT"})])

    with AdsHttp(f"{BASE}/") as client:
        assert client.call("POST", "search", headers={}, payload={"query": "SELECT"}).body == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, "<html>Bad gateway</html>"),
        (200, '{"data": ['),
        (200, ""),
        (200, '{"spend": NaN}'),
        (200, "[" * 100_000),
        (200, b"\xff\xfe\xff"),
    ],
)
def test_what_is_no_json_is_told_apart(http: responses.RequestsMock, status: int, body: str | bytes) -> None:
    http.get(f"{BASE}/me", body=body, status=status)

    answer = call()

    assert (answer.status, answer.body is NOT_JSON, answer.is_json) == (status, True, False)


@pytest.mark.parametrize("to", ["https://elsewhere.test/me", f"{BASE}/other", "/v1/other"])
def test_no_redirect_is_followed(http: responses.RequestsMock, to: str) -> None:
    http.get(f"{BASE}/me", status=302, headers={"Location": to})

    assert call().status == 302
    assert len(http.calls) == 1


def test_a_proxy_or_a_netrc_of_the_machine_is_not_used(
    http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:
        file.write("machine ads.test login other password other")
    monkeypatch.setenv("NETRC", netrc)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:1")
    http.get(f"{BASE}/me", json={})

    call()

    assert http.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert not http.calls[0].request.req_kwargs["proxies"]  # type: ignore[attr-defined]


@by_socket
@pytest.mark.parametrize("packed", [True, False])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    monkeypatch.setattr(edge, "MOST_BYTES", 100_000)
    body = json.dumps(["x" * 1_000_000]).encode()
    with raw.raw_gateway(answering(gzip.compress(body) if packed else body, packed=packed)) as gateway:
        error = failing(gateway.url)

    assert (error.remedy, error.code, error.of_account) == (Remedy.FIX_REQUEST, "too large", True)


def answering(body: bytes, *, packed: bool = False, length: int | None = None, pause: bool = False) -> raw.Behaviour:
    more = f"Content-Length: {len(body) if length is None else length}\r\n"
    more += "Content-Encoding: gzip\r\n" if packed else ""

    def behave(wire: socket.socket, gateway: RawGateway) -> None:
        wire.recv(65536)
        try:
            wire.sendall(HEAD.format("200 OK", more).encode() + body)
        except OSError:
            return
        if pause:
            gateway.done.wait(5)

    return behave


def silent(wire: socket.socket, gateway: RawGateway) -> None:
    wire.recv(65536)
    gateway.done.wait(5)


def resets(wire: socket.socket, gateway: RawGateway) -> None:
    wire.recv(65536)
    raw.reset(wire)


@by_socket
@pytest.mark.parametrize(
    ("behave", "code", "of_account"),
    [
        (silent, "timeout", True),
        (answering(b'{"data"', length=500, pause=True), "timeout", True),
        (answering(b'{"data": [', length=500), "cut off", True),
        (answering(b"no gzip at all", packed=True), "cut off", True),
        (resets, "unreachable", False),
    ],
    ids=["silent", "silent in the middle", "cut off", "badly packed", "reset"],
)
def test_what_a_network_does(
    monkeypatch: pytest.MonkeyPatch, behave: raw.Behaviour, code: str, of_account: bool
) -> None:
    monkeypatch.setattr(edge, "READ_TIMEOUT", 0.3)
    with raw.raw_gateway(behave) as gateway:
        error = failing(gateway.url)
        gateway.done.set()

    assert (error.remedy, error.code, error.of_account) == (Remedy.TRANSIENT, code, of_account)


@by_socket
def test_an_answer_that_drips_for_ever_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "TOTAL_TIMEOUT", -1.0)
    with raw.raw_gateway(answering(b"{}")) as gateway:
        error = failing(gateway.url)

    assert (error.remedy, error.code) == (Remedy.TRANSIENT, "timeout")


@by_socket
def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = failing(f"http://127.0.0.1:{taken.getsockname()[1]}")

    assert (error.remedy, error.code, error.of_account) == (Remedy.TRANSIENT, "unreachable", False)


@by_socket
@pytest.mark.parametrize("value", ["with\nline", "não"])
def test_a_header_that_cannot_be_sent_is_not_quoted(value: str) -> None:
    with raw.raw_gateway(resets) as gateway, AdsHttp(gateway.url) as client, pytest.raises(AdsError) as caught:
        client.call("GET", "me", headers={"Authorization": value + "…"})

    assert caught.value.code == "cut off"
    assert caught.value.__context__ is None


@by_socket
def test_no_address_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), raw.raw_gateway(answering(b"{}")) as gateway:
        assert call(gateway.url, input_token=TOKEN).body == {}

    assert TOKEN not in caplog.text
    assert "proof-secret" not in caplog.text


def transient(code: str = "http 502") -> AdsError:
    return AdsError(Remedy.TRANSIENT, code)


@pytest.mark.parametrize(
    ("errors", "made", "ends"),
    [
        ([], 1, "read"),
        ([transient()], 2, "read"),
        ([transient(), transient()], 3, "read"),
        ([transient(), transient(), transient("last")], 3, "last"),
        ([transient(), AdsError(Remedy.RECONNECT, "190")], 2, "190"),
        ([AdsError(Remedy.THROTTLED, "4")], 1, "4"),
        ([transient("hopeless")], 1, "hopeless"),
    ],
)
def test_what_fails_for_now_is_tried_twice_more(errors: list[AdsError], made: int, ends: str) -> None:
    calls: list[int] = []

    def once() -> str:
        calls.append(1)
        if len(calls) <= len(errors):
            raise errors[len(calls) - 1]
        return "read"

    try:
        ended = patiently(once, (0.0, 0.0), but=lambda error: error.code == "hopeless")
    except AdsError as error:
        ended = error.code

    assert (len(calls), ended) == (made, ends)


def test_it_waits_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(edge.time, "sleep", waited.append)

    with pytest.raises(AdsError):
        patiently(_always, edge.PAUSES, but=lambda _: False)

    assert waited == [1.0, 3.0]


def _always() -> str:
    raise transient()
