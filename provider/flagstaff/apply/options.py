"""What an apply is told, besides the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flagstaff.addresses import Address
from flagstaff.plan.plan import Move

# Asked before each batch about its raises: why not, for those that may not start now.
RaiseCheck = Callable[[Sequence[Move]], Mapping[Address, str]]


@dataclass(frozen=True, slots=True)
class Options:
    """`consented`: toggles that a hand raised and whose lowering got a yes of its own. `approved`: the
    roles that agreed. `run` groups the journal's entries; `save_every` is in seconds."""

    who: str
    run: str
    parallelism: int = 10
    consented: frozenset[Address] = field(default_factory=frozenset)
    approved: frozenset[Address] = field(default_factory=frozenset)
    raise_check: RaiseCheck | None = None
    save_every: float = 5.0
