"""Populations: the people whose buckets are computed, some at a time. Only counts of them leave this package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flagstaff.audience.buckets import Id, Mask

SIZE: Final = 200_000
ROWS: Final = 65_536
# The work that a plan may spend without being asked: at 10,000 toggles a sample of 20,000 people is enough.
_DECISIONS = 200_000_000
_SMALLEST = 20_000

_DIGITS: Final = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint16)
# Where the hexadecimal digits of a UUID stand, in its bytes and in its text.
_PARTS: Final = ((0, 8, 0), (8, 12, 9), (12, 16, 14), (16, 20, 19), (20, 32, 24))
_GIVEN = ("ann", "bo", "carmen", "dee", "elias", "francesca", "george", "hannah", "ivy", "jonathan", "kim", "luz")
_FAMILY = ("adams", "brown", "castillo", "diaz", "evans", "fitzgerald", "green", "hall", "ito", "jones", "lee", "ng")
_HOSTS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")


@dataclass(frozen=True, slots=True, repr=False)
class Chunk:
    """Some of the people, a row each.

    `ids`: by kind; the first kind is the one that counts where none is named, and None stands for a person
    without an id of that kind. `segments`: the name of each person's segment, where the population says it.
    `products`: whose people they are, by the product's name; a product that isn't there has all of them.
    """

    size: int
    ids: Mapping[str, Sequence[Id]]
    segments: Sequence[str] | None = None
    products: Mapping[str, Mask] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Population:
    """`what` says in words which people these are; `seed` is None unless they are made up.

    `chunks(rows)` reads them from the start, at most `rows` at a time, the same each time.
    """

    what: str
    chunks: Callable[[int], Iterator[Chunk]] = field(repr=False)
    seed: int | None = None


def suitable_size(toggles: int) -> int:
    """How many made-up people keep a plan quick."""
    return max(_SMALLEST, min(SIZE, _DECISIONS // max(toggles, 1)))


def made_up_uuids(size: int = SIZE, seed: int = 1, kinds: Sequence[str] = ("",)) -> Population:
    """Random UUIDs, the same for a seed wherever they are made; another one for each kind of id."""
    return _made_up(size, seed, kinds, "UUIDs", _uuids)


def made_up_mails(size: int = SIZE, seed: int = 1, kinds: Sequence[str] = ("",)) -> Population:
    """Random e-mail addresses of example domains, of various lengths; another one for each kind of id."""
    return _made_up(size, seed, kinds, "e-mail addresses", _mails)


def _made_up(
    size: int, seed: int, kinds: Sequence[str], what: str, make: Callable[[NDArray[np.uint64]], Sequence[bytes]]
) -> Population:
    if size < 1:
        raise ValueError(f"a population of {size} people")

    def chunks(rows: int) -> Iterator[Chunk]:
        # Raw words: numpy promises them for ever, where it may change how it makes numbers of them.
        source = np.random.PCG64(seed)
        for start in range(0, size, rows):
            count = min(rows, size - start)
            words = source.random_raw(2 * len(kinds) * count).reshape(count, len(kinds), 2)
            yield Chunk(count, {kind: make(words[:, number].ravel()) for number, kind in enumerate(kinds)})

    return Population(f"{size:,} made-up {what}", chunks, seed)


def _uuids(words: NDArray[np.uint64]) -> Sequence[bytes]:
    """RFC 9562, version 4."""
    data = words.astype("<u8").view(np.uint8).reshape(-1, 16)
    data[:, 6] = data[:, 6] & 0x0F | 0x40
    data[:, 8] = data[:, 8] & 0x3F | 0x80
    digits = _DIGITS[data].view(np.uint8)
    text = np.full((len(data), 36), ord("-"), np.uint8)
    for start, end, place in _PARTS:
        text[:, place : place + end - start] = digits[:, start:end]
    result: list[bytes] = text.view("S36").ravel().tolist()
    return result


def _mails(words: NDArray[np.uint64]) -> Sequence[bytes]:
    """Names are chosen by the first word, a number by the second."""
    names, numbers = words[0::2].tolist(), (words[1::2] % np.uint64(100_000_000)).tolist()
    return [_mail(name, number) for name, number in zip(names, numbers, strict=True)]


def _mail(name: int, number: int) -> bytes:
    name, given = divmod(name, len(_GIVEN))
    name, family = divmod(name, len(_FAMILY))
    return f"{_GIVEN[given]}.{_FAMILY[family]}{number}@{_HOSTS[name % len(_HOSTS)]}".encode()
