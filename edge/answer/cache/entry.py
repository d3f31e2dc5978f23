"""What is kept of an answer, and the port behind which it is kept. Types only.

Nothing here says who asked or what: a question is a digest and, where an embedding model is, a rough vector.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import msgspec

PER_GROUND = 32
ROWS = 20_000
GRAIN_S = 600


class Cited(msgspec.Struct, frozen=True, array_like=True):
    """A record that an answer stands on: the provider's id, and a digest of the whole record."""

    provider: str
    digest: bytes


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: the model's lines, and all that must be the same for them to be said again.

    `ground` is a digest of everything the answer depends on but the question and the records, `question` one
    of the masked question (key.py). `vector` is the question's, int8 of `vector_model`; empty where there is
    no model. `made_s` is Unix time, rounded down to GRAIN_S.
    """

    ground: bytes
    question: bytes
    cited: tuple[Cited, ...]
    lines: tuple[str, ...]
    made_s: int
    vector: bytes = b""
    vector_model: str = ""


@dataclass(frozen=True)
class Limits:
    """How much is kept, and for how long. A ground keeps PER_GROUND questions, the whole cache ROWS."""

    bytes: int
    ttl_s: int
    rows: int = ROWS


@dataclass(frozen=True)
class Size:
    """How much there is, as the store counts it; `bytes` without what is free for use again."""

    entries: int
    bytes: int


@dataclass(frozen=True)
class Trimmed:
    """How many entries had to go: too old, or the least used where there was no more room."""

    expired: int = 0
    crowded: int = 0


class Store(Protocol):
    """Keeps entries within its limits. Thread-safe.

    Every method raises Unavailable where the store is away, locked or full, and Corrupt where it is damaged;
    the caller goes on without.
    """

    @property
    def where(self) -> str:
        """For people: a path, an address without password, or "memory"."""
        ...

    def read(self, ground: bytes, now_s: int) -> tuple[Entry, ...]:
        """Entries of one ground that are not too old, in no order that matters; at most PER_GROUND."""
        ...

    def put(self, entry: Entry, now_s: int) -> Trimmed:
        """Keeps an entry in place of one with the same ground and question; makes room for it."""
        ...

    def touch(self, entry: Entry, now_s: int) -> None:
        """It was used: it goes later than those that were not."""
        ...

    def drop(self, entries: Collection[Entry]) -> int:
        """Forgets entries; gives how many were there."""
        ...

    def drop_asked(self, questions: Collection[bytes]) -> int:
        """Forgets every entry of these questions (their digests); gives how many."""
        ...

    def cited(self) -> frozenset[Cited]:
        """Every record that an entry stands on."""
        ...

    def drop_citing(self, outdated: Collection[Cited]) -> int:
        """Forgets every entry that stands on any of these; gives how many."""
        ...

    def size(self) -> Size:
        """How much there is."""
        ...

    def clear(self) -> int:
        """Forgets everything, also from the disk; gives how many entries there were."""
        ...

    def close(self) -> None:
        """Lets go of files and lines. A second call does nothing."""
        ...


def moment(now_s: float) -> int:
    """A time as it is stored: rounded down, so that it does not tell when somebody stood at the counter."""
    return int(now_s) // GRAIN_S * GRAIN_S
