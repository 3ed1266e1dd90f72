"""Every address of the ads sandbox: both platforms', its own control API, its page. Decides nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from reports.choices import Platform
from reports.sandbox import consent, control, google, google_answers, grants, meta, meta_answers, page, static_files
from reports.sandbox.faults import Faults, Struck
from reports.sandbox.grants import Grants
from reports.sandbox.keys import Keys
from reports.sandbox.tally import Tally
from reports.sandbox.wire import Answer, Call, Refusal, Request, as_json

_META = re.compile(r"/(v[0-9]+\.[0-9]+)/(.+)")
_GOOGLE = re.compile(r"/(v[0-9]+)/(.+)")
#: They may come without a version too.
_UNVERSIONED = ("/dialog/oauth", "/oauth/access_token", "/debug_token")


class Cut(Exception):
    """The connection is to end without an answer."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What one sandbox knows; nothing of it outlives the process."""

    keys: Keys
    faults: Faults = field(default_factory=Faults)
    grants: Grants = field(default_factory=Grants)
    tally: Tally = field(default_factory=Tally)


def answer(request: Request, sandbox: Sandbox) -> Answer:
    """Raises Cut."""
    path = f"/{sandbox.keys.meta_version}{request.path}" if request.path in _UNVERSIONED else request.path
    if found := _META.fullmatch(path):
        return _meta(request, found[1], found[2].rstrip("/"), sandbox)
    if found := _GOOGLE.fullmatch(path):
        return _google(request, found[1], found[2], sandbox)
    if path == "/token":
        return _google_token(request, sandbox)
    if path == "/o/oauth2/v2/auth":
        return consent.page(request, Platform.GOOGLE, sandbox.grants, sandbox.keys)
    if path == "/sandbox/faults":
        return control.faults(request, sandbox.faults)
    if path == "/sandbox/calls":
        return control.calls(request, sandbox.tally)
    if path in ("/", "/page/fault"):
        return page.answer(request, sandbox.faults, sandbox.tally, sandbox.keys)
    if path.startswith("/static/") and request.method == "GET":
        return static_files.answer(path.removeprefix("/static/"))
    return as_json(404, {"error": f"Cannot {request.method} {path}"})


def _meta(request: Request, version: str, path: str, sandbox: Sandbox) -> Answer:
    keys = sandbox.keys
    if path == "dialog/oauth":
        return consent.page(request, Platform.META, sandbox.grants, keys)
    try:
        if version != keys.meta_version:
            raise meta_answers.retired()
        if path == "oauth/access_token":
            call = grants.call_of(request, Platform.META)
            return _told(sandbox, call, lambda struck: grants.meta_token(request, call, struck, sandbox.grants, keys))
        call = meta.call_of(request, path)
    except Refusal as refusal:
        return refusal.answer
    return _told(sandbox, call, lambda struck: meta.handle(request, path, call, struck, keys))


def _google(request: Request, version: str, path: str, sandbox: Sandbox) -> Answer:
    keys = sandbox.keys
    try:
        if version != keys.google_version:
            raise google_answers.not_found(path)
        call = google.call_of(request, path)
    except Refusal as refusal:
        return refusal.answer
    return _told(sandbox, call, lambda struck: google.handle(request, call, struck, keys))


def _google_token(request: Request, sandbox: Sandbox) -> Answer:
    call = grants.call_of(request, Platform.GOOGLE)
    return _told(sandbox, call, lambda struck: grants.google_token(request, call, struck, sandbox.grants, sandbox.keys))


def _told(sandbox: Sandbox, call: Call, handle: Callable[[Struck], Answer]) -> Answer:
    """What a platform answers, with the faults of the wire that strike it. Raises Cut."""
    struck = sandbox.faults.take(call)
    if slow := struck.get("slow"):
        time.sleep(slow.value)
    if "cut" in struck:
        sandbox.tally.count(call, 0)
        raise Cut
    try:
        told = handle(struck)
    except Refusal as refusal:
        told = refusal.answer
    sandbox.tally.count(call, told.status)
    return replace(told, body=told.body[: len(told.body) * 2 // 3]) if "truncated" in struck else told
