"""What a run for many clients says of itself, as tables."""

from __future__ import annotations

import pytest

from reports import bulk_words
from reports.choices import BulkAction


@pytest.mark.parametrize(
    ("action", "counts", "said"),
    [
        ("send", {"waiting": 3}, "0 de 3"),
        (
            "send",
            {"nobody": 1, "held": 2, "done": 20, "waiting": 15},
            "23 de 38: 20 a caminho, 2 retidos, 1 sem destinatário",
        ),
        ("send", {"done": 1, "failed": 1, "stopped": 2}, "4 de 4: 1 a caminho, 1 com erro, 2 não começados"),
        ("pause", {"done": 2, "unchanged": 1, "gone": 1}, "4 de 4: 2 pausados, 1 sem mudança, 1 arquivado"),
        ("resume", {"done": 1}, "1 de 1: 1 retomado"),
    ],
)
def test_progress(action: str, counts: dict[str, int], said: str) -> None:
    assert bulk_words.progress(BulkAction(action), counts) == said


@pytest.mark.parametrize(
    ("action", "count", "said"),
    [
        ("send", 1, "Enviar agora o relatório de 1 cliente?"),
        ("pause", 38, "Pausar os relatórios automáticos de 38 clientes?"),
        ("resume", 2, "Retomar os relatórios automáticos de 2 clientes?"),
    ],
)
def test_question(action: str, count: int, said: str) -> None:
    assert bulk_words.question(BulkAction(action), count) == said
