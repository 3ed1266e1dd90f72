"""What stands before each call of the API, in Evolution's order: body, name (404), name taken (403), key (401).

After them come the ordered faults, so that a refused call does not use one up. Knows no route itself.
"""

from __future__ import annotations

import json
import select
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from hmac import compare_digest
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError

from connections.sandbox import answers
from connections.sandbox.faults import Fault
from connections.sandbox.files import MOST_BYTES
from connections.sandbox.instances import Instance
from connections.sandbox.store import Store
from connections.sandbox.wire import Gateway, cut_off, gateway_of, wire_of

#: A file in base64, and the fields around it.
_MOST_BODY = MOST_BYTES // 3 * 4 + 1024 * 1024
_PIECE = 1024 * 1024
_POLL = 0.1  # seconds between two looks at whether the client has gone


class ApiError(Exception):
    """An answer in Evolution's envelope."""

    def __init__(self, status: int, message: Any) -> None:
        super().__init__(status)
        self.answer = answers.error(status, message)
        self.status = status


@dataclass(slots=True)
class Call:
    """One call that got past the guards."""

    request: HttpRequest
    gateway: Gateway
    body: dict[str, Any]
    key: str
    fault: Fault | None = None
    is_form: bool = False
    found: list[Instance] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.gateway.store

    @property
    def instance(self) -> Instance:
        return self.found[0]

    @property
    def is_global(self) -> bool:
        return _same(self.key, self.gateway.api_key)

    def struck_by(self, kind: str) -> bool:
        return self.fault is not None and self.fault.kind == kind


Answer = tuple[int, Any]
View = Callable[[Call], Answer]


