"""An ads sandbox on a free port of loopback, in a thread, with a clock that stands still; a client for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import requests

from adscape.ads_addresses import SANDBOX_GOOGLE_CLIENT, SANDBOX_META_APP
from reports.ads.google import GoogleKeys, GoogleReader
from reports.ads.meta import MetaReader
from reports.ads.readings import Asked
from reports.sandbox.keys import Keys
from reports.sandbox.server import AdsSandboxServer

APP = "http://127.0.0.1:8000"
KEYS = Keys(*SANDBOX_META_APP, *SANDBOX_GOOGLE_CLIENT, app_url=APP)
#: 15:00 in São Paulo: of the day 60 of 96 quarters of an hour are over.
NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
META, GOOGLE = "sandbox-meta-demo", "sandbox-google-demo"
NODE = (
    "id,account_id,name,account_status,disable_reason,currency,timezone_name,balance,amount_spent,spend_cap,"
    "is_prepay_account,funding_source,funding_source_details{id,type,display_string},user_tasks"
)
ROW = (
    "account_id,account_currency,spend,impressions,reach,frequency,clicks,ctr,cpc,cpm,"
    "actions,action_values,purchase_roas"
)


class Client:
    def __init__(self, server: AdsSandboxServer) -> None:
        self.server, self.url = server, f"http://127.0.0.1:{server.server_port}"
        self._readers: list[MetaReader | GoogleReader] = []
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(method, self.url + path, timeout=10, allow_redirects=False, **options)

    def meta(self, path: str, token: str = META, version: str = "v26.0", **params: Any) -> requests.Response:
        return self.call("GET", f"/{version}/{path}", params=params, headers={"Authorization": f"Bearer {token}"})

    def insights(self, account: str, since: str, until: str, token: str = META, **params: Any) -> requests.Response:
        given = {"time_range": f'{{"since":"{since}","until":"{until}"}}', "time_increment": "1", "fields": ROW}
        return self.meta(f"act_{account}/insights", token, **{**given, **params})

    def google(self, customer: str, query: str, token: str = GOOGLE, **headers: str) -> requests.Response:
        path = f"/v26/customers/{customer}/googleAds:searchStream"
        return self.call(
            "POST", path, json={"query": query}, headers={"Authorization": f"Bearer ya29.{token}", **headers}
        )

    def fault(self, kind: str, **order: Any) -> None:
        answer = self.call("POST", "/sandbox/faults", json={"kind": kind, "times": None, **order})
        assert answer.status_code == 200, answer.text

    def meta_reader(self, token: str = META) -> MetaReader:
        app_id, app_secret = SANDBOX_META_APP
        reader = MetaReader(token, app_id=app_id, app_secret=app_secret, base_url=self.url, pauses=())
        self._readers.append(reader)
        return reader

    def google_reader(self, token: str = GOOGLE, manager: str = "") -> GoogleReader:
        client_id, client_secret = SANDBOX_GOOGLE_CLIENT
        keys = GoogleKeys(
            refresh_token=token,
            client_id=client_id,
            client_secret=client_secret,
            login_customer_id=manager,
            developer_token="",
        )
        oauth_url = f"{self.url}/token"
        reader = GoogleReader(keys, base_url=self.url, oauth_url=oauth_url, pause=lambda seconds: None)
        self._readers.append(reader)
        return reader

    def close(self) -> None:
        for reader in self._readers:
            reader.close()
        self._session.close()


def asked(external_id: str, via: str = "") -> Asked:
    return Asked(external_id, "BRL", "America/Sao_Paulo", via)


@contextmanager
def running(now: datetime = NOW) -> Iterator[Client]:
    server = AdsSandboxServer(KEYS, clock=lambda: now)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    client = Client(server)
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()
