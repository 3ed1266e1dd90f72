"""Round values for an axis: four steps from zero that hold the highest value. Pure; Decimal only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

#: What a step may be, times a power of ten.
_ROUND = tuple(Decimal(text) for text in ("1", "1.25", "1.5", "2", "2.5", "3", "4", "5", "6", "7.5"))
_CENT, _ONE = Decimal("0.01"), Decimal(1)


@dataclass(frozen=True, slots=True)
class Scale:
    """From zero to `top`, which is never zero."""

    step: Decimal
    steps: int

    @property
    def top(self) -> Decimal:
        return self.step * self.steps

    @property
    def values(self) -> tuple[Decimal, ...]:
        return tuple(self.step * number for number in range(self.steps + 1))

    def share(self, value: Decimal) -> Decimal:
        """How far up a value is, from 0 to 1. A negative one (a conversion taken back) stands on the zero."""
        return min(max(value / self.top, Decimal(0)), Decimal(1))


def scale_for(values: Iterable[Decimal], steps: int, *, whole: bool) -> Scale:
    """The smallest round step of which `steps` reach the highest value; `whole` for what is counted, not paid."""
    finest = _ONE if whole else _CENT
    highest = max(values, default=Decimal(0))
    needed = max(highest / steps, finest) if highest > 0 else _ONE
    round_ones = (mantissa.scaleb(exponent) for exponent in count(needed.adjusted()) for mantissa in _ROUND)
    step = next(one for one in round_ones if one >= needed and one % finest == 0)
    return Scale(step.normalize() + 0, steps)
