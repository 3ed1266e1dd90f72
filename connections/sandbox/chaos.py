"""Strikes calls by chance: a rate for each kind of fault, one draw for each call. In memory; a restart ends it."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

#: What is struck when only one rate is given for all sends: everything that can be survived without a person's help.
USUAL = (
    *("reset_before_send", "reset_after_send", "sent_not_recorded", "error_500", "closed", "lookup_timeout", "hang"),
    "delay",
)
#: Seconds of the slow kinds while chance rules: short, so that a run ends.
SHORT = {
    "hang": 2.0,
    "lookup_timeout": 1.0,
    "delay": 1.0,
    "slow_answer": 2.0,
    "slow_send": 2.0,
    "recorded_late": 2.0,
    "webhook_late": 2.0,
    "webhook_shuffled": 1.0,
}


class ChaosError(ValueError):
    """The rates are none; the message says why, in pt-BR."""


@dataclass(slots=True)
class _Dice:
    """Of one sort of call: sends, or webhooks."""

    rates: dict[str, float]
    random: random.Random
    draws: int = 0
    struck: Counter[str] = field(default_factory=Counter)


class Chaos:
    """`sorts` says, for each kind of fault, which sort of call it strikes: "send" or "webhook"."""

    def __init__(self, sorts: dict[str, str]) -> None:
        self._sorts = sorts
        self._lock = threading.Lock()
        self._dice: dict[str, _Dice] = {}
        self._seconds: dict[str, float] = {}
        self._seed = 0

    def start(
        self, rates: dict[str, float], seed: int | None = None, seconds: dict[str, float] | None = None
    ) -> dict[str, Any]:
        """From now on each call is struck by at most one kind. Raises ChaosError; the status, where it could begin."""
        by_sort: dict[str, dict[str, float]] = {}
        for kind, rate in rates.items():
            if kind not in self._sorts:
                raise ChaosError(f"{kind} não pode acontecer ao acaso: use {', '.join(self._sorts)}.")
            if not 0 <= rate <= 1:
                raise ChaosError(f"A taxa de {kind} precisa estar entre 0 e 1.")
            by_sort.setdefault(self._sorts[kind], {})[kind] = rate
        for sort, of_sort in by_sort.items():
            if sum(of_sort.values()) > 1 + 1e-9:
                raise ChaosError(f"As taxas de {sort} somam mais de 1, e cada chamada sofre no máximo uma falha.")
        for kind, length in (seconds or {}).items():
            if kind not in self._sorts or not 0 <= length <= 600:
                raise ChaosError("seconds precisa dizer, para cada falha, um número entre 0 e 600.")
        with self._lock:
            self._seed = random.SystemRandom().randrange(2**31) if seed is None else seed
            self._seconds = {**SHORT, **(seconds or {})}
            self._dice = {
                sort: _Dice(of_sort, random.Random(f"{self._seed}-{sort}"))  # noqa: S311 (dice, no secret)
                for sort, of_sort in by_sort.items()
            }
        return self.status()

    def stop(self) -> None:
        with self._lock:
            self._dice = {}

    def draw(self, sort: str) -> tuple[str, float] | None:
        """The kind that strikes this call, and its seconds; None for most."""
        with self._lock:
            dice = self._dice.get(sort)
            if dice is None:
                return None
            dice.draws += 1
            point = dice.random.random()
            for kind, rate in dice.rates.items():
                point -= rate
                if point < 0:
                    dice.struck[kind] += 1
                    return kind, self._seconds.get(kind, 0.0)
        return None

    def status(self) -> dict[str, Any]:
        with self._lock:
            rates = {kind: rate for dice in self._dice.values() for kind, rate in dice.rates.items()}
            return {
                "on": bool(self._dice),
                "seed": self._seed,
                "rates": rates,
                "draws": {sort: dice.draws for sort, dice in self._dice.items()},
                "struck": {kind: n for dice in self._dice.values() for kind, n in sorted(dice.struck.items())},
            }
