"""Which of some kept questions is nearest to a new one, by the embedding model.

Nearness alone gives nobody an answer: it chooses among answers that state the same facts (key.py).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from edge.answer.cache.entry import Entry
from sync.errors import PrilavokError

_SCALE = 127.0
_REMEMBERED = 256


class Encoder(Protocol):
    """What is used of the embedding model."""

    @property
    def name(self) -> str:
        """The registry name."""
        ...

    def query(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors of questions, one a row."""
        ...


class Likeness:
    """Compares questions where there is an `encoder`; `least` is the cosine from which on they are near."""

    def __init__(self, encoder: Encoder | None, least: float) -> None:
        self._encoder = encoder
        self._least = least
        self.vector = lru_cache(maxsize=_REMEMBERED)(self._vector)

    @property
    def model(self) -> str:
        """Whose vectors these are; empty without an encoder."""
        return self._encoder.name if self._encoder else ""

    def nearest(self, words: str, entries: Sequence[Entry]) -> Entry | None:
        """The nearest entry, if it is near enough. Embeds the question only where there is one to compare."""
        known = [one for one in entries if one.vector and one.vector_model == self.model]
        if not known:
            return None
        vector = self.vector(words)
        alike = [cosine(one.vector, vector) for one in known]
        best = max(range(len(known)), key=alike.__getitem__)
        return known[best] if alike[best] >= self._least else None

    def _vector(self, words: str) -> bytes:
        """A question's vector as it is stored; nothing where there is no model or it fails."""
        if self._encoder is None:
            return b""
        try:
            return packed(self._encoder.query([words])[0])
        except PrilavokError:
            return b""


def packed(vector: npt.NDArray[np.float32]) -> bytes:
    """A unit vector as int8: the cosine of two is then known to about 0.01."""
    data: bytes = np.rint(vector * _SCALE).astype(np.int8).tobytes()
    return data


def cosine(one: bytes, other: bytes) -> float:
    """The cosine of two packed vectors; -1 where they are not of one length or are nothing."""
    if not one or len(one) != len(other):
        return -1.0
    first, second = (np.frombuffer(data, dtype=np.int8).astype(np.float32) for data in (one, other))
    length = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / length if length else -1.0
