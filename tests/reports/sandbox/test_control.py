"""The ads sandbox's control API, its page, and where it refuses to run."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command

from reports.sandbox.server import AdsSandboxServer
from tests.reports.sandbox.ads_server import KEYS, META, Client

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parents[3]
HTML = {"Accept": "text/html"}


def test_faults_are_ordered_shown_and_cleared(sandbox: Client) -> None:
    ordered = sandbox.call("POST", "/sandbox/faults", json={"kind": "throttled", "platform": "meta", "times": 2})

    shown = sandbox.call("GET", "/sandbox/faults").json()["faults"]
    assert ordered.json() == {"ok": True, "fault": shown[0]}
    assert {**shown[0], "id": 0} == {
        "id": 0,
        "kind": "throttled",
        "platform": "meta",
        "call": "",
        "account": "",
        "access": "",
        "left": 2,
        "value": 5,
    }
    assert sandbox.call("DELETE", "/sandbox/faults").json() == {"ok": True}
    assert sandbox.call("GET", "/sandbox/faults").json() == {"faults": []}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("{", "O corpo precisa ser JSON."),
        ("[]", "O corpo precisa ser um objeto JSON."),
        ("{}", "kind, platform, call, account, access precisam ser texto."),
        ('{"kind": "html", "times": true}', "times precisa ser um número inteiro ou null."),
        ('{"kind": "html", "value": "1"}', "value precisa ser um número inteiro ou null."),
        ('{"kind": "html", "times": -1}', "times precisa ser 1 ou mais, ou null até desligar."),
    ],
)
def test_an_order_that_cannot_be_is_a_sentence(body: str, sentence: str, sandbox: Client) -> None:
    answer = sandbox.call("POST", "/sandbox/faults", data=body)

    assert (answer.status_code, answer.json()) == (400, {"error": sentence})


def test_calls_are_counted(sandbox: Client) -> None:
    sandbox.meta("me")
    sandbox.meta("me", "dead")
    sandbox.meta("act_700100000000001")

    assert sandbox.call("GET", "/sandbox/calls").json() == {
        "calls": {"meta balance 200": 1, "meta who 200": 1, "meta who 401": 1}
    }
    assert sandbox.call("DELETE", "/sandbox/calls").json() == {"calls": {}}


def page(client: Client, **params: str) -> str:
    answer = client.call("GET", "/", params=params, headers=HTML)
    assert answer.status_code == 200
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    return answer.text


def test_the_page_has_accounts_tokens_and_switches(sandbox: Client) -> None:
    html = page(sandbox)

    assert "Ipê Loja Online" in html
    assert "sandbox-meta-system-demo" in html
    assert KEYS.google_client_secret in html
    assert 'id="falha-days_missing"' in html
    assert "todas desligadas" in html
    assert "O Adscape ainda não perguntou nada." in html


def test_a_switch_of_the_page_strikes_one_account(sandbox: Client) -> None:
    account = "700100000000001"

    on = sandbox.call("POST", "/page/fault", data={"kind": "html", "on": "1", "account": account})

    assert (on.status_code, on.headers["Location"]) == (302, f"/?account={account}")
    assert "1 ligada" in page(sandbox, account=account)
    assert [sandbox.meta(f"act_{one}").status_code for one in (account, "700100000000002")] == [502, 200]
    sandbox.call("POST", "/page/fault", data={"kind": "html", "on": "0", "account": account})
    assert sandbox.meta(f"act_{account}").status_code == 200
    sandbox.call("POST", "/page/fault", data={"kind": "html", "on": "1"})
    assert sandbox.call("POST", "/page/fault", data={}).headers["Location"] == "/"
    assert sandbox.server.sandbox.faults.active() == []


def test_a_switch_that_there_is_not_is_a_sentence(sandbox: Client) -> None:
    answer = sandbox.call("POST", "/page/fault", data={"kind": "nonsense", "on": "1"})

    assert answer.status_code == 422
    assert "Falha desconhecida" in answer.text


def test_the_page_brings_its_own_style(sandbox: Client) -> None:
    style = sandbox.call("GET", "/static/app.css")

    assert (style.status_code, style.headers["Content-Type"]) == (200, "text/css")
    assert sandbox.call("GET", "/static/../manage.py").status_code == 404
    assert sandbox.call("GET", "/static/%2e%2e/manage.py").status_code == 404
    assert sandbox.call("GET", "/static//etc/passwd").status_code == 404


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/sandbox/faults"), ("DELETE", "/sandbox/faults"), ("DELETE", "/sandbox/calls"), ("POST", "/page/fault")],
)
def test_a_foreign_page_can_do_nothing(method: str, path: str, headers: dict[str, str], sandbox: Client) -> None:
    answer = sandbox.call(method, path, json={"kind": "html"}, headers=headers)

    assert answer.status_code == 403
    assert sandbox.server.sandbox.faults.active() == []


def test_only_names_of_this_machine_are_answered(sandbox: Client) -> None:
    assert sandbox.call("GET", "/", headers={"Host": "elsewhere.example"}).status_code == 421
    assert sandbox.call("GET", "/", headers={"Host": "localhost:1"}).json() == {"sandbox": "ads"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("POST", "/", 405), ("GET", "/page/fault", 405), ("POST", "/static/app.css", 404)],
)
def test_what_there_is_not_is_said(method: str, path: str, status: int, sandbox: Client) -> None:
    assert sandbox.call(method, path).status_code == status


def test_too_much_is_not_read(sandbox: Client) -> None:
    assert sandbox.call("POST", "/token", data="x" * 1_000_001).status_code == 413


def test_a_connection_is_kept(sandbox: Client) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.server.server_port), timeout=5) as wire:
        call = f"GET /v26.0/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {META}\r\n\r\n".encode()
        answers = []
        for _ in range(2):
            wire.sendall(call)
            answers.append(wire.recv(65_536))

    assert [answer.startswith(b"HTTP/1.1 200 OK\r\n") for answer in answers] == [True, True]


def test_a_fault_of_its_own_is_told_apart(
    sandbox: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("reports.sandbox.meta.handle", lambda *_: 1 / 0)

    answer = sandbox.meta("me", "sandbox-meta-demo", secret="in-the-query")

    assert (answer.status_code, answer.json()) == (500, {"error": "Sandbox error: see its log"})
    assert "sandbox-meta-demo" not in caplog.text
    assert "in-the-query" not in caplog.text


def test_it_does_not_run_in_production(settings: Any) -> None:
    settings.IS_PRODUCTION = True

    with pytest.raises(CommandError, match="does not run with ADSCAPE_ENV=production"):
        call_command("ads_sandbox", port=0)


def test_it_is_not_needed_where_the_platforms_are_asked(settings: Any) -> None:
    settings.ADS_API_IS_SANDBOX = False

    with pytest.raises(CommandError, match="asks the real platforms"):
        call_command("ads_sandbox")


def test_a_taken_port_is_a_sentence(sandbox: Client) -> None:
    with pytest.raises(CommandError, match="is taken"):
        call_command("ads_sandbox", port=sandbox.server.server_port)


def test_two_in_one_process_share_nothing(sandbox: Client) -> None:
    sandbox.fault("html")

    with AdsSandboxServer(KEYS) as other:
        assert other.sandbox.faults.active() == []


def test_the_command_serves_until_it_is_ended() -> None:
    command = [sys.executable, "manage.py", "ads_sandbox", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        address = line.removeprefix("Ads sandbox on ").split()[0]
        assert requests.get(address, timeout=5).json() == {"sandbox": "ads"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.stdout.close()
