"""What the sandbox's page shows of webhooks: those of the chosen instance in full, of the others what goes wrong."""

from __future__ import annotations

from typing import Any

from connections.sandbox.instances import Instance
from connections.sandbox.webhooks import NEVER_AGAIN, Delivery, HookState

_OTHERS = 6


def seen_webhooks(
    chosen: Instance | None, instances: list[Instance], states: dict[str, HookState], pinned_to: str
) -> dict[str, Any]:
    return {
        "instance": chosen.name if chosen else "",
        "url": chosen.hook_url if chosen else "",
        "with_hook": sum(bool(one.hook_url) for one in instances),
        "state": _seen(states.get(chosen.name)) if chosen else None,
        "others": _troubled(chosen, instances, states)[:_OTHERS],
        "pinned_to": pinned_to,
    }


def _troubled(chosen: Instance | None, instances: list[Instance], states: dict[str, HookState]) -> list[dict[str, Any]]:
    rows = []
    for one in instances:
        state = states.get(one.name)
        if state and (state.failed or state.retrying) and (chosen is None or one.name != chosen.name):
            title = one.profile_name or one.name
            rows.append({"name": one.name, "title": title, "failed": state.failed, "retrying": state.retrying})
    return sorted(rows, key=lambda row: -(row["failed"] + row["retrying"]))


def _seen(state: HookState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "delivered": state.delivered,
        "retrying": state.retrying,
        "failed": state.failed,
        "lost": state.lost,
        "latest": [_delivery(one) for one in reversed(state.latest)],
    }


def _delivery(one: Delivery) -> dict[str, Any]:
    word, icon, tone = _outcome(one)
    return {"at": one.at, "event": one.event, "attempt": one.attempt, "word": word, "icon": icon, "tone": tone}


def _outcome(one: Delivery) -> tuple[str, str, str]:
    if one.is_lost:
        return "Perdido pela falha ligada", "x-circle", "warn"
    if one.is_done:
        return f"Entregue ({one.status})", "check-circle", "ok"
    answer = f"Resposta {one.status}" if one.status else "Sem resposta"
    if one.next_in is not None:
        return f"{answer}, de novo em {one.next_in:.0f} s", "arrow-path", "wait"
    return f"{answer}, {'não repete' if one.status in NEVER_AGAIN else 'desistiu'}", "exclamation-triangle", "bad"
