"""Tokens, tries and the network of one access to Google Ads; and that no secret leaves it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from reports.ads import http as edge
from reports.ads.errors import AdsError, Remedy
from reports.ads.google import GoogleKeys, GoogleReader
from reports.ads.readings import Asked
from tests.reports.ads.google_recorded import failure, plain, quota
from tests.reports.ads.google_stub import BASE, DAILY, KEYS, OAUTH, SECRETS, GoogleStub

ASKED = Asked("1234567890", "BRL", "America/Sao_Paulo")
DAY = date(2026, 9, 1)
EXPIRED = failure("authenticationError", "OAUTH_TOKEN_EXPIRED", code=401, status="UNAUTHENTICATED")
HTML = "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>"


@pytest.fixture
def google(http: responses.RequestsMock) -> GoogleStub:
    return GoogleStub(http)


@pytest.fixture
def signed_in(google: GoogleStub) -> GoogleStub:
    google.gives_tokens()
    return google


def ask(reader: GoogleReader) -> None:
    reader.daily(ASKED, DAY, DAY)


def refused(reader: GoogleReader) -> AdsError:
    with pytest.raises(AdsError) as caught:
        ask(reader)
    return caught.value


def bearers(google: GoogleStub) -> list[str]:
    return [request.headers["Authorization"] for request in google.asked]


# The token


def test_a_token_is_asked_for_once_and_kept_until_a_minute_before_it_ends(signed_in: GoogleStub) -> None:
    signed_in.answers("1234567890", DAILY, [])
    reader = signed_in.reader()

    for now in (0, 3538, 3539):
        signed_in.now = now
        ask(reader)

    assert bearers(signed_in) == ["Bearer ya29.first", "Bearer ya29.first", "Bearer ya29.second"]
    assert signed_in.forms[0] == {
        "client_id": ["client.apps.test"],
        "client_secret": ["GOCSPX-secret"],
        "refresh_token": ["1//refresh-secret"],
        "grant_type": ["refresh_token"],
    }


def test_a_token_that_is_not_taken_is_renewed_once(signed_in: GoogleStub) -> None:
    signed_in.answers("1234567890", DAILY, [EXPIRED], status=401)
    signed_in.answers("1234567890", DAILY, [])

    ask(signed_in.reader())

    assert bearers(signed_in) == ["Bearer ya29.first", "Bearer ya29.second"]
    assert signed_in.pauses == []


def test_a_second_refusal_is_final(signed_in: GoogleStub) -> None:
    signed_in.answers("1234567890", DAILY, [EXPIRED], status=401)

    error = refused(signed_in.reader())

    assert (error.remedy, error.code) == (Remedy.RECONNECT, "authenticationError.OAUTH_TOKEN_EXPIRED")
    assert bearers(signed_in) == ["Bearer ya29.first", "Bearer ya29.second"]


def test_a_token_may_also_end_in_the_middle_of_a_stream(signed_in: GoogleStub) -> None:
    signed_in.answers("1234567890", DAILY, [{"results": []}, EXPIRED])
    signed_in.answers("1234567890", DAILY, [])

    ask(signed_in.reader())

    assert bearers(signed_in) == ["Bearer ya29.first", "Bearer ya29.second"]


def test_an_access_that_has_ended_is_not_asked_again(google: GoogleStub) -> None:
    google.http.post(OAUTH, json={"error": "invalid_grant", "error_description": "Bad Request"}, status=400)

    error = refused(google.reader())

    assert (error.remedy, error.code) == (Remedy.RECONNECT, "oauth.invalid_grant")
    assert "7 dias" in error.sentence
    assert (len(google.forms), google.pauses) == (1, [])


@pytest.mark.parametrize("body", [[], {}, {"access_token": ""}, {"access_token": 5}])
def test_an_answer_without_a_token_is_their_trouble(google: GoogleStub, body: Any) -> None:
    google.http.post(OAUTH, json=body)

    error = refused(google.reader())

    assert (error.remedy, error.code) == (Remedy.TRANSIENT, "oauth.no token")
    assert len(google.forms) == 3


@pytest.mark.parametrize("life", [None, 0, -1, "3599", True, 10**12])
def test_a_token_of_unknown_life_is_used_for_one_call(google: GoogleStub, life: Any) -> None:
    google.life = life
    google.gives_tokens()
    google.answers("1234567890", DAILY, [])
    reader = google.reader()

    ask(reader)
    ask(reader)

    assert bearers(google) == ["Bearer ya29.first", "Bearer ya29.second"]


@pytest.mark.parametrize("token", ["dev\ntoken", "tökèn"])
def test_a_key_that_no_header_can_carry(signed_in: GoogleStub, token: str) -> None:
    error = refused(signed_in.reader(GoogleKeys("r", "c", "s", developer_token=token)))

    assert (error.remedy, error.code) == (Remedy.RECONNECT, "bad character in a key")
    assert "caractere" in error.sentence


# Tries


def test_their_trouble_is_waited_out_twice(signed_in: GoogleStub) -> None:
    signed_in.answers("1234567890", DAILY, [plain(503, "UNAVAILABLE")], status=503)
    signed_in.answers("1234567890", DAILY, requests.ConnectionError("ya29.first"))
    signed_in.answers("1234567890", DAILY, [])

    ask(signed_in.reader())

    assert signed_in.pauses == [1.0, 3.0]


def test_a_third_failure_is_told(signed_in: GoogleStub) -> None:
    signed_in.answers("1234567890", DAILY, "<html>", status=502)

    error = refused(signed_in.reader())

    assert (error.remedy, error.code) == (Remedy.TRANSIENT, "http 502")
    assert len(signed_in.asked) == 3


@pytest.mark.parametrize(
    ("body", "status", "remedy"),
    [
        (failure("quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", code=429, **quota("5s")), 429, Remedy.THROTTLED),
        (failure("quotaError", "RESOURCE_EXHAUSTED", code=429), 429, Remedy.THROTTLED),
        (failure("queryError", "UNRECOGNIZED_FIELD"), 400, Remedy.FIX_REQUEST),
        (failure("authorizationError", "USER_PERMISSION_DENIED", code=403), 403, Remedy.PERMISSION),
        ("slow down", 429, Remedy.THROTTLED),
        (HTML, 404, Remedy.UPGRADE),
    ],
)
def test_what_trying_again_would_not_help_is_tried_once(
    signed_in: GoogleStub, body: Any, status: int, remedy: Remedy
) -> None:
    signed_in.answers("1234567890", DAILY, body, status=status)

    error = refused(signed_in.reader())

    assert error.remedy is remedy
    assert (len(signed_in.asked), signed_in.pauses) == (1, [])


# The network


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 200, "not json"),
        ("<html>", 200, "not json"),
        ('[{"results": [', 200, "not json"),
        ('[{"results": [{"metrics": {"conversions": NaN}}]}]', 200, "not json"),
        ("[" * 100_000, 200, "not json"),
        (b"\xff\xfe\xfa", 200, "not json"),
        ("", 404, "http 404"),
        ("<html>", 500, "http 500"),
        ("<html>", 403, "http 403"),
        (requests.ReadTimeout("ya29.first"), 200, "timeout"),
        (requests.ConnectTimeout("ya29.first"), 200, "unreachable"),
        (requests.exceptions.SSLError("ya29.first"), 200, "unreachable"),
        (requests.ConnectionError("ya29.first"), 200, "unreachable"),
        (requests.exceptions.ChunkedEncodingError("ya29.first"), 200, "cut off"),
    ],
)
def test_what_is_no_answer_is_their_trouble(signed_in: GoogleStub, body: Any, status: int, code: str) -> None:
    signed_in.answers("1234567890", DAILY, body, status=status)

    error = refused(signed_in.reader())

    assert (error.remedy, error.code) == (Remedy.TRANSIENT, code)


def test_a_page_that_is_not_there_at_the_token_endpoint_is_no_ended_version(google: GoogleStub) -> None:
    google.http.post(OAUTH, body=HTML, status=404)

    assert refused(google.reader()).code == "http 404"


def test_a_redirect_is_not_followed(signed_in: GoogleStub) -> None:
    answer = signed_in.answers("1234567890", DAILY, "", status=302)
    answer.headers = {"Location": "https://elsewhere.test/"}

    assert refused(signed_in.reader()).code == "http 302"


def test_an_answer_has_a_bound(signed_in: GoogleStub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "MOST_BYTES", 500)
    signed_in.answers("1234567890", DAILY, " " * 501)

    error = refused(signed_in.reader())

    assert (error.remedy, error.code) == (Remedy.FIX_REQUEST, "too large")


def test_each_call_has_a_timeout_and_keeps_no_cookie(signed_in: GoogleStub) -> None:
    answer = signed_in.answers("1234567890", DAILY, [])
    answer.headers = {"Set-Cookie": "tracked=1; Path=/"}
    reader = signed_in.reader()

    ask(reader)
    ask(reader)

    assert {call.request.req_kwargs["timeout"] for call in signed_in.http.calls} == {(5.0, 60.0)}
    assert not any("Cookie" in request.headers for request in signed_in.asked)


def test_a_netrc_does_not_take_the_place_of_the_token(
    signed_in: GoogleStub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine ads.test login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    signed_in.answers("1234567890", DAILY, [])

    ask(signed_in.reader())

    assert bearers(signed_in) == ["Bearer ya29.first"]


def test_an_address_that_is_none_is_refused(signed_in: GoogleStub) -> None:
    reader = GoogleReader(KEYS, base_url="ads.test", oauth_url=OAUTH)

    assert (error := refused(reader)).remedy is Remedy.FIX_REQUEST
    assert error.code == "bad address"


# Secrets


def test_keys_show_no_secret() -> None:
    keys = GoogleKeys("1//refresh-secret", "client", "GOCSPX-secret", "123", "dev-token-secret")

    assert not [secret for secret in SECRETS if secret in f"{keys} {keys!r}"]


@pytest.mark.parametrize(
    "stub",
    [
        lambda google: google.http.post(
            OAUTH, json={"error": "invalid_grant", "error_description": SECRETS[0]}, status=400
        ),
        lambda google: google.http.post(OAUTH, body=requests.ConnectionError(SECRETS[0])),
        lambda google: google.http.post(OAUTH, body=SECRETS[3]),
    ],
)
def test_no_secret_leaves_with_an_error_of_the_token(
    google: GoogleStub, stub: Callable[[GoogleStub], object], caplog: pytest.LogCaptureFixture
) -> None:
    stub(google)

    with caplog.at_level(logging.DEBUG):
        error = refused(google.reader())

    assert leaked(error, caplog) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (plain(400, SECRETS[3], {"@type": SECRETS[3], "reason": SECRETS[3]}), 400),
        (failure(SECRETS[3], SECRETS[3]), 400),
        (failure("queryError", SECRETS[3]), 400),
        ({"error": SECRETS[3]}, 403),
        (SECRETS[3], 200),
        (requests.ConnectionError(SECRETS[3]), 200),
        ([{"results": [{"segments": {"date": SECRETS[3]}}]}], 200),
    ],
)
def test_no_secret_leaves_with_an_error_of_a_call(
    signed_in: GoogleStub, body: Any, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    signed_in.answers("1234567890", DAILY, body, status=status)
    keys = GoogleKeys(KEYS.refresh_token, KEYS.client_id, KEYS.client_secret, developer_token="dev-token-secret")

    with caplog.at_level(logging.DEBUG):
        error = refused(signed_in.reader(keys))

    assert leaked(error, caplog) == []
    assert all(str(call.request.url).startswith((BASE, OAUTH)) for call in signed_in.http.calls)
    assert not [secret for call in signed_in.http.calls for secret in SECRETS if secret in str(call.request.url)]


def leaked(error: AdsError, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Secrets in what a person or a log could see of an error, its causes and contexts too."""
    seen, each = [], [error]
    while each:
        found = each.pop()
        seen += [str(found), repr(found), repr(found.args), repr(vars(found)), *traceback.format_exception(found)]
        each += [other for other in (found.__cause__, found.__context__) if other is not None]
    return [secret for secret in SECRETS if secret in "\n".join([*seen, caplog.text])]
