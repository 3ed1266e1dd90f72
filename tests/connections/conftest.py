from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import responses
from django.conf import settings

from connections.models import WhatsAppConnection


class Gateway:
    """Stubs of the gateway's calls, one method a call; each returns the stub, so that a test can count its calls."""

    def __init__(self, http: responses.RequestsMock) -> None:
        self.http = http

    def _stub(self, method: str, path: str, **answer: Any) -> responses.BaseResponse:
        return self.http.add(method, f"{settings.EVOLUTION_API_URL}{path}", **answer)

    def send(self, connection: WhatsAppConnection, **answer: Any) -> responses.BaseResponse:
        if not answer:
            key = {"remoteJid": "551188887777@s.whatsapp.net", "fromMe": True, "id": "3EB0D63231F26C8D4D7D44"}
            answer = {"status": 201, "json": {"key": key, "status": "PENDING"}}
        return self._stub("POST", f"/message/sendText/{connection.instance_name}", **answer)

    def state(self, name: str, state: str | None) -> responses.BaseResponse:
        path = f"/instance/connectionState/{name}"
        if state is None:
            message = [f'The "{name}" instance does not exist']
            body = {"status": 404, "error": "Not Found", "response": {"message": message}}
            return self._stub("GET", path, status=404, json=body)
        return self._stub("GET", path, json={"instance": {"instanceName": name, "state": state}})

    def search(self, name: str, records: Sequence[Any] = (), pages: int = 1, **answer: Any) -> responses.BaseResponse:
        """findMessages: each page has these records."""
        found = {"total": len(records), "pages": pages, "currentPage": 1, "records": list(records)}
        return self._stub("POST", f"/chat/findMessages/{name}", **(answer or {"json": {"messages": found}}))

    def create(self, **answer: Any) -> responses.BaseResponse:
        instance = {"instanceName": "…", "instanceId": "02735b92-0ba7-458a-84d6-7bc672fe2544", "status": "close"}
        return self._stub("POST", "/instance/create", **(answer or {"status": 201, "json": {"instance": instance}}))

    def connect(
        self, name: str, code: str = "2@abc,def,ghi,jkl", count: int = 1, **answer: Any
    ) -> responses.BaseResponse:
        body = {"pairingCode": None, "code": code, "base64": "data:image/png;base64,…", "count": count}
        return self._stub("GET", f"/instance/connect/{name}", **(answer or {"json": body}))

    def instance(self, name: str, **fields: Any) -> responses.BaseResponse:
        row = {
            "id": "02735b92-0ba7-458a-84d6-7bc672fe2544",
            "name": name,
            "connectionStatus": "open",
            "ownerJid": "5511999990000@s.whatsapp.net",
            "profileName": "Moda Ipê",
            "token": "TOKEN",
            "disconnectionReasonCode": None,
        }
        return self._stub("GET", "/instance/fetchInstances", json=[row | fields])

    def no_instance(self) -> responses.BaseResponse:
        body = {"status": 404, "error": "Not Found", "response": {"message": ['Instance "x" not found']}}
        return self._stub("GET", "/instance/fetchInstances", status=404, json=body)

    def logout(self, name: str, **answer: Any) -> responses.BaseResponse:
        body = {"status": "SUCCESS", "error": False, "response": {"message": "Instance logged out"}}
        return self._stub("DELETE", f"/instance/logout/{name}", **(answer or {"json": body}))

    def delete(self, name: str, **answer: Any) -> responses.BaseResponse:
        body = {"status": "SUCCESS", "error": False, "response": {"message": "Instance deleted"}}
        return self._stub("DELETE", f"/instance/delete/{name}", **(answer or {"json": body}))


@pytest.fixture
def gateway(http: responses.RequestsMock) -> Gateway:
    return Gateway(http)
