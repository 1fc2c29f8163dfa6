"""The releases of Flipper's server that were recorded, by what they do otherwise than the newest one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Release:
    """How one release of the server, on one adapter, behaves."""

    name: str = "HEAD"
    expressions: bool = True
    strict_names: bool = True  # blank names are an error, and invisible characters are dropped on create
    lists_of_keys: bool = True  # keys[]=, repeated keys=, escaped commas
    empty_groups_fail: bool = True  # {"All": []} is no expression
    feature_enabled: bool = True
    imports: bool = True
    head: bool = True
    blank_names_fail: bool = True
    excludes_gate_names: bool = True
    checks_imports: bool = True  # SQL adapters do
    clear_creates: bool = False  # the adapter in memory does
    sorts: bool = True  # SQL adapters do
    typed: bool = False  # Flipper Cloud is: true and 5 instead of "true" and "5"


HEAD: Final = Release()
CLOUD: Final = Release("cloud", typed=True)
V1_4_2: Final = Release("1.4.2", strict_names=False, lists_of_keys=False, empty_groups_fail=False)
V1_3_6: Final = Release(
    "1.3.6", strict_names=False, lists_of_keys=False, empty_groups_fail=False, feature_enabled=False
)
V0_28_3: Final = Release(
    "0.28.3", expressions=False, strict_names=False, lists_of_keys=False, head=False, blank_names_fail=False
)
V0_25_4: Final = Release(
    "0.25.4",
    expressions=False,
    strict_names=False,
    lists_of_keys=False,
    head=False,
    blank_names_fail=False,
    imports=False,
    excludes_gate_names=False,
)
