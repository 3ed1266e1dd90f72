"""Documents and images in the sandbox: taken as the real gateway takes them, shown, kept, forgotten, and never run."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from connections.classification import Code
from connections.evolution import EvolutionClient, NotSent, Refused, Uncertain
from connections.sandbox import files as files_module
from connections.sandbox.database import SCHEMA
from connections.sandbox.media import NoImage, file_of
from connections.sandbox.store import Store
from tests.connections.recorded import recorded
from tests.connections.sandbox_server import KEY, Client, Receiver, receiving, running
from tests.connections.test_sandbox_webhooks import recorded_bodies, shape

pytestmark = pytest.mark.processes

NAME = "adscape_c_0123456789ab"
TO = "+5511999998888"
PDF = b"%PDF-1.4\n" + b"x" * 3000
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path) as client:
        client.connected(NAME)
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def by_json(client: Client, media: Any = None, **fields: Any) -> requests.Response:
    """A document in bare base64; a field of None is left out."""
    body = {"number": "5511999998888", "mediatype": "document", "fileName": "a.pdf", "media": media}
    body |= {"media": base64.b64encode(PDF).decode()} if media is None else {}
    body = {key: value for key, value in (body | fields).items() if value is not None}
    return client.api("POST", f"/message/sendMedia/{NAME}", body)


def by_form(client: Client, content: bytes = PDF, **fields: Any) -> requests.Response:
    data = {"number": "5511999998888", "mediatype": "document", "fileName": "Relatório #K7F3QX.pdf", **fields}
    data = {key: value for key, value in data.items() if value is not None}
    files = {"file": ("x.bin", content, "application/octet-stream")}
    return client.api("POST", f"/message/sendMedia/{NAME}", data=data, files=files)


def ours(client: Client) -> EvolutionClient:
    return EvolutionClient(client.url, KEY)


def sent_by_ours(client: Client, name: str = "Relatório #K7F3QX.pdf", content: bytes = PDF, kind: str = "") -> str:
    file: dict[str, Any] = {"file": content, "file_name": name, "file_type": kind or "application/pdf"}
    return ours(client).send_media(NAME, to=TO, caption="Segue o *relatório*\n_#K7F3QX_", **file).id


def message_of(answer: requests.Response) -> Any:
    assert answer.status_code >= 400, answer.text
    return answer.json()["response"]["message"]


def test_a_document_by_json_and_by_form_is_the_same_on_the_phone(client: Client) -> None:
    json, form = by_json(client, caption="um"), by_form(client, caption="dois")

    assert (json.status_code, form.status_code) == (201, 201)
    document = form.json()["message"]["documentMessage"]
    assert form.json()["messageType"] == "documentMessage"
    assert document["fileName"] == "Relatório #K7F3QX.pdf"
    assert (document["caption"], document["mimetype"]) == ("dois", "application/pdf")
    assert document["fileLength"] == {"low": len(PDF), "high": 0, "unsigned": True}
    assert document["fileSha256"] == json.json()["message"]["documentMessage"]["fileSha256"]
    assert [(one["text"], one["file"]) for one in client.received()] == [
        ("um", {"name": "a.pdf", "type": "application/pdf", "size": len(PDF)}),
        ("dois", {"name": "Relatório #K7F3QX.pdf", "type": "application/pdf", "size": len(PDF)}),
    ]


def test_an_image_has_its_measures_and_no_name(client: Client) -> None:
    answer = by_json(client, base64.b64encode(PNG).decode(), mediatype="image", fileName="grafico.png")

    image = answer.json()["message"]["imageMessage"]
    assert (answer.json()["messageType"], image["width"], image["height"]) == ("imageMessage", 1, 1)
    assert image["mimetype"] == "image/png"
    assert "fileName" not in image
    assert "caption" not in image


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"fileName": None}, ["For base64 the file name must be informed."]),
        ({"media": "data:application/pdf;base64,JVBERi0="}, ["Owned media must be a url or base64"]),
        ({"media": "http://localhost:8095/a.pdf"}, ["Owned media must be a url or base64"]),
        ({"media": "not base64!"}, ["Owned media must be a url or base64"]),
        ({"media": "çççç"}, ["Owned media must be a url or base64"]),
        ({"media": ""}, ["Owned media must be a url or base64"]),
        ({"mediatype": "pdf"}, [["mediatype is not one of enum values: image,document,video,audio"]]),
        ({"number": 5511999998888}, [["Invalid format"]]),
        ({"number": None}, [['instance requires property "number"']]),
        ({"delay": "1200"}, [["Enter a value in milliseconds"]]),
        ({"fileName": 7}, [["fileName is not of a type(s) string"]]),
    ],
    ids=str,
)
def test_what_the_gateway_refuses_of_json(client: Client, fields: dict[str, Any], said: Any) -> None:
    assert message_of(by_json(client, **fields)) == said
    assert client.received() == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"delay": "1200"}, [["Enter a value in milliseconds"]]),
        ({"fileName": None}, ["TypeError: Cannot read properties of null (reading '1')"]),
        ({"mediatype": None}, [['instance requires property "mediatype"']]),
    ],
    ids=str,
)
def test_what_the_gateway_refuses_of_a_form(client: Client, fields: dict[str, Any], said: Any) -> None:
    assert message_of(by_form(client, **fields)) == said
    assert client.received() == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"media": "https://files.example.com/a.pdf"}, ["TypeError: fetch failed"]),
        ({"media": "http://127.0.0.1:8095/a.pdf"}, ["TypeError: fetch failed"]),
        ({"media": "bm90IGFuIGltYWdlISE=", "mediatype": "image"}, recorded("send_media.json", "image corrupt")["json"]),
    ],
    ids=["a name", "an address", "no picture"],
)
def test_what_fails_while_it_is_prepared(client: Client, fields: dict[str, Any], said: Any) -> None:
    """No address is fetched from here, whatever stands behind it."""
    answer = by_json(client, **fields)

    assert answer.status_code == 500
    assert answer.json() == said if isinstance(said, dict) else message_of(answer) == said
    assert client.received() == []


def test_a_form_that_breaks_off_is_refused(client: Client) -> None:
    headers = {"apikey": KEY, "Content-Type": "multipart/form-data; boundary="}
    answer = requests.post(f"{client.url}/message/sendMedia/{NAME}", data=b"--x\r\n", headers=headers, timeout=10)

    assert (answer.status_code, message_of(answer)) == (500, "Unexpected end of form")


def test_a_form_is_no_form_where_texts_are_sent(client: Client) -> None:
    answer = client.api("POST", f"/message/sendText/{NAME}", files={"file": ("x", b"x")}, data={"number": "5511"})

    assert answer.status_code == 400


def test_a_group_gets_it_with_an_empty_context(client: Client) -> None:
    answer = by_json(client, number="120363025246125486@g.us").json()

    assert (answer["contextInfo"], answer["message"]["documentMessage"]["contextInfo"]) == ({}, {})


def test_the_event_of_the_send_is_of_the_recorded_shape(client: Client, receiver: Receiver) -> None:
    client.hook(NAME, receiver.url)

    document = by_json(client, caption="Relatório").json()
    image = by_json(client, base64.b64encode(PNG).decode(), mediatype="image", caption="Gráfico").json()

    told = [call.data for call in receiver.wait_for("send.message", 2)]
    assert told == [document, image]
    theirs = {body["data"]["messageType"]: body["data"] for body in reversed(recorded_bodies("send.message"))}
    assert shape(told[0]) == shape(theirs["documentMessage"])
    assert shape(told[1]) == shape(theirs["imageMessage"])


def test_the_search_finds_it_with_its_name(client: Client) -> None:
    key = sent_by_ours(client)

    found = client.api("POST", f"/chat/findMessages/{NAME}", {"where": {"key": {"fromMe": True}}}).json()["messages"]

    (row,) = found["records"]
    assert (row["key"]["id"], row["messageType"]) == (key, "documentMessage")
    assert row["message"]["documentMessage"]["fileName"] == "Relatório #K7F3QX.pdf"


FAULTS = [
    ("error_500", Uncertain, Code.UNKNOWN_ANSWER, 0),
    ("reset_before_send", Uncertain, Code.CUT_OFF, 0),
    ("reset_after_send", Uncertain, Code.CUT_OFF, 1),
    ("sent_not_recorded", Uncertain, Code.UNKNOWN_ANSWER, 1),
    ("recorded_late", Uncertain, Code.CUT_OFF, 1),
    ("not_loaded", Uncertain, Code.UNKNOWN_ANSWER, 0),  # another word than a text's, which the table does not hold
    ("proxy_502", Uncertain, Code.UNKNOWN_ANSWER, 0),
    ("proxy_504", Uncertain, Code.UNKNOWN_ANSWER, 1),
    ("sent_400", Uncertain, Code.UNKNOWN_ANSWER, 1),
    ("not_on_whatsapp", Refused, Code.NOT_ON_WHATSAPP, 0),
    ("closed", NotSent, Code.CONNECTION_CLOSED, 0),
    ("lookup_timeout", NotSent, Code.LOOKUP_TIMEOUT, 0),
    ("hang", Uncertain, Code.CUT_OFF, 0),
]


@pytest.mark.parametrize(("kind", "error", "code", "received"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_file_fails_as_a_text_does_once_and_not_again(
    client: Client, kind: str, error: type[Exception], code: Code, received: int
) -> None:
    client.fault(kind, seconds=0)

    with pytest.raises(error) as raised:
        sent_by_ours(client, "primeira #AAAAAA.pdf")
    first = [one["file"]["name"] for one in client.received()]
    sent_by_ours(client, "segunda #BBBBBB.pdf")

    assert raised.value.code == code  # type: ignore[attr-defined]
    assert first == ["primeira #AAAAAA.pdf"] * received
    assert client.received()[-1]["file"]["name"] == "segunda #BBBBBB.pdf"


@pytest.mark.parametrize("kind", ["pending", "ack_error"])
def test_a_file_that_never_comes_is_named_where_the_gateway_took_it(client: Client, kind: str) -> None:
    client.fault(kind)

    key = sent_by_ours(client)

    (taken,) = client.control("GET", "sent").json()["messages"]
    assert (taken["file"]["name"], taken["arrived"]) == ("Relatório #K7F3QX.pdf", False)
    assert client.received() == []
    assert "Relatório #K7F3QX.pdf" in page(client)
    assert requests.get(f"{client.url}/page/file/{key}", timeout=10).status_code == 404


def test_chance_strikes_files_too(client: Client) -> None:
    client.control("POST", "chaos", {"rates": {"reset_after_send": 1.0}})

    with pytest.raises(Uncertain):
        sent_by_ours(client)

    assert client.control("GET", "chaos").json()["struck"] == {"reset_after_send": 1}


# --- On the page ----------------------------------------------------------------------------------------------------


def page(client: Client) -> str:
    return requests.get(f"{client.url}/", headers={"Accept": "text/html"}, timeout=10).text


def test_the_phone_shows_name_size_and_caption_and_gives_the_file(client: Client) -> None:
    key = sent_by_ours(client)

    html = page(client)
    answer = requests.get(f"{client.url}/page/file/{key}", timeout=10)

    assert f'<a class="min-w-0 underline" href="/page/file/{key}" download>Relatório #K7F3QX.pdf</a>' in html
    assert "2,9\xa0KB" in html
    assert "Segue o <b>relatório</b>" in html
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, PDF, "application/pdf")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("fatura.html", "application/octet-stream"),
        ("fatura.svg", "application/octet-stream"),
        ("fatura.js", "application/octet-stream"),
        ("fatura", "application/octet-stream"),
        ("<script>alert(1)</script>.pdf", "application/pdf"),
        ('a"; filename="b.html', "application/octet-stream"),
        ("a\r\nX-Evil: 1.pdf", "application/pdf"),
    ],
)
def test_no_browser_renders_what_somebody_sent(client: Client, name: str, kind: str) -> None:
    answer = by_json(client, base64.b64encode(b"<script>alert(1)</script>").decode(), fileName=name)
    assert answer.status_code == 201

    shown = requests.get(f"{client.url}/page/file/{answer.json()['key']['id']}", timeout=10)

    assert shown.status_code == 200
    assert shown.headers["Content-Disposition"].startswith("attachment")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert shown.headers["Content-Type"] == kind
    assert "X-Evil" not in shown.headers
    assert "<script>alert" not in page(client)


def test_a_file_that_is_not_there(client: Client) -> None:
    key = client.send(NAME).json()["key"]["id"]

    assert requests.get(f"{client.url}/page/file/{key}", timeout=10).status_code == 404
    assert requests.get(f"{client.url}/page/file/x", timeout=10).status_code == 404
    assert requests.post(f"{client.url}/page/file/{key}", timeout=10).status_code == 404


# --- How much of it -------------------------------------------------------------------------------------------------


def test_more_than_twenty_megabytes_is_refused_and_said_so(client: Client) -> None:
    most = files_module.MOST_BYTES

    fits = by_form(client, b"x" * most)
    form, in_base64 = by_form(client, b"x" * (most + 1)), by_json(client, base64.b64encode(b"x" * (most + 1)).decode())
    far_too_much = by_json(client, "x" * (2 * most))

    assert fits.status_code == 201
    for answer in (form, in_base64, far_too_much):
        assert (answer.status_code, message_of(answer)) == (413, "request entity too large")
    assert len(client.received()) == 1


def test_the_oldest_files_are_forgotten_and_their_messages_stay(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_module, "KEPT_BYTES", 2 * len(PDF))
    keys = [sent_by_ours(client, f"{number}.pdf") for number in range(3)]

    statuses = [requests.get(f"{client.url}/page/file/{key}", timeout=10).status_code for key in keys]

    assert statuses == [404, 200, 200]
    assert [one["file"]["name"] for one in client.received()] == ["0.pdf", "1.pdf", "2.pdf"]
    assert page(client).count("não guardado") == 1


def test_an_emptied_phone_holds_no_file_any_more(client: Client) -> None:
    key = sent_by_ours(client)

    client.control("DELETE", "messages")

    assert requests.get(f"{client.url}/page/file/{key}", timeout=10).status_code == 404
    assert client.store.inbox.files.held() == set()
    found = client.api("POST", f"/chat/findMessages/{NAME}", {"where": {"key": {"id": key}}}).json()
    assert found["messages"]["total"] == 1


def test_a_file_survives_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        client.connected(NAME)
        key = sent_by_ours(client)

    with running(tmp_path) as client:
        assert requests.get(f"{client.url}/page/file/{key}", timeout=10).content == PDF


def test_the_folder_of_an_earlier_version_takes_files(tmp_path: Path) -> None:
    old = SCHEMA.replace(
        "  file TEXT NOT NULL DEFAULT '',        -- JSON: what is known of its document or image\n", ""
    )
    assert old != SCHEMA
    with closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as database:
        database.executescript(old.replace("CREATE TABLE IF NOT EXISTS content", "CREATE TABLE IF NOT EXISTS unused"))

    with closing(Store(tmp_path)) as store:
        store.create_instance(NAME)
        store.scan(NAME, "+5531986304412")
        message = store.deliver(store.instances()[0], "x@s.whatsapp.net", "", file=file_of("document", "a.pdf", PDF))

        assert store.inbox.received()[0].file == message.file


# --- Pictures -------------------------------------------------------------------------------------------------------

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10"
    + b"J" * 14
    + b"\xff\xc4\x00\x04\x00\x00\xff\xc0\x00\x11\x08\x00\x20\x00\x40"
    + b"\x00" * 9
)


@pytest.mark.parametrize(
    ("content", "size"),
    [(PNG, (1, 1)), (b"GIF89a\x02\x00\x03\x00", (2, 3)), (JPEG, (64, 32))],
    ids=["png", "gif", "jpeg"],
)
def test_the_size_of_a_picture(content: bytes, size: tuple[int, int]) -> None:
    file = file_of("image", "a.png", content)

    assert (file.width, file.height) == size


@pytest.mark.parametrize(
    "content", [b"", b"not an image", PNG[:18], JPEG[:8], b"\xff\xd8\xff\x00" + b"\x00" * 40, b"GIF89a"]
)
def test_what_is_no_picture(content: bytes) -> None:
    with pytest.raises(NoImage):
        file_of("image", "a.png", content)
