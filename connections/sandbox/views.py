"""The sandbox's page and its forms, which do by hand what the control API does for programs. Needs no JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header

from agency.phones import PhoneError
from connections.sandbox import answers, receipts
from connections.sandbox.faults import KINDS, FaultError
from connections.sandbox.page import Choice, chosen, render_changes, render_page
from connections.sandbox.pairings import ScanError
from connections.sandbox.same_site import is_foreign
from connections.sandbox.store import Store
from connections.sandbox.storms import StormError
from connections.sandbox.wire import gateway_of

Form = Callable[[HttpRequest, Store], None]


def index(request: HttpRequest) -> HttpResponse:
    """The page for a browser, Evolution's welcome for everybody else."""
    if request.method not in ("GET", "HEAD"):
        raise Http404
    if "text/html" in request.headers.get("Accept", ""):
        gateway = gateway_of(request)
        choice = chosen(request.GET, gateway.store)
        _open_phone(gateway.store, choice)
        answer = HttpResponse(render_page(gateway, choice, _NOTICES.get(request.GET.get("done", ""), "")))
    else:
        answer = JsonResponse(answers.welcome())
    patch_vary_headers(answer, ["Accept"])
    return answer


def changes(request: HttpRequest) -> HttpResponse:
    gateway = gateway_of(request)
    choice = chosen(request.GET, gateway.store)
    _open_phone(gateway.store, choice)
    return render_changes(gateway, choice, request.GET.getlist("seen"))


#: Types that a viewer may be chosen by; whatever else is bytes.
_TYPES = ("application/pdf", "image/png", "image/jpeg", "image/gif", "text/csv")


def file(request: HttpRequest, key: str) -> HttpResponse:
    """What a phone received, to be saved: anybody may have written it, so that no browser must render it from here."""
    if request.method not in ("GET", "HEAD"):
        raise Http404
    found = gateway_of(request).store.inbox.files.read(key)
    if found is None:
        raise Http404
    known, content = found
    answer = HttpResponse(content, content_type=known.type if known.type in _TYPES else "application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=known.name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _open_phone(store: Store, choice: Choice) -> None:
    """Whoever chose a phone reads what is on it; a page that only follows what happens reads nothing."""
    if choice.pinned_to:
        receipts.read(store, to=choice.pinned_to)


_NOTICES = {
    "scan": "Celular conectado.",
    "in-vain": "QR lido, e nada abre. O Adscape percebe em um minuto: o QR deixa de se renovar.",
    "exhausted": "Os QR Codes desta instância acabaram: o gateway desiste até alguém pedir outro.",
    "storm": "A conexão oscila por 12 s.",
    "unlink": "Aparelho removido: a sessão acabou do lado do celular.",
    "empty": "Os celulares foram esvaziados.",
    "read": "As mensagens deste celular foram lidas.",
}


def _form(done: str) -> Callable[[Form], Callable[[HttpRequest], HttpResponse]]:
    """A form of the page: back to the page afterwards, or the page with a sentence where it could not be done."""

    def decorate(handle: Form) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(handle)
        def view(request: HttpRequest) -> HttpResponse:
            if request.method != "POST":
                raise Http404
            if is_foreign(request.headers):
                return HttpResponseForbidden("Pedido de outra página recusado.")
            gateway = gateway_of(request)
            try:
                handle(request, gateway.store)
            except (FaultError, PhoneError, ScanError, StormError) as error:
                typed = request.POST.get("phone", "")
                html = render_page(gateway, chosen(request.POST, gateway.store), error=str(error), typed=typed)
                return HttpResponse(html, status=422)
            query = {"instance": request.POST.get("instance"), "to": request.POST.get("to"), "done": done}
            return redirect("/?" + urlencode({key: value for key, value in query.items() if value}))

        return view

    return decorate


@_form("scan")
def scan(request: HttpRequest, store: Store) -> None:
    form = request.POST
    store.scan(form.get("instance", ""), form.get("phone", ""), form.get("name", "").strip(), qr_needed=True)


@_form("unlink")
def unlink(request: HttpRequest, store: Store) -> None:
    store.unlink(request.POST.get("instance", ""))


@_form("in-vain")
def read_in_vain(request: HttpRequest, store: Store) -> None:
    store.read_in_vain(request.POST.get("instance", ""))


@_form("exhausted")
def exhaust(request: HttpRequest, store: Store) -> None:
    store.exhaust_qr(request.POST.get("instance", ""))


@_form("storm")
def storm(request: HttpRequest, store: Store) -> None:
    store.storm(request.POST.get("instance", ""), ends=request.POST.get("ends", ""))


@_form("empty")
def empty(request: HttpRequest, store: Store) -> None:
    store.inbox.empty()


@_form("")
def fault(request: HttpRequest, store: Store) -> None:
    """Switch a fault on until it is switched off, or off; without a kind, all off."""
    kind = request.POST.get("kind", "")
    if not kind:
        store.faults.clear()
    elif request.POST.get("on") == "1" and kind in KINDS:
        store.faults.add(kind, times=None)
    else:
        store.faults.remove(kind)


@_form("")
def chaos(request: HttpRequest, store: Store) -> None:
    """Strike so many per cent of the sends by chance; 0 ends it."""
    typed = request.POST.get("percent", "")
    if not typed.isascii() or not typed.isdigit() or int(typed) > 100:
        raise FaultError("A parte dos envios precisa ser um número inteiro de 0 a 100.")
    if int(typed):
        store.faults.start_chaos(int(typed) / 100)
    else:
        store.faults.chaos.stop()


@_form("read")
def read(request: HttpRequest, store: Store) -> None:
    to = request.POST.get("phone_to", "")
    if to:
        receipts.read(store, to=to)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return JsonResponse(answers.error(404, [f"Cannot {request.method} {request.get_full_path()}"]), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of the sandbox itself; worded so that no caller takes it for one of Evolution's."""
    return JsonResponse(answers.error(500, "Sandbox error: see its log"), status=500)
