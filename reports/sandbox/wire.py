"""What goes over the ads sandbox's wire: a request as its modules see it, and an answer. No Django, no socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from reports.choices import Platform

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Request:
    """`now` is the moment at which it came, in UTC; `base` the sandbox's own address, without a slash at its end."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    base: str
    now: datetime

    @cached_property
    def given(self) -> Mapping[str, str]:
        """The query and a form's fields; of several of one name the last."""
        is_form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        form = self.body.decode("utf-8", "replace") if is_form else ""
        return dict(parse_qsl(f"{self.query}&{form}", keep_blank_values=True))

    @property
    def bearer(self) -> str:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a platform, in the words that faults are ordered in. `account` are the digits of the one that is
    asked about, "" for none; `access` is the token that it is asked with."""

    platform: Platform
    kind: str
    account: str = ""
    access: str = ""


class Refusal(Exception):
    """A call that is answered with an error; raised wherever that turns out."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def as_json(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Answer:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, JSON, headers or {})


def as_html(status: int, page: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, page.encode(), HTML, headers or {})


def redirect(address: str) -> Answer:
    return Answer(302, b"", HTML, {"Location": address})
