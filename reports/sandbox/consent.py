"""The pages on which a person allows Adscape to read, as facebook.com and accounts.google.com show them. In pt-BR.

They send nobody anywhere but to Adscape: the address to go back to must be on this machine, or Adscape's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.template.loader import render_to_string

from connections.sandbox.same_site import is_foreign
from reports.choices import Platform
from reports.demo import DEMO_NAME
from reports.sandbox.grants import Grant, Grants
from reports.sandbox.keys import Keys
from reports.sandbox.wire import Answer, Request, as_html, as_json, redirect

#: Who may be looking at the page, by the words of the token that they bring.
PEOPLE: dict[str, str] = {
    "user-demo": f"{DEMO_NAME} (contas da demonstração)",
    "user-many-1000": "Carteira Grande (1.000 contas)",
    "user-none": "Perfil Novo (nenhuma conta)",
}
_LOOK = {"heading": "Anúncios de demonstração", "promise": "nenhuma plataforma real é consultada"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def page(request: Request, platform: Platform, grants: Grants, keys: Keys) -> Answer:
    given = request.given
    if problem := _problem(given, platform, keys):
        return _shown(400, platform, {"problem": problem}, keys)
    if request.method == "POST":
        if is_foreign(request.headers):
            return as_json(403, {"error": "Pedido de outra página recusado."})
        return redirect(_back(given, platform, grants))
    kept = {name: given.get(name, "") for name in ("client_id", "redirect_uri", "state", "scope", "access_type")}
    context = {"kept": kept, "people": PEOPLE, "action": request.path}
    return _shown(200, platform, context, keys, _origin(given["redirect_uri"]))


def _problem(given: Mapping[str, str], platform: Platform, keys: Keys) -> str:
    """Why nobody is asked, as the platform says it before anything else; "" where all is well."""
    client = keys.google_client_id if platform is Platform.GOOGLE else keys.meta_app_id
    if given.get("client_id") != client:
        return "Este aplicativo não existe: o client_id não é o do ambiente de demonstração."
    back = urlsplit(given.get("redirect_uri", ""))
    if back.scheme not in ("http", "https") or not back.hostname:
        return "Falta o endereço de volta (redirect_uri)."
    if back.hostname not in (*_LOOPBACK, urlsplit(keys.app_url).hostname):
        return "O endereço de volta (redirect_uri) não é deste aplicativo."
    if given.get("response_type", "code") != "code":
        return "Só response_type=code é aceito."
    return ""


def _back(given: Mapping[str, str], platform: Platform, grants: Grants) -> str:
    """Where the person goes back to, with a code or with the refusal; `state` as it came."""
    uri, words = given["redirect_uri"], given.get("person", "")
    if given.get("answer") != "allow" or words not in PEOPLE:
        more = {"error": "access_denied"}
        if platform is Platform.META:
            more |= {"error_reason": "user_denied", "error_description": "Permissions error"}
    else:
        offline = platform is Platform.META or given.get("access_type") == "offline"
        more = {"code": grants.add(Grant(platform, words, uri, offline))}
        if platform is Platform.GOOGLE:
            more["scope"] = given.get("scope", "")
    if given.get("state"):
        more["state"] = given["state"]
    parts = urlsplit(uri)
    query = "&".join(filter(None, (parts.query, urlencode(more))))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _shown(status: int, platform: Platform, context: dict[str, Any], keys: Keys, goes_to: str = "") -> Answer:
    """`goes_to`: browsers hold the redirect that follows a form to the same rule as the form."""
    html = render_to_string("sandbox/consent.html", {**context, **_LOOK, "platform": platform, "app_url": keys.app_url})
    return as_html(status, html, security_headers(goes_to))


def security_headers(goes_to: str = "") -> Mapping[str, str]:
    form_action = f"'self' {goes_to}".strip()
    policy = f"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action {form_action}"
    return {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