def endpoint(method: str, call: str = "", *, files: bool = False) -> Callable[[View], Callable[..., HttpResponse]]:
    """Make a view of a function from Call to (status, JSON). `call` is the kind of call that faults are ordered for;
    one that takes `files` takes its fields as a form (multipart), too."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapper(request: HttpRequest, name: str | None = None) -> HttpResponse:
            if request.method != method:
                raise Http404
            try:
                made = _guarded(request, name, files)
                return _with_faults(made, call, view)
            except ApiError as error:
                return _logged(request, name, error.status, error.answer)

        return wrapper

    return decorate


def _guarded(request: HttpRequest, name: str | None, files: bool) -> Call:
    gateway = gateway_of(request)
    is_form = files and request.content_type == "multipart/form-data"
    body = _form(request) if is_form else _body(request)
    made = Call(request, gateway, body, request.headers.get("apikey", ""), is_form=is_form)
    if name is not None:
        instance = gateway.store.get(name)
        if instance is None:
            raise ApiError(404, answers.missing(name))
        made.found = [instance]
    elif request.path == "/instance/create":
        wanted = made.body.get("instanceName") or "undefined"
        # The real server runs into an "undefined" of its own when the name is missing, and says that it is taken.
        if wanted == "undefined" or gateway.store.get(str(wanted)) is not None:
            raise ApiError(403, [f'This name "{wanted}" is already in use.'])
    _check_key(made)
    override = request.GET.get("instanceName")
    if made.found and override:
        # As in the real one, the query wins over the path once the key has been checked.
        made.found = [gateway.store.get(override) or made.instance]
    return made


def _check_key(made: Call) -> None:
    tokens = [instance.token for instance in made.found]
    if made.request.path == "/instance/fetchInstances":
        name = made.request.GET.get("instanceName")
        tokens = [one.token for one in made.store.instances() if name in (None, one.name)]
        if name and not tokens:
            return  # an unknown name is a 404 whatever the key
    if not any(_same(made.key, known) for known in (made.gateway.api_key, *tokens)):
        raise ApiError(401, "Unauthorized")


def _same(one: str, other: str) -> bool:
    return bool(one) and compare_digest(one.encode(), other.encode())


def _body(request: HttpRequest) -> dict[str, Any]:
    data = _read(request)
    if not data:
        return {}
    try:
        body = json.loads(data)
    except UnicodeDecodeError:
        raise _bad_json("Unexpected token in JSON at position 0") from None
    except json.JSONDecodeError as error:
        expected = "Expected property name or '}'" if "property name" in error.msg else "Unexpected token"
        raise _bad_json(f"{expected} in JSON at position {error.pos}") from None
    return body if isinstance(body, dict) else {}


def _form(request: HttpRequest) -> dict[str, Any]:
    """The fields; files are in the request."""
    try:
        return {key: str(value) for key, value in request.POST.items()}
    except (MultiPartParserError, SuspiciousOperation):
        raise ApiError(500, "Unexpected end of form") from None


def _read(request: HttpRequest) -> bytes:
    """The whole body, of any size: who is not let finish writing does not read the answer. Past Django's own limit,
    which is there for forms."""
    data = request.read(_MOST_BODY)
    if not request.read(1):
        return bytes(data)
    while request.read(_PIECE):
        pass
    raise too_large()


def too_large() -> ApiError:
    return _parsers_own(413, "request entity too large")


def _bad_json(message: str) -> ApiError:
    return _parsers_own(400, message)


def _parsers_own(status: int, message: str) -> ApiError:
    error = ApiError(status, message)
    error.answer["error"] = "Internal Server Error"  # as recorded: the parser's error keeps this word
    return error


def _with_faults(made: Call, call: str, view: View) -> HttpResponse:
    request, name = made.request, made.instance.name if made.found else None
    number = str(made.body.get("number") or request.GET.get("number") or "")
    made.fault = made.store.faults.take(call, number) if call else None
    if made.struck_by("hang") and made.fault is not None:
        return _hang(request, made.fault.seconds)
    if made.struck_by("reset_before_send"):
        made.store.events.add(f"{request.method} {request.path}", "conexão cortada antes")
        return cut_off(request)
    if made.struck_by("proxy_502"):
        return _proxy_error(request, 502, "Bad Gateway")
    if made.struck_by("error_500"):
        raise ApiError(500, "Timed Out")
    if made.struck_by("delay") and made.fault is not None:
        time.sleep(made.fault.seconds)  # like the real one, it goes on when the client has given up
    status, answer = view(made)
    if made.struck_by("reset_after_send") or made.struck_by("recorded_late"):
        made.store.events.add(f"{request.method} {request.path}", "conexão cortada depois")
        return cut_off(request)
    if made.struck_by("proxy_504"):
        return _proxy_error(request, 504, "Gateway Time-out")
    return _logged(request, name, status, answer)


def _proxy_error(request: HttpRequest, status: int, words: str) -> HttpResponse:
    """What a proxy before the gateway says in its own name: a page, not JSON."""
    gateway_of(request).store.events.add(f"{request.method} {request.path}", f"{status} do proxy")
    page = f"<html><head><title>{status} {words}</title></head><body><h1>{status} {words}</h1></body></html>"
    return HttpResponse(page, status=status)


def _hang(request: HttpRequest, seconds: float) -> HttpResponse:
    """Say nothing until the time is up or the client has gone."""
    wire = wire_of(request)
    until = time.monotonic() + seconds
    while time.monotonic() < until and not wire.client_is_gone():
        select.select([], [], [], _POLL)
    gateway_of(request).store.events.add(f"{request.method} {request.path}", "conexão cortada sem resposta")
    return cut_off(request)


#: Asked every few seconds by the application; they would push everything else out of the list.
_QUIET = ("/instance/connectionState/", "/instance/fetchInstances", "/webhook/find/", "/settings/find/")


def _logged(request: HttpRequest, name: str | None, status: int, answer: Any) -> HttpResponse:
    if status >= 400 or not request.path.startswith(_QUIET):
        route = request.path.removesuffix(f"/{name}") if name else request.path
        key = answer.get("key") if isinstance(answer, dict) else None
        detail = [name or "", str(status), str(key["id"]) if isinstance(key, dict) else ""]
        gateway_of(request).store.events.add(f"{request.method} {route}", "  ".join(part for part in detail if part))
    return JsonResponse(answer, status=status, safe=False, json_dumps_params={"ensure_ascii": False})
