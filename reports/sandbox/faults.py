"""Which ways of failing the ads sandbox can be told to show, and how many calls each has left. Carries none out.

Kept in memory: a sandbox that starts anew has none.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from reports.choices import Platform
from reports.sandbox.wire import Call

#: Of a call: the token endpoint, whose access it is, which accounts there are, their days, their balance and state.
CALLS = ("token", "who", "list", "numbers", "balance")
_META, _GOOGLE = frozenset({Platform.META}), frozenset({Platform.GOOGLE})
_BOTH = _META | _GOOGLE
_ANY = frozenset(CALLS)
_API = _ANY - {"token"}
_ACCOUNT = frozenset({"numbers", "balance"})


@dataclass(frozen=True, slots=True)
class Kind:
    """`value` is what an order may change: what it counts stands in `unit`."""

    name: str
    label: str
    effect: str
    group: str
    platforms: frozenset[Platform] = _BOTH
    calls: frozenset[str] = _API
    value: int = 0
    unit: str = ""
    most: int = 0


def _kind(group: str, name: str, label: str, effect: str, **more: Any) -> Kind:
    return Kind(name, label, effect, group, **more)


#: In the order of the page, which is that in which the first of several answers.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind(
            "Acesso",
            "token_dead",
            "Acesso morto",
            "Meta 190/460 (senha trocada); Google invalid_grant e 401",
            calls=_ANY,
            value=460,
            unit="subcode",
            most=9999,
        ),
        _kind("Acesso", "access_expired", "Token de acesso vencido", "Google 401; um novo é aceito", platforms=_GOOGLE),
        _kind("Acesso", "no_permission", "Sem permissão na conta", "Meta 200; USER_PERMISSION_DENIED", calls=_ACCOUNT),
        _kind(
            "Acesso",
            "no_manage",
            "Sem a tarefa Gerenciar",
            "a Meta recusa (200) os campos do saldo",
            platforms=_META,
            calls=frozenset({"balance"}),
        ),
        _kind("Acesso", "version_retired", "Versão encerrada", "Meta 2635; Google 404 em HTML"),
        _kind(
            "Limites",
            "throttled",
            "Pausa pedida",
            "Meta 80004; RESOURCE_TEMPORARILY_EXHAUSTED",
            value=5,
            unit="minutos",
            most=1440,
        ),
        _kind("Limites", "quota_day", "Cota esgotada", "Meta 4 (aplicativo); RESOURCE_EXHAUSTED do dia"),
        _kind("Limites", "too_many", "HTTP 429", "sem JSON, nas duas"),
        _kind(
            "Limites",
            "usage",
            "Uso alto",
            "os cabeçalhos da Meta dizem 80 %",
            platforms=_META,
            value=80,
            unit="%",
            most=100,
        ),
        _kind(
            "Limites",
            "usage_stop",
            "Uso quase no fim",
            "os cabeçalhos da Meta dizem 95 %",
            platforms=_META,
            value=95,
            unit="%",
            most=100,
        ),
        _kind(
            "Números",
            "days_missing",
            "Dias que faltam",
            "os últimos 3 dias e hoje ainda não vieram",
            calls=frozenset({"numbers"}),
            value=3,
            unit="dias",
            most=400,
        ),
        _kind(
            "Números",
            "days_lower",
            "Dias incompletos",
            "os últimos 3 dias vêm com 60 %",
            calls=frozenset({"numbers"}),
            value=3,
            unit="dias",
            most=400,
        ),
        _kind("Conta", "unsettled", "Pagamento recusado", "Meta: estado 3; Google: SUSPENDED"),
        _kind("Conta", "disabled", "Desativada por pagamento", "Meta: estado 2, motivo 3; Google: SUSPENDED"),
        _kind(
            "Conta",
            "no_payment",
            "Sem forma de pagamento",
            "Meta: cartão removido; Google: sem orçamento",
            calls=frozenset({"balance"}),
        ),
        _kind("Conta", "closed", "Encerrada", "Meta: estado 101; Google: CUSTOMER_NOT_ENABLED"),
        _kind("Conta", "currency", "Moeda trocada", "a conta passa a dizer USD"),
        _kind("Rede", "slow", "Lento", "responde em 12 s", calls=_ANY, value=12, unit="segundos", most=600),
        _kind("Rede", "error_500", "Erro 500", "Meta 2; Google 503 UNAVAILABLE", calls=_ANY),
        _kind("Rede", "html", "Página no lugar", "502 em HTML, de um proxy no caminho", calls=_ANY),
        _kind("Rede", "truncated", "JSON cortado", "a resposta acaba no meio", calls=_ANY),
        _kind("Rede", "cut", "Conexão cortada", "nenhuma resposta vem", calls=_ANY),
        _kind(
            "Rede",
            "page_loop",
            "Páginas sem fim",
            "a Meta dá sempre a mesma página",
            platforms=_META,
            calls=frozenset({"list", "numbers"}),
        ),
    )
}


class FaultError(ValueError):
    """What was asked for is no fault that exists; the message says why, in pt-BR."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An order. `left` is None until it is switched off; "" of platform, call, account and access is any of them."""

    id: int
    kind: str
    platform: str
    call: str
    account: str
    access: str
    left: int | None
    value: int

    def strikes(self, call: Call) -> bool:
        kind = KINDS[self.kind]
        return (
            call.platform in kind.platforms
            and call.kind in kind.calls
            and self.platform in ("", call.platform)
            and self.call in ("", call.kind)
            and self.account in ("", call.account)
            and self.access in ("", call.access)
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


#: What strikes one call, by kind.
Struck = Mapping[str, Fault]


class Faults:
    """Of one sandbox; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._orders: list[Fault] = []

    def add(
        self,
        kind: str,
        *,
        platform: str = "",
        call: str = "",
        account: str = "",
        access: str = "",
        times: int | None = None,
        value: int | None = None,
    ) -> Fault:
        """Order a fault for the next `times` calls that it concerns, or, with None, until it is removed. Raises
        FaultError."""
        known = KINDS.get(kind)
        if known is None:
            raise FaultError(f"Falha desconhecida: use uma de {', '.join(KINDS)}.")
        if platform and platform not in known.platforms:
            raise FaultError(f"A falha {kind} vale para {', '.join(sorted(known.platforms))}.")
        if call and call not in known.calls:
            raise FaultError(f"A falha {kind} vale para {', '.join(sorted(known.calls))}, não para {call}.")
        if times is not None and times < 1:
            raise FaultError("times precisa ser 1 ou mais, ou null até desligar.")
        value = known.value if value is None else value
        if not 0 <= value <= known.most:
            raise FaultError(f"value precisa estar entre 0 e {known.most}.")
        with self._lock:
            fault = Fault(next(self._numbers), kind, platform, call, account, access, times, value)
            self._orders = [*self._orders, fault]
        return fault

    def active(self) -> list[Fault]:
        """Oldest first."""
        return list(self._orders)

    def take(self, call: Call) -> Struck:
        """All that strike this call, the oldest order of each kind; each of them has one call less afterwards."""
        if not self._orders:
            return {}
        with self._lock:
            struck: dict[str, Fault] = {}
            for fault in self._orders:
                if fault.kind not in struck and fault.strikes(call):
                    struck[fault.kind] = fault
            used = {fault.id for fault in struck.values() if fault.left is not None}
            self._orders = [
                replace(fault, left=fault.left - 1) if fault.id in used and fault.left is not None else fault
                for fault in self._orders
                if not (fault.id in used and fault.left == 1)
            ]
        return struck

    def remove(self, kind: str, account: str = "") -> None:
        with self._lock:
            self._orders = [one for one in self._orders if (one.kind, one.account) != (kind, account)]

    def clear(self) -> None:
        with self._lock:
            self._orders = []
