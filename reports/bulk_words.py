"""What the pages of a run for many clients say of it, in numbers. Pure: compares outcomes as strings."""

from __future__ import annotations

from collections.abc import Mapping

from reports.choices import BulkAction, BulkOutcome

_DONE = {
    BulkAction.SEND: ("a caminho", "a caminho"),
    BulkAction.PAUSE: ("pausado", "pausados"),
    BulkAction.RESUME: ("retomado", "retomados"),
}
#: In the order in which they are said.
_WORDS = {
    BulkOutcome.HELD: ("retido", "retidos"),
    BulkOutcome.NOBODY: ("sem destinatário", "sem destinatário"),
    BulkOutcome.UNCHANGED: ("sem mudança", "sem mudança"),
    BulkOutcome.GONE: ("arquivado", "arquivados"),
    BulkOutcome.FAILED: ("com erro", "com erro"),
    BulkOutcome.STOPPED: ("não começado", "não começados"),
}
_QUESTIONS = {
    BulkAction.SEND: "Enviar agora o relatório de {}?",
    BulkAction.PAUSE: "Pausar os relatórios automáticos de {}?",
    BulkAction.RESUME: "Retomar os relatórios automáticos de {}?",
}


def clients(count: int) -> str:
    return "1 cliente" if count == 1 else f"{count} clientes"


def question(action: BulkAction, count: int) -> str:
    return _QUESTIONS[action].format(clients(count))


def outcomes(action: BulkAction, counts: Mapping[str, int]) -> str:
    """`20 a caminho, 2 retidos, 1 sem destinatário`; "" where nothing has come of it yet."""
    words = {BulkOutcome.DONE: _DONE[action], **_WORDS}
    return ", ".join(f"{counts[each]} {words[each][counts[each] > 1]}" for each in words if counts.get(each))


def progress(action: BulkAction, counts: Mapping[str, int]) -> str:
    """`23 de 38: 20 a caminho, 2 retidos, 1 sem destinatário`."""
    total = sum(counts.values())
    said = outcomes(action, counts)
    done = f"{total - counts.get(BulkOutcome.WAITING, 0)} de {total}"
    return f"{done}: {said}" if said else done
