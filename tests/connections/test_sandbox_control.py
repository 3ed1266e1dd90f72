"""The sandbox's control API, its page, and where it refuses to run."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import requests
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from connections.sandbox.markup import as_html
from tests.connections.sandbox_server import KEY, Client, running, until

NAME = "adscape_c_0123456789ab"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path) as client:
        yield client


def page(client: Client, query: str = "", **headers: str) -> str:
    answer = requests.get(f"{client.url}/{query}", headers={"Accept": "text/html", **headers}, timeout=10)
    assert answer.status_code == 200
    return answer.text


def form(client: Client, path: str, **data: str) -> requests.Response:
    return requests.post(f"{client.url}/page/{path}", data=data, timeout=10, allow_redirects=False)


@pytest.mark.processes
def test_a_scan_connects_the_instance_whose_qr_is_open(client: Client) -> None:
    client.store.create_instance(NAME)
    client.api("GET", f"/instance/connect/{NAME}")

    answer = client.control("POST", "scan", {"instance": NAME, "phone": "(31) 98630-4412", "name": "Ótica Horizonte"})

    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True,
        "instance": NAME,
        "id": client.store.instances()[0].id,
        "state": "open",
        "phone": "+5531986304412",
        "name": "Ótica Horizonte",
        "qr": "",
        "qr_count": 1,
    }
    assert client.api("GET", f"/instance/connectionState/{NAME}").json()["instance"]["state"] == "open"


@pytest.mark.processes
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"instance": NAME, "phone": "+5531986304412"}, "Nenhum QR Code aberto nesta instância."),
        ({"instance": "nobody", "phone": "+5531986304412"}, "A instância nobody não existe."),
        ({"instance": NAME, "phone": "12"}, "Este número não existe. Confira o DDD e a quantidade de dígitos."),
        ({"instance": NAME}, 'Falta "phone", como texto.'),
        ([], "O corpo precisa ser um objeto JSON."),
    ],
)
def test_a_scan_that_cannot_be_is_refused_with_a_sentence(client: Client, body: object, sentence: str) -> None:
    client.store.create_instance(NAME)

    answer = client.control("POST", "scan", body)

    assert (answer.status_code, answer.json()) == (400, {"error": sentence})


@pytest.mark.processes
def test_messages_say_who_wrote_what_to_whom_and_can_be_emptied(client: Client) -> None:
    client.connected(NAME)
    client.send(NAME, "5511999998888", "primeira")
    client.send(NAME, "553187654321", "segunda")

    messages = client.received()
    narrowed = client.received(to="+5531987654321", **{"from": "+5531986304412"})
    emptied = client.control("DELETE", "messages").json()

    assert [{**message, "id": "", "at": ""} for message in messages] == [
        {"id": "", "from": "+5531986304412", "to": to, "text": text, "at": "", "instance": NAME}
        for to, text in (("+5511999998888", "primeira"), ("+5531987654321", "segunda"))
    ]
    assert [message["text"] for message in narrowed] == ["segunda"]
    assert emptied == {"ok": True, "removed": 2}
    assert client.received() == []


@pytest.mark.processes
def test_an_unlinked_phone_sends_no_more(client: Client) -> None:
    client.connected(NAME)

    unlinked = client.control("POST", "unlink", {"instance": NAME})
    again = client.control("POST", "unlink", {"instance": NAME})

    assert (unlinked.status_code, again.status_code) == (200, 400)
    assert client.send(NAME).status_code == 500
    assert client.control("GET", "instances").json()["instances"][0]["state"] == "close"


@pytest.mark.processes
@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://mau.exemplo"}],
)
def test_a_foreign_page_cannot_make_a_browser_act(client: Client, headers: dict[str, str]) -> None:
    client.connected(NAME)

    control = client.control("POST", "unlink", {"instance": NAME}, **headers)
    by_form = requests.post(f"{client.url}/page/unlink", data={"instance": NAME}, headers=headers, timeout=10)

    assert (control.status_code, by_form.status_code) == (403, 403)
    assert client.store.instances()[0].is_open


@pytest.mark.processes
def test_another_host_name_is_not_served(client: Client) -> None:
    answer = requests.get(f"{client.url}/sandbox/instances", headers={"Host": "mau.exemplo"}, timeout=10)

    assert answer.status_code == 421


@pytest.mark.processes
def test_no_token_or_key_is_shown(client: Client) -> None:
    client.connected(NAME)

    shown = page(client) + client.control("GET", "instances").text

    assert f"token-of-{NAME}" not in shown
    assert KEY not in shown


@pytest.mark.processes
def test_the_page_shows_instances_and_what_each_phone_received(client: Client) -> None:
    client.connected(NAME)
    client.send(NAME, "5511999998888", "📊 *Resumo* de _ontem_\n<script>alert(1)</script>")
    client.send(NAME, "5531987654321", "outra")

    html = page(client, "?to=%2B5511999998888")

    assert "Gateway de demonstração — nada sai para números reais" in html
    assert "Ótica Horizonte" in html
    assert "<b>Resumo</b> de <i>ontem</i>\n&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "outra" not in re.sub(r"<select.*?</select>", "", html, flags=re.S)


@pytest.mark.processes
def test_the_page_scans_and_removes_by_plain_forms(client: Client) -> None:
    client.store.create_instance(NAME)
    client.api("GET", f"/instance/connect/{NAME}")
    waiting = page(client)

    wrong = form(client, "scan", instance=NAME, phone="123")
    scanned = form(client, "scan", instance=NAME, phone="(31) 98630-4412")
    connected = page(client)
    removed = form(client, "unlink", instance=NAME)

    assert '<svg viewBox="0 0' in waiting
    assert "Este celular está apontado para o QR." in waiting
    assert wrong.status_code == 422
    assert "Este número não existe." in wrong.text
    assert 'value="123"' in wrong.text
    assert (scanned.status_code, scanned.headers["Location"]) == (302, f"/?instance={NAME}&done=scan")
    assert "Conectado como (31) 9 8630-4412." in connected
    assert removed.status_code == 302
    assert client.store.instances()[0].state == "close"


@pytest.mark.processes
def test_the_page_switches_faults_on_and_off(client: Client) -> None:
    form(client, "fault", kind="closed", on="1")
    on = page(client)
    form(client, "fault", kind="closed", on="0")
    form(client, "fault", kind="delay", on="1")
    form(client, "fault")

    assert "1 ligada<" in on
    assert client.store.faults.active() == []
    assert "todas desligadas" in page(client)


@pytest.mark.processes
def test_only_what_changed_is_sent_to_an_open_page(client: Client) -> None:
    client.connected(NAME)
    seen = re.findall(r'name="seen" value="([^"]+)"', page(client, f"?instance={NAME}"))
    url = f"{client.url}/page/changes"

    nothing = requests.get(url, params={"instance": NAME, "seen": seen}, timeout=10)
    client.store.unlink(NAME)
    changed = requests.get(url, params={"instance": NAME, "seen": seen}, timeout=10)

    assert nothing.status_code == 204
    assert re.findall(r'<div id="part-(\w+)" hx-swap-oob="true">', changed.text) == ["instances", "phone", "events"]


@pytest.mark.processes
def test_a_hostile_name_stays_text(client: Client) -> None:
    name = '"><img src=x onerror=alert(1)>'
    client.store.create_instance(name)
    client.store.scan(name, "+5531986304412", "<b>x</b>")

    html = page(client)

    assert "<img" not in html
    assert "<b>x</b>" not in html
    assert name in unescape(html)


@pytest.mark.processes
def test_the_page_has_its_style_sheet_and_a_strict_policy(client: Client) -> None:
    answer = requests.get(client.url, headers={"Accept": "text/html"}, timeout=10)
    sheet = re.search(r'<link rel="stylesheet" href="([^"]+)"', answer.text)

    assert sheet is not None
    assert requests.get(client.url + sheet[1], timeout=10).headers["Content-Type"].startswith("text/css")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|style=|\son\w+=", answer.text)


@pytest.mark.processes
def test_programs_get_the_welcome_that_browsers_do_not(client: Client) -> None:
    answer = requests.get(client.url, timeout=10)

    assert answer.json()["version"] == "2.3.7"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a b*", "<b>a b</b>"),
        ("_a_ e ~b~", "<i>a</i> e <s>b</s>"),
        ("*_a_*", "<b><i>a</i></b>"),
        ("3 * 4 * 5", "3 * 4 * 5"),
        ("snake_case_name", "snake_case_name"),
        ("* a*", "* a*"),
        ("*a\nb*", "*a\nb*"),
        ("• Leads: *+8%*", "• Leads: <b>+8%</b>"),
        ("*<i>*", "<b>&lt;i&gt;</b>"),
        ("a & b", "a &amp; b"),
    ],
)
def test_whatsapp_marks_become_tags_and_nothing_else_does(text: str, html: str) -> None:
    assert as_html(text) == html


def test_it_is_refused_in_production(settings: LazySettings, tmp_path: Path) -> None:
    settings.IS_PRODUCTION = True

    for options in ({}, {"port": 0}):
        with pytest.raises(CommandError, match="does not run with ADSCAPE_ENV=production"):
            call_command("sandbox", dir=tmp_path, **options)


def test_it_is_refused_beside_a_real_gateway_unless_a_port_is_given(settings: LazySettings, tmp_path: Path) -> None:
    settings.EVOLUTION_IS_SANDBOX = False

    with pytest.raises(CommandError, match="no sandbox is needed"):
        call_command("sandbox", dir=tmp_path)


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"Port {port} of 127.0.0.1 is taken"):
            call_command("sandbox", dir=tmp_path, port=port)


@pytest.mark.processes
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_process_serves_and_ends_at_once(tmp_path: Path, end: signal.Signals) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "sandbox", "--port", "0", "--dir", str(tmp_path)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            first_line = process.stdout.readline()
            url = first_line.split()[3]

            version = requests.get(url, timeout=10).json()["version"]
            process.send_signal(end)

            assert (version, process.wait(timeout=5)) == ("2.3.7", 0)
        finally:
            process.kill()  # one that did not end would hold the whole suite


@pytest.mark.processes
def test_a_page_that_asks_for_nothing_follows_what_happens_and_one_that_asks_stays(client: Client) -> None:
    client.connected(NAME)
    client.send(NAME, "5511999998888", "primeira")
    client.store.create_instance("adscape_c_eeeeeeeeeeee")
    pinned = {"instance": NAME, "to": "+5511999998888"}

    client.api("GET", "/instance/connect/adscape_c_eeeeeeeeeeee")
    client.send(NAME, "5511977776666", "segunda")
    following = requests.get(f"{client.url}/page/changes", timeout=10).text
    staying = requests.get(f"{client.url}/page/changes", params=pinned, timeout=10).text

    assert ("Este celular está apontado" in following, "segunda" in following) == (True, True)
    assert ("Este celular está apontado" in staying, "segunda" in staying, "primeira" in staying) == (
        False,
        False,
        True,
    )


@pytest.mark.processes
def test_the_page_shows_receipts_and_what_never_came(client: Client) -> None:
    client.connected(NAME)
    client.control("POST", "pace", {"server_ack": 0, "delivery_ack": 0})
    client.send(NAME, "5511999998888", "chegou")
    client.fault("ack_error")
    client.send(NAME, "5511999998888", "barrada")

    delivered = page(client)
    read = form(client, "read", phone_to="+5511999998888")

    assert re.findall(r"</svg>([^<]+)</span></span></div>", delivered) == ["Entregue", "Recusada: ERROR"]
    assert (read.status_code, read.headers["Location"]) == (302, "/?done=read")
    assert "</svg>Lida</span>" in page(client)


@pytest.mark.processes
def test_the_page_shows_the_webhook_of_the_chosen_instance_and_who_else_has_trouble(client: Client) -> None:
    client.connected(NAME)
    client.connected("adscape_c_bbbbbbbbbbbb", "+5511955554444")
    without = page(client, f"?instance={NAME}")
    client.hook(NAME, "http://127.0.0.1:9/hook", ["SEND_MESSAGE"])
    client.control("POST", "pace", {"webhook_attempts": 1})
    client.send(NAME)
    until(lambda: client.control("GET", "webhooks").json()["webhooks"])

    mine, others = page(client, f"?instance={NAME}"), page(client, "?instance=adscape_c_bbbbbbbbbbbb")

    assert "Esta instância não tem webhook" in without
    assert "http://127.0.0.1:9/hook" in mine
    assert "Sem resposta, desistiu" in mine
    assert "Esta instância não tem webhook" in others
    assert "1 desistência" in others


@pytest.mark.processes
def test_the_page_lets_chance_rule_and_ends_it(client: Client) -> None:
    form(client, "chaos", percent="30")
    on = client.control("GET", "chaos").json()
    shown = page(client)
    wrong = form(client, "chaos", percent="300")
    form(client, "fault")

    assert (on["on"], round(sum(on["rates"].values()), 2)) == (True, 0.3)
    assert "30% das chamadas" in shown
    assert (wrong.status_code, "de 0 a 100" in wrong.text) == (422, True)
    assert client.control("GET", "chaos").json()["on"] is False


@pytest.mark.processes
@pytest.mark.parametrize("path", ["read", "chaos"])
def test_the_new_forms_are_posted_and_only_from_the_page_itself(client: Client, path: str) -> None:
    foreign = requests.post(f"{client.url}/page/{path}", headers={"Origin": "http://mau.exemplo"}, timeout=10)

    assert requests.get(f"{client.url}/page/{path}", timeout=10).status_code == 404
    assert foreign.status_code == 403


@pytest.mark.processes
@pytest.mark.parametrize("path", ["sent", "read", "chats", "chaos", "pace", "webhooks"])
def test_the_calls_about_deliveries_refuse_a_foreign_page(client: Client, path: str) -> None:
    assert client.control("POST", path, {}, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.control("PUT", path, {}).status_code == 405
