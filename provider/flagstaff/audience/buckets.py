"""The engine's own hash for many ids at once: equal to `Dialect.bucket`, decision for decision.

CRC-32 is affine: `crc(key + id) ^ crc(id)` is the same for all ids of one length. So each id is read
once, and a toggle costs one XOR, with a constant for each length.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

import numpy as np
from numpy.typing import NDArray

from flagstaff.model.live import Crc32, Hashing

Id = bytes | None
Mask = NDArray[np.bool_]
Words = NDArray[np.uint32]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, repr=False)
class Checksums:
    """The ids of some people, as far as CRC-32 needs them: the checksum and the length of each.

    `which` is, for each id, the place of its length in `lengths`; None where there is only one length.
    `present` is None where everybody has an id.
    """

    size: int
    crc: Words
    lengths: tuple[int, ...]
    which: NDArray[np.intp] | None
    present: Mask | None

    def __len__(self) -> int:
        return len(self.crc)

    def buckets(self, key: str) -> Words:
        """The bucket of each person for one toggle; meaningless for those without an id."""
        constants = np.array(_constants(key.encode(), self.lengths), np.uint32)
        result = self.crc ^ (constants[0] if self.which is None else constants[self.which])
        whole = result // np.uint32(self.size)  # numpy divides by a constant faster than it takes a remainder
        whole *= np.uint32(self.size)
        result -= whole
        return result

    def draws(self) -> NDArray[np.uint64]:
        """A number of 64 bits for each person, the same in every run, that has nothing to do with any bucket.

        SplitMix64's finalizer (Steele, Lea, Flood 2014) over checksum and length, which no XOR survives.
        """
        lengths = np.array(self.lengths, np.uint64)
        state = (lengths[:1] if self.which is None else lengths[self.which]) << np.uint64(32) | self.crc
        state = state * _GOLDEN
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return state ^ (state >> np.uint64(31))


def prepare(hashing: Hashing, ids: Sequence[Id]) -> Checksums:
    """Read each id once. None: a person without an id of this kind."""
    match hashing:
        case Crc32(size):
            return _checksums(size, ids)
        case _:
            assert_never(hashing)


def _checksums(size: int, ids: Sequence[Id]) -> Checksums:
    absent = None in ids
    texts: Sequence[bytes] = [id or b"" for id in ids] if absent else ids  # type: ignore[assignment]  # no None in it
    count = len(texts)
    crc = np.fromiter(map(zlib.crc32, texts), np.uint32, count)
    lengths, which = np.unique(np.fromiter(map(len, texts), np.int64, count), return_inverse=True)
    present = np.fromiter((id is not None for id in ids), np.bool_, count) if absent else None
    return Checksums(size, crc, tuple(lengths.tolist()), which if len(lengths) > 1 else None, present)


def _constants(key: bytes, lengths: Iterable[int]) -> list[int]:
    """`crc(key + id) ^ crc(id)`, shown by an id of zeros, for each length."""
    start = zlib.crc32(key)  # a CRC goes on from where it stopped
    return [zlib.crc32(zeros, start) ^ zlib.crc32(zeros) for zeros in map(bytes, lengths)]
